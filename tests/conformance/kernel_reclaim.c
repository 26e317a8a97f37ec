/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Statements 13 to 30: watermarks and the slow path.
 *
 * Where a statement names an exact number of pages the body runs on a thread that is no
 * CPU, because a per-CPU list takes pages by the batch.  NORMAL has 12288 pages here, DMA
 * 4096; min_free_kbytes 5464 makes min 1024 and 341; the boost is off.
 */
#include "hold.h"

#include <unistd.h>

#include "base/clock.h"
#include "kernel/slowpath.h"

#define MIN_KB 5464 /* NORMAL min = 1024 */

static void no_boost(struct kernel_config *c)
{
	c->watermark_boost_factor = -1;
}

/* ------------------------------------------------------------------ waking kswapd */

static void s13(void)
{
	struct zone_info normal = zone_of("Normal");

	while (zone_of("Normal").free > normal.low && hold_some(GFP_KERNEL, 1))
		;
	EXPECT_EQ(vm_event("kswapd_wake"), 0);
	EXPECT(zone_of("Normal").free <= normal.low);
	let_go();
}

static void cross_low(gfp_t gfp)
{
	struct zone_info normal = zone_of("Normal"), dma = zone_of("DMA");

	while (!vm_event("kswapd_wake") && hold_some(gfp, 1))
		;
	EXPECT_EQ(vm_event("kswapd_wake"), 1);
	EXPECT(zone_of("Normal").free <= normal.low);
	EXPECT(zone_of("DMA").free <= dma.low + dma.protection[ZONE_NORMAL]);
	let_go();
}

static void s14_kernel(void)
{
	cross_low(GFP_KERNEL);
}

static void s14_nowait(void)
{
	cross_low(GFP_NOWAIT);
}

static void s14_atomic(void)
{
	cross_low(GFP_ATOMIC);
}

static void s15(void)
{
	hold_all(GFP_KERNEL & ~__GFP_RECLAIM);
	hold_all(GFP_DMA);
	EXPECT_EQ(vm_event("kswapd_wake"), 0);
	EXPECT(zone_of("Normal").free < zone_of("Normal").low);
	let_go();
}

/* ------------------------------------------------------------------ floors */

struct floor_case {
	gfp_t gfp;
	unsigned int task_flags;
	unsigned long numerator, denominator; /* of min */
};

/* What a class leaves in both zones when it fails for the first time. */
static void exact_floor(void *arg)
{
	const struct floor_case *c = arg;
	struct zone_info normal = zone_of("Normal"), dma = zone_of("DMA"), now;
	unsigned long floor = normal.min * c->numerator / c->denominator;

	gb_self.task_flags |= c->task_flags;
	hold_all(c->gfp);
	gb_self.task_flags &= ~c->task_flags;
	now = zone_of("Normal");
	EXPECT_EQ(now.free, floor);
	now = zone_of("DMA");
	if (c->numerator)
		EXPECT_IN(now.free,
			  dma.min * c->numerator / c->denominator +
				  dma.protection[ZONE_NORMAL],
			  dma.min * c->numerator / c->denominator +
				  dma.protection[ZONE_NORMAL] + 2); /* rounding */
	else
		EXPECT_EQ(now.free, 0);
	let_go();
}

static void floor_of(gfp_t gfp, unsigned int task_flags, unsigned long numerator,
		     unsigned long denominator)
{
	struct floor_case c = { gfp, task_flags, numerator, denominator };

	EXPECT_EQ(zone_of("Normal").min, 1024);
	without_lists(exact_floor, &c);
}

static void s16(void)
{
	if (statement_profile() == 304)
		floor_of(GFP_NOWAIT, 0, 3, 4);
	else
		floor_of(GFP_NOWAIT, 0, 1, 1);
	floor_of(GFP_GREEDY, 0, 1, 1);
}

/* On a CPU, batches blur the floor by what a refill may take. */
static void s16_lists(void)
{
	struct zone_info normal = zone_of("Normal");
	unsigned long most = normal.pcp_batch << 5;

	hold_all(GFP_NOWAIT);
	EXPECT_IN(zone_of("Normal").free + zone_of("Normal").pcp, normal.min - most,
		  normal.min + most);
	EXPECT_IN(zone_of("Normal").free, normal.min - most, normal.min);
	let_go();
}

static void s17(void)
{
	floor_of(GFP_ATOMIC, 0, 3, 8);
	EXPECT_EQ(zone_of("Normal").min * 3 / 8, 384);
}

static void s18_body(void *unused)
{
	unsigned long min = zone_of("Normal").min;

	(void)unused;
	while (!vm_event("allocstall") && hold_some(GFP_GREEDY | __GFP_HIGH, 1))
		;
	EXPECT_EQ(zone_of("Normal").free, min / 2);
	let_go();
}

static void s18(void)
{
	without_lists(s18_body, NULL);
}

static void s19(void)
{
	floor_of(GFP_ATOMIC | __GFP_NOMEMALLOC, 0, 1, 2);
}

static void s20(void)
{
	floor_of(GFP_ATOMIC, PF_MEMALLOC, 0, 1);
	floor_of(GFP_ATOMIC | __GFP_MEMALLOC, 0, 0, 1);
	floor_of(GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOMEMALLOC, 0, 1, 2);
	floor_of(GFP_GREEDY | __GFP_NOMEMALLOC, PF_MEMALLOC, 1, 1);
}

static int kills;

static unsigned long one_page(void *arg)
{
	(void)arg;
	return 1;
}

static void count_kill(void *arg)
{
	(void)arg;
	kills++;
}

static void s21_body(void *unused)
{
	struct gfp_task *task = task_register("victim", 0, one_page, count_kill, NULL);
	unsigned long min = zone_of("Normal").min;

	(void)unused;
	task_enter(task);
	hold_all(GFP_KERNEL);
	EXPECT_EQ(kills, 1);
	EXPECT(task_is_oom_victim(task));
	EXPECT_EQ(zone_of("Normal").free, statement_profile() == 304 ? 0 : min / 2);
	task_exit(task);
	let_go();
}

static void s21(void)
{
	without_lists(s21_body, NULL);
}

/* ------------------------------------------------------------------ who may do what */

static int scans_by_caller;
static gfp_t scan_gfp;
static unsigned long objects;

static unsigned long count_objects(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	(void)sc;
	return objects;
}

static unsigned long scan_objects(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	if (!(gb_self.task_flags & PF_KSWAPD)) {
		scans_by_caller++;
		scan_gfp = sc->gfp_mask;
	}
	return 0;
}

static struct shrinker spy = { .count_objects = count_objects,
			       .scan_objects = scan_objects,
			       .seeks = DEFAULT_SEEKS };

static void s22(void)
{
	struct gfp_task *task = task_register("task", 0, one_page, count_kill, NULL);

	objects = 1000;
	register_shrinker(&spy, "spy");
	hold_all(GFP_NOWAIT);
	hold_all(GFP_ATOMIC);
	EXPECT_EQ(scans_by_caller, 0);
	EXPECT_EQ(vm_event("allocstall"), 0);
	EXPECT_EQ(vm_event("oom_kill"), 0);
	let_go();
	unregister_shrinker(&spy);
	task_exit(task);
}

static void s23(void)
{
	unsigned long filled = pagecache_fill(MAX_HELD, GFP_NOWAIT, false);
	struct page *blocks[64];

	EXPECT(filled > 8000);
	EXPECT_EQ(hold_some(GFP_KERNEL, 4000), 4000);
	EXPECT(vm_event("allocstall") + vm_event("pageoutrun") > 0);
	for (int i = 0; i < 64; i++) {
		blocks[i] = alloc_pages(GFP_KERNEL, 3);
		EXPECT(blocks[i] != NULL);
	}
	EXPECT_EQ(vm_event("oom_kill"), 0);
	for (int i = 0; i < 64; i++)
		__free_pages(blocks[i], 3);
	let_go();
	pagecache_drop(filled);
}

static void s24(void)
{
	unsigned long stalls;
	struct gfp_task *task = task_register("task", 0, one_page, count_kill, NULL);

	hold_all(GFP_GREEDY);
	stalls = vm_event("allocstall");
	EXPECT(alloc_page(GFP_GREEDY | __GFP_NOWARN) == NULL);
	EXPECT_EQ(vm_event("allocstall") - stalls, 1);
	EXPECT_EQ(vm_event("oom_kill"), 0);
	let_go();
	task_exit(task);
}

static int parked, unpark;

/* Keeps kswapd out of the way until told otherwise. */
static unsigned long park_kswapd(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	(void)sc;
	if (!(gb_self.task_flags & PF_KSWAPD))
		return SHRINK_STOP;
	gb_store_release(&parked, 1);
	while (!gb_load_acquire(&unpark))
		usleep(1000);
	return SHRINK_STOP;
}

static struct shrinker parking = { .count_objects = count_objects,
				   .scan_objects = park_kswapd,
				   .seeks = 0 };

/* Dirty pages that this mask may not write keep the estimate hopeful. */
static void s25(void)
{
	gfp_t gfp = GFP_NOIO | __GFP_RETRY_MAYFAIL;
	struct gfp_task *task = task_register("task", 0, one_page, count_kill, NULL);
	unsigned long stalls, before;

	objects = 1000;
	register_shrinker(&parking, "parking");
	hold_all(GFP_NOWAIT);
	while (!gb_load_acquire(&parked))
		usleep(1000);
	let_go();
	EXPECT_EQ(pagecache_fill(4096, GFP_NOWAIT, true), 4096);
	hold_all(GFP_NOWAIT);
	before = kernel_reports("page-allocation-failure");
	stalls = vm_event("allocstall");
	EXPECT(alloc_page(gfp) == NULL);
	EXPECT_EQ(vm_event("allocstall") - stalls, 17);
	EXPECT_EQ(vm_event("oom_kill"), 0);
	EXPECT_EQ(kernel_reports("page-allocation-failure") - before, 1);
	gb_store_release(&unpark, 1);
	unregister_shrinker(&parking);
	let_go();
	task_exit(task);
}

static void s26(void)
{
	struct gfp_task *task = task_register("task", 0, one_page, count_kill, NULL);

	hold_all(GFP_GREEDY);
	EXPECT(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4) == NULL);
	EXPECT(alloc_pages(GFP_KERNEL | __GFP_NOWARN, MAX_PAGE_ORDER) == NULL);
	EXPECT_EQ(vm_event("oom_kill"), 0);
	let_go();
	task_exit(task);
}

/* ------------------------------------------------------------------ waiting for others */

static int helper_may_free, helper_freed;

static void free_later(void *arg)
{
	(void)arg;
	while (!gb_load_acquire(&helper_may_free))
		usleep(1000);
	usleep(60000);
	gb_store_release(&helper_freed, 1);
	let_go_some(2000);
}

/* A request that cannot succeed until somebody else frees; returns the page. */
static void wait_for_others(gfp_t gfp)
{
	struct gfp_task *task = task_register("task", 0, one_page, count_kill, NULL);
	struct statement_thread *t;
	struct page *page;

	hold_all(GFP_GREEDY);
	hold_all(GFP_ATOMIC | __GFP_HIGH);
	t = statement_start(-1, free_later, NULL);
	gb_store_release(&helper_may_free, 1);
	page = alloc_page(gfp);
	EXPECT(page != NULL);
	EXPECT(gb_load_acquire(&helper_freed));
	statement_join(t);
	EXPECT_EQ(vm_event("oom_kill"), 0);
	if (page)
		__free_page(page);
	let_go();
	task_exit(task);
}

static void s27(void)
{
	wait_for_others(GFP_NOFS | __GFP_NOFAIL);
}

static void s28(void)
{
	struct page *page;

	while (zone_of("Normal").free > zone_of("Normal").low && hold_some(GFP_KERNEL, 1))
		;
	while (!vm_event("kswapd_wake") && hold_some(GFP_KERNEL, 1))
		;
	page = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 2);
	EXPECT(page != NULL);
	__free_pages(page, 2);
	page = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 2);
	__free_pages(page, 2);
	EXPECT_EQ(kernel_reports("nofail-order"), 1);
	let_go();
}

static void s29(void)
{
	wait_for_others(GFP_NOFS);
}

static void s30(void)
{
	struct gfp_task *task = task_register("task", 0, one_page, count_kill, NULL);

	hold_all(GFP_KERNEL | GFP_DMA | __GFP_NORETRY);
	EXPECT(alloc_page(GFP_KERNEL | GFP_DMA | __GFP_NOWARN) == NULL);
	EXPECT_EQ(vm_event("oom_kill"), 0);
	EXPECT(zone_of("Normal").free > 8000);
	let_go();
	task_exit(task);
}

#define EXACT .min_free_kbytes = MIN_KB, .configure = no_boost

static const struct statement table[] = {
	{ 13, "above low nothing wakes kswapd", P_EACH, IRQ_EMPTY, s13, EXACT },
	{ 14, "GFP_KERNEL below low wakes kswapd", P_EACH, IRQ_EMPTY, s14_kernel, EXACT },
	{ 14, "GFP_NOWAIT below low wakes kswapd", P_EACH, IRQ_EMPTY, s14_nowait, EXACT },
	{ 14, "GFP_ATOMIC below low wakes kswapd", P_EACH, IRQ_EMPTY, s14_atomic, EXACT },
	{ 15, "a mask without KSWAPD_RECLAIM never wakes it", P_6X, IRQ_EMPTY, s15,
	  EXACT },
	{ 16, "GFP_NOWAIT leaves exactly min + reserve", P_EACH, IRQ_EMPTY, s16, EXACT },
	{ 16, "on a CPU a refill blurs that by a batch", P_6X, IRQ_EMPTY, s16_lists,
	  EXACT },
	{ 17, "GFP_ATOMIC fails only at 3/8 of min", P_EACH, IRQ_EMPTY, s17, EXACT },
	{ 18, "__GFP_HIGH stops at min/2 before it reclaims", P_EACH, IRQ_EMPTY, s18,
	  EXACT },
	{ 19, "ATOMIC|NOMEMALLOC stops at min/2", P_EACH, IRQ_EMPTY, s19, EXACT },
	{ 20, "MEMALLOC takes the last page, NOMEMALLOC cancels", P_EACH, IRQ_EMPTY, s20,
	  EXACT },
	{ 21, "an OOM victim goes to min/2 (3.4: to 0)", P_EACH, IRQ_EMPTY, s21, EXACT },
	{ 22, "ATOMIC and NOWAIT never shrink, block or kill", P_EACH, IRQ_ALLOCATES,
	  s22 },
	{ 23, "GFP_KERNEL to order 3 succeeds while reclaim progresses", P_EACH,
	  IRQ_ALLOCATES, s23 },
	{ 24, "NORETRY: one reclaim, then NULL, no kill", P_EACH, IRQ_EMPTY, s24 },
	{ 25, "RETRY_MAYFAIL gives up after the 17th fruitless round", P_6X, IRQ_EMPTY,
	  s25, .configure = no_boost },
	{ 26, "order 4 and up: NULL without a kill", P_EACH, IRQ_EMPTY, s26 },
	{ 27, "NOFAIL waits until another thread frees", P_EACH, IRQ_EMPTY, s27 },
	{ 28, "NOFAIL of order 2 warns once", P_EACH, IRQ_EMPTY, s28 },
	{ 29, "GFP_NOFS: no kill, no NULL, waits for others", P_EACH, IRQ_EMPTY, s29 },
	{ 30, "GFP_KERNEL|GFP_DMA without DMA: NULL, no kill", P_EACH, IRQ_EMPTY, s30 },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
