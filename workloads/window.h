/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A window of live blocks, open at both ends: new blocks enter at the young end; they
 * leave at the young end (LIFO) or at the old end (FIFO).  A ring of slots; young and old
 * are counters that only grow and shrink by the operations below:
 *
 *	old <= young <= old + capacity
 *
 * Sizes are a geometric family, six to the octave pair, each drawn with a frequency
 * inverse to its size, so that every size holds about the same share of the bytes.
 *
 * Layer: workloads; for window-local and window-remote.  One owner, process context.
 */
#ifndef GB_WORKLOADS_WINDOW_H
#define GB_WORKLOADS_WINDOW_H

#include "sizes.h"
#include "slots.h"

struct gb_window {
	uint64_t young, old;
	uint32_t capacity, slice;
	size_t bytes;
	struct gb_sizes sizes;
	struct gb_slot slot[];
};

struct gb_window_options {
	uint64_t window, slice, size_min, size_max;
};

/* The options that both workloads have. */
#define GB_WINDOW_OPTIONS \
	{ "window", \
	  GB_OPTION_UINT, \
	  offsetof(struct gb_window_options, window), \
	  "4096", \
	  1, \
	  1 << 20, \
	  NULL, \
	  "live blocks of a thread" }, \
		{ "slice", \
		  GB_OPTION_UINT, \
		  offsetof(struct gb_window_options, slice), \
		  "256", \
		  2, \
		  1 << 16, \
		  NULL, \
		  "blocks that enter and leave in one turn" }, \
		{ "size_min", \
		  GB_OPTION_SIZE, \
		  offsetof(struct gb_window_options, size_min), \
		  "16", \
		  1, \
		  32 << 10, \
		  NULL, \
		  "smallest of the family, bytes" }, \
	{ \
		"size_max", GB_OPTION_SIZE, \
			offsetof(struct gb_window_options, size_max), "4k", 1, 32 << 10, \
			NULL, "largest of the family, bytes" \
	}

int gb_window_plan(struct gb_run *r, uint64_t extra_blocks,
		   struct gb_error *e) GB_MUST_CHECK;
/* Map and fill t's window into t->data. */
int gb_window_setup(struct gb_thread *t, struct gb_error *e) GB_MUST_CHECK;
void gb_window_cleanup(struct gb_thread *t);

GB_INLINE void gb_window_enter(struct gb_thread *t, struct gb_window *w,
			       const uint32_t full)
{
	struct gb_slot *s = &w->slot[w->young++ % w->capacity];

	gb_slot_alloc(t, GB_PROCESS, full, s,
		      gb_pick_size(&w->sizes, gb_rng_next(&t->rng[GB_PROCESS])),
		      GFP_KERNEL);
}

GB_INLINE struct gb_slot *gb_window_youngest(struct gb_window *w)
{
	return &w->slot[--w->young % w->capacity];
}

GB_INLINE struct gb_slot *gb_window_oldest(struct gb_window *w)
{
	return &w->slot[w->old++ % w->capacity];
}

#endif
