/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * migrate: objects wander between threads that come and go.
 *
 * Each thread replaces random objects of its own, sizes by a power law; every fourth time
 * it first swaps the object against one from an array that all threads share, and so
 * frees a stranger's.  After each iteration the thread ends and a successor continues.
 * Every object carries a cookie, checked by whoever frees it.
 */
#include "shared_blocks.h"
#include "slots.h"

struct options {
	uint64_t objects, transfer, size_min, size_max, rounds;
};

static const struct gb_option options[] = {
	{ "objects", GB_OPTION_UINT, offsetof(struct options, objects), "1000", 1,
	  1 << 20, NULL, "live objects of a thread" },
	{ "transfer", GB_OPTION_UINT, offsetof(struct options, transfer), "1000", 1,
	  1 << 20, NULL, "objects in the shared array" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "16", 1,
	  GB_PACKED_MAX_SIZE, NULL, "smallest object, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "32k", 1,
	  GB_PACKED_MAX_SIZE, NULL, "largest object, bytes" },
	{ "rounds", GB_OPTION_UINT, offsetof(struct options, rounds), "100000", 1,
	  1u << 31, NULL,
	  "replacements of an iteration, after which the thread is recreated" },
	{ NULL },
};

struct state {
	uint32_t nr;
	uint64_t rounds, until_end; /* of the iteration */
	size_t bytes;
	struct gb_sizes sizes;
	uint64_t object[]; /* packed */
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	r->peak_live_bytes = (r->nr_threads * o->objects + o->transfer) * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	return gb_shared_blocks_setup(r, o->transfer, e);
}

GB_INLINE uint64_t new_object(struct gb_thread *t, const struct state *s, uint64_t random,
			      const uint32_t full)
{
	return gb_packed_alloc(t, GB_PROCESS, full, gb_pick_size(&s->sizes, random),
			       GFP_KERNEL);
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	size_t bytes = sizeof(struct state) + o->objects * sizeof(uint64_t);
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->nr = (uint32_t)o->objects;
	s->rounds = s->until_end = o->rounds;
	gb_sizes_inverse_square(&s->sizes, &t->rng[GB_PROCESS], o->size_min, o->size_max);
	for (uint32_t i = 0; i < s->nr; i++)
		s->object[i] = new_object(t, s, gb_rng_next(&t->rng[GB_PROCESS]), 0);
	gb_shared_blocks_fill(t, &s->sizes);
	return 0;
}

/* Every fourth: a processor foresees that, and not a coin that is tossed at each step. */
GB_INLINE void step(struct gb_thread *t, struct state *s, struct gb_shared_blocks *shared,
		    const uint32_t full)
{
	uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);
	uint64_t *mine = &s->object[gb_pick(random, s->nr)];

	if (s->until_end % 4 == 0) {
		/* bits that neither the size (0..11) nor, to any effect, the index uses */
		uint32_t i = (uint32_t)(((random >> 14 & 0xffff) * shared->n) >> 16);

		*mine = gb_shared_blocks_swap(shared, i, *mine);
		t->count[GB_PROCESS].custom[0]++;
	}
	gb_packed_free(t, GB_PROCESS, full, *mine);
	*mine = new_object(t, s, random, full);
}

GB_INLINE uint64_t migrate_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct gb_shared_blocks *shared = t->run->data;
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		step(t, s, shared, full);
		done += 2;
		if (gb_unlikely(--s->until_end == 0)) {
			s->until_end = s->rounds;
			t->handover = 1;
			break;
		}
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(migrate)

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	for (uint32_t i = 0; s && i < s->nr; i++)
		gb_packed_free(t, GB_PROCESS, 0, s->object[i]);
	t->data = NULL;
	if (s)
		gb_unmap(s, s->bytes);
	gb_shared_blocks_leave(t);
}

const struct gb_workload gb_workload_migrate = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "migrate",
	.summary =
		"power-law objects, a quarter swapped between threads that are recreated",
	.imitates = "a task pool: objects outlive the threads that made them",
	.strains = "scattered remote frees, thread exit with objects still live",
	.good_score = "throughput that grows with the threads, memory that does not",
	.paper = "mstress of mimalloc; Leijen, Zorn & de Moura, Mimalloc, APLAS 2019",
	.flags = GB_WL_HANDOVER,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "swaps" },
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = migrate_run,
	.run_full = migrate_run_full,
	.thread_cleanup = thread_cleanup,
	.cleanup = gb_shared_blocks_cleanup,
};
