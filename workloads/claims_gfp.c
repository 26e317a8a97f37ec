/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Experiments on what the flags promise, most of them with no memory left: pages are held
 * until the mask under test is all that can change the outcome.
 */
#include "claims.h"

#include <math.h>
#include <string.h>

#include "kernel/mm.h"

#define MAX_HELD 32768
#define QUIETLY  __GFP_NOWARN /* neither sleeps nor wakes kswapd, which would help */
#define TRIES    20
static struct page *held[MAX_HELD];
static unsigned long nr_held;

static void hold(gfp_t gfp, unsigned long n)
{
	struct page *page;

	while (n-- && nr_held < MAX_HELD && (page = alloc_page(gfp | __GFP_NOWARN)))
		held[nr_held++] = page;
}

static void let_go(void)
{
	while (nr_held)
		__free_page(held[--nr_held]);
}

/* Nothing left above the watermark, nothing reclaimable. */
static void exhaust(void)
{
	pagecache_drop(~0UL);
	mm_drain_everything();
	hold(QUIETLY, MAX_HELD);
}

/* Direct reclaims that one request of @gfp makes when memory is short but page cache could
 * go; NAN when no request is served. */
static double stalls_once(gfp_t gfp)
{
	unsigned long before;
	struct page *page;

	pagecache_fill(512, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, false);
	hold(QUIETLY, MAX_HELD);
	before = vm_event("allocstall");
	page = alloc_page(gfp | __GFP_NOWARN);
	before = vm_event("allocstall") - before;
	if (page)
		__free_page(page);
	let_go();
	pagecache_drop(~0UL);
	return page ? (double)before : NAN;
}

/* kswapd may be faster than the request: the most of some tries. */
static double stalls_of(gfp_t gfp)
{
	double most = NAN;

	for (int i = 0; i < TRIES; i++)
		most = fmax(most, stalls_once(gfp)); /* fmax ignores a NAN */
	return most;
}

double claim_sleeps_when_short(void)
{
	return stalls_of(GFP_KERNEL);
}

double claim_user_sleeps(void)
{
	return stalls_of(GFP_USER);
}

double claim_atomic_sleeps(void)
{
	return stalls_of(GFP_ATOMIC);
}

/* Reports for one GFP_KERNEL request with preemption off. */
double claim_reported_in_atomic(void)
{
	unsigned long before = kernel_reports("sleep-in-atomic");
	void *p;

	if (!claims_without)
		preempt_disable();
	p = kmalloc(64, GFP_KERNEL);
	if (!claims_without)
		preempt_enable();
	kfree(p);
	return (double)(kernel_reports("sleep-in-atomic") - before);
}

/* Frames gone after objects of 1 MiB in all were asked for. */
double claim_kernel_takes_frames(void)
{
	static void *p[256];
	unsigned long before = nr_free_pages(), after;
	int n = 0;

	while (n < 256 && (p[n] = kmalloc(4096, GFP_KERNEL | __GFP_NOWARN)))
		n++;
	after = nr_free_pages();
	kfree_bulk((size_t)n, p);
	return n == 256 ? (double)(before - after) : NAN;
}

/* 1: with nothing free NULL came back without a reclaim. */
double claim_atomic_returns_null(void)
{
	unsigned long stalls;
	void *p;

	if (!claims_without) {
		exhaust();
		hold(GFP_ATOMIC, MAX_HELD);
	}
	stalls = vm_event("allocstall");
	p = (void *)__get_free_pages(GFP_ATOMIC | __GFP_NOWARN, 0);
	stalls = vm_event("allocstall") - stalls;
	free_pages((unsigned long)p, 0);
	let_go();
	return !p && !stalls;
}

/* ------------------------------------------------------------------ zones */

double claim_dma_below(void)
{
	unsigned long most = 0;

	hold(GFP_DMA, 2000);
	for (unsigned long i = 0; i < nr_held; i++)
		most = page_to_pfn(held[i]) > most ? page_to_pfn(held[i]) : most;
	let_go();
	return most ? (double)((most + 1) * PAGE_SIZE) / (1 << 20) : NAN;
}

double claim_dma_breaks(void)
{
	struct page *page = alloc_pages(GFP_DMA | __GFP_NOWARN, 5);
	double breaks = 0;

	if (!page)
		return NAN;
	for (int i = 1; i < 32; i++)
		breaks += virt_to_phys(page_address(page + i)) !=
			  virt_to_phys(page_address(page)) + (phys_addr_t)i * PAGE_SIZE;
	__free_pages(page, 5);
	return breaks;
}

/* Share of GFP_HIGHUSER pages that lie in high memory while it has some. */
double claim_highuser_high(void)
{
	double high = 0, all;

	hold(GFP_HIGHUSER, 256);
	all = (double)nr_held;
	for (unsigned long i = 0; i < nr_held; i++)
		high += PageHighMem(held[i]);
	let_go();
	return all ? high / all : NAN;
}

double claim_zones(void)
{
	static const char *const names[] = { "DMA", "DMA32", "Normal", "HighMem" };
	struct zone_info info;
	double n = 0;

	for (int i = 0; i < 4; i++)
		n += !zone_info(names[i], &info);
	return n;
}

/* ------------------------------------------------------------------ recursion */

static gfp_t forbidden_bits;
static unsigned long entered, broken;

static unsigned long count_objects(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	if (smp_processor_id() != 0)
		return SHRINK_EMPTY; /* kswapd, with a mask of its own */
	entered++;
	broken += !!(sc->gfp_mask & forbidden_bits);
	return SHRINK_EMPTY;
}

static unsigned long scan_objects(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	(void)sc;
	return SHRINK_STOP;
}

/* Times that reclaim for @gfp entered a cache with one of @bits; NAN: it never came. */
static double recursion(gfp_t gfp, gfp_t bits)
{
	struct shrinker s = { .count_objects = count_objects,
			      .scan_objects = scan_objects,
			      .seeks = DEFAULT_SEEKS };
	struct page *page;

	if (register_shrinker(&s, "claims"))
		return NAN;
	exhaust();
	forbidden_bits = bits;
	entered = broken = 0;
	page = alloc_page(gfp | __GFP_NORETRY | __GFP_NOWARN);
	unregister_shrinker(&s);
	if (page)
		__free_page(page);
	let_go();
	return entered ? (double)broken : NAN;
}

double claim_nofs_recursion(void)
{
	return recursion(GFP_NOFS & ~__GFP_KSWAPD_RECLAIM, __GFP_FS);
}

double claim_noio_recursion(void)
{
	return recursion(GFP_NOIO & ~__GFP_KSWAPD_RECLAIM, __GFP_IO | __GFP_FS);
}

/* ------------------------------------------------------------------ modifiers */

/* Pages that __GFP_HIGH gets after all others fail. */
double claim_high_reserve(void)
{
	unsigned long before;

	exhaust();
	before = nr_held;
	hold(GFP_ATOMIC, MAX_HELD);
	before = nr_held - before;
	let_go();
	return (double)before;
}

double claim_nowarn_reports(void)
{
	unsigned long before;

	exhaust();
	hold(GFP_ATOMIC, MAX_HELD);
	before = kernel_reports("page-allocation-failure");
	free_pages(__get_free_pages(GFP_ATOMIC | (claims_without ? 0 : __GFP_NOWARN), 3), 3);
	before = kernel_reports("page-allocation-failure") - before;
	let_go();
	return (double)before;
}

/* 1: of some pages just freed __GFP_COLD gives the one freed last, the hot one. */
double claim_cold_is_hot(void)
{
	struct page *hot, *page;

	hold(GFP_KERNEL, 4);
	hot = nr_held == 4 ? held[0] : NULL; /* let_go frees it last */
	let_go();
	page = alloc_page(GFP_KERNEL | __GFP_COLD | __GFP_NOWARN);
	if (page)
		__free_page(page);
	return hot && page ? hot == page : NAN;
}

/* Direct reclaims before a request that cannot be served gives up: there is page cache, so
 * reclaim is not hopeless, but it is dirty, and the request may not write it. */
static double rounds(gfp_t more)
{
	unsigned long before;
	struct page *page;

	pagecache_drop(~0UL);
	mm_drain_everything();
	for (int i = 0; i < 500 && kswapd_is_awake(); i++)
		sleep_us(1000);
	pagecache_fill(4096, QUIETLY, true);
	hold(QUIETLY, MAX_HELD);
	before = vm_event("allocstall");
	page = alloc_page(__GFP_DIRECT_RECLAIM | __GFP_NOWARN | more);
	before = vm_event("allocstall") - before;
	if (page)
		__free_page(page);
	let_go();
	pagecache_drop(~0UL);
	return page || !before ? NAN : (double)before;
}

double claim_noretry_rounds(void)
{
	return rounds(__GFP_NORETRY);
}

double claim_repeat_rounds(void)
{
	return rounds(__GFP_REPEAT) / rounds(__GFP_NORETRY);
}

/* Of a hundred with page cache to reclaim. */
double claim_nofail_nulls(void)
{
	gfp_t gfp = claims_without ? QUIETLY : GFP_KERNEL | __GFP_NOFAIL;
	double nulls = 0;

	pagecache_fill(1024, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, false);
	hold(QUIETLY, MAX_HELD - 100);
	for (int i = 0; i < 100; i++) {
		struct page *page = alloc_page(gfp);

		nulls += !page;
		if (page)
			held[nr_held++] = page;
	}
	let_go();
	pagecache_drop(~0UL);
	return nulls;
}
