/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * migrate-batch: blocks are replaced in a scattered order, and whole batches of them change
 * threads.
 *
 * A turn of a thread: (1) one batch is taken from a stack that all threads share and freed,
 * whoever made it; (2) `scatter` of the thread's own slots, a prime stride apart so that
 * neighbours in time are no neighbours in memory, are freed and allocated again; (3) a
 * batch of new blocks is put on the stack.
 *
 * The stack is lock-free: a push is a compare-and-swap, a take exchanges the whole stack
 * for an empty one, so a head that comes back (the ABA problem) does no harm.  What a
 * thread takes beyond one batch waits in a private list.  Batch descriptors belong to a
 * fixed pool of the thread that fills them and travel back by a stack of the same kind; a
 * thread whose descriptors are all under way frees its batch itself.
 */
#include "sizes.h"
#include "slots.h"
#include "wait.h"

#define POOL   64
#define STRIDE 1789 /* a prime */

enum align { NONE, BY_8, BY_16, MIXED };

struct options {
	uint64_t slots, scatter, batch, size_min, size_max, align;
};

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct options, slots), "4096", 1, 1 << 20,
	  NULL, "live blocks of a thread" },
	{ "scatter", GB_OPTION_UINT, offsetof(struct options, scatter), "512", 1, 1 << 20,
	  NULL, "slots replaced in a turn" },
	{ "batch", GB_OPTION_UINT, offsetof(struct options, batch), "64", 1, 4096, NULL,
	  "blocks of a batch that changes threads" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "16", 1,
	  1 << 20, NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "8000", 1,
	  1 << 20, NULL,
	  "largest block, bytes; every doubling of the size is equally likely" },
	{ "align", GB_OPTION_CHOICE, offsetof(struct options, align), "mixed", 0, 0,
	  "none|8|16|mixed",
	  "alignment asked for, where the backend has a call for it; mixed = all in turn" },
	{ NULL },
};

struct batch {
	struct batch *next;
	unsigned int owner;
	struct gb_slot slot[]; /* options.batch */
};

struct stack {
	GB_ALIGNED_LINE struct batch *head; /* atomic */
};

struct shared {
	struct stack full;
	GB_ALIGNED_LINE uint32_t left; /* atomic: threads that have not cleaned up */
	size_t bytes;
	struct stack returned[]; /* empty descriptors on their way back, by owner */
};

struct state {
	uint32_t slots, scatter, batch, at, turn;
	uint32_t stride; /* has no factor in common with slots */
	uint32_t align;
	size_t bytes;
	struct batch *own;   /* empty, ready to fill */
	struct batch *taken; /* full, to be freed here */
	struct gb_sizes sizes;
	struct gb_slot *slot; /* all three in this mapping */
	char *pool;
};

/* --- the stack ------------------------------------------------------------------- */

/* release (in acq_rel) pairs with the acquire in take_all */
static void push(struct stack *s, struct batch *b)
{
	b->next = gb_load_relaxed(&s->head);
	while (!gb_cas_acq_rel(&s->head, &b->next, b))
		;
}

static struct batch *take_all(struct stack *s)
{
	return gb_load_relaxed(&s->head) ? gb_xchg_acq_rel(&s->head, NULL) : NULL;
}

static struct batch *pop(struct batch **list)
{
	struct batch *b = *list;

	if (b)
		*list = b->next;
	return b;
}

/* --- life -------------------------------------------------------------------------- */

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	r->peak_live_bytes = r->nr_threads * (o->slots + POOL * o->batch) * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	size_t bytes = sizeof(struct shared) + r->nr_threads * sizeof(struct stack);
	struct shared *s = gb_map(bytes);

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "workload migrate-batch: cannot map its stacks");
	s->bytes = bytes;
	s->left = r->nr_threads;
	r->data = s;
	return 0;
}

static size_t batch_bytes(const struct state *s)
{
	return sizeof(struct batch) + s->batch * sizeof(struct gb_slot);
}

/* A block of the size and alignment of the moment. */
GB_INLINE void new_block(struct gb_thread *t, struct state *s, struct gb_slot *slot,
			 const uint32_t full)
{
	size_t size = gb_pick_size(&s->sizes, gb_rng_next(&t->rng[GB_PROCESS]));
	uint32_t align = s->align == MIXED ? s->turn++ % 3 : s->align;

	if (align == NONE || !t->run->heap->aligned) {
		gb_slot_alloc(t, GB_PROCESS, full, slot, size, GFP_KERNEL);
		return;
	}
	slot->size = size;
	slot->p = gb_alloc_aligned(t, GB_PROCESS, full, align * 8, size, GFP_KERNEL);
	if (gb_unlikely(!slot->p))
		return;
	if (gb_unlikely((uintptr_t)slot->p % (align * 8)))
		gb_report_corrupt(t, GB_PROCESS, slot->p, size);
	gb_fill(slot->p, size);
}

static uint32_t stride_for(uint32_t slots)
{
	return slots % STRIDE ? STRIDE : 1;
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	size_t slots = o->slots * sizeof(struct gb_slot);
	size_t pool = POOL * (sizeof(struct batch) + o->batch * sizeof(struct gb_slot));
	size_t bytes = sizeof(struct state) + slots + pool;
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->slots = (uint32_t)o->slots;
	s->scatter = (uint32_t)o->scatter;
	s->batch = (uint32_t)o->batch;
	s->align = (uint32_t)o->align;
	s->stride = stride_for(s->slots);
	s->slot = (void *)(s + 1);
	s->pool = (char *)s->slot + slots;
	gb_sizes_log_uniform(&s->sizes, &t->rng[GB_PROCESS], o->size_min, o->size_max);
	for (size_t i = 0; i < POOL; i++) {
		struct batch *b = (void *)(s->pool + i * batch_bytes(s));

		b->owner = t->id;
		b->next = s->own;
		s->own = b;
	}
	for (uint32_t i = 0; i < s->slots; i++)
		new_block(t, s, &s->slot[i], 0);
	return 0;
}

/* --- a turn -------------------------------------------------------------------------- */

GB_INLINE void scatter(struct gb_thread *t, struct state *s, const uint32_t full)
{
	for (uint32_t i = 0; i < s->scatter; i++) {
		s->at = (s->at + s->stride) % s->slots;
		gb_slot_free(t, GB_PROCESS, full, &s->slot[s->at]);
		new_block(t, s, &s->slot[s->at], full);
	}
}

/* Which thread frees a batch is a matter of timing. */
GB_INLINE void free_batch(struct gb_thread *t, struct batch *b, uint32_t n,
			  const uint32_t full)
{
	for (uint32_t i = 0; i < n; i++) {
		struct gb_slot *slot = &b->slot[i];

		if (gb_unlikely(!slot->p))
			continue;
		gb_check(t, GB_PROCESS, slot->p, slot->size);
		gb_free_unordered(t, GB_PROCESS, full, slot->p, slot->size);
		slot->p = NULL;
	}
}

static struct batch *empty_batch(struct gb_thread *t, struct state *s,
				 struct shared *shared)
{
	if (!s->own)
		s->own = take_all(&shared->returned[t->id]);
	return pop(&s->own);
}

GB_INLINE void send(struct gb_thread *t, struct state *s, struct shared *shared,
		    const uint32_t full)
{
	struct batch *b = empty_batch(t, s, shared);
	struct gb_slot one;

	for (uint32_t i = 0; b && i < s->batch; i++)
		new_block(t, s, &b->slot[i], full);
	if (b) {
		push(&shared->full, b);
		return;
	}
	for (uint32_t i = 0; i < s->batch; i++) { /* the same requests, freed here */
		new_block(t, s, &one, full);
		if (gb_unlikely(!one.p))
			continue;
		gb_check(t, GB_PROCESS, one.p, one.size);
		gb_free_unordered(t, GB_PROCESS, full, one.p, one.size);
	}
}

GB_INLINE void receive(struct gb_thread *t, struct state *s, struct shared *shared,
		       const uint32_t full)
{
	struct batch *b;

	if (!s->taken)
		s->taken = take_all(&shared->full);
	b = pop(&s->taken);
	if (!b)
		return;
	free_batch(t, b, s->batch, full);
	if (b->owner != t->id)
		t->count[GB_PROCESS].custom[0] += s->batch;
	push(&shared->returned[b->owner], b);
}

GB_INLINE uint64_t migrate_batch_body(struct gb_thread *t, uint64_t n,
				      const uint32_t full)
{
	struct shared *shared = t->run->data;
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		receive(t, s, shared,
			full); /* before sending: not one's own, if possible */
		scatter(t, s, full);
		send(t, s, shared, full);
		done += 2 * ((uint64_t)s->scatter + s->batch);
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(migrate_batch)

/* Descriptors lie in the threads' mappings, and others' may be in our hands: free what is
 * ours now, give the rest back, and leave the unmapping to cleanup(). */
static void thread_cleanup(struct gb_thread *t)
{
	struct shared *shared = t->run->data;
	struct state *s = t->data;
	struct batch *b;

	if (!s)
		return;
	gb_slots_drain(t, s->slot, s->slots);
	while ((b = pop(&s->taken)))
		free_batch(t, b, s->batch, 0);
	if (!gb_last_to_leave(&shared->left))
		return;
	for (struct batch *list = take_all(&shared->full); (b = pop(&list));)
		free_batch(t, b, s->batch, 0);
}

static void cleanup(struct gb_run *r)
{
	struct shared *shared = r->data;

	for (unsigned int i = 0; r->threads && i < r->nr_threads; i++) {
		struct state *s = r->threads[i].data;

		r->threads[i].data = NULL;
		if (s)
			gb_unmap(s, s->bytes);
	}
	r->data = NULL;
	if (shared)
		gb_unmap(shared, shared->bytes);
}

const struct gb_workload gb_workload_migrate_batch = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "migrate-batch",
	.summary = "scattered replacement, and linked batches freed by other threads",
	.imitates = "work queues: requests built here are completed in bulk elsewhere",
	.strains = "remote frees in bursts, scattered reuse, alignment",
	.good_score = "throughput that grows with the threads",
	.paper = "the benchmark of rpmalloc (rptest)",
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "remote_frees" },
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = migrate_batch_run,
	.run_full = migrate_batch_run_full,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
