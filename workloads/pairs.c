/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * pairs: allocate n blocks, free n blocks, over and over; the simplest question there is.
 *
 * What varies is what an allocator's cache of free blocks sees: n says how deep the
 * excursion is (25 fits every per-CPU cache, 1600 of a large size fits none), the order of
 * the frees says how the free list looks afterwards.  With LIFO the next round meets the
 * blocks in the order in which it left them; with random order it meets them scattered.
 *
 * The order is drawn at set-up: eight permutations, used in turn, so that neither a
 * generator in the loop nor one order learnt by the branch predictor decides.
 */
#include "slots.h"

enum order { FIFO, LIFO, RANDOM };
#define NR_PERMUTATIONS 8

struct options {
	uint64_t size, size_max, n, order;
};

static const struct gb_option options[] = {
	{ "size", GB_OPTION_SIZE, offsetof(struct options, size), "64", 1, 64 << 20, NULL,
	  "bytes of a block" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "0", 0,
	  64 << 20, NULL,
	  "with this, sizes are uniform in size..size_max; 0 = all of one size" },
	{ "n", GB_OPTION_UINT, offsetof(struct options, n), "100", 1, 1000000, NULL,
	  "blocks allocated before the first is freed" },
	{ "order", GB_OPTION_CHOICE, offsetof(struct options, order), "fifo", 0, 0,
	  "fifo|lifo|random", "order of the frees" },
	{ NULL },
};

struct state {
	uint32_t n, order, turn;
	size_t size, spread;   /* sizes are size .. size + spread */
	size_t bytes;          /* of this mapping */
	uint32_t *permutation; /* NR_PERMUTATIONS of n; NULL unless random */
	struct gb_slot slot[];
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	uint64_t largest = o->size_max ? o->size_max : o->size;

	if (o->size_max && o->size_max < o->size)
		return gb_fail(e, GB_EXIT_USAGE, "give size_max a value of at least size",
			       "workload pairs: size_max is below size");
	r->peak_live_bytes = r->nr_threads * o->n * largest;
	return 0;
}

static void draw(struct gb_rng *rng, uint32_t *permutation, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = (uint32_t)gb_rng_below(rng, i + 1);

		permutation[i] = permutation[j];
		permutation[j] = i;
	}
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	size_t slots = sizeof(struct state) + o->n * sizeof(struct gb_slot);
	size_t orders =
		o->order == RANDOM ? NR_PERMUTATIONS * o->n * sizeof(uint32_t) : 0;
	struct state *s = gb_thread_map(t, slots + orders, e);

	if (!s)
		return -(int)e->code;
	s->n = (uint32_t)o->n;
	s->order = (uint32_t)o->order;
	s->size = o->size;
	s->spread = o->size_max ? o->size_max - o->size : 0;
	s->bytes = slots + orders;
	if (orders)
		s->permutation = (void *)((char *)s + slots);
	for (uint32_t k = 0; orders && k < NR_PERMUTATIONS; k++)
		draw(&t->rng[GB_PROCESS], s->permutation + k * s->n, s->n);
	t->data = s;
	return 0;
}

GB_INLINE void allocate(struct gb_thread *t, struct state *s, const uint32_t full)
{
	uint32_t n = s->n;
	size_t size = s->size;

	if (!s->spread) {
		for (uint32_t i = 0; i < n; i++)
			gb_slot_alloc(t, GB_PROCESS, full, &s->slot[i], size, GFP_KERNEL);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		gb_slot_alloc(t, GB_PROCESS, full, &s->slot[i],
			      size + gb_rng_below(&t->rng[GB_PROCESS], s->spread + 1),
			      GFP_KERNEL);
}

GB_INLINE void release(struct gb_thread *t, struct state *s, const uint32_t full)
{
	uint32_t n = s->n;
	const uint32_t *at;

	switch (s->order) {
	case FIFO:
		for (uint32_t i = 0; i < n; i++)
			gb_slot_free(t, GB_PROCESS, full, &s->slot[i]);
		break;
	case LIFO:
		for (uint32_t i = n; i-- > 0;)
			gb_slot_free(t, GB_PROCESS, full, &s->slot[i]);
		break;
	default:
		at = s->permutation + (s->turn++ % NR_PERMUTATIONS) * n;
		for (uint32_t i = 0; i < n; i++)
			gb_slot_free(t, GB_PROCESS, full, &s->slot[at[i]]);
	}
}

GB_INLINE uint64_t pairs_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		allocate(t, s, full);
		release(t, s, full);
		done += 2 * (uint64_t)s->n;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(pairs)

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (s)
		gb_unmap(s, s->bytes);
	t->data = NULL;
}

const struct gb_workload gb_workload_pairs = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "pairs",
	.summary = "allocate n blocks, free n blocks: FIFO, LIFO or random order",
	.imitates = "code that builds something and takes it down again",
	.strains =
		"the fast path; with large n or size, the layers behind the per-CPU cache",
	.good_score =
		"close to null at every n and order: the cost of a block does not depend "
		"on how deep or in which order the caller works",
	.paper = "glibc bench-malloc-simple",
	.options = options,
	.options_size = sizeof(struct options),
	.plan = plan,
	.thread_setup = thread_setup,
	.run = pairs_run,
	.run_full = pairs_run_full,
	.thread_cleanup = thread_cleanup,
};
