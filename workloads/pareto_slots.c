/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * pareto-slots: a few slots are busy, most are nearly idle.
 *
 * Each step picks a slot and turns it over: its block is freed and another takes its place.
 * Four picks in five go to one fifth of the slots, four in five of those to a fifth of that
 * fifth, and so on: the 80/20 rule applied to itself.  Drawn in closed form: with u uniform
 * in [0, 1), u^7 falls below 0.2 with probability 0.795, below 0.04 with 0.631, ...
 *
 * alloc-test has twice the slots, of which a step fills an empty one or frees a full one, so
 * that half of them are full in the long run.  A slot here stands for two of those, one full
 * and one empty, of which a step turns both over.  The live set, the ages of its blocks and
 * the share of frees are the same, but what comes next can be foreseen: with a coin tossed
 * at each step, half of what the loop cost by itself were branches taken the wrong way.
 *
 * The long tail keeps old blocks alive between young ones, which is where allocators that
 * reuse memory by age begin to scatter.  Each thread has a stream of its own.
 */
#include "slot_set.h"

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct gb_slot_set_options, slots), "16384", 1,
	  1 << 24, NULL, "live blocks of a thread" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct gb_slot_set_options, size_min), "8", 1,
	  1 << 20, NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct gb_slot_set_options, size_max), "4k", 1,
	  1 << 20, NULL,
	  "largest block, bytes; every doubling of the size is equally likely" },
	{ NULL },
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	return gb_slot_set_plan(r, r->options, e);
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	return gb_slot_set_setup(t, t->run->options, gb_sizes_log_uniform, e);
}

/* u^7 of the upper half of @random as a fraction of 2^32, times n. */
GB_INLINE uint32_t hot_pick(uint64_t random, uint32_t n)
{
	uint64_t u = random >> 32, u3 = ((u * u) >> 32) * u >> 32;

	return (uint32_t)((((u3 * u3) >> 32) * u >> 32) * n >> 32);
}

GB_INLINE uint64_t pareto_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct gb_slot_set *s = t->data;
	uint64_t done = 0;

	do {
		uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);

		gb_slot_replace(t, GB_PROCESS, full, &s->slot[hot_pick(random, s->slots)],
				gb_pick_size(&s->sizes, random), GFP_KERNEL);
		done += 2;
	} while (done < n && !gb_stopping(t));
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
	.options_size = sizeof(struct gb_slot_set_options),
	.plan = plan,
	.thread_setup = thread_setup,
	.run = pareto_run,
	.run_full = pareto_run_full,
	.thread_cleanup = gb_slot_set_end,
};
