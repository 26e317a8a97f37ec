/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * ws-replace: a working set of pointers per thread; random ones are replaced.  Sizes have a
 * density that falls with their square: mostly a few dozen bytes, now and then many
 * thousand.
 */
#include "slot_set.h"

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct gb_slot_set_options, slots), "1024", 1,
	  1 << 20, NULL, "live blocks of a thread" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct gb_slot_set_options, size_min), "4", 1,
	  1 << 20, NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct gb_slot_set_options, size_max), "32k",
	  1, 1 << 20, NULL, "largest block, bytes" },
	{ NULL },
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	return gb_slot_set_plan(r, r->options, e);
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	return gb_slot_set_setup(t, t->run->options, gb_sizes_inverse_square, e);
}

/* A random slot's block makes room for a new one.  Half of the sizes are below eight. */
GB_INLINE void replace(struct gb_thread *t, struct gb_slot_set *s, uint64_t random,
		       const uint32_t full)
{
	struct gb_slot *slot = &s->slot[gb_pick(random, s->slots)];
	size_t size = gb_pick_size(&s->sizes, random);
	void *p;

	gb_slot_free(t, GB_PROCESS, full, slot);
	p = gb_alloc(t, GB_PROCESS, full, size, GFP_KERNEL);
	slot->p = p;
	slot->size = size;
	if (gb_likely(p != NULL))
		gb_fill_mixed(p, size);
}

GB_INLINE uint64_t ws_replace_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct gb_slot_set *s = t->data;
	uint64_t done = 0;

	do {
		replace(t, s, gb_rng_next(&t->rng[GB_PROCESS]), full);
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(ws_replace)

const struct gb_workload gb_workload_ws_replace = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "ws-replace",
	.summary =
		"random replacement over a working set, sizes of inverse-square density",
	.imitates =
		"a program in steady state: small blocks mostly, sometimes a large one",
	.strains = "the fast path over many size classes at once",
	.good_score = "close to null; growing with the threads",
	.paper = "glibc bench-malloc-thread",
	.options = options,
	.options_size = sizeof(struct gb_slot_set_options),
	.plan = plan,
	.thread_setup = thread_setup,
	.run = ws_replace_run,
	.run_full = ws_replace_run_full,
	.thread_cleanup = gb_slot_set_end,
};
