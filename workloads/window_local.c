/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * window-local: a window of live blocks moves on in slices.  In each turn a slice of new
 * blocks enters; then as many leave, half of them the youngest, last in first out, half
 * of them the oldest, first in first out.  So an allocator meets both the stack discipline
 * that caches love and the queue discipline that ages its free lists, over a family of
 * sizes, and no block changes threads.
 */
#include "window.h"

static const struct gb_option options[] = { GB_WINDOW_OPTIONS, { NULL } };

static int plan(struct gb_run *r, struct gb_error *e)
{
	return gb_window_plan(r, 0, e);
}

GB_INLINE uint64_t window_local_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct gb_window *w = t->data;
	uint64_t done = 0;

	do {
		for (uint32_t i = 0; i < w->slice; i++)
			gb_window_enter(t, w, full);
		for (uint32_t i = 0; i < w->slice / 2; i++)
			gb_slot_free(t, GB_PROCESS, full, gb_window_youngest(w));
		for (uint32_t i = w->slice / 2; i < w->slice; i++)
			gb_slot_free(t, GB_PROCESS, full, gb_window_oldest(w));
		done += 2 * (uint64_t)w->slice;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(window_local)

const struct gb_workload gb_workload_window_local = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "window-local",
	.summary = "a moving window of live blocks, freed LIFO and FIFO, many sizes",
	.imitates =
		"work with short-lived and medium-lived data of many sizes in one thread",
	.strains = "free lists under mixed LIFO and FIFO order over many size classes",
	.good_score = "close to pairs: order and mixture of sizes cost nothing",
	.paper = "the idea of the SmartHeap benchmarks; our own pattern and sizes",
	.options = options,
	.options_size = sizeof(struct gb_window_options),
	.plan = plan,
	.thread_setup = gb_window_setup,
	.run = window_local_run,
	.run_full = window_local_run_full,
	.thread_cleanup = gb_window_cleanup,
};
