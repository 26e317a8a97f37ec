/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * When a mobility type has no block: take one from another type, so that mixing stays rare.
 *
 *   claim  the largest foreign block first; unmovable and reclaimable requests, and any
 *          request that finds at least half a pageblock, try to take over the whole
 *          pageblock: they get it when the free and compatible pages in it are at least half
 *   steal  else the smallest foreign block, leaving the pageblock's type alone
 *
 * Splitting a pageblock that another type keeps using boosts the watermarks, so that
 * kswapd makes room.  A HIGHATOMIC reserve is the fourth type: pageblocks set apart after a
 * high-order atomic success, about 1 % of the zone.
 *
 * All under the zone lock.  kernel: mm/page_alloc.c, __rmqueue_claim, __rmqueue_steal,
 * reserve_highatomic_pageblock; kernel-model 2.1, 2.3, 2.4.
 */
#include "kernel/zones.h"

static const uint8_t fallback_order[MIGRATE_PCPTYPES][2] = {
	[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
	[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
	[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
};

static void set_block_type(struct zone *z, unsigned long pfn, enum migratetype mt)
{
	gb_store_relaxed(&z->pageblock[(pfn - z->start_pfn) >> PAGEBLOCK_ORDER],
			 (uint8_t)mt);
}

static unsigned long block_start(unsigned long pfn)
{
	return pfn & ~(PAGEBLOCK_PAGES - 1);
}

static unsigned long block_end(const struct zone *z, unsigned long pfn)
{
	unsigned long end = block_start(pfn) + PAGEBLOCK_PAGES;

	return end < z->end_pfn ? end : z->end_pfn;
}

struct block_use {
	unsigned long free, movable;
};

/* The owner of a page may be changing its flags: a guess is all that is needed, and all that
 * the kernel makes. */
static struct block_use count_block(const struct zone *z, unsigned long pfn)
{
	unsigned long end = block_end(z, pfn);
	struct block_use use = { 0, 0 };

	for (pfn = block_start(pfn); pfn < end;) {
		const struct page *page = pfn_to_page(pfn);
		unsigned int buddy_order = page->buddy_order;

		if (buddy_order) {
			use.free += 1UL << (buddy_order - 1);
			pfn += 1UL << (buddy_order - 1);
			continue;
		}
		use.movable += !!(page_flags(page) & PG_LRU);
		pfn++;
	}
	return use;
}

/* Move the free blocks of a pageblock to @mt's lists and set its type. */
void buddy_move_block(struct zone *z, unsigned long pfn, enum migratetype mt)
{
	unsigned long end = block_end(z, pfn);

	set_block_type(z, pfn, mt);
	for (pfn = block_start(pfn); pfn < end;) {
		struct page *page = pfn_to_page(pfn);
		unsigned int order = page->buddy_order;

		if (!order) {
			pfn++;
			continue;
		}
		order--;
		buddy_unlink(z, page);
		buddy_give(z, page, order, mt);
		pfn += 1UL << order;
	}
}

static int boost_watermark(struct zone *z)
{
	unsigned long cap, boost;

	if (!mm.profile->boost || mm.config.watermark_boost_factor <= 0 ||
	    PAGEBLOCK_PAGES * 4 > z->managed)
		return 0;
	cap = z->watermark[WMARK_HIGH] * (unsigned long)mm.config.watermark_boost_factor /
	      10000;
	if (!cap)
		return 0;
	cap = cap > PAGEBLOCK_PAGES ? cap : PAGEBLOCK_PAGES;
	boost = gb_load_relaxed(&z->boost) + PAGEBLOCK_PAGES;
	gb_store_relaxed(&z->boost, boost < cap ? boost : cap);
	return 1;
}

/* A whole pageblock or more: its owner changes, nothing mixes. */
static struct page *take_over(struct zone *z, struct page *page, unsigned int have,
			      unsigned int order, enum migratetype mt)
{
	unsigned long pfn = page_to_pfn(page);

	buddy_unlink(z, page);
	for (unsigned long p = pfn; p < pfn + (1UL << have); p += PAGEBLOCK_PAGES)
		set_block_type(z, p, mt);
	buddy_split(z, page, order, have, mt);
	return page;
}

static struct page *claim_block(struct zone *z, struct page *page, unsigned int order,
				enum migratetype mt, unsigned int alloc_flags)
{
	enum migratetype old = page->migratetype;
	struct block_use use;
	unsigned long alike;

	if (boost_watermark(z) && (alloc_flags & ALLOC_KSWAPD))
		gb_fetch_or_acq_rel(&z->flags, ZONE_BOOSTED);
	use = count_block(z, page_to_pfn(page));
	if (mt == MIGRATE_MOVABLE)
		alike = use.movable;
	else
		alike = old == MIGRATE_MOVABLE ?
				PAGEBLOCK_PAGES - use.free - use.movable :
				0;
	if (use.free + alike < PAGEBLOCK_PAGES / 2)
		return NULL;
	buddy_move_block(z, page_to_pfn(page), mt);
	count_vm_event(EXTFRAG_CLAIM);
	return buddy_take_smallest(z, order, mt);
}

static struct page *first_foreign(struct zone *z, unsigned int order, enum migratetype mt)
{
	struct page *page = buddy_first(z, order, fallback_order[mt][0]);

	return page ? page : buddy_first(z, order, fallback_order[mt][1]);
}

static int should_claim(unsigned int have, enum migratetype mt)
{
	return have >= PAGEBLOCK_ORDER / 2 || mt == MIGRATE_RECLAIMABLE ||
	       (mt == MIGRATE_UNMOVABLE && mm.profile->version > 304);
}

static struct page *claim(struct zone *z, unsigned int order, enum migratetype mt,
			  unsigned int alloc_flags)
{
	unsigned int least = order;

	if ((alloc_flags & ALLOC_NOFRAGMENT) && order < PAGEBLOCK_ORDER)
		least = PAGEBLOCK_ORDER;
	for (int have = MAX_PAGE_ORDER; have >= (int)least; have--) {
		struct page *page = first_foreign(z, (unsigned int)have, mt);

		if (!page)
			continue;
		if (have >= PAGEBLOCK_ORDER)
			return take_over(z, page, (unsigned int)have, order, mt);
		if (!should_claim((unsigned int)have, mt))
			return NULL;
		page = claim_block(z, page, order, mt, alloc_flags);
		if (page)
			return page;
	}
	return NULL;
}

static struct page *steal(struct zone *z, unsigned int order, enum migratetype mt)
{
	for (unsigned int have = order; have < MAX_NR_ORDERS; have++) {
		struct page *page = first_foreign(z, have, mt);
		enum migratetype old;

		if (!page)
			continue;
		old = page->migratetype;
		buddy_unlink(z, page);
		buddy_split(z, page, order, have, old);
		count_vm_event(EXTFRAG_STEAL);
		return page;
	}
	return NULL;
}

struct page *buddy_fallback(struct zone *z, unsigned int order, enum migratetype mt,
			    unsigned int alloc_flags)
{
	struct page *page = claim(z, order, mt, alloc_flags);

	if (!page && !(alloc_flags & ALLOC_NOFRAGMENT))
		page = steal(z, order, mt);
	return page;
}

/* --- the highatomic reserve ------------------------------------------------------ */

static unsigned long highatomic_limit(const struct zone *z)
{
	unsigned long one_percent = z->managed / 100;

	if (mm.profile->highatomic == 2) /* 6.1 */
		return one_percent + PAGEBLOCK_PAGES;
	if (one_percent < PAGEBLOCK_PAGES)
		return 0;
	return (one_percent + PAGEBLOCK_PAGES - 1) & ~(PAGEBLOCK_PAGES - 1);
}

/* After a high-order atomic request succeeded with @page: set its pageblock apart. */
void reserve_highatomic(struct zone *z, struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);
	unsigned long flags;

	if (!mm.profile->highatomic)
		return;
	flags = raw_spin_lock_irqsave(&z->lock);
	if (z->nr_reserved_highatomic < highatomic_limit(z) &&
	    pageblock_type(z, pfn) != MIGRATE_HIGHATOMIC) {
		unsigned long end = pfn + (1UL << order);

		for (; pfn < end; pfn = block_start(pfn) + PAGEBLOCK_PAGES) {
			buddy_move_block(z, pfn, MIGRATE_HIGHATOMIC);
			gb_store_relaxed(&z->nr_reserved_highatomic,
					 z->nr_reserved_highatomic + PAGEBLOCK_PAGES);
		}
	}
	raw_spin_unlock_irqrestore(&z->lock, flags);
}

/* A free block of the reserve leaves it, and so do all pageblocks that it is part of. */
static void unreserve_block(struct zone *z, unsigned long pfn, unsigned int order)
{
	unsigned long end = pfn + (1UL << order);

	for (; pfn < end; pfn = block_start(pfn) + PAGEBLOCK_PAGES) {
		buddy_move_block(z, pfn, MIGRATE_UNMOVABLE);
		gb_store_relaxed(&z->nr_reserved_highatomic,
				 z->nr_reserved_highatomic - PAGEBLOCK_PAGES);
	}
}

static int unreserve_zone(struct zone *z, int force)
{
	unsigned long keep = force ? 0 : PAGEBLOCK_PAGES;
	unsigned long flags;
	int freed = 0;

	if (gb_load_relaxed(&z->nr_reserved_highatomic) <= keep)
		return 0;
	flags = raw_spin_lock_irqsave(&z->lock);
	for (unsigned int o = 0; o < MAX_NR_ORDERS && !freed; o++) {
		struct list_head *list = &z->area[o].list[MIGRATE_HIGHATOMIC];

		if (list_empty(list))
			continue;
		unreserve_block(z, page_to_pfn(list_entry(list->next, struct page, lru)), o);
		freed = 1;
	}
	raw_spin_unlock_irqrestore(&z->lock, flags);
	return freed;
}

int unreserve_highatomic(int highest, int force)
{
	struct zone *z;

	for_each_zone_down(z, highest) if (unreserve_zone(z, force)) return 1;
	return 0;
}
