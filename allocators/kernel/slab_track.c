/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Owner tracking: set_track() and print_track() of mm/slub.c.
 *
 * The callers' addresses come from the frame pointers, which this project is built with.  A
 * caller without them leaves anything in the register, so a frame is believed only when it
 * lies above the last one, near it, and below the end of this thread's stack as far as it
 * was seen when the CPU came online.
 */
#include "kernel/slab_track.h"

#include "base/clock.h"
#include "kernel/slab.h"
#include "machine/format.h"

#define FRAME_REACH 65536

static int believable(const uintptr_t *frame, const uintptr_t *next)
{
	uintptr_t a = (uintptr_t)frame, b = (uintptr_t)next;

	return b > a && b - a < FRAME_REACH && !(b & 7) && b < slab_stack_top;
}

__attribute__((no_sanitize("address", "thread"))) static void walk(struct slab_track *t)
{
	const uintptr_t *frame = __builtin_frame_address(0), *next;
	unsigned int depth = 0;

	while (believable(frame, next = (const uintptr_t *)frame[0])) {
		frame = next;
		if (depth) /* the caller is known; find it on the way up */
			t->addr[depth++] = frame[1];
		else if (frame[1] == t->addr[0])
			depth = 1;
		if (depth == SLAB_TRACK_DEPTH)
			break;
	}
}

void slab_track_set(struct slab_track *t, const void *caller)
{
	*t = (struct slab_track){
		.addr = { (uintptr_t)caller },
		.cpu = gb_self.id,
		.tid = gb_self.tid,
		.when_ns = gb_monotonic_ns(),
	};
	walk(t);
}

void slab_track_report(const char *what, const struct slab_track *t)
{
	char callers[SLAB_TRACK_DEPTH * 20 + 1];
	size_t n = 0;

	if (!t->when_ns)
		return;
	callers[0] = '\0';
	for (int i = 1; i < SLAB_TRACK_DEPTH && t->addr[i]; i++)
		n += gb_format(callers + n, sizeof(callers) - n, " %p", (void *)t->addr[i]);
	kernel_warn("slab-detail", "%s in %p age=%lu ms cpu=%d pid=%d, callers:%s", what,
		    (void *)t->addr[0],
		    (unsigned long)((gb_monotonic_ns() - t->when_ns) / 1000000), t->cpu, t->tid,
		    n ? callers : " -");
}
