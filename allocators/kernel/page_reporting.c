/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Free page reporting: memory behind free blocks goes back to the system that runs the
 * machine, as a guest's goes back to its host (kernel: mm/page_reporting.c, a balloon).
 * Off unless kernel_config.page_reporting_ms says how often.
 *
 * The machine's work queue looks for pageblocks that had an owner and are part of a free
 * block of at least a pageblock now.  Such a block is taken off its list, its frames leave
 * the RAM's file, and it is listed again: nobody can allocate it meanwhile, and whoever
 * does later finds zeroes that cost a page fault.  One block at a time, and none while the
 * zone is within a block of its low mark, so that hardly a request notices.  Depots are
 * trimmed first: what no CPU wanted in a whole interval goes into slabs, and empty ones to
 * the buddy.
 *
 * Process context of the housekeeping CPU, sleeping; the zone lock is never held across
 * the system call.  A pageblock is looked at before the lock is taken: two words each time.
 */
#include "kernel/ram.h"
#include "kernel/reclaim.h"
#include "kernel/slab.h"

#include "base/clock.h"

static uint64_t next_ns; /* housekeeping only */

/* The free block of a pageblock or more with @pfn in it, or NULL.  Zone lock, or a guess. */
static struct page *free_block_of(unsigned long pfn)
{
	for (unsigned int order = PAGEBLOCK_ORDER; order <= MAX_PAGE_ORDER; order++) {
		struct page *page = pfn_to_page(pfn & ~((1UL << order) - 1));
		unsigned int have = gb_load_relaxed(&page->buddy_order);

		if (have && have - 1 >= order)
			return page;
	}
	return NULL;
}

static int can_spare(struct zone *z)
{
	unsigned long mark = zone_wmark(z, WMARK_LOW) + (1UL << MAX_PAGE_ORDER);

	return zone_watermark_ok(z, 0, mark, (int)z->type, ALLOC_WMARK_LOW,
				 zone_free_pages(z));
}

static struct page *isolate(struct zone *z, unsigned long pfn, unsigned int *order)
{
	unsigned long flags = raw_spin_lock_irqsave(&z->lock);
	struct page *page = free_block_of(pfn);

	if (page && can_spare(z)) {
		*order = page->buddy_order - 1u;
		buddy_unlink(z, page);
	} else {
		page = NULL;
	}
	raw_spin_unlock_irqrestore(&z->lock, flags);
	return page;
}

static void put_back(struct zone *z, struct page *page, unsigned int order)
{
	unsigned long flags = raw_spin_lock_irqsave(&z->lock);

	buddy_give(z, page, order, pageblock_type(z, page_to_pfn(page)));
	raw_spin_unlock_irqrestore(&z->lock, flags);
}

static unsigned long report(unsigned long pfn)
{
	struct zone *z = page_zone(pfn_to_page(pfn));
	unsigned long given = 0;
	unsigned int order = 0;
	struct page *page;

	if (!free_block_of(pfn) || !(page = isolate(z, pfn, &order)))
		return 0;
	if (ram_release(page_to_pfn(page), order))
		given = 1UL << order;
	put_back(z, page, order);
	return given;
}

unsigned long page_reporting_pass(void)
{
	unsigned long given = 0;

	for (unsigned long pfn = 0; pfn < mm.nr_pages; pfn += PAGEBLOCK_PAGES)
		if (ram_is_used(pfn))
			given += report(pfn);
	return given;
}

static int boot(struct gb_error *e)
{
	(void)e;
	next_ns = gb_monotonic_ns() + mm.config.page_reporting_ms * UINT64_C(1000000);
	return 0;
}

static void housekeeping(void)
{
	uint64_t now;

	if (!mm.config.page_reporting_ms)
		return;
	now = gb_monotonic_ns();
	if (now < next_ns)
		return;
	slab_trim_depots();
	page_reporting_pass();
	next_ns = now + mm.config.page_reporting_ms * UINT64_C(1000000);
}

const struct mm_layer page_reporting_layer = {
	.name = "page reporting",
	.boot = boot,
	.housekeeping = housekeeping,
};
