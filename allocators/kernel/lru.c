/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * An emulated page cache: order-0 pages without an owner on two LRU lists a zone, which
 * workloads fill and reclaim takes.
 *
 *   new -> inactive (head) ... tail: clean -> freed
 *                               referenced -> active
 *                               dirty -> written (emulated I/O), then freed
 *
 * Writing needs __GFP_IO and, as all of it is file memory, __GFP_FS (kernel-model 6.2); a
 * mask without them leaves dirty pages alone and still takes clean ones.  One batch of up
 * to 32 pages costs one latency: the device takes them together.  The pages under write
 * are off the lists, so nobody waits for the list lock meanwhile.
 *
 * kernel: mm/vmscan.c, shrink_inactive_list.
 */
#include "kernel/lru.h"

#include "kernel/zones.h"

enum { LRU_INACTIVE, LRU_ACTIVE };

void lru_init_zone(struct zone *z)
{
	list_init(&z->lru[LRU_INACTIVE]);
	list_init(&z->lru[LRU_ACTIVE]);
}

unsigned long zone_reclaimable_pages(const struct zone *z)
{
	return gb_load_relaxed(&z->nr_lru[LRU_INACTIVE]) +
	       gb_load_relaxed(&z->nr_lru[LRU_ACTIVE]);
}

static void adjust(unsigned long *counter, long by)
{
	gb_store_relaxed(counter, *counter + (unsigned long)by);
}

/* lru_lock held */
static void lru_add(struct zone *z, struct page *page, int list)
{
	uint32_t active = list == LRU_ACTIVE ? PG_ACTIVE : 0;

	page_flags_write(page, (page->flags & ~PG_ACTIVE) | PG_LRU | active);
	list_add(&page->lru, &z->lru[list]);
	adjust(&z->nr_lru[list], 1);
	if (page->flags & PG_DIRTY)
		adjust(&z->nr_dirty, 1);
}

/* lru_lock held */
static void lru_del(struct zone *z, struct page *page)
{
	list_del(&page->lru);
	adjust(&z->nr_lru[page->flags & PG_ACTIVE ? LRU_ACTIVE : LRU_INACTIVE], -1);
	if (page->flags & PG_DIRTY)
		adjust(&z->nr_dirty, -1);
	page_flags_clear(page, PG_LRU | PG_ACTIVE);
}

/* ------------------------------------------------------------------ reclaim */

/* Keep the active list no longer than the inactive one.  lru_lock held. */
static void age(struct zone *z, unsigned long n)
{
	while (n-- && z->nr_lru[LRU_ACTIVE] > z->nr_lru[LRU_INACTIVE]) {
		struct page *page = list_entry(z->lru[LRU_ACTIVE].prev, struct page, lru);

		lru_del(z, page);
		page_flags_clear(page, PG_REFERENCED);
		lru_add(z, page, LRU_INACTIVE);
	}
}

struct batch {
	struct page *page[SWAP_CLUSTER_MAX];
	unsigned int n, dirty;
	unsigned int looked_at;
};

static int may_write(gfp_t gfp)
{
	return (gfp & __GFP_IO) && (gfp & __GFP_FS);
}

/* Take up to @want pages that can be freed off the inactive list, looking at @scan. */
static void isolate(struct zone *z, gfp_t gfp, unsigned long scan, unsigned long want,
		    struct batch *b)
{
	unsigned long flags = raw_spin_lock_irqsave(&z->lru_lock);

	b->n = b->dirty = b->looked_at = 0;
	age(z, SWAP_CLUSTER_MAX);
	while (b->n < want && b->n < SWAP_CLUSTER_MAX && b->looked_at < scan &&
	       !list_empty(&z->lru[LRU_INACTIVE])) {
		struct page *page =
			list_entry(z->lru[LRU_INACTIVE].prev, struct page, lru);

		b->looked_at++;
		lru_del(z, page);
		if (page->flags & PG_REFERENCED) {
			page_flags_clear(page, PG_REFERENCED);
			lru_add(z, page, LRU_ACTIVE);
		} else if ((page->flags & PG_DIRTY) && !may_write(gfp)) {
			lru_add(z, page, LRU_INACTIVE);
		} else {
			b->dirty += !!(page->flags & PG_DIRTY);
			b->page[b->n++] = page;
		}
	}
	raw_spin_unlock_irqrestore(&z->lru_lock, flags);
}

static void write_and_free(struct batch *b)
{
	if (b->dirty) {
		count_vm_events(NR_WRITTEN, b->dirty);
		sleep_us(mm.config.io_latency_us);
	}
	for (unsigned int i = 0; i < b->n; i++) {
		page_flags_write(b->page[i], 0);
		gb_store_relaxed(&b->page[i]->refcount, 0);
		free_block(b->page[i], 0);
	}
}

void lru_shrink_zone(struct zone *z, gfp_t gfp, int priority, unsigned long want,
		     struct reclaim_stat *stat)
{
	unsigned long scan = zone_reclaimable_pages(z) >> priority;
	unsigned long done = 0;

	while (scan && done < want) {
		struct batch b;

		isolate(z, gfp, scan, want - done, &b);
		write_and_free(&b);
		done += b.n;
		stat->scanned += b.looked_at;
		scan -= b.looked_at < scan ? b.looked_at : scan;
		if (!b.looked_at)
			break;
	}
	stat->reclaimed += done;
}

/* ------------------------------------------------------------------ the workload's side */

unsigned long pagecache_fill(unsigned long nr, gfp_t gfp, bool dirty)
{
	unsigned long n;

	for (n = 0; n < nr; n++) {
		struct page *page = alloc_pages(
			(gfp & ~(__GFP_COMP | __GFP_RECLAIMABLE)) | __GFP_MOVABLE, 0);
		struct zone *z;
		unsigned long flags;

		if (!page)
			break;
		z = page_zone(page);
		flags = raw_spin_lock_irqsave(&z->lru_lock);
		page_flags_write(page, dirty ? PG_DIRTY : 0);
		lru_add(z, page, LRU_INACTIVE);
		raw_spin_unlock_irqrestore(&z->lru_lock, flags);
	}
	if (dirty)
		count_vm_events(NR_DIRTIED, n);
	return n;
}

/* Mark up to @nr of the oldest inactive pages as used: reclaim will pass them by once. */
unsigned long pagecache_touch(unsigned long nr)
{
	unsigned long n = 0;

	if (!mm_ready(__func__))
		return 0;
	for (int i = MAX_NR_ZONES - 1; i >= 0; i--) {
		struct zone *z = &mm.zones[i];
		struct list_head *at;
		unsigned long flags;

		if (!z->managed)
			continue;
		flags = raw_spin_lock_irqsave(&z->lru_lock);
		for (at = z->lru[LRU_INACTIVE].prev;
		     at != &z->lru[LRU_INACTIVE] && n < nr; at = at->prev, n++)
			page_flags_set(list_entry(at, struct page, lru), PG_REFERENCED);
		raw_spin_unlock_irqrestore(&z->lru_lock, flags);
	}
	return n;
}

static struct page *oldest(struct zone *z)
{
	unsigned long flags = raw_spin_lock_irqsave(&z->lru_lock);
	struct page *page = NULL;

	for (int l = LRU_INACTIVE; l <= LRU_ACTIVE && !page; l++)
		if (!list_empty(&z->lru[l]))
			page = list_entry(z->lru[l].prev, struct page, lru);
	if (page)
		lru_del(z, page);
	raw_spin_unlock_irqrestore(&z->lru_lock, flags);
	return page;
}

unsigned long pagecache_drop(unsigned long nr)
{
	unsigned long n = 0;

	if (!mm_ready(__func__))
		return 0;
	for (int i = MAX_NR_ZONES - 1; i >= 0; i--) {
		struct zone *z = &mm.zones[i];
		struct page *page;

		while (z->managed && n < nr && (page = oldest(z))) {
			page_flags_write(page, 0);
			__free_pages(page, 0);
			n++;
		}
	}
	return n;
}

unsigned long pagecache_pages(void)
{
	unsigned long n = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++)
		n += zone_reclaimable_pages(&mm.zones[i]);
	return n;
}

unsigned long pagecache_dirty_pages(void)
{
	unsigned long n = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++)
		n += gb_load_relaxed(&mm.zones[i].nr_dirty);
	return n;
}
