/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The burst: what an interrupt does to an allocator while some other work runs.
 *
 * Each interrupt first allocates a few blocks of mixed sizes with GFP_ATOMIC, then frees
 * those of an earlier interrupt.  In that order, with blocks that outlive the interrupt:
 * a handler that frees before it allocates leaves an allocator's list heads as they were
 * and passes allocators that are broken.
 *
 * The live set is a ring of keep + 1 groups, so it is capped whatever the rate.  All
 * state belongs to the CPU's hardirq context; clean-up runs when no interrupt can come.
 */
#include "irq_burst.h"

#include "slots.h"

static const struct gb_burst_params standard = {
	.burst_min = 1,
	.burst_max = 16,
	.size_min = 64,
	.size_max = 2048,
	.keep = 4,
};

struct burst {
	struct gb_burst_params p;
	uint32_t group; /* that the next interrupt fills: 0..keep */
	size_t bytes;   /* of this mapping */
	struct gb_slot slot[];
};

uint64_t gb_irq_burst_peak_with(const struct gb_burst_params *p)
{
	return (uint64_t)(p->keep + 1) * p->burst_max * p->size_max;
}

uint64_t gb_irq_burst_peak(void)
{
	return gb_irq_burst_peak_with(&standard);
}

int gb_workload_plan(struct gb_run *r, struct gb_error *e)
{
	if (r->workload->plan(r, e))
		return -(int)e->code;
	if (r->irq_rate_hz > 0 && !r->workload->hardirq)
		r->peak_live_bytes += r->nr_threads * gb_irq_burst_peak();
	return 0;
}

int gb_irq_burst_setup_with(struct gb_thread *t, const struct gb_burst_params *p,
			    struct gb_error *e)
{
	size_t slots = (size_t)(p->keep + 1) * p->burst_max;
	size_t bytes = sizeof(struct burst) + slots * sizeof(struct gb_slot);
	struct burst *b = gb_thread_map(t, bytes, e);

	if (!b)
		return -(int)e->code;
	b->p = *p;
	b->bytes = bytes;
	t->burst = b;
	return 0;
}

int gb_irq_burst_setup(struct gb_thread *t, struct gb_error *e)
{
	return gb_irq_burst_setup_with(t, &standard, e);
}

void gb_irq_burst(struct gb_thread *t)
{
	struct burst *b = t->burst;
	struct gb_rng *rng = &t->rng[GB_HARDIRQ];
	uint32_t n = (uint32_t)gb_rng_between(rng, b->p.burst_min, b->p.burst_max);
	struct gb_slot *s = b->slot + (size_t)b->group * b->p.burst_max;

	for (uint32_t i = 0; i < n; i++)
		gb_slot_alloc(t, GB_HARDIRQ, t->full, &s[i],
			      gb_rng_between(rng, b->p.size_min, b->p.size_max),
			      GFP_ATOMIC);
	b->group = b->group == b->p.keep ? 0 : b->group + 1;
	s = b->slot + (size_t)b->group * b->p.burst_max;
	for (uint32_t i = 0; i < b->p.burst_max; i++)
		gb_slot_free(t, GB_HARDIRQ, t->full, &s[i]);
}

void gb_irq_burst_cleanup(struct gb_thread *t)
{
	struct burst *b = t->burst;

	if (!b)
		return;
	for (size_t i = 0; i < (size_t)(b->p.keep + 1) * b->p.burst_max; i++)
		gb_slot_free(t, GB_HARDIRQ, 0, &b->slot[i]);
	t->burst = NULL;
	gb_unmap(b, b->bytes);
}
