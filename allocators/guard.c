/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The guard: for a backend that must not be entered from an interrupt, every call runs
 * with interrupts soft-disabled on its CPU.  An interrupt that arrives meanwhile is
 * replayed when the call returns: what the guard costs shows as interrupt latency.
 *
 * The guard is not atomic context: preempt_count stays as it is, so a sleeping request
 * may still sleep inside it (gb_might_sleep looks at what the workload declared).
 *
 * It covers every call of the heap that touches the backend's state, usable() included:
 * some libraries answer it from structures that a free is changing.  Under a budget the
 * guard goes below it (see backend.h): a sleeper must not hold off its interrupts.
 */
#include "backend.h"

#include "layers.h"
#include "machine/irq.h"

static struct gb_heap inner; /* written before interrupts are armed */

static void *guarded_alloc(size_t size, gfp_t gfp)
{
	unsigned long flags = arch_local_irq_save();
	void *p = inner.alloc(size, gfp);

	arch_local_irq_restore(flags);
	return p;
}

static void guarded_free(void *p)
{
	unsigned long flags = arch_local_irq_save();

	inner.free(p);
	arch_local_irq_restore(flags);
}

static void *guarded_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	unsigned long flags = arch_local_irq_save();
	void *p = inner.aligned(alignment, size, gfp);

	arch_local_irq_restore(flags);
	return p;
}

static void *guarded_realloc(void *p, size_t size, gfp_t gfp)
{
	unsigned long flags = arch_local_irq_save();
	void *q = inner.realloc(p, size, gfp);

	arch_local_irq_restore(flags);
	return q;
}

static size_t guarded_usable(const void *p)
{
	unsigned long flags = arch_local_irq_save();
	size_t n = inner.usable(p);

	arch_local_irq_restore(flags);
	return n;
}

void gb_guard_heap(struct gb_heap *h)
{
	struct gb_heap *below = gb_budget_inner();

	if (below)
		h = below;
	GB_BUG_ON(h->alloc == guarded_alloc); /* guarding twice would recurse */
	inner = *h;
	h->alloc = guarded_alloc;
	h->free = guarded_free;
	h->aligned = inner.aligned ? guarded_aligned : NULL;
	h->realloc = inner.realloc ? guarded_realloc : NULL;
	h->usable = inner.usable ? guarded_usable : NULL;
	h->zalloc = NULL;
}
