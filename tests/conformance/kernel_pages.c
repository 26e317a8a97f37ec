/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Statements 1 to 12, 35 to 40, 42 to 45: masks, zones, blocks, lists.
 */
#include "hold.h"

#include <stdio.h>
#include <string.h>

#include "kernel/ram.h"

static unsigned long normal_end(void)
{
	return mm.zones[ZONE_NORMAL].end_pfn;
}

static void s1(void)
{
	unsigned long outside = 0;

	hold_all(GFP_GREEDY);
	for (unsigned long i = 0; i < nr_held; i++)
		outside += page_to_pfn(held[i]) >= normal_end();
	EXPECT_EQ(outside, 0);
	EXPECT(nr_held > 4096);
	let_go();
}

static void s2(void)
{
	unsigned long outside = 0;

	hold_all(GFP_DMA);
	for (unsigned long i = 0; i < nr_held; i++)
		outside += page_to_pfn(held[i]) >= 4096;
	EXPECT_EQ(outside, 0);
	EXPECT(nr_held > 3000);
	let_go();
}

/* NORMAL runs out first; then DMA gives only what its reserve against NORMAL allows. */
static void s3(void)
{
	struct zone_info dma, normal;

	hold_all(GFP_NOWAIT);
	dma = zone_of("DMA");
	normal = zone_of("Normal");
	EXPECT_EQ(dma.protection[ZONE_NORMAL], normal.managed / 256);
	EXPECT_IN(dma.free, dma.min - dma.pcp_batch - 32, dma.min + normal.managed / 256);
	EXPECT(dma.free + dma.pcp >= normal.managed / 256);
	/* a request for DMA itself meets no such reserve */
	EXPECT(hold_all(GFP_DMA) >= normal.managed / 256 - dma.pcp_batch - 32);
	let_go();
}

static void s4(void)
{
	unsigned long before, lost;

	hold_all(GFP_DMA);
	before = zone_of("Normal").free;
	EXPECT(alloc_page(GFP_DMA | __GFP_NOWARN) == NULL);
	lost = before - zone_of("Normal").free;
	EXPECT_EQ(lost, 0);
	EXPECT(before > 1000);
	let_go();
}

static void s5(void)
{
	unsigned long seen[MAX_NR_ZONES] = { 0 }, first[MAX_NR_ZONES];

	hold_all(GFP_HIGHUSER & ~__GFP_DIRECT_RECLAIM);
	for (unsigned long i = 0; i < nr_held; i++) {
		int type = page_zone(held[i])->type;

		if (!seen[type]++)
			first[type] = i;
	}
	EXPECT(seen[ZONE_HIGHMEM] > 1000 && seen[ZONE_NORMAL] > 1000 &&
	       seen[ZONE_DMA] > 100);
	/* a zone is touched only when the one above is down to its low mark */
	EXPECT(first[ZONE_HIGHMEM] == 0);
	EXPECT(first[ZONE_NORMAL] + zone_of("HighMem").high + 64 >=
	       zone_of("HighMem").managed);
	EXPECT(first[ZONE_DMA] > first[ZONE_NORMAL] + 1000);
	let_go();
}

static void s6(void)
{
	EXPECT(alloc_page(GFP_KERNEL | __GFP_DMA | __GFP_HIGHMEM) == NULL);
	EXPECT_EQ(kernel_reports("gfp-zone"), 1);
}

static int all_bytes(const unsigned char *p, unsigned char value, size_t n)
{
	return n == 0 || (p[0] == value && !memcmp(p, p + 1, n - 1));
}

static void s7(void)
{
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		size_t bytes = PAGE_SIZE << order;
		void *p = (void *)__get_free_pages(GFP_KERNEL, order);

		if (!EXPECT(p != NULL))
			return;
		memset(p, 0xa5, bytes);
		free_pages((unsigned long)p, order);
		p = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, order);
		if (!EXPECT(p != NULL))
			return;
		EXPECT(all_bytes(p, 0, bytes));
		free_pages((unsigned long)p, order);
	}
}

static void s7_highmem(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	void *p;

	EXPECT(PageHighMem(page));
	p = kmap(page);
	memset(p, 0x5a, PAGE_SIZE);
	EXPECT(page_address(page) == p);
	kunmap(page);
	EXPECT(page_address(page) == NULL);
	__free_page(page);
	page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	EXPECT(all_bytes(kmap_local_page(page), 0, PAGE_SIZE));
	__free_page(page);
}

static void s8(void)
{
	unsigned char *p = (void *)__get_free_page(GFP_KERNEL), *q;

	memset(p, 0xa5, PAGE_SIZE);
	free_page((unsigned long)p);
	q = (void *)__get_free_page(GFP_KERNEL);
	EXPECT(p == q && all_bytes(q, 0xa5, PAGE_SIZE));
	free_page((unsigned long)q);
}

static void s9(void)
{
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		struct page *page[3];

		for (int i = 0; i < 3; i++) {
			page[i] = alloc_pages(GFP_KERNEL, order);
			EXPECT(page[i] && page_to_pfn(page[i]) % (1UL << order) == 0);
		}
		for (int i = 0; i < 3; i++)
			__free_pages(page[i], order);
	}
}

static void s10(void)
{
	EXPECT(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 11) == NULL);
	EXPECT_EQ(kernel_reports("page-order"), 0);
	EXPECT(alloc_pages(GFP_KERNEL, 11) == NULL);
	EXPECT(alloc_pages(GFP_KERNEL, 64) == NULL);
	EXPECT_EQ(kernel_reports("page-order"), 1);
}

static void s11(void)
{
	unsigned long free;

	drain_all_pages();
	free = nr_free_pages();
	free_pages(0, 0);
	free_pages(0, 5);
	__free_pages(NULL, 3);
	EXPECT_EQ(nr_free_pages(), free);
	EXPECT_EQ(kernel_reports("bad-page"), 0);
}

static void s12(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_MOVABLE | __GFP_RECLAIMABLE);

	EXPECT_EQ(kernel_reports("gfp-mobility"), 1);
	if (page)
		__free_page(page);
}

/* Every second frame held: half of memory free, no block above order 0. */
static void s35(void)
{
	unsigned long kept = 0, high = zone_of("Normal").high;

	hold_all(GFP_GREEDY);
	for (unsigned long i = 0; i < nr_held; i++) {
		if (page_to_pfn(held[i]) & 1)
			held[kept++] = held[i];
		else
			__free_page(held[i]);
	}
	nr_held = kept;
	drain_all_pages();
	EXPECT(zone_of("Normal").free > 4 * high);
	while (kept < MAX_HELD) { /* what little is left in larger blocks */
		struct page *page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 1);

		if (!page)
			break;
		split_page(page, 1);
		held[kept++] = page;
		held[kept++] = page + 1;
	}
	nr_held = kept;
	EXPECT(zone_of("Normal").free > 4 * high);
	EXPECT(alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 3) == NULL);
	held[nr_held] = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 0);
	EXPECT(held[nr_held] != NULL);
	nr_held += !!held[nr_held];
	let_go();
}

static void s36(void)
{
	struct zone_info dma = zone_of("DMA");

	EXPECT_EQ(mm.min_free_kbytes, 512);
	EXPECT_EQ(dma.min, 128);
	EXPECT_EQ(dma.low, 160);
	EXPECT_EQ(dma.high, 192);
}

/* isqrt(16 * 65536 kB) = 1024 kB = 256 pages, shared 1 : 3 */
static void s36_two_zones(void)
{
	struct zone_info dma = zone_of("DMA"), normal = zone_of("Normal");

	EXPECT_EQ(dma.min, 64);
	EXPECT_EQ(normal.min, 192);
	EXPECT_EQ(normal.low, 192 + 48);
	EXPECT_EQ(normal.high, 192 + 96);
}

/* The zones of the measured kernel (kernel-truth 3g): what its formula gave, ours gives. */
static void s36_measured(void)
{
	EXPECT_EQ(mm.min_free_kbytes, 2048);
	EXPECT_EQ(zone_of("DMA").min + zone_of("Normal").min, 512);
	EXPECT_EQ(zone_of("DMA").protection[ZONE_NORMAL], (65536 - 4096) / 256);
}

static void s37(void)
{
	struct zone_info high = zone_of("HighMem");

	EXPECT_EQ(high.managed, 64 << 8);
	EXPECT_EQ(high.min, 32);
	EXPECT_EQ(zone_of("Normal").protection[ZONE_HIGHMEM], high.managed / 32);
	EXPECT_EQ(zone_of("DMA").protection[ZONE_HIGHMEM],
		  (high.managed + zone_of("Normal").managed) / 256);
}

static void s37_large(void)
{
	EXPECT_EQ(zone_of("HighMem").min, 128);
}

static void s38(void)
{
	struct page *pages[64] = { NULL };
	struct page *mine = alloc_page(GFP_KERNEL);

	pages[3] = mine;
	EXPECT_EQ(alloc_pages_bulk(GFP_KERNEL, 64, pages), 64);
	EXPECT(pages[3] == mine);
	for (int i = 0; i < 64; i++)
		for (int j = 0; j < i; j++)
			EXPECT(pages[i] != pages[j]);
	for (int i = 0; i < 64; i++)
		__free_page(pages[i]);
	hold_all(GFP_NOWAIT);
	memset(pages, 0, sizeof(pages));
	EXPECT_EQ(alloc_pages_bulk(GFP_NOWAIT | __GFP_NOWARN, 64, pages), 0);
	let_go();
}

static void s39(void)
{
	struct page *first = alloc_page(GFP_KERNEL);

	for (int i = 0; i < 1000; i++) {
		struct page *page;

		__free_page(first);
		page = alloc_page(GFP_KERNEL);
		if (!EXPECT(page == first))
			break;
	}
	__free_page(first);
}

static void s40(void)
{
	unsigned long free, batch = zone_of("Normal").pcp_batch;
	struct page *pages[32];

	for (int i = 0; i < 32; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	drain_all_pages();
	free = zone_of("Normal").free;
	for (int i = 0; i < 8; i++)
		__free_page(pages[i]);
	EXPECT(batch > 0);
	EXPECT_EQ(zone_of("Normal").free, free);
	EXPECT_EQ(zone_of("Normal").pcp, 8);
	drain_all_pages();
	EXPECT_EQ(zone_of("Normal").free, free + 8);
	for (int i = 8; i < 32; i++)
		__free_page(pages[i]);
}

static int irq_served, irq_missed;

static void irq_takes_page(void *arg)
{
	struct page *page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);

	(void)arg;
	irq_served += !!page;
	irq_missed += !page;
	if (page)
		__free_page(page);
}

/* The interrupt at its worst place: on top of the holder of this CPU's list. */
static void s42(void)
{
	struct per_cpu_pages *pcp = &mm.zones[ZONE_NORMAL].pcp[0];
	unsigned long contended = vm_event("pcp_contended");

	kernel_irq_stop();
	raw_spin_lock(&pcp->lock);
	gb_run_as_hardirq(irq_takes_page, NULL);
	raw_spin_unlock(&pcp->lock);
	EXPECT_EQ(irq_served, 1);
	EXPECT_EQ(irq_missed, 0);
	EXPECT(vm_event("pcp_contended") > contended);
}

static void s43(void)
{
	unsigned long before, after, free;

	drain_all_pages();
	before = zone_of("Normal").free_blocks[MAX_PAGE_ORDER];
	free = nr_free_pages();
	hold_all(GFP_GREEDY);
	for (unsigned long i = 0; i < nr_held; i++) { /* not in the order of allocation */
		unsigned long j = i * 7919 % nr_held;
		struct page *t = held[i];

		held[i] = held[j];
		held[j] = t;
	}
	let_go();
	drain_all_pages();
	after = zone_of("Normal").free_blocks[MAX_PAGE_ORDER];
	EXPECT_EQ(nr_free_pages(), free);
	EXPECT_EQ(after, before);
}

static enum migratetype type_of(const struct page *page)
{
	return pageblock_type(page_zone(page), page_to_pfn(page));
}

static void s44(void)
{
	struct page *movable = alloc_page(GFP_KERNEL | __GFP_MOVABLE);
	struct page *first = alloc_page(GFP_KERNEL), *next;

	EXPECT_EQ(type_of(movable), MIGRATE_MOVABLE);
	EXPECT_EQ(type_of(first), MIGRATE_UNMOVABLE);
	/* the whole largest block changed hands */
	EXPECT_EQ(type_of(pfn_to_page(page_to_pfn(first) & ~1023UL)), MIGRATE_UNMOVABLE);
	EXPECT_EQ(type_of(pfn_to_page(page_to_pfn(first) | 1023UL)), MIGRATE_UNMOVABLE);
	drain_all_pages();
	next = alloc_page(GFP_KERNEL);
	EXPECT_EQ(page_to_pfn(next) >> MAX_PAGE_ORDER,
		  page_to_pfn(first) >> MAX_PAGE_ORDER);
	__free_page(movable);
	__free_page(first);
	__free_page(next);
}

static void s45(void)
{
	static const struct {
		unsigned long mib;
		unsigned long batch;
	} rows[] = { { 16, 1 }, { 64, 3 }, { 256, 15 }, { 1024, 63 }, { 4096, 63 } };

	for (size_t i = 0; i < GB_ARRAY_SIZE(rows); i++) {
		static struct zone z;
		unsigned long want = rows[i].batch;

		if (statement_profile() == 304 && want == 63)
			want = 31;
		z.managed = rows[i].mib << 8;
		zone_pcp_sizes(&z);
		EXPECT_EQ(z.pcp_batch, want);
	}
	EXPECT_EQ(zone_of("DMA").pcp_batch, 1);
}

/* --- bad input: issue's list, beside the statements; reported, nothing changes ------- */

static void bad_frees(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	unsigned long free;

	__free_pages(page + 1, 0);
	EXPECT_EQ(kernel_reports("bad-page"), 1);
	__free_pages(page, 1);
	EXPECT_EQ(kernel_reports("bad-page"), 2);
	__free_pages(page, 11);
	EXPECT_EQ(kernel_reports("bad-page"), 3);
	__free_pages(page, 2);
	free = nr_free_pages();
	__free_pages(page, 2);
	EXPECT_EQ(kernel_reports("bad-page"), 4);
	__free_pages((struct page *)(void *)&free, 0);
	EXPECT_EQ(kernel_reports("bad-page"), 5);
	free_pages((unsigned long)&free, 0);
	EXPECT_EQ(kernel_reports("bad-page"), 6);
	EXPECT_EQ(nr_free_pages(), free);
}

/* KiB of shared memory that huge pages map in this process. */
static unsigned long huge_mapped(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	unsigned long kib = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "ShmemPmdMapped: %lu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

/* What the machine asks of the system (-Wl,--wrap), which may be short of huge pages at any
 * moment. */
static struct {
	char *at[2];
	unsigned int calls, granted;
} collapse;

int __real_madvise(void *at, size_t bytes, int advice);
int __wrap_madvise(void *at, size_t bytes, int advice);

int __wrap_madvise(void *at, size_t bytes, int advice)
{
	int err = __real_madvise(at, bytes, advice);

	if (advice == 25 /* MADV_COLLAPSE */ && bytes == PAGE_SIZE << PAGEBLOCK_ORDER) {
		if (collapse.calls < 2)
			collapse.at[collapse.calls] = at;
		collapse.calls++;
		collapse.granted += !err;
	}
	return err;
}

static int huge_tried(const struct page *page)
{
	return !!(ram_pageblock[page_to_pfn(page) >> PAGEBLOCK_ORDER] & RAM_HUGE_DONE);
}

/* Not where sleeping is forbidden; else with the first allocation, both halves of 4 MiB. */
static void huge_pageblocks(void)
{
	struct page *page;

	memset(&collapse, 0, sizeof(collapse));
	preempt_disable();
	page = alloc_pages(GFP_NOWAIT, MAX_PAGE_ORDER);
	preempt_enable();
	if (!EXPECT(page != NULL))
		return;
	EXPECT_EQ(huge_tried(page) + huge_tried(page + PAGEBLOCK_PAGES), 0);
	EXPECT_EQ(collapse.calls, 0);
	__free_pages(page, MAX_PAGE_ORDER);
	page = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	if (!EXPECT(page != NULL))
		return;
	EXPECT_EQ(huge_tried(page) + huge_tried(page + PAGEBLOCK_PAGES), 2);
	EXPECT_EQ(collapse.calls, 2);
	EXPECT(collapse.at[0] == page_address(page) &&
	       collapse.at[1] == page_address(page + PAGEBLOCK_PAGES));
	EXPECT(huge_mapped() >= 2048 * collapse.granted);
	__free_pages(page, MAX_PAGE_ORDER);
}

static const struct statement table[] = {
	{ 1, "GFP_KERNEL memory never comes from HIGHMEM", P_EACH, IRQ_ALLOCATES, s1,
	  .highmem_mib = 16 },
	{ 2, "GFP_DMA frames are below 16 MiB", P_EACH, IRQ_ALLOCATES, s2 },
	{ 3, "DMA is kept back by managed(NORMAL)/256 from GFP_KERNEL", P_6X, IRQ_EMPTY,
	  s3 },
	{ 4, "GFP_DMA never takes NORMAL frames", P_EACH, IRQ_EMPTY, s4 },
	{ 5, "HIGHMEM falls to NORMAL, then DMA", P_EACH, IRQ_EMPTY, s5,
	  .highmem_mib = 16 },
	{ 6, "DMA|HIGHMEM is rejected", P_EACH, IRQ_ALLOCATES, s6 },
	{ 7, "__GFP_ZERO is zero in every order", P_EACH, IRQ_ALLOCATES, s7 },
	{ 7, "__GFP_ZERO is zero in HIGHMEM; kmap, kunmap", P_6X, IRQ_ALLOCATES,
	  s7_highmem, .highmem_mib = 16 },
	{ 8, "without __GFP_ZERO recycled content shows", P_EACH, IRQ_EMPTY, s8 },
	{ 9, "order-n frame numbers are multiples of 2^n", P_EACH, IRQ_ALLOCATES, s9,
	  .ram_mib = 128 },
	{ 10, "order 11 is NULL, warns once, silent with NOWARN", P_EACH, IRQ_ALLOCATES,
	  s10 },
	{ 11, "free_pages(0) does nothing", P_EACH, IRQ_EMPTY, s11 },
	{ 12, "MOVABLE|RECLAIMABLE warns", P_EACH, IRQ_ALLOCATES, s12 },
	{ 35, "order-3 GFP_ATOMIC fails in fragmented memory", P_EACH, IRQ_EMPTY, s35 },
	{ 36, "watermarks of 16 MiB are 128/160/192", P_EACH, IRQ_ALLOCATES, s36,
	  .ram_mib = 16 },
	{ 36, "watermarks of 64 MiB follow the formula", P_EACH, IRQ_ALLOCATES,
	  s36_two_zones },
	{ 36, "min_free_kbytes and protection of 256 MiB", P_EACH, IRQ_ALLOCATES,
	  s36_measured, .ram_mib = 256 },
	{ 37, "HIGHMEM min is clamped to 32 and up", P_EACH, IRQ_ALLOCATES, s37,
	  .ram_mib = 128, .highmem_mib = 64 },
	{ 37, "HIGHMEM min is clamped to 128", P_6X, IRQ_ALLOCATES, s37_large,
	  .ram_mib = 1024, .highmem_mib = 768 },
	{ 38, "bulk fills only NULL slots and may be short", P_6X, IRQ_EMPTY, s38 },
	{ 39, "the page freed last is the next one", P_EACH, IRQ_EMPTY, s39 },
	{ 40, "freed pages stay off the free count until drained", P_EACH, IRQ_EMPTY,
	  s40 },
	{ 42, "an interrupt on the holder of the list is served by the buddy", P_6X,
	  IRQ_NONE, s42 },
	{ 43, "freeing everything restores the order-10 blocks", P_EACH, IRQ_EMPTY, s43 },
	{ 44, "unmovable requests keep to unmovable blocks, else take the largest", P_6X,
	  IRQ_EMPTY, s44 },
	{ 45, "batches are 1, 3, 15, 63", P_EACH, IRQ_ALLOCATES, s45 },
	{ 0, "bad frees are reported and change nothing", P_EACH, IRQ_EMPTY, bad_frees },
	{ 0, "pageblocks of the direct map become huge pages when they come into use", P_EACH,
	  IRQ_NONE, huge_pageblocks },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
