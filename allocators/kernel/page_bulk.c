/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Bulk allocation of order-0 pages into the NULL slots of an array: from one zone, against
 * low + n, in one visit to the per-CPU list; what that does not yield comes as one ordinary
 * page, so the result may be short (kernel-model R22).  No trace events, as in the kernel.
 * kernel: mm/page_alloc.c, alloc_pages_bulk_noprof.
 */
#include "kernel/ram.h"
#include "kernel/zones.h"

#include <string.h>

static unsigned long first_empty(struct page **pages, unsigned long at, unsigned long nr)
{
	while (at < nr && pages[at])
		at++;
	return at;
}

static unsigned long count_filled(struct page **pages, unsigned long nr)
{
	unsigned long n = 0;

	for (unsigned long i = 0; i < nr; i++)
		n += !!pages[i];
	return n;
}

static struct zone *zone_for(int highest, unsigned long nr)
{
	struct zone *z;

	for_each_zone_down(
		z, highest) if (zone_watermark_fast(z, 0, zone_wmark(z, WMARK_LOW) + nr,
						    highest, ALLOC_WMARK_LOW)) return z;
	return NULL;
}

static void take(struct page *page, gfp_t gfp)
{
	page_flags_write(page, 0);
	gb_store_relaxed(&page->order, 0);
	gb_store_relaxed(&page->compound, 0);
	gb_store_relaxed(&page->refcount, 1);
	ram_use(page_to_pfn(page), 0);
	if (gfp & __GFP_ZERO)
		memset(page_window(page), 0, PAGE_SIZE);
}

/* An ordinary page for the first slot that is empty; returns how many came. */
static unsigned long one(gfp_t gfp, unsigned long nr, struct page **pages)
{
	unsigned long at = first_empty(pages, 0, nr);

	if (at == nr)
		return 0;
	pages[at] = alloc_pages(gfp, 0);
	return !!pages[at];
}

unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr, struct page **pages)
{
	unsigned long filled, before, at;
	enum migratetype mt;
	struct zone *z;
	int highest;

	if (!mm_ready(__func__))
		return 0;
	filled = before = count_filled(pages, nr);
	if (nr - filled <= 1 || gfp & __GFP_ACCOUNT)
		return filled + one(gfp, nr, pages);
	gfp = might_alloc(current_gfp_context(gfp), "alloc_pages_bulk");
	if (gb_unlikely(fault_inject_on) && should_fail_alloc_page(gfp, 0))
		return filled;
	highest = gfp_zone(gfp);
	z = highest >= 0 ? zone_for(highest, nr - filled) : NULL;
	at = first_empty(pages, 0, nr);
	mt = gfp_migratetype(gfp);
	while (z && at < nr) {
		pages[at] = pcp_alloc(z, 0, mt, ALLOC_WMARK_LOW);
		if (!pages[at])
			break;
		take(pages[at], gfp);
		filled++;
		at = first_empty(pages, at, nr);
	}
	return filled > before ? filled : filled + one(gfp, nr, pages);
}
