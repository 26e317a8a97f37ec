/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Page allocation: the checks on entry, the first attempt against the low mark, and the
 * free path.  What follows a failed first attempt is in slowpath.c.
 *
 *   alloc_pages -> get_page_from_freelist(low) -> per-CPU list | buddy
 *                  \-> alloc_pages_slowpath
 *   __free_pages -> checks -> per-CPU list | buddy
 *
 * The order that a block was allocated with is kept in its head's struct, so that a free
 * with another order, of a tail, of a free page or of no page at all is reported and
 * changes nothing ("Bad page state").
 */
#include "kernel/ram.h"
#include "kernel/reclaim.h"
#include "kernel/zones.h"

#include <string.h>

/* ------------------------------------------------------------------ allocation */

struct page *buddy_alloc_block(struct zone *z, unsigned int order, enum migratetype mt,
			       unsigned int alloc_flags)
{
	unsigned long flags = raw_spin_lock_irqsave(&z->lock);
	struct page *page = buddy_take(z, order, mt, alloc_flags);

	if (page)
		gb_store_relaxed(&z->nr_alloc, z->nr_alloc + (1UL << order));
	raw_spin_unlock_irqrestore(&z->lock, flags);
	return page;
}

static unsigned int cold_flag(gfp_t gfp)
{
	return gb_unlikely(gfp & __GFP_COLD) && mm.profile->pcp_cold ? ALLOC_COLD : 0;
}

/* A block from one zone; kernel: rmqueue */
static struct page *take_block(struct zone *z, const struct alloc_context *ac,
			       unsigned int alloc_flags)
{
	struct page *page = NULL;

	if (gb_likely(pcp_order_ok(ac->order)))
		page = pcp_alloc(z, ac->order, ac->mt, alloc_flags | cold_flag(ac->gfp));
	if (!page)
		page = buddy_alloc_block(z, ac->order, ac->mt, alloc_flags);
	if (gb_unlikely(gb_load_relaxed(&z->flags) & ZONE_BOOSTED) &&
	    (alloc_flags & ALLOC_KSWAPD)) {
		gb_fetch_and_acq_rel(&z->flags, ~ZONE_BOOSTED);
		wakeup_kswapd(z->type, 0, ac->gfp); /* R25 */
	}
	return page;
}

static void prep_compound(struct page *page, unsigned int order)
{
	page_flags_set(page, PG_HEAD);
	for (struct page *tail = page + 1; tail < page + (1UL << order); tail++)
		gb_store_relaxed(&tail->compound, (uintptr_t)page + 1);
}

/* The page is the caller's from here.  kernel: prep_new_page */
static void prep_new_page(struct page *page, const struct alloc_context *ac,
			  unsigned int alloc_flags)
{
	page_flags_write(page, alloc_flags & ALLOC_NO_WATERMARKS ? PG_PFMEMALLOC : 0);
	gb_store_relaxed(&page->order, (uint8_t)ac->order);
	gb_store_relaxed(&page->compound, 0); /* no slab either */
	gb_store_relaxed(&page->refcount, 1);
	ram_use(page_to_pfn(page), ac->order);
	if (ac->gfp & __GFP_ZERO)
		memset(page_window(page), 0, PAGE_SIZE << ac->order);
	if (ac->order && (ac->gfp & __GFP_COMP))
		prep_compound(page, ac->order);
}

static struct page *walk_zones(const struct alloc_context *ac, unsigned int alloc_flags)
{
	struct zone *z;

	for_each_zone_down(z, ac->highest)
	{
		unsigned long mark = zone_wmark(z, alloc_flags & ALLOC_WMARK_MASK);
		struct page *page;

		if (!(alloc_flags & ALLOC_NO_WATERMARKS) &&
		    !zone_watermark_fast(z, ac->order, mark, ac->highest, alloc_flags))
			continue;
		page = take_block(z, ac, alloc_flags);
		if (!page)
			continue;
		prep_new_page(page, ac, alloc_flags);
		if (gb_unlikely(alloc_flags & ALLOC_HIGHATOMIC))
			reserve_highatomic(z, page, ac->order);
		return page;
	}
	return NULL;
}

/* Walk the zones from the highest allowed downward; kernel-model R2, R4, R6. */
struct page *get_page_from_freelist(const struct alloc_context *ac,
				    unsigned int alloc_flags)
{
	struct page *page = walk_zones(ac, alloc_flags);

	if (!page && (alloc_flags & ALLOC_NOFRAGMENT))
		page = walk_zones(ac, alloc_flags & ~ALLOC_NOFRAGMENT);
	return page;
}

/* Avoid mixing mobility types while a zone below could serve instead. */
static unsigned int nofragment(int highest)
{
	return highest == ZONE_NORMAL && mm.zones[ZONE_DMA32].managed &&
			       mm.profile->version > 304 ?
		       ALLOC_NOFRAGMENT :
		       0;
}

/* Resolve a mask; 0: an invalid one, reported. */
static int prepare(struct alloc_context *ac, gfp_t gfp, unsigned int order)
{
	ac->gfp = current_gfp_context(gfp);
	ac->order = order;
	ac->highest = gfp_zone(ac->gfp);
	if (gb_unlikely(ac->highest < 0)) {
		kernel_bug("gfp-zone", "BUG: invalid zone bits in gfp mask %#x", gfp);
		return 0;
	}
	ac->mt = gfp_migratetype(ac->gfp);
	return 1;
}

static struct page *alloc_checked(gfp_t gfp, unsigned int order)
{
	struct alloc_context ac;
	unsigned int alloc_flags = ALLOC_WMARK_LOW;
	struct page *page;

	if (!prepare(&ac, gfp, order))
		return NULL;
	ac.gfp = might_alloc(ac.gfp, "alloc_pages");
	if (gb_unlikely(fault_inject_on) && should_fail_alloc_page(ac.gfp, order))
		return NULL;
	alloc_flags |= nofragment(ac.highest);
	if (ac.gfp & __GFP_KSWAPD_RECLAIM)
		alloc_flags |= ALLOC_KSWAPD;
	page = get_page_from_freelist(&ac, alloc_flags);
	if (gb_unlikely(!page))
		page = alloc_pages_slowpath(&ac);
	if (trace_enabled())
		trace_page(1, page, order, ac.gfp, ac.mt);
	return page;
}

/* kernel: mm/page_alloc.c, __alloc_pages; kernel-model R1 */
struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	static int warned;

	if (!mm_ready(__func__))
		return NULL;
	if (gb_unlikely(order > MAX_PAGE_ORDER)) {
		if (!(gfp & __GFP_NOWARN))
			kernel_warn_once(&warned, "page-order",
					 "WARNING: page order %u is above %d", order,
					 MAX_PAGE_ORDER);
		return NULL;
	}
	return alloc_checked(gfp, order);
}

/* ------------------------------------------------------------------ free */

static void free_to_buddy(struct zone *z, struct page *page, unsigned int order)
{
	unsigned long flags = raw_spin_lock_irqsave(&z->lock);

	page_flags_write(page, 0);
	gb_store_relaxed(&z->nr_freed, z->nr_freed + (1UL << order));
	buddy_give(z, page, order, pageblock_type(z, page_to_pfn(page)));
	raw_spin_unlock_irqrestore(&z->lock, flags);
}

/* kernel: free_unref_page; pages of a reserved pageblock go home as movable ones */
void free_block(struct page *page, unsigned int order)
{
	struct zone *z = page_zone(page);
	enum migratetype mt = pageblock_type(z, page_to_pfn(page));

	if (trace_enabled())
		trace_page(0, page, order, 0, mt);
	page_flags_write(page, 0);
	/* what an interrupt frees is not the interrupted reclaimer's progress */
	if (gb_unlikely(gb_self.task_flags & PF_MEMALLOC) && !in_interrupt())
		reclaim_account(1UL << order);
	if (mt == MIGRATE_HIGHATOMIC)
		mt = MIGRATE_MOVABLE;
	if (pcp_order_ok(order) && pcp_free(z, page, order, mt))
		return;
	free_to_buddy(z, page, order);
}

void bad_page(const struct page *page, const char *why)
{
	kernel_bug("bad-page",
		   "BUG: Bad page state  pfn:%05lx refcount:%d order:%u flags:%#x: %s",
		   page_to_pfn(page), gb_load_relaxed(&page->refcount), page->order,
		   page->flags, why);
}

static int is_page(const struct page *page)
{
	return page >= mm.mem_map && page < mm.mem_map + mm.nr_pages &&
	       ((uintptr_t)page - (uintptr_t)mm.mem_map) % sizeof(*page) == 0;
}

/* May @page be freed with @order?  Reports if not. */
static int check_free(struct page *page, unsigned int order)
{
	const char *why = NULL;

	if (gb_unlikely(!is_page(page))) {
		kernel_bug("bad-page", "BUG: Bad page: %p is no page struct",
			   (void *)page);
		return 0;
	}
	if (gb_load_relaxed(&page->refcount) <= 0)
		why = "freed twice, or not the head of its block";
	else if (order > MAX_PAGE_ORDER)
		why = "order above the largest";
	else if (page->order != order)
		why = "freed with another order than allocated";
	else if (page->flags & (PG_SLAB | PG_LARGE | PG_LRU | PG_VMALLOC | PG_RESERVED))
		why = "still in use by the layer above";
	if (gb_likely(!why))
		return 1;
	bad_page(page, why);
	return 0;
}

/* kernel: mm/page_alloc.c, __free_pages.  Any context. */
void __free_pages(struct page *page, unsigned int order)
{
	int left;

	if (!page || !mm_ready(__func__) || !check_free(page, order))
		return;
	left = gb_sub_acq_rel(&page->refcount, 1);
	if (gb_likely(left == 0))
		free_block(page, order);
	else if (left < 0) { /* two frees at once: the other one did it */
		gb_store_relaxed(&page->refcount, 0);
		bad_page(page, "freed twice at once");
	}
}
