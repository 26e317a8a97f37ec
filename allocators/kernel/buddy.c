/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The buddy allocator of a zone: free blocks of 2^0..2^10 frames, each naturally aligned,
 * listed by order and mobility type.
 *
 * Invariants, under the zone lock:
 *   a free block outside fresh_pfn..fresh_end is on exactly one list; its head has
 *   buddy_order = order + 1 and migratetype = the list's; all other page structs have
 *   buddy_order 0
 *   two free buddies of the same order below 10 in one zone are merged, except that a
 *   HIGHATOMIC pageblock does not merge with one of another type
 *   nr_free = sum of free blocks; nr_free_highatomic = those on HIGHATOMIC lists
 *
 * Blocks of the largest order that were never allocated are counted, but not listed: a
 * list's links lie in page structs, and a page of those would be touched at boot for every
 * 4 MiB of RAM.  They would be the last of their list, in address order, so that a fresh
 * machine gives out ascending blocks: buddy_first() lists the next one when it is empty.
 *
 * Allocation splits the smallest sufficient block and returns its lower half; which block
 * it takes when its own type has none is in fallback.c.  kernel: mm/page_alloc.c,
 * __free_one_page, expand, __rmqueue_smallest; kernel-model 2.1.
 */
#include "kernel/mm.h"

/* Counters are written under the lock and read without: plain arithmetic, atomic stores. */
static void adjust(unsigned long *counter, long by)
{
	gb_store_relaxed(counter, *counter + (unsigned long)by);
}

static void account(struct zone *z, enum migratetype mt, unsigned int order, long blocks)
{
	adjust(&z->area[order].nr[mt], blocks);
	adjust(&z->nr_free, blocks * (1L << order));
	if (mt == MIGRATE_HIGHATOMIC)
		adjust(&z->nr_free_highatomic, blocks * (1L << order));
}

static void list_block(struct zone *z, struct page *page, unsigned int order,
		       enum migratetype mt, int tail)
{
	struct list_head *list = &z->area[order].list[mt];

	page->migratetype = (uint8_t)mt;
	gb_store_relaxed(&page->buddy_order, (uint8_t)(order + 1));
	if (tail)
		list_add_tail(&page->lru, list);
	else
		list_add(&page->lru, list);
}

static void link_block(struct zone *z, struct page *page, unsigned int order,
		       enum migratetype mt, int tail)
{
	list_block(z, page, order, mt, tail);
	account(z, mt, order, 1);
}

struct page *buddy_first(struct zone *z, unsigned int order, enum migratetype mt)
{
	struct list_head *list = &z->area[order].list[mt];

	if (list_empty(list)) {
		if (order < MAX_PAGE_ORDER || mt != MIGRATE_MOVABLE ||
		    z->fresh_pfn == z->fresh_end)
			return NULL;
		list_block(z, pfn_to_page(z->fresh_pfn), order, mt, 0);
		gb_store_relaxed(&z->fresh_pfn, z->fresh_pfn + (1UL << order));
	}
	return list_entry(list->next, struct page, lru);
}

/* Take a free block off its list; returns it. */
struct page *buddy_unlink(struct zone *z, struct page *page)
{
	list_del(&page->lru);
	account(z, page->migratetype, page->buddy_order - 1u, -1);
	gb_store_relaxed(&page->buddy_order, 0);
	return page;
}

/* List the upper halves of an unlinked block of order @high until @low remains. */
void buddy_split(struct zone *z, struct page *page, unsigned int low, unsigned int high,
		 enum migratetype mt)
{
	while (high > low) {
		high--;
		link_block(z, page + (1UL << high), high, mt, 0);
	}
}

struct page *buddy_take_smallest(struct zone *z, unsigned int order, enum migratetype mt)
{
	for (unsigned int o = order; o < MAX_NR_ORDERS; o++) {
		struct page *page = buddy_first(z, o, mt);

		if (!page)
			continue;
		buddy_split(z, buddy_unlink(z, page), order, o, mt);
		return page;
	}
	return NULL;
}

struct page *buddy_take(struct zone *z, unsigned int order, enum migratetype mt,
			unsigned int alloc_flags)
{
	struct page *page = NULL;

	if (alloc_flags & ALLOC_HIGHATOMIC)
		page = buddy_take_smallest(z, order, MIGRATE_HIGHATOMIC);
	if (!page)
		page = buddy_take_smallest(z, order, mt);
	if (!page)
		page = buddy_fallback(z, order, mt, alloc_flags);
	/* the last resort of those who cannot wait, and of the OOM victim */
	if (!page && (alloc_flags & (ALLOC_OOM | ALLOC_NON_BLOCK)))
		page = buddy_take_smallest(z, order, MIGRATE_HIGHATOMIC);
	return page;
}

/* The free buddy of a block, or NULL. */
static struct page *free_buddy(const struct zone *z, unsigned long pfn,
			       unsigned int order)
{
	unsigned long buddy = pfn ^ (1UL << order);
	struct page *page = pfn_to_page(buddy);

	if (buddy < z->start_pfn || buddy + (1UL << order) > z->end_pfn)
		return NULL;
	return page->buddy_order == order + 1 ? page : NULL;
}

/* Above a pageblock only like merges with like when a reserve is concerned. */
static int may_merge(const struct zone *z, const struct page *buddy, unsigned long pfn,
		     unsigned int order)
{
	enum migratetype a, b;

	if (order < PAGEBLOCK_ORDER)
		return 1;
	a = pageblock_type(z, pfn);
	b = pageblock_type(z, page_to_pfn(buddy));
	return a == b || (a != MIGRATE_HIGHATOMIC && b != MIGRATE_HIGHATOMIC);
}

/* Free to the tail when the next-higher buddy is free: this block is likely to merge
 * soon, and should not be given out before. */
static int merge_likely(const struct zone *z, unsigned long pfn, unsigned int order)
{
	unsigned long combined = pfn & ~(1UL << order);

	return order < MAX_PAGE_ORDER - 1 && free_buddy(z, combined, order + 1);
}

void buddy_give(struct zone *z, struct page *page, unsigned int order,
		enum migratetype mt)
{
	unsigned long pfn = page_to_pfn(page);

	for (; order < MAX_PAGE_ORDER; order++) {
		struct page *buddy = free_buddy(z, pfn, order);

		if (!buddy || !may_merge(z, buddy, pfn, order))
			break;
		buddy_unlink(z, buddy);
		pfn &= ~(1UL << order);
	}
	if (order > PAGEBLOCK_ORDER)
		mt = pageblock_type(z, pfn);
	link_block(z, pfn_to_page(pfn), order, mt, merge_likely(z, pfn, order));
}

/* All of the zone's frames are free: as fresh blocks of the largest order, and as listed ones
 * what does not fill such a block at the end of RAM. */
void buddy_init_zone(struct zone *z)
{
	unsigned long pfn;

	for (unsigned int o = 0; o < MAX_NR_ORDERS; o++)
		for (int mt = 0; mt < MIGRATE_TYPES; mt++)
			list_init(&z->area[o].list[mt]);
	for (unsigned long b = 0;
	     b < (z->managed + PAGEBLOCK_PAGES - 1) >> PAGEBLOCK_ORDER; b++)
		z->pageblock[b] = MIGRATE_MOVABLE;
	z->fresh_pfn = z->start_pfn;
	z->fresh_end = z->end_pfn & ~((1UL << MAX_PAGE_ORDER) - 1);
	account(z, MIGRATE_MOVABLE, MAX_PAGE_ORDER,
		(long)((z->fresh_end - z->fresh_pfn) >> MAX_PAGE_ORDER));
	for (pfn = z->fresh_end; pfn < z->end_pfn;) {
		unsigned int order = MAX_PAGE_ORDER;

		while (pfn + (1UL << order) > z->end_pfn)
			order--;
		link_block(z, pfn_to_page(pfn), order, MIGRATE_MOVABLE, 1);
		pfn += 1UL << order;
	}
}
