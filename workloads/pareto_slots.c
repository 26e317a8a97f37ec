/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * pareto-slots: a few slots are busy, most are nearly idle.
 *
 * Each step picks a slot and turns it over: an empty one is filled, a full one is freed.
 * Four picks in five go to one fifth of the slots, four in five of those to a fifth of that
 * fifth, and so on: the 80/20 rule applied to itself.  Drawn in closed form: with u uniform
 * in [0, 1), u^7 falls below 0.2 with probability 0.795, below 0.04 with 0.631, ...
 *
 * The long tail keeps old blocks alive between young ones, which is where allocators that
 * reuse memory by age begin to scatter.  Each thread has a stream of its own.
 */
#include "slot_set.h"

struct options {
	uint64_t slots, size_min, size_max;
};

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct options, slots), "32768", 1, 1 << 24,
	  NULL, "slots of a thread, half of them live in the long run" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "8", 1, 1 << 20,
	  NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "4k", 1,
	  1 << 20, NULL,
	  "largest block, bytes; every doubling of the size is equally likely" },
	{ NULL },
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	r->peak_live_bytes = r->nr_threads * o->slots * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

/* u^7 of the upper half of @random as a fraction of 2^32, times n. */
GB_INLINE uint32_t hot_pick(uint64_t random, uint32_t n)
{
	uint64_t u = random >> 32, u3 = ((u * u) >> 32) * u >> 32;

	return (uint32_t)((((u3 * u3) >> 32) * u >> 32) * n >> 32);
}

/* Half of the slots start full. */
static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	struct gb_slot_set *s = gb_slot_set_new(t, o->slots, e);
	struct gb_rng *rng = &t->rng[GB_PROCESS];

	if (!s)
		return -(int)e->code;
	gb_sizes_log_uniform(&s->sizes, rng, o->size_min, o->size_max);
	for (uint32_t i = 0; i < s->slots; i++) {
		uint64_t random = gb_rng_next(rng);

		if (random >> 63)
			gb_slot_alloc(t, GB_PROCESS, 0, &s->slot[i],
				      gb_pick_size(&s->sizes, random), GFP_KERNEL);
	}
	return 0;
}

/* Whether a slot is full cannot be foreseen, so every other step costs the processor what
 * it did ahead.  The next step's slot is drawn before that is found out: it stays. */
GB_INLINE uint64_t pareto_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct gb_slot_set *s = t->data;
	struct gb_rng ahead = t->rng[GB_PROCESS], used;
	uint64_t done = 0, next = gb_rng_next(&ahead);
	struct gb_slot *next_slot = &s->slot[hot_pick(next, s->slots)];

	do {
		uint64_t random = next;
		struct gb_slot *slot = next_slot;

		used = ahead;
		next = gb_rng_next(&ahead);
		next_slot = &s->slot[hot_pick(next, s->slots)];
		__builtin_prefetch(next_slot, 1);
		if (slot->p)
			gb_slot_free(t, GB_PROCESS, full, slot);
		else
			gb_slot_alloc(t, GB_PROCESS, full, slot,
				      gb_pick_size(&s->sizes, random), GFP_KERNEL);
		done++;
	} while (done < n && !gb_stopping(t));
	t->rng[GB_PROCESS] = used;
	return done;
}

GB_WORKLOAD_RUN(pareto)

const struct gb_workload gb_workload_pareto_slots = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "pareto-slots",
	.summary =
		"slots turned over by the 80/20 rule applied to itself: hot few, long tail",
	.imitates = "a program whose objects live for very different times",
	.strains = "reuse of memory between long-lived neighbours; many size classes",
	.good_score = "close to ws-replace, and held memory close to live memory",
	.paper = "alloc-test (Ignatchenko, Testing memory allocators, 2018)",
	.options = options,
	.options_size = sizeof(struct options),
	.plan = plan,
	.thread_setup = thread_setup,
	.run = pareto_run,
	.run_full = pareto_run_full,
	.thread_cleanup = gb_slot_set_end,
};
