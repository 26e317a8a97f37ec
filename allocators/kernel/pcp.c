/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Per-CPU page lists: free blocks of order 0..3 (and of a pageblock), by mobility type,
 * that a CPU takes and gives without the zone lock.  They are not counted as free.
 *
 * Safe at any instruction by the kernel's rule (kernel-model 2.5): the lists of a CPU are
 * behind a lock that is only ever tried, with interrupts on.  Whoever fails - because an
 * interrupt landed on the holder, or another CPU drains - goes to the buddy under the zone
 * lock, which disables interrupts.  So nothing waits here, and nothing breaks.  Drains wait
 * for the lock; they run in process context only.  Profile 3.4 disables interrupts instead
 * and has order 0 only.
 *
 * Sizes: batch pages move at a time; more than `high` flows back.  From 6.7 on `high` tunes
 * itself between high_min and high_max, and refills double while no free intervenes.
 * Allocation takes the page freed last: it is warm.  In 3.4 __GFP_COLD takes the one freed
 * first instead, for memory that a device fills.
 */
#include "kernel/mm.h"

#include "base/map.h"

#define BATCH_SCALE_MAX 5
#define NR_HELPER_CPUS  2 /* kswapd, RCU */

/* ------------------------------------------------------------------ sizes */

/* kernel: mm/page_alloc.c, zone_batchsize; 1, 3, 15, 63 for 16 MiB, 64 MiB, 256 MiB, 1 GiB */
static int zone_batch(const struct zone *z)
{
	unsigned long cap = mm.profile->batch_cap;
	unsigned long batch = z->managed / 1024 < cap ? z->managed / 1024 : cap;
	unsigned long power = 1;

	batch /= 4;
	if (batch < 1)
		batch = 1;
	batch += batch / 2;
	while (power * 2 <= batch)
		power *= 2;
	return power > 1 ? (int)power - 1 : 1;
}

static int fraction_high(const struct zone *z, unsigned int fraction, int batch)
{
	unsigned long high = z->managed / fraction / mm.nr_cpus;

	return high > 4UL * (unsigned int)batch ? (int)high : 4 * batch;
}

static void zone_highs(struct zone *z)
{
	unsigned int fraction = mm.config.percpu_pagelist_high_fraction;
	unsigned long low_share = z->watermark[WMARK_LOW] / mm.nr_cpus;
	int batch = z->pcp_batch;

	if (!mm.profile->pcp_max_order) { /* 3.4 */
		z->pcp_high_min = z->pcp_high_max = 6 * batch;
		return;
	}
	if (fraction) {
		z->pcp_high_min = z->pcp_high_max =
			fraction_high(z, fraction < 8 ? 8 : fraction, batch);
		return;
	}
	z->pcp_high_min =
		low_share > 4UL * (unsigned int)batch ? (int)low_share : 4 * batch;
	z->pcp_high_max =
		mm.profile->pcp_auto ? fraction_high(z, 8, batch) : z->pcp_high_min;
	if (z->pcp_high_max < z->pcp_high_min)
		z->pcp_high_max = z->pcp_high_min;
}

void zone_pcp_sizes(struct zone *z)
{
	z->pcp_batch = mm.config.percpu_pagelist_batch ?
			       (int)mm.config.percpu_pagelist_batch : zone_batch(z);
	zone_highs(z);
}

static void init_lists(const struct zone *z, struct per_cpu_pages *pcp)
{
	pcp->lock = (raw_spinlock_t)RAW_SPINLOCK_INIT("pcp", 0);
	pcp->batch = z->pcp_batch;
	pcp->high = pcp->high_min = z->pcp_high_min;
	pcp->high_max = z->pcp_high_max;
	for (int i = 0; i < NR_PCP_LISTS; i++)
		list_init(&pcp->lists[i]);
}

static struct {
	struct per_cpu_pages *lists; /* of all zones, one after the other */
	size_t bytes;
} table;

int pcp_init(struct gb_error *e)
{
	struct per_cpu_pages *next;
	unsigned int zones = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++)
		zones += !!mm.zones[i].managed;
	mm.nr_lists = mm.nr_cpus + NR_HELPER_CPUS;
	table.bytes = (size_t)zones * mm.nr_lists * sizeof(*next);
	next = table.lists = gb_map(table.bytes);
	if (!next)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no memory for the page lists");
	mm.table_bytes += table.bytes;
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *z = &mm.zones[i];

		if (!z->managed)
			continue;
		zone_pcp_sizes(z);
		z->pcp = next;
		for (unsigned int cpu = 0; cpu < mm.nr_lists; cpu++)
			init_lists(z, next++);
	}
	return 0;
}

void pcp_free_tables(void)
{
	if (table.lists)
		gb_unmap(table.lists, table.bytes);
	table.lists = NULL;
	for (int i = 0; i < MAX_NR_ZONES; i++)
		mm.zones[i].pcp = NULL;
}

/* ------------------------------------------------------------------ the lock */

struct pcp_hold {
	struct per_cpu_pages *pcp; /* NULL: could not be had */
	unsigned long flags;
};

static struct pcp_hold pcp_tryhold(struct zone *z)
{
	struct pcp_hold h = { NULL, 0 };
	struct per_cpu_pages *pcp;

	if ((unsigned int)gb_self.id >= mm.nr_lists) /* or no CPU: -1 */
		return h;
	pcp = &z->pcp[gb_self.id];
	if (mm.profile->pcp_irq_off)
		h.flags = arch_local_irq_save();
	if (raw_spin_trylock(&pcp->lock)) {
		h.pcp = pcp;
		return h;
	}
	if (mm.profile->pcp_irq_off)
		arch_local_irq_restore(h.flags);
	count_vm_event(PCP_CONTENDED);
	return h;
}

static void pcp_release(struct pcp_hold h)
{
	raw_spin_unlock(&h.pcp->lock);
	if (mm.profile->pcp_irq_off)
		arch_local_irq_restore(h.flags);
}

int pcp_order_ok(unsigned int order)
{
	return order <= (unsigned int)mm.profile->pcp_max_order ||
	       (order == PAGEBLOCK_ORDER && mm.profile->pcp_max_order > 0);
}

static struct list_head *pcp_list(struct per_cpu_pages *pcp, unsigned int order,
				  enum migratetype mt)
{
	if (order == PAGEBLOCK_ORDER)
		return &pcp->lists[NR_LOWORDER_PCP_LISTS + (mt == MIGRATE_MOVABLE)];
	return &pcp->lists[order * MIGRATE_PCPTYPES + mt];
}

static unsigned int list_order(int index)
{
	return index >= NR_LOWORDER_PCP_LISTS ? PAGEBLOCK_ORDER :
						(unsigned int)index / MIGRATE_PCPTYPES;
}

/* ------------------------------------------------------------------ allocation */

/* How many blocks to fetch.  kernel: nr_pcp_alloc */
static int refill_count(struct zone *z, struct per_cpu_pages *pcp, unsigned int order)
{
	int batch = pcp->batch;
	int room;

	if (pcp->high_min != pcp->high_max &&
	    zone_free_pages(z) > zone_wmark(z, WMARK_HIGH)) {
		int high = pcp->high + (order ? batch : batch << pcp->alloc_factor);

		gb_store_relaxed(&pcp->high, high < pcp->high_max ? high : pcp->high_max);
	}
	if (order)
		return batch > 1 ? (batch >> order > 2 ? batch >> order : 2) : batch;
	if (!mm.profile->pcp_auto)
		return batch > 1 ? batch : 1;
	room = pcp->high - pcp->count - batch;
	room = room > batch ? room : batch;
	batch <<= pcp->alloc_factor;
	if (batch <= room && pcp->alloc_factor < BATCH_SCALE_MAX)
		pcp->alloc_factor++;
	batch = batch < room ? batch : room;
	return batch > 1 ? batch : 1;
}

/* Fetch blocks from the buddy; they keep its order, so that consecutive allocations tend
 * to be adjacent.  kernel: rmqueue_bulk */
static void refill(struct zone *z, struct per_cpu_pages *pcp, unsigned int order,
		   enum migratetype mt, unsigned int alloc_flags)
{
	struct list_head *list = pcp_list(pcp, order, mt);
	int n = refill_count(z, pcp, order);
	unsigned long flags = raw_spin_lock_irqsave(&z->lock);

	while (n-- > 0) {
		struct page *page = buddy_take(z, order, mt, alloc_flags);

		if (!page)
			break;
		page_flags_write(page, PG_PCP);
		list_add_tail(&page->lru, list);
		gb_store_relaxed(&pcp->count, pcp->count + (1 << order));
	}
	raw_spin_unlock_irqrestore(&z->lock, flags);
}

struct page *pcp_alloc(struct zone *z, unsigned int order, enum migratetype mt,
		       unsigned int alloc_flags)
{
	struct pcp_hold h = pcp_tryhold(z);
	struct list_head *list;
	struct page *page = NULL;

	if (!h.pcp)
		return NULL;
	list = pcp_list(h.pcp, order, mt);
	if (list_empty(list))
		refill(z, h.pcp, order, mt, alloc_flags & ~(ALLOC_HIGHATOMIC | ALLOC_COLD));
	if (!list_empty(list)) {
		page = list_entry(alloc_flags & ALLOC_COLD ? list->prev : list->next,
				  struct page, lru);
		list_del(&page->lru);
		page_flags_write(page, 0);
		gb_store_relaxed(&h.pcp->count, h.pcp->count - (1 << order));
		gb_store_relaxed(&h.pcp->nr_alloc, h.pcp->nr_alloc + (1UL << order));
		h.pcp->free_count >>= 1;
	}
	pcp_release(h);
	return page;
}

/* ------------------------------------------------------------------ free */

/* Give up to @n base pages back, from each list's cold end in turn. */
static void pcp_flush(struct zone *z, struct per_cpu_pages *pcp, int n)
{
	unsigned long flags = raw_spin_lock_irqsave(&z->lock);

	for (int i = 0; n > 0 && pcp->count > 0; i = (i + 1) % NR_PCP_LISTS) {
		unsigned int order = list_order(i);
		struct page *page;

		if (list_empty(&pcp->lists[i]))
			continue;
		page = list_entry(pcp->lists[i].prev, struct page, lru);
		list_del(&page->lru);
		page_flags_write(page, 0);
		gb_store_relaxed(&pcp->count, pcp->count - (1 << order));
		n -= 1 << order;
		buddy_give(z, page, order, pageblock_type(z, page_to_pfn(page)));
	}
	raw_spin_unlock_irqrestore(&z->lock, flags);
}

/* The limit that applies now: low while kswapd works for this zone. kernel: nr_pcp_high */
static int current_high(const struct zone *z, struct per_cpu_pages *pcp)
{
	int tight = 4 * pcp->batch;

	if (!mm.profile->pcp_max_order) /* 3.4 */
		return pcp->high;
	if (kswapd_is_awake())
		return tight < pcp->high ? tight : pcp->high;
	if (pcp->high_min != pcp->high_max &&
	    zone_free_pages(z) < zone_wmark(z, WMARK_HIGH))
		gb_store_relaxed(&pcp->high, pcp->high_min);
	return pcp->high;
}

/* Between batch and high - batch: more, the longer only frees come.  kernel: nr_pcp_free */
static int flush_count(struct per_cpu_pages *pcp, int high)
{
	int most = high - pcp->batch;
	int n = pcp->free_count;

	if (!mm.profile->pcp_auto)
		return pcp->batch;
	most = most > pcp->batch ? most : pcp->batch;
	return n < pcp->batch ? pcp->batch : n > most ? most : n;
}

int pcp_free(struct zone *z, struct page *page, unsigned int order, enum migratetype mt)
{
	struct pcp_hold h = pcp_tryhold(z);
	int high;

	if (!h.pcp)
		return 0;
	page_flags_write(page, PG_PCP);
	list_add(&page->lru, pcp_list(h.pcp, order, mt));
	gb_store_relaxed(&h.pcp->count, h.pcp->count + (1 << order));
	gb_store_relaxed(&h.pcp->nr_free, h.pcp->nr_free + (1UL << order));
	h.pcp->alloc_factor >>= 1;
	if (h.pcp->free_count < h.pcp->batch << BATCH_SCALE_MAX)
		h.pcp->free_count += 1 << order;
	high = current_high(z, h.pcp);
	if (gb_unlikely(h.pcp->count > high))
		pcp_flush(z, h.pcp, flush_count(h.pcp, high));
	pcp_release(h);
	return 1;
}

/* ------------------------------------------------------------------ draining */

static void drain_list(struct zone *z, struct per_cpu_pages *pcp)
{
	unsigned long flags = 0;

	if (!gb_load_relaxed(&pcp->count))
		return;
	if (mm.profile->pcp_irq_off)
		flags = arch_local_irq_save();
	raw_spin_lock(&pcp->lock);
	pcp_flush(z, pcp, pcp->count);
	raw_spin_unlock(&pcp->lock);
	if (mm.profile->pcp_irq_off)
		arch_local_irq_restore(flags);
}

/* Any thread in process context; also for CPUs that are offline. */
void pcp_drain_cpu(unsigned int cpu)
{
	for (int i = 0; i < MAX_NR_ZONES; i++)
		if (mm.zones[i].pcp && cpu < mm.nr_lists)
			drain_list(&mm.zones[i], &mm.zones[i].pcp[cpu]);
}

void pcp_drain_all(void)
{
	count_vm_event(DRAIN_PAGES);
	for (unsigned int cpu = 0; cpu < mm.nr_lists; cpu++)
		pcp_drain_cpu(cpu);
}

unsigned long pcp_total(const struct zone *z)
{
	unsigned long n = 0;

	for (unsigned int cpu = 0; z->pcp && cpu < mm.nr_lists; cpu++)
		n += (unsigned long)gb_load_relaxed(&z->pcp[cpu].count);
	return n;
}
