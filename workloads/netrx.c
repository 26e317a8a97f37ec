/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * netrx: a network card receives.
 *
 *	H  refills the card's ring (a head and a data buffer for each entry, GFP_ATOMIC),
 *	   marks some entries as arrived, raises S
 *	S  takes up to 64 arrived packets, allocates the state of each, puts them into the
 *	   socket of the next CPU
 *	P  of that CPU takes packets out of its socket and frees all three blocks
 *
 * So blocks are allocated in interrupts of one CPU and freed in process context of
 * another.  Process context drives: each of its steps raises one interrupt of its own
 * card, then empties its socket; timer interrupts come on top, at any instruction.  One
 * step for one step, no thread waits for another.
 *
 * The ring has one writer and one reader on the same CPU: H may interrupt S anywhere, never
 * the other way.
 *
 *	take <= arrived <= fill <= take + RING
 *
 * fill and arrived are H's, take is S's.  A socket has one writer (S of the CPU before) and
 * one reader (P), on different CPUs; what finds it full is dropped.
 */
#include "slots.h"
#include "wait.h"

#define RING 256
#define STEP_OPS 192 /* operations that a step stands for: 6 for each of 32 packets */

struct options {
	uint64_t head, data, state, batch, queue;
};

static const struct gb_option options[] = {
	{ "head", GB_OPTION_SIZE, offsetof(struct options, head), "256", 16, 1 << 16, NULL,
	  "bytes of a packet's head" },
	{ "data", GB_OPTION_SIZE, offsetof(struct options, data), "2k", 16, 1 << 20, NULL,
	  "bytes of a packet's data" },
	{ "state", GB_OPTION_SIZE, offsetof(struct options, state), "192", 16, 1 << 16,
	  NULL, "bytes of the state that the softirq adds" },
	{ "batch", GB_OPTION_UINT, offsetof(struct options, batch), "64", 1, RING, NULL,
	  "most packets that arrive with an interrupt, or that a softirq takes" },
	{ "queue", GB_OPTION_UINT, offsetof(struct options, queue), "1024", 1, 1 << 16,
	  NULL, "packets that a socket holds; more are dropped" },
	{ NULL },
};

enum { STARVED, DROPPED };

struct packet {
	void *head, *data, *state;
};

struct card {
	GB_ALIGNED_LINE uint32_t fill; /* hardirq */
	uint32_t arrived;              /* hardirq */
	uint32_t take;                 /* softirq */
	struct packet ring[RING];
};

struct socket {
	GB_ALIGNED_LINE uint64_t tail; /* release, by the sender's softirq */
	GB_ALIGNED_LINE uint64_t head; /* release, by the owner's process context */
	struct packet *packet;         /* [queue] */
};

struct shared {
	size_t bytes;
	uint32_t left; /* atomic: threads that have not cleaned up */
	struct packet *packets;
	struct socket socket[];
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	r->peak_live_bytes = r->nr_threads * (RING * (o->head + o->data) +
					      (o->queue + 1) * (o->head + o->data + o->state));
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	size_t head = sizeof(struct shared) + r->nr_threads * sizeof(struct socket);
	size_t bytes = head + r->nr_threads * o->queue * sizeof(struct packet);
	struct shared *s = gb_map(bytes);

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, "use a smaller queue",
			       "workload netrx: cannot map %zu MiB of sockets",
			       bytes >> 20);
	s->bytes = bytes;
	s->left = r->nr_threads;
	s->packets = (void *)((char *)s + head);
	for (unsigned int i = 0; i < r->nr_threads; i++)
		s->socket[i].packet = s->packets + i * o->queue;
	r->data = s;
	return 0;
}

/* --- hardirq: the card ------------------------------------------------------------------ */

GB_INLINE void *buffer(struct gb_thread *t, enum gb_context c, uint32_t full, size_t size,
		       gfp_t gfp)
{
	void *p = gb_alloc(t, c, full, size, gfp);

	if (gb_likely(p != NULL))
		gb_fill(p, size);
	return p;
}

GB_INLINE void release(struct gb_thread *t, enum gb_context c, uint32_t full, void *p,
		       size_t size)
{
	gb_check(t, c, p, size);
	gb_free_unordered(t, c, full, p, size);
}

/* 0: no memory; the entry stays empty until the next interrupt. */
GB_INLINE int refill_entry(struct gb_thread *t, enum gb_context c, uint32_t full,
			   struct packet *p, gfp_t gfp)
{
	const struct options *o = t->run->options;

	p->head = buffer(t, c, full, o->head, gfp);
	if (!p->head)
		return 0;
	p->data = buffer(t, c, full, o->data, gfp);
	if (p->data)
		return 1;
	release(t, c, full, p->head, o->head);
	return 0;
}

static void refill(struct gb_thread *t, struct card *k, enum gb_context c, gfp_t gfp)
{
	while (k->fill - gb_load_relaxed(&k->take) < RING) {
		if (!refill_entry(t, c, c == GB_HARDIRQ && t->full,
				  &k->ring[k->fill % RING], gfp)) {
			t->count[c].custom[STARVED]++;
			return;
		}
		k->fill++;
	}
}

static void hardirq(struct gb_thread *t)
{
	const struct options *o = t->run->options;
	struct card *k = t->data;
	uint32_t n = (uint32_t)gb_rng_between(&t->rng[GB_HARDIRQ], 1, o->batch);

	refill(t, k, GB_HARDIRQ, GFP_ATOMIC);
	if (n > k->fill - k->arrived)
		n = k->fill - k->arrived;
	gb_store_relaxed(&k->arrived, k->arrived + n);
	gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
}

static void raise_card(void *arg)
{
	hardirq(arg);
}

/* --- softirq: the stack ----------------------------------------------------------------- */

static void drop(struct gb_thread *t, enum gb_context c, const struct packet *p)
{
	const struct options *o = t->run->options;

	t->count[c].custom[DROPPED]++;
	release(t, c, t->full, p->head, o->head);
	release(t, c, t->full, p->data, o->data);
	if (p->state)
		release(t, c, t->full, p->state, o->state);
}

/* Into the next CPU's socket; 0: it is full. */
static int deliver(struct gb_thread *t, const struct packet *p)
{
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;
	struct socket *q = &s->socket[(t->id + 1) % t->nr_threads];

	/* acquire pairs with the reader's release: the place is free */
	if (q->tail - gb_load_acquire(&q->head) == o->queue)
		return 0;
	q->packet[q->tail % o->queue] = *p;
	gb_store_release(&q->tail, q->tail + 1);
	return 1;
}

static void softirq(struct gb_thread *t)
{
	const struct options *o = t->run->options;
	struct card *k = t->data;

	for (uint64_t n = 0; n < o->batch && k->take != gb_load_relaxed(&k->arrived); n++) {
		struct packet p = k->ring[k->take % RING];

		gb_barrier(); /* a refill may follow the next store at once */
		gb_store_relaxed(&k->take, k->take + 1);
		p.state = buffer(t, GB_SOFTIRQ, t->full, o->state, GFP_ATOMIC);
		if (!p.state || !deliver(t, &p))
			drop(t, GB_SOFTIRQ, &p);
	}
	if (k->take != gb_load_relaxed(&k->arrived))
		gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
}

/* --- process: the reader ---------------------------------------------------------------- */

GB_INLINE void read_socket(struct gb_thread *t, struct socket *q, const uint32_t full)
{
	const struct options *o = t->run->options;
	uint64_t head = q->head;

	/* acquire pairs with the sender's release: the packet is whole */
	for (uint64_t n = 0; n < o->batch && gb_load_acquire(&q->tail) != head; n++, head++) {
		struct packet p = q->packet[head % o->queue];

		gb_store_release(&q->head, head + 1);
		release(t, GB_PROCESS, full, p.head, o->head);
		release(t, GB_PROCESS, full, p.data, o->data);
		release(t, GB_PROCESS, full, p.state, o->state);
	}
}

GB_INLINE uint64_t netrx_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct shared *s = t->run->data;
	uint64_t done = 0;

	do {
		gb_run_as_hardirq(raise_card, t);
		read_socket(t, &s->socket[t->id], full);
		done += STEP_OPS;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(netrx)

/* --- begin and end ---------------------------------------------------------------------- */

/* The driver is opened: may sleep. */
static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	struct card *k = gb_thread_map(t, sizeof(*k), e);

	if (!k)
		return -(int)e->code;
	t->data = k;
	refill(t, k, GB_PROCESS, GFP_KERNEL);
	return 0;
}

static void close_card(struct gb_thread *t, struct card *k)
{
	const struct options *o = t->run->options;

	for (; k->take != k->fill; k->take++) {
		release(t, GB_PROCESS, 0, k->ring[k->take % RING].head, o->head);
		release(t, GB_PROCESS, 0, k->ring[k->take % RING].data, o->data);
	}
	t->data = NULL;
	gb_unmap(k, sizeof(*k));
}

/* The last of all threads: no softirq delivers any more. */
static void empty_socket(struct gb_thread *t, struct socket *q)
{
	const struct options *o = t->run->options;

	for (; q->head != q->tail; q->head++) {
		const struct packet *p = &q->packet[q->head % o->queue];

		release(t, GB_PROCESS, 0, p->head, o->head);
		release(t, GB_PROCESS, 0, p->data, o->data);
		release(t, GB_PROCESS, 0, p->state, o->state);
	}
}

static void thread_cleanup(struct gb_thread *t)
{
	struct shared *s = t->run->data;

	if (t->data)
		close_card(t, t->data);
	if (!gb_last_to_leave(&s->left))
		return;
	for (unsigned int i = 0; i < t->nr_threads; i++)
		empty_socket(t, &s->socket[i]);
}

static void cleanup(struct gb_run *r)
{
	struct shared *s = r->data;

	r->data = NULL;
	if (s)
		gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_netrx = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "netrx",
	.summary = "a network card: filled in interrupts here, freed by a reader there",
	.imitates = "a card whose interrupts and softirq run on one CPU and whose reader runs "
		    "on another",
	.strains = "atomic allocation in bursts; blocks of three sizes that are all freed on "
		   "another CPU and in another context",
	.good_score = "no starved refills, and a cost for each block close to prodcons'",
	.paper = "",
	.flags = GB_WL_OWN_IRQ,
	.needs = GB_CAP_ATOMIC,
	.default_irq_rate_hz = 1000,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "starved_refills", "dropped_packets" },
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = netrx_run,
	.run_full = netrx_run_full,
	.hardirq = hardirq,
	.softirq = softirq,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
