/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Direct reclaim: the caller makes room itself, aiming at 32 pages, priority 12 (1/4096
 * of every list) down to 0 (all of it).  What counts as progress: LRU pages freed, and
 * frames that the slab layer and the shrinkers gave back meanwhile.
 *
 * PF_MEMALLOC marks the reclaiming task: its own allocations may take the reserves and
 * never reclaim again (R8).  Throttling is a real sleep: when half of the reserve is gone
 * callers wait for kswapd, at most a second without __GFP_FS, else until it gets somewhere
 * or is known hopeless.  kernel: mm/vmscan.c; kernel-model R9, 6.2.
 */
#include "kernel/reclaim.h"
#include "kernel/lru.h"
#include "kernel/zones.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"

#define THROTTLE_US      10000 /* one wait before the condition is looked at again */
#define THROTTLE_NOFS_US 1000000
#define NOPROGRESS_US    20000

static __thread unsigned long freed_elsewhere __attribute__((tls_model("initial-exec")));

void reclaim_account(unsigned long pages)
{
	freed_elsewhere += pages;
}

void sleep_us(unsigned int us)
{
	uint64_t end = gb_monotonic_ns() + us * UINT64_C(1000);
	struct timespec t = { (time_t)(end / 1000000000u), (long)(end % 1000000000u) };

	gb_self.sleeps++;
	/* absolute: time spent in interrupts counts as slept */
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* ------------------------------------------------------------------ one pass */

static unsigned long reclaim_layers(gfp_t gfp)
{
	unsigned long freed = 0;

	for (int i = 0; mm_layers[i]; i++)
		if (mm_layers[i]->reclaim)
			freed += mm_layers[i]->reclaim(gfp);
	return freed;
}

/* @gfp: what the reclaiming request allows.  PF_MEMALLOC is set. */
void reclaim_pass(gfp_t gfp, int highest, int priority, unsigned long target,
		  struct reclaim_stat *stat)
{
	struct zone *z;

	for_each_zone_down(z, highest)
	{
		if (stat->reclaimed < target)
			lru_shrink_zone(z, gfp, priority, target - stat->reclaimed, stat);
	}
	freed_elsewhere = 0;
	shrink_slab(gfp, priority);
	/* dear: it interrupts every CPU; at the start, and before giving up */
	if (priority == DEF_PRIORITY || priority == 0)
		reclaim_layers(gfp);
	stat->reclaimed += freed_elsewhere;
	freed_elsewhere = 0;
}

/* ------------------------------------------------------------------ throttling */

/* Half of the sum of the min marks of the zones that kernel memory lives in: below that
 * only those who free memory should run. */
static int reserve_ok(void)
{
	unsigned long reserve = 0, free = 0;

	for (int i = 0; i <= ZONE_NORMAL; i++) {
		struct zone *z = &mm.zones[i];

		if (!z->managed || !zone_reclaimable_pages(z))
			continue;
		reserve += zone_wmark(z, WMARK_MIN);
		free += zone_free_pages(z);
	}
	return !reserve || free > reserve / 2;
}

static void throttle(const struct alloc_context *ac)
{
	unsigned int waited = 0;

	while (!reserve_ok() && !kswapd_hopeless()) {
		if (!waited)
			count_vm_event(THROTTLE);
		wakeup_kswapd(ac->highest, 0, ac->gfp | __GFP_KSWAPD_RECLAIM);
		sleep_us(THROTTLE_US);
		waited += THROTTLE_US;
		if (!(ac->gfp & __GFP_FS) && waited >= THROTTLE_NOFS_US)
			return;
	}
}

/* Nothing came off the lists and most of them is dirty: wait for the writers. */
static void throttle_no_progress(int highest)
{
	unsigned long reclaimable = 0, dirty = 0;
	struct zone *z;

	if (kswapd_hopeless())
		return;
	for_each_zone_down(z, highest)
	{
		reclaimable += zone_reclaimable_pages(z);
		dirty += gb_load_relaxed(&z->nr_dirty);
	}
	if (2 * dirty <= reclaimable)
		return;
	count_vm_event(THROTTLE);
	sleep_us(NOPROGRESS_US);
}

/* ------------------------------------------------------------------ direct reclaim */

static void reclaim_priorities(const struct alloc_context *ac, struct reclaim_stat *stat)
{
	for (int priority = DEF_PRIORITY; priority >= 0; priority--) {
		reclaim_pass(ac->gfp, ac->highest, priority, SWAP_CLUSTER_MAX, stat);
		if (stat->reclaimed >= SWAP_CLUSTER_MAX)
			return;
		if (priority == 1 && !stat->reclaimed)
			throttle_no_progress(ac->highest);
	}
}

/* Returns the number of frames freed.  Process context; may sleep. */
unsigned long direct_reclaim(const struct alloc_context *ac)
{
	struct reclaim_stat stat = { 0, 0 };

	throttle(ac);
	count_vm_event(ALLOCSTALL);
	gb_self.task_flags |= PF_MEMALLOC;
	for (int i = 0; mm_layers[i]; i++)
		if (mm_layers[i]->drain_cpu && gb_is_cpu())
			mm_layers[i]->drain_cpu();
	reclaim_priorities(ac, &stat);
	gb_self.task_flags &= ~PF_MEMALLOC;
	count_vm_events(PGSCAN_DIRECT, stat.scanned);
	count_vm_events(PGSTEAL_DIRECT, stat.reclaimed);
	if (stat.reclaimed)
		kswapd_note_progress();
	return stat.reclaimed;
}
