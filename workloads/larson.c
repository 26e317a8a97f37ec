/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * larson: a server whose threads come and go while their data stays.
 *
 * Each thread owns slots, and replaces random ones.  After a number of replacements it
 * ends and a successor takes its slots over, so most blocks are freed by a thread that
 * did not allocate them, although no two threads touch a block at the same time.
 * An allocator that ties blocks to the thread that allocated them pays for it here.
 */
#include "slot_set.h"

struct options {
	struct gb_slot_set_options set;
	uint64_t rounds;
};

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct options, set.slots), "5000", 1, 1 << 20,
	  NULL, "live blocks of a thread" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, set.size_min), "8", 1,
	  64 << 10, NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, set.size_max), "1000", 1,
	  64 << 10, NULL, "largest block, bytes" },
	{ "rounds", GB_OPTION_UINT, offsetof(struct options, rounds), "500000", 1,
	  1u << 31, NULL, "replacements before a thread hands over to a successor" },
	{ NULL },
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	return gb_slot_set_plan(r, &o->set, e);
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	struct gb_slot_set *s;

	if (gb_slot_set_setup(t, &o->set, gb_sizes_uniform, e))
		return -(int)e->code;
	s = t->data;
	s->left = o->rounds;
	return 0;
}

GB_INLINE uint64_t larson_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	const struct options *o = t->run->options;
	struct gb_slot_set *s = t->data;
	uint64_t done = 0;

	do {
		gb_slot_set_replace(t, s, full);
		done += 2;
		if (gb_unlikely(--s->left == 0)) {
			s->left = o->rounds;
			t->handover = 1;
			t->count[GB_PROCESS].custom[0]++;
			break;
		}
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(larson)

const struct gb_workload gb_workload_larson = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "larson",
	.summary = "random replacement, slots handed to a successor thread now and then",
	.imitates = "a long-running server whose worker threads come and go",
	.strains = "blocks freed by a thread that did not allocate them; thread exit",
	.good_score =
		"throughput that grows with the threads and does not fall with hand-overs",
	.paper =
		"Larson & Krishnan, Memory allocation for long-running server applications, "
		"ISMM 1998",
	.flags = GB_WL_HANDOVER,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "handovers" },
	.plan = plan,
	.thread_setup = thread_setup,
	.run = larson_run,
	.run_full = larson_run_full,
	.thread_cleanup = gb_slot_set_end,
};
