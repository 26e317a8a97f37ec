/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Statements 31 to 34 and 41: the OOM killer, allocation inside reclaim, reports, drains.
 */
#include "hold.h"

#include <unistd.h>

#include "base/clock.h"

#include "kernel/slowpath.h"

static void no_boost(struct kernel_config *c)
{
	c->watermark_boost_factor = -1;
}

static int depth, deepest;
static unsigned long objects;

static unsigned long count_objects(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	(void)sc;
	return objects;
}

/* ------------------------------------------------------------------ OOM */

static struct gfp_task *victims[3];
static int pending, pending_max, nobody_to_reap;
static uint64_t gone_ns; /* the victim */

static unsigned long rank_rss(void *arg)
{
	return (unsigned long)(uintptr_t)arg;
}

static void killed(void *arg)
{
	int now = gb_add_acq_rel(&pending, 1);

	(void)arg;
	if (now > gb_load_relaxed(&pending_max))
		gb_store_relaxed(&pending_max, now);
}

/* The victim takes its time, then gives its memory back. */
static void reaper(void *arg)
{
	(void)arg;
	while (!gb_load_acquire(&pending)) {
		if (gb_load_acquire(&nobody_to_reap))
			return;
		usleep(500);
	}
	usleep(30000);
	EXPECT(task_is_oom_victim(victims[2])); /* the largest */
	let_go_some(3000);
	gb_sub_acq_rel(&pending, 1);
	task_exit(victims[2]);
	gone_ns = gb_monotonic_ns();
}

#define OOM_PAGES 1024

static struct requester {
	struct page *page[OOM_PAGES];
	unsigned int n;
	int failed;
} requesters[2];

/* Interrupts give pages back now and then, so that a single request may find one without
 * any kill: ask until somebody had to die. */
static void allocate_until_kill(void *arg)
{
	struct requester *r = arg;

	while (r->n < OOM_PAGES && !r->failed) {
		r->page[r->n] = alloc_page(GFP_KERNEL);
		r->failed = !r->page[r->n];
		r->n += !r->failed;
		if (vm_event("oom_kill"))
			break;
	}
}

static void give_back(struct requester *r)
{
	while (r->n)
		__free_page(r->page[--r->n]);
}

static void s31(void)
{
	uint64_t begin = gb_monotonic_ns();
	struct statement_thread *t[2];

	for (uintptr_t i = 0; i < 3; i++)
		victims[i] = task_register("task", 0, rank_rss, killed, (void *)(i + 1));
	hold_all(GFP_GREEDY);
	t[0] = statement_start(-1, reaper, NULL);
	t[1] = statement_start(1, allocate_until_kill, &requesters[1]);
	allocate_until_kill(&requesters[0]);
	statement_join(t[1]);
	gb_store_release(&nobody_to_reap, !vm_event("oom_kill"));
	statement_join(t[0]);
	EXPECT(vm_event("oom_kill") > 0);
	if (gone_ns - begin < OOM_REAP_NS) { /* else the system did not run it in time */
		EXPECT_EQ(requesters[0].failed + requesters[1].failed, 0);
		EXPECT_EQ(vm_event("oom_kill"), 1);
		EXPECT_EQ(pending_max, 1);
	}
	for (int i = 0; i < 2; i++)
		give_back(&requesters[i]);
	let_go();
	task_exit(victims[0]);
	task_exit(victims[1]);
}

/*
 * Another CPU frees between the last fruitless look and the decision to kill: the linker
 * puts this in place of oom_trylock(), which comes right between (-Wl,--wrap).
 */
int __real_oom_trylock(void);
int __wrap_oom_trylock(void);

static unsigned long freed_meanwhile;

int __wrap_oom_trylock(void)
{
	let_go_some(gb_xchg_relaxed(&freed_meanwhile, 0));
	return __real_oom_trylock();
}

static void killed_frees(void *arg)
{
	(void)arg;
	let_go_some(100);
}

static struct gfp_task *only_task;

/* Kills of one request for which @extra pages more than the high mark lack come free. */
static unsigned long kills_with(long extra)
{
	unsigned long kills = vm_event("oom_kill");
	struct zone_info z;
	struct page *page;

	hold_all(GFP_GREEDY);
	z = zone_of("DMA");
	freed_meanwhile = z.high - z.free + (unsigned long)extra;
	page = alloc_page(GFP_KERNEL);
	EXPECT(page != NULL);
	EXPECT_EQ(freed_meanwhile, 0); /* it did come so far */
	if (page)
		__free_page(page);
	return vm_event("oom_kill") - kills;
}

/* On a thread without per-CPU lists: what is freed is free.  At 16 MiB all is one zone. */
static void s32_body(void *arg)
{
	(void)arg;
	only_task = task_register("task", 0, rank_rss, killed_frees, NULL);
	EXPECT_EQ(kills_with(64), 0); /* above high: nobody dies */
	EXPECT_EQ(kills_with(-8), 1); /* far above min, not above high */
	let_go();
	task_exit(only_task);
}

static void s32(void)
{
	without_lists(s32_body, NULL);
}

/* ------------------------------------------------------------------ inside reclaim */

static struct page *got_inside;

static unsigned long scan_and_allocate(struct shrinker *s, struct shrink_control *sc)
{
	struct page *page;

	(void)s;
	(void)sc;
	if (gb_self.task_flags & PF_KSWAPD)
		return SHRINK_STOP;
	if (++depth > deepest)
		deepest = depth;
	page = alloc_page(GFP_KERNEL);
	if (page) {
		got_inside = page;
		__free_page(page);
	}
	depth--;
	return SHRINK_STOP;
}

static struct shrinker allocating = { .count_objects = count_objects,
				      .scan_objects = scan_and_allocate,
				      .seeks = 0 };

static void s33(void)
{
	objects = 1000;
	register_shrinker(&allocating, "allocating");
	hold_all(GFP_GREEDY);
	EXPECT_EQ(deepest, 1);
	EXPECT(got_inside != NULL); /* PF_MEMALLOC opens the reserve */
	let_go();
	unregister_shrinker(&allocating);
}

static void s34(void)
{
	unsigned long n;

	hold_all(GFP_NOWAIT);
	for (int i = 0; i < 5; i++)
		EXPECT(alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN) == NULL);
	EXPECT_EQ(kernel_reports("page-allocation-failure"), 0);
	for (int i = 0; i < 5; i++)
		EXPECT(alloc_page(GFP_KERNEL | __GFP_NORETRY) == NULL);
	n = kernel_reports("page-allocation-failure");
	EXPECT_EQ(n, statement_profile() == 304 ? 5 : 1);
	let_go();
}

static struct page *spare[256]; /* single frames with busy neighbours */
static int nr_spare;

static unsigned long scan_frees_one(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	(void)sc;
	if (!(gb_self.task_flags & PF_KSWAPD) && nr_spare)
		__free_page(spare[--nr_spare]);
	return SHRINK_STOP;
}

static struct shrinker frees_one = { .count_objects = count_objects,
				     .scan_objects = scan_frees_one,
				     .seeks = 0 };

static int other_ready, other_done;

/* CPU 1 keeps a few free pages on its list. */
static void keep_list(void *arg)
{
	struct page *page[8];

	(void)arg;
	for (int i = 0; i < 8; i++)
		page[i] = alloc_page(GFP_ATOMIC);
	for (int i = 0; i < 8; i++)
		__free_page(page[i]);
	gb_store_release(&other_ready, 1);
	while (!gb_load_acquire(&other_done))
		usleep(1000);
}

/* Free memory in plenty, but no two free frames side by side. */
static void s41_fragment(void *arg)
{
	unsigned long kept = 0, freed = 0;

	(void)arg;
	hold_all(GFP_ATOMIC | __GFP_MEMALLOC);
	for (unsigned long i = 0; i < nr_held; i++) {
		int odd = page_to_pfn(held[i]) & 1;

		if (odd && nr_spare < 256)
			spare[nr_spare++] = held[i];
		else if (odd && freed++ < 4000)
			__free_page(held[i]);
		else
			held[kept++] = held[i];
	}
	nr_held = kept;
}

static unsigned long on_lists(void)
{
	return pcp_total(&mm.zones[ZONE_NORMAL]) + pcp_total(&mm.zones[ZONE_DMA]);
}

static void s41(void)
{
	struct statement_thread *t;
	unsigned long drains;

	without_lists(s41_fragment, NULL);
	t = statement_start(1, keep_list, NULL);
	while (!gb_load_acquire(&other_ready))
		usleep(500);
	EXPECT(on_lists() >= 8);
	objects = 1000;
	register_shrinker(&frees_one, "frees-one");
	drains = vm_event("drain_all_pages");
	EXPECT(alloc_pages(GFP_GREEDY | __GFP_NOWARN, 3) == NULL);
	EXPECT_EQ(vm_event("drain_all_pages") - drains, 1);
	EXPECT_EQ(on_lists(), 0);
	unregister_shrinker(&frees_one);
	gb_store_release(&other_done, 1);
	statement_join(t);
	while (nr_spare)
		__free_page(spare[--nr_spare]);
	let_go();
}

static const struct statement table[] = {
	{ 31, "one OOM kill at a time, the losers wait", P_EACH, IRQ_ALLOCATES, s31 },
	{ 32, "before a kill the free lists are looked at once more, at the high mark",
	  P_EACH, IRQ_EMPTY, s32, .ram_mib = 16, .configure = no_boost },
	{ 33, "direct reclaim never recurses", P_EACH, IRQ_ALLOCATES, s33 },
	{ 34, "failure reports: unless NOWARN, rate limited", P_EACH, IRQ_EMPTY, s34 },
	{ 41, "a fruitless look after reclaim drains every list", P_6X, IRQ_EMPTY, s41,
	  .configure = no_boost },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
