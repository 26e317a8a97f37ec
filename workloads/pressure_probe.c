/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * How deep may each class of request take zone Normal?  The rule speaks of the free pages
 * that a request meets, so that is what is recorded, and only where it is certain: the
 * page came from zone Normal, and between two looks at the machine's counters that request
 * was all that happened.
 */
#include "pressure_probe.h"

uint64_t gb_pressure_free_pages(const struct gb_thread *t)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	const struct gb_pressure_shared *all = t->run->data;
	const struct gb_pressure *s = t->data;
	struct gb_budget_stats b;
	struct zone_info z;

	if (k)
		return k->zone_info("Normal", &z) ? 0 : z.free;
	if (!all->budget)
		return s->room - s->held;
	gb_budget_stats(&b);
	return b.used_bytes < b.limit_bytes ?
		       (b.limit_bytes - b.used_bytes) >> PAGE_SHIFT : 0;
}

#define EASE 2

/* What a request met: free pages, and what the machine's allocations, frees and reclaim had
 * come to. */
struct scene {
	uint64_t free;
	unsigned long taken, given, reclaimed;
};

static struct scene look(const struct gb_thread *t)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	struct scene now = { .free = gb_pressure_free_pages(t) };

	if (k) {
		now.taken = k->vm_event("pgalloc");
		now.given = k->vm_event("pgfree");
		now.reclaimed = k->vm_event("pgsteal_kswapd") + k->vm_event("drain_all_pages");
	}
	return now;
}

/* Was the request between the two all that happened?  Then it was judged by before->free. */
static int undisturbed(const struct gb_thread *t, const struct scene *before,
		       const struct scene *after)
{
	return after->free <= before->free && after->given == before->given &&
	       after->reclaimed == before->reclaimed &&
	       after->taken == before->taken + (t->run->heap->kernel != NULL);
}

/* Not of zone DMA, which serves what Normal may not. */
static int is_normal(const struct gb_thread *t, const void *p)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	const struct gb_pressure_shared *all = t->run->data;

	return !k || k->frame_of(p) >= all->first;
}

/* Take pages until one is refused; the dip is the fewest free pages with which one was
 * served.  A CPU that only takes is given ever more at once, up to all that its page list
 * may hold; a free now and then keeps the portions small, and the dip near the rule. */
static void go_down(struct gb_thread *t, struct gb_pressure *s, enum gb_pressure_class k,
		    gfp_t gfp)
{
	void *p = s;

	for (unsigned int n = 0; p && s->held < s->room && (s->ending || !gb_stopping(t)); n++) {
		struct scene before, after;

		if (n % EASE == 0 && s->held)
			gb_pressure_give(t, GB_PROCESS, 0, s->page[--s->held]);
		before = look(t);
		p = gb_pressure_take(t, GB_PROCESS, 0, gfp);
		after = look(t);
		if (p)
			s->page[s->held++] = p;
		if (p && is_normal(t, p) && undisturbed(t, &before, &after))
			gb_curve_dip(&s->process, k, before.free);
	}
}

/* Until free memory is above all marks.  What is held of zone DMA stays held, so that it
 * does not come to Normal's help. */
static void give_normal(struct gb_thread *t, struct gb_pressure *s)
{
	const struct gb_pressure_shared *all = t->run->data;

	for (uint32_t i = s->held; i-- && gb_pressure_free_pages(t) < 2 * all->min;) {
		if (!is_normal(t, s->page[i]))
			continue;
		gb_pressure_give(t, GB_PROCESS, 0, s->page[i]);
		s->page[i] = s->page[--s->held];
	}
}

/* From above all marks, step by step, alone: no CPU goes on, no interrupt takes a burst. */
void gb_pressure_probe(struct gb_thread *t, struct gb_pressure *s)
{
	struct gb_pressure_shared *all = t->run->data;

	gb_store_relaxed(&all->probing, 1);
	give_normal(t, s);
	go_down(t, s, GB_DIP_KERNEL, GFP_KERNEL | GB_PRESSURE_QUIETLY);
	go_down(t, s, GB_DIP_HIGH, GFP_KERNEL | __GFP_HIGH | GB_PRESSURE_QUIETLY);
	go_down(t, s, GB_DIP_ATOMIC, GFP_ATOMIC | __GFP_NOWARN);
	gb_store_relaxed(&all->probing, 0);
}
