/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What `pressure` is made of: a CPU's state, its pages, and the look at how deep each class
 * of request may go.
 *
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_PRESSURE_PROBE_H
#define GB_WORKLOADS_PRESSURE_PROBE_H

#include "calls.h"
#include "pressure_curve.h"

#define GB_PRESSURE_KEEP      4 /* interrupts for which a burst stays */
#define GB_PRESSURE_BURST_MAX 64
#define GB_PRESSURE_QUIETLY   (__GFP_NORETRY | __GFP_NOWARN)

struct gb_pressure {
	size_t bytes;
	/* process */
	uint32_t held, room;
	uint32_t own_level; /* where every CPU has memory of its own */
	uint64_t left; /* steps at this level */
	uint64_t level_ticks; /* when it began */
	uint64_t target;      /* free pages at this level */
	uint64_t stall_ticks; /* a request that takes longer is a stall; 0: not timed here */
	int at_floor;  /* a request to fill was refused at this level */
	int ending;    /* the run is over, and so much is still to be done */
	struct gb_pressure_curve process;
	/* hardirq */
	uint32_t group;
	struct gb_pressure_curve hardirq;
	uint32_t taken[GB_PRESSURE_KEEP + 1];
	void *burst[GB_PRESSURE_KEEP + 1][GB_PRESSURE_BURST_MAX];
	/* process again */
	void *page[];
};

struct gb_pressure_shared {
	uint64_t min;   /* pages */
	uint64_t first; /* page frame of zone Normal */
	int budget;     /* the harness's stands for the memory */
	int common;     /* one memory for all CPUs, so one level; CPU 0 leads */
	uint32_t level; /* atomic, by CPU 0 */
	uint32_t probing; /* atomic, by CPU 0: all others stand still */
};

/* Free pages that all CPUs share, or this CPU's own. */
uint64_t gb_pressure_free_pages(const struct gb_thread *t);
/* On CPU 0, at the end of a sweep: the dips of s->process.  Process context; sleeps. */
void gb_pressure_probe(struct gb_thread *t, struct gb_pressure *s);

/* A whole page; through the page allocator where there is one. */
GB_INLINE void *gb_pressure_take(struct gb_thread *t, enum gb_context c, uint32_t full, gfp_t gfp)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	void *p;

	if (k)
		p = GB_CALL_ALLOC(t, c, full, PAGE_SIZE, gfp,
				  (void *)k->get_free_pages(gfp, 0));
	else
		p = gb_alloc(t, c, full, PAGE_SIZE, gfp);
	if (gb_likely(p != NULL))
		gb_fill(p, PAGE_SIZE);
	return p;
}

GB_INLINE void gb_pressure_give(struct gb_thread *t, enum gb_context c, uint32_t full, void *p)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;

	gb_check(t, c, p, PAGE_SIZE);
	if (full)
		gb_mix(&t->count[c], ~PAGE_SIZE);
	if (k)
		GB_CALL_FREE(t, c, full, PAGE_SIZE, k->free_pages((unsigned long)p, 0));
	else
		gb_free_unordered(t, c, full, p, PAGE_SIZE);
}

#endif
