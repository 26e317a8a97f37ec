/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * large: a few buffers of many megabytes, random ones replaced.  Most allocators ask the
 * system for each of them; what that costs, and whether the memory is given back, is the
 * question.
 */
#include "sizes.h"
#include "slots.h"

enum touch { EDGES, PAGES };

struct options {
	uint64_t buffers, size_min, size_max, touch;
};

static const struct gb_option options[] = {
	{ "buffers", GB_OPTION_UINT, offsetof(struct options, buffers), "20", 1, 1024,
	  NULL, "live buffers of a thread" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "5m", 4096,
	  1 << 30, NULL, "smallest buffer, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "25m", 4096,
	  1 << 30, NULL, "largest buffer, bytes" },
	{ "touch", GB_OPTION_CHOICE, offsetof(struct options, touch), "edges", 0, 0,
	  "edges|pages", "what is written: both ends, or a word of every page" },
	{ NULL },
};

struct state {
	uint32_t buffers, touch;
	size_t bytes;
	struct gb_sizes sizes;
	struct gb_slot slot[];
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	r->max_block_bytes = o->size_max;
	r->peak_live_bytes = r->nr_threads * o->buffers * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

/* One word a page, the pattern's places at both ends left alone. */
GB_INLINE void touch_pages(const struct gb_slot *s)
{
	volatile char *p = s->p;

	for (size_t at = 4096; p && at + 4096 < s->size; at += 4096)
		p[at] = 1;
}

GB_INLINE void replace(struct gb_thread *t, struct state *s, struct gb_slot *slot,
		       uint64_t random, const uint32_t full)
{
	gb_slot_free(t, GB_PROCESS, full, slot);
	gb_slot_alloc(t, GB_PROCESS, full, slot, gb_pick_size(&s->sizes, random),
		      GFP_KERNEL);
	if (s->touch == PAGES)
		touch_pages(slot);
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	size_t bytes = sizeof(struct state) + o->buffers * sizeof(struct gb_slot);
	struct state *s = gb_thread_map(t, bytes, e);
	struct gb_rng *rng = &t->rng[GB_PROCESS];

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->buffers = (uint32_t)o->buffers;
	s->touch = (uint32_t)o->touch;
	gb_sizes_uniform(&s->sizes, rng, o->size_min, o->size_max);
	for (uint32_t i = 0; i < s->buffers; i++)
		replace(t, s, &s->slot[i], gb_rng_next(rng), 0);
	return 0;
}

GB_INLINE uint64_t large_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);

		replace(t, s, &s->slot[gb_pick(random, s->buffers)], random, full);
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(large)

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (!s)
		return;
	gb_slots_drain(t, s->slot, s->buffers);
	t->data = NULL;
	gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_large = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "large",
	.summary = "buffers of 5 to 25 MiB, random replacement",
	.imitates = "image and media processing, large reads",
	.strains = "the path to the system's memory: map, unmap, faults, fragmentation",
	.good_score = "few system calls and faults, and memory given back after the end",
	.paper = "malloc-large of mimalloc-bench",
	.flags = GB_WL_WRITES_INSIDE | GB_WL_RSS_DECAY,
	.needs = GB_CAP_LARGE,
	.options = options,
	.options_size = sizeof(struct options),
	.warmup_ops = 256, /* up to 25 MiB each */
	.plan = plan,
	.thread_setup = thread_setup,
	.run = large_run,
	.run_full = large_run_full,
	.thread_cleanup = thread_cleanup,
};
