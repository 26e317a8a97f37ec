/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * ws-replace: a working set of pointers per thread; random ones are replaced.  Sizes have a
 * density that falls with their square: mostly a few dozen bytes, now and then many
 * thousand.
 */
#include "sizes.h"
#include "slots.h"

struct options {
	uint64_t slots, size_min, size_max;
};

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct options, slots), "1024", 1, 1 << 20,
	  NULL, "live blocks of a thread" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "4", 1, 1 << 20,
	  NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "32k", 1,
	  1 << 20, NULL, "largest block, bytes" },
	{ NULL },
};

struct state {
	uint32_t slots;
	size_t bytes;
	struct gb_sizes sizes;
	struct gb_slot slot[];
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	r->peak_live_bytes = r->nr_threads * o->slots * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	size_t bytes = sizeof(struct state) + o->slots * sizeof(struct gb_slot);
	struct state *s = gb_thread_map(t, bytes, e);
	struct gb_rng *rng = &t->rng[GB_PROCESS];

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->slots = (uint32_t)o->slots;
	gb_sizes_inverse_square(&s->sizes, rng, o->size_min, o->size_max);
	for (uint32_t i = 0; i < s->slots; i++)
		gb_slot_alloc(t, GB_PROCESS, 0, &s->slot[i],
			      gb_pick_size(&s->sizes, gb_rng_next(rng)), GFP_KERNEL);
	return 0;
}

GB_INLINE uint64_t ws_replace_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);
		struct gb_slot *slot = &s->slot[gb_pick(random, s->slots)];

		gb_slot_free(t, GB_PROCESS, full, slot);
		gb_slot_alloc(t, GB_PROCESS, full, slot, gb_pick_size(&s->sizes, random),
			      GFP_KERNEL);
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(ws_replace)

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (!s)
		return;
	gb_slots_drain(t, s->slot, s->slots);
	t->data = NULL;
	gb_unmap(s, s->bytes);
}

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
	.options_size = sizeof(struct options),
	.plan = plan,
	.thread_setup = thread_setup,
	.run = ws_replace_run,
	.run_full = ws_replace_run_full,
	.thread_cleanup = thread_cleanup,
};
