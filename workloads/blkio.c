/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * blkio: block I/O that must go on when memory is gone.
 *
 *	P  takes a bio and its vector from two mempools with GFP_NOIO, puts the pair into
 *	   the device's queue; after every batch the device raises its interrupt on the
 *	   next CPU
 *	H  of that CPU (that interrupt, or its timer's) completes what is in the queue: both
 *	   elements go back to the pools
 *
 * Each CPU has pools and a queue of its own: P writes the queue's tail, H of the next CPU
 * its head.  A batch is at most half of a pool's reserve, so whenever P sleeps for an
 * element, others are on their way: it makes progress with the reserve alone.
 *
 * Raising an interrupt on another CPU is the machine's cost, not the allocator's: it
 * counts as waiting.  A CPU that is alone, or whose neighbour has gone, completes its own.
 */
#include "calls.h"
#include "slots.h"
#include "wait.h"

struct options {
	uint64_t bio, vector, reserve, batch, depth;
};

static const struct gb_option options[] = {
	{ "bio", GB_OPTION_SIZE, offsetof(struct options, bio), "192", 16, 8192, NULL,
	  "bytes of a bio" },
	{ "vector", GB_OPTION_SIZE, offsetof(struct options, vector), "1k", 16, 8192, NULL,
	  "bytes of its vector" },
	{ "reserve", GB_OPTION_UINT, offsetof(struct options, reserve), "128", 2, 1 << 16,
	  NULL, "elements that a pool keeps back" },
	{ "batch", GB_OPTION_UINT, offsetof(struct options, batch), "64", 1, 1 << 15, NULL,
	  "submissions between two interrupts of the device; at most half the reserve" },
	{ "depth", GB_OPTION_UINT, offsetof(struct options, depth), "256", 2, 1 << 16, NULL,
	  "I/Os in flight of a CPU; at least twice the batch" },
	{ NULL },
};

struct io {
	void *bio, *vector;
};

struct queue {
	GB_ALIGNED_LINE uint64_t tail; /* submitter, release */
	uint64_t kicked;               /* submitter: tail when the device was last started */
	struct mempool_s *bios, *vectors;
	struct io *io;                 /* [depth] */
	GB_ALIGNED_LINE uint64_t head; /* completer, release */
};

struct shared {
	size_t bytes;
	struct queue queue[];
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	if (o->batch * 2 > o->reserve || o->batch * 2 > o->depth)
		return gb_fail(e, GB_EXIT_USAGE, "lower batch, or raise reserve and depth",
			       "workload blkio: batch is above half of reserve or of depth");
	r->peak_live_bytes = r->nr_threads * (o->depth + o->reserve) * (o->bio + o->vector);
	return 0;
}

static int make_pools(struct gb_run *r, struct queue *q, struct gb_error *e)
{
	const struct gb_kernel_ops *k = r->heap->kernel;
	const struct options *o = r->options;

	q->bios = k->mempool_create_kmalloc((int)o->reserve, o->bio);
	q->vectors = k->mempool_create_kmalloc((int)o->reserve, o->vector);
	if (q->bios && q->vectors)
		return 0;
	return gb_fail(e, GB_EXIT_HARNESS, "give more memory with --ram",
		       "workload blkio: cannot fill a mempool");
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	size_t head = sizeof(struct shared) + r->nr_threads * sizeof(struct queue);
	size_t bytes = head + r->nr_threads * o->depth * sizeof(struct io);
	struct shared *s = gb_map(bytes);
	struct io *io;

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, "use a smaller depth",
			       "workload blkio: cannot map its queues");
	s->bytes = bytes;
	r->data = s;
	io = (void *)((char *)s + head);
	for (unsigned int i = 0; i < r->nr_threads; i++, io += o->depth) {
		s->queue[i].io = io;
		if (make_pools(r, &s->queue[i], e))
			return -(int)e->code;
	}
	return 0;
}

/* --- hardirq: completion ----------------------------------------------------------------- */

static void complete(struct gb_thread *t, enum gb_context c, struct queue *q)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	const struct options *o = t->run->options;
	uint32_t full = c == GB_HARDIRQ && t->full;
	uint64_t head = q->head;

	/* acquire pairs with the submitter's release: the pair is whole */
	for (; head != gb_load_acquire(&q->tail); head++) {
		struct io io = q->io[head % o->depth];

		gb_check(t, c, io.bio, o->bio);
		gb_check(t, c, io.vector, o->vector);
		GB_CALL_FREE(t, c, full, o->vector, k->mempool_free(io.vector, q->vectors));
		GB_CALL_FREE(t, c, full, o->bio, k->mempool_free(io.bio, q->bios));
		gb_store_release(&q->head, head + 1);
	}
}

/* The device of the CPU before interrupts this one. */
static void hardirq(struct gb_thread *t)
{
	struct shared *s = t->run->data;

	complete(t, GB_HARDIRQ, &s->queue[(t->id + t->nr_threads - 1) % t->nr_threads]);
}

static void on_device(void *arg)
{
	hardirq(arg);
}

/* A CPU without a neighbour: the device interrupts itself. */
static void on_own_device(void *arg)
{
	struct gb_thread *t = arg;
	struct shared *s = t->run->data;

	complete(t, GB_HARDIRQ, &s->queue[t->id]);
}

/* --- process: submission ----------------------------------------------------------------- */

static __attribute__((noinline)) void kick(struct gb_thread *t, struct queue *q)
{
	unsigned int next = (t->id + 1) % t->nr_threads;
	uint64_t start = gb_clock_now();

	q->kicked = q->tail;
	if (next == t->id) {
		gb_run_as_hardirq(on_own_device, t);
		return;
	}
	gb_ipi_wait(next);
	if (gb_ipi_send(next, on_device, &t->run->threads[next]))
		gb_run_as_hardirq(on_own_device, t);
	else
		t->wait_ticks += gb_clock_now() - start;
}

GB_INLINE void *element(struct gb_thread *t, struct mempool_s *pool, size_t size,
			const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	void *p = GB_CALL_ALLOC(t, GB_PROCESS, full, size, GFP_NOIO,
				k->mempool_alloc(pool, GFP_NOIO));

	if (gb_likely(p != NULL))
		gb_fill(p, size);
	return p;
}

GB_INLINE void submit(struct gb_thread *t, struct queue *q, const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	const struct options *o = t->run->options;
	struct io io = { .bio = element(t, q->bios, o->bio, full) };

	if (!io.bio)
		return;
	io.vector = element(t, q->vectors, o->vector, full);
	if (!io.vector) {
		GB_CALL_FREE(t, GB_PROCESS, full, o->bio, k->mempool_free(io.bio, q->bios));
		return;
	}
	q->io[q->tail % o->depth] = io;
	gb_store_release(&q->tail, q->tail + 1);
}

GB_INLINE int room(const struct queue *q, const struct options *o)
{
	/* acquire pairs with the completer's release: the place is free */
	return q->tail - gb_load_acquire(&q->head) < o->depth;
}

/* The neighbour may have gone since it was interrupted: its part falls to us. */
static __attribute__((noinline)) int wait_for_room(struct gb_thread *t, struct queue *q,
						   const struct options *o)
{
	unsigned int next = (t->id + 1) % t->nr_threads;

	if (!GB_WAIT_UNTIL(t, room(q, o) || !gb_cpu_get(next)))
		return 0;
	if (!room(q, o))
		gb_run_as_hardirq(on_own_device, t);
	return 1;
}

GB_INLINE uint64_t blkio_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;
	struct queue *q = &s->queue[t->id];
	uint64_t done = 0;

	do {
		if (gb_unlikely(!room(q, o)) && !wait_for_room(t, q, o))
			break;
		submit(t, q, full);
		if (q->tail - q->kicked >= o->batch)
			kick(t, q);
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(blkio)

/* --- the end ------------------------------------------------------------------------------ */

/* No submission any more; the neighbour's timer may still complete at this moment. */
static void thread_cleanup(struct gb_thread *t)
{
	struct shared *s = t->run->data;
	struct queue *q = &s->queue[t->id];
	unsigned int next = (t->id + 1) % t->nr_threads;

	if (next != t->id)
		gb_ipi_wait(next);
	if (q->head != q->tail && next != t->id &&
	    !gb_ipi_send(next, on_device, &t->run->threads[next]))
		gb_ipi_wait(next);
	if (gb_load_acquire(&q->head) != q->tail)
		gb_run_as_hardirq(on_own_device, t);
}

static void cleanup(struct gb_run *r)
{
	const struct gb_kernel_ops *k = r->heap->kernel;
	struct shared *s = r->data;

	r->data = NULL;
	if (!s)
		return;
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		k->mempool_destroy(s->queue[i].bios);
		k->mempool_destroy(s->queue[i].vectors);
	}
	gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_blkio = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "blkio",
	.summary = "block I/O from mempools, completed by interrupts of another CPU",
	.imitates = "writeback: I/O structures from reserves, freed by the completion",
	.strains = "GFP_NOIO, mempools, frees in hardirq on another CPU",
	.good_score = "no failure and no standstill, even with no free memory at all",
	.paper = "",
	.flags = GB_WL_OWN_IRQ,
	.needs = GB_CAP_KERNEL | GB_CAP_ATOMIC,
	.default_irq_rate_hz = 1000,
	.options = options,
	.options_size = sizeof(struct options),
	.plan = plan,
	.setup = setup,
	.run = blkio_run,
	.run_full = blkio_run_full,
	.hardirq = hardirq,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
