/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The slow path: what a request may do after the first attempt failed.
 *
 *   wake kswapd, try at min with the class's discount (R3, R4)
 *   reserve holders: without watermark (R6)
 *   cannot sleep, or is reclaiming already: fail (R7, R8)
 *   direct reclaim, drain, unreserve, try again (R9, R10)
 *   NORETRY, costly: fail (R12, R13)
 *   retry while reclaim may still help (R14)
 *   OOM, at most one kill at a time (R16 to R18); NOFAIL begins again for ever (R19)
 *
 * There is no compaction: nothing here can move a block that someone holds (R5, R11 and R15
 * have no counterpart; FIDELITY says so).  kernel: mm/page_alloc.c,
 * __alloc_pages_slowpath; the rule numbers are those of kernel-model 2.6.
 */
#include "kernel/slowpath.h"

#include <sched.h>

/* ------------------------------------------------------------------ reserves */

static unsigned int gfp_to_alloc_flags(const struct alloc_context *ac)
{
	gfp_t gfp = ac->gfp;
	unsigned int flags = ALLOC_WMARK_MIN | ALLOC_CPUSET;

	if (gfp & __GFP_HIGH)
		flags |= ALLOC_MIN_RESERVE;
	if ((gfp & __GFP_KSWAPD_RECLAIM) || mm.profile->kswapd_always)
		flags |= ALLOC_KSWAPD;
	if (gfp & __GFP_DIRECT_RECLAIM)
		return flags;
	if (!(gfp & __GFP_NOMEMALLOC)) {
		flags |= ALLOC_NON_BLOCK;
		if (ac->order && (flags & ALLOC_MIN_RESERVE) && mm.profile->highatomic)
			flags |= ALLOC_HIGHATOMIC;
	}
	if (flags & ALLOC_MIN_RESERVE)
		flags &= ~ALLOC_CPUSET;
	return flags;
}

/* kernel: __gfp_pfmemalloc_flags */
static unsigned int reserve_flags(gfp_t gfp)
{
	if (gfp & __GFP_NOMEMALLOC)
		return 0;
	if (gfp & __GFP_MEMALLOC)
		return ALLOC_NO_WATERMARKS;
	if ((gb_self.task_flags & PF_MEMALLOC) && !in_hardirq())
		return ALLOC_NO_WATERMARKS;
	if (!in_interrupt() && current_is_oom_victim())
		return mm.profile->memdie_unlimited ? ALLOC_NO_WATERMARKS : ALLOC_OOM;
	return 0;
}

/* ------------------------------------------------------------------ one round */

/* Memory in the caches of the layers above that needs no sleep: of this CPU, and when that
 * is not enough, of the others. */
static struct page *last_chance(const struct alloc_context *ac, unsigned int alloc_flags)
{
	struct page *page = NULL;

	for (int others = 0; !page && others <= 1; others++) {
		unsigned long freed = 0;

		for (int i = 0; mm_layers[i]; i++)
			if (mm_layers[i]->reclaim_atomic)
				freed += mm_layers[i]->reclaim_atomic(ac->gfp, others);
		if (freed || others) /* what they freed may be hidden by what others took */
			page = get_page_from_freelist(ac, alloc_flags);
	}
	return page;
}

/* R9, R10.  @progress: frames freed. */
static struct page *reclaim_and_try(const struct alloc_context *ac,
				    unsigned int alloc_flags, unsigned long *progress)
{
	struct page *page;

	*progress = direct_reclaim(ac);
	if (!*progress)
		return NULL;
	page = get_page_from_freelist(ac, alloc_flags);
	if (!page) {
		unreserve_highatomic(ac->highest, 0);
		pcp_drain_all();
		page = get_page_from_freelist(ac, alloc_flags);
	}
	return page;
}

/* Would some zone meet the min mark if all that is on its LRU were freed?  Slab and
 * shrinker memory is not in the estimate (trap 6). */
static int reclaim_may_help(const struct alloc_context *ac, unsigned int alloc_flags)
{
	struct zone *z;

	for_each_zone_down(z, ac->highest)
	{
		unsigned long available = zone_reclaimable_pages(z) + zone_free_pages(z);

		if (zone_watermark_ok(z, ac->order, zone_wmark(z, WMARK_MIN), ac->highest,
				      alloc_flags, available))
			return 1;
	}
	return 0;
}

/* R14 */
static int should_retry(const struct alloc_context *ac, unsigned int alloc_flags,
			unsigned long progress, int *no_progress_loops)
{
	if (mm.profile->version == 304 && ac->order <= COSTLY_ORDER && progress)
		return 1;
	if (progress && ac->order <= COSTLY_ORDER)
		*no_progress_loops = 0;
	else
		++*no_progress_loops;
	if (*no_progress_loops <= MAX_RECLAIM_RETRIES &&
	    reclaim_may_help(ac, alloc_flags)) {
		sched_yield(); /* cond_resched() */
		return 1;
	}
	return unreserve_highatomic(ac->highest, 1);
}

/* R13: no compaction, so costly requests end here. */
static int gives_up_early(const struct alloc_context *ac)
{
	return (ac->gfp & __GFP_NORETRY) || ac->order > COSTLY_ORDER;
}

/* R16: what the OOM killer refuses, before it is asked. */
static int oom_refused(const struct alloc_context *ac)
{
	return ac->order > COSTLY_ORDER || (ac->gfp & __GFP_RETRY_MAYFAIL) ||
	       (ac->gfp & __GFP_THISNODE) ||
	       (ac->highest < ZONE_NORMAL && mm.zones[ZONE_NORMAL].managed);
}

/* @progress: 1 when the caller should begin again. */
static struct page *may_oom(const struct alloc_context *ac, unsigned long *progress)
{
	struct page *page = NULL;

	*progress = 0;
	if (!oom_trylock()) {
		*progress = 1;
		sleep_us(OOM_TICK_US);
		return NULL;
	}
	/* Someone may have freed a lot meanwhile: only then is the kill not needed. */
	page = get_page_from_freelist(
		&(struct alloc_context){ .gfp = ac->gfp & ~__GFP_DIRECT_RECLAIM,
					 .order = ac->order,
					 .highest = ac->highest,
					 .mt = ac->mt },
		ALLOC_WMARK_HIGH | ALLOC_CPUSET);
	if (!page && !oom_refused(ac))
		*progress = (unsigned long)out_of_memory(ac);
	oom_unlock();
	if (!page && *progress) /* a victim is on its way out, or someone must free */
		sleep_us(OOM_WAIT_US);
	return page;
}

/* ------------------------------------------------------------------ the whole */

static void warn_nofail(const struct alloc_context *ac)
{
	static int warned_order, warned_block;

	if (ac->order > 1)
		kernel_warn_once(&warned_order, "nofail-order",
				 "WARNING: __GFP_NOFAIL with order %u", ac->order);
	if (!(ac->gfp & __GFP_DIRECT_RECLAIM))
		kernel_warn_once(&warned_block, "nofail-atomic",
				 "WARNING: __GFP_NOFAIL without __GFP_DIRECT_RECLAIM");
}

struct attempt {
	unsigned int alloc_flags;
	int no_progress_loops;
	uint64_t stuck_since_ns; /* 0: not yet */
};

/* Rounds of reclaim, retry and OOM until there is a page or nothing is left to try. */
static struct page *sleepable_rounds(const struct alloc_context *ac, struct attempt *a)
{
	for (;;) {
		unsigned long progress = 0;
		struct page *page;

		if (a->alloc_flags & ALLOC_KSWAPD)
			wakeup_kswapd(ac->highest, ac->order, ac->gfp);
		page = reclaim_and_try(ac, a->alloc_flags, &progress);
		if (page || gives_up_early(ac))
			return page;
		if (!should_retry(ac, a->alloc_flags, progress, &a->no_progress_loops)) {
			page = may_oom(ac, &progress);
			if (page || !progress)
				return page;
			if (current_is_oom_victim() &&
			    ((a->alloc_flags & (ALLOC_OOM | ALLOC_NO_WATERMARKS)) ||
			     (ac->gfp & __GFP_NOMEMALLOC)))
				return NULL;
			a->no_progress_loops = 0;
			/* the wait may have been what somebody needed to free some */
			if (stall_expired(&a->stuck_since_ns, ac))
				return get_page_from_freelist(ac, a->alloc_flags);
		}
		if (reserve_flags(ac->gfp))
			a->alloc_flags =
				reserve_flags(ac->gfp) | (a->alloc_flags & ALLOC_KSWAPD);
		page = get_page_from_freelist(ac, a->alloc_flags);
		if (page)
			return page;
	}
}

static struct page *one_try(const struct alloc_context *ac, struct attempt *a)
{
	unsigned int reserve;
	struct page *page;

	a->alloc_flags = gfp_to_alloc_flags(ac);
	a->no_progress_loops = 0;
	if (a->alloc_flags & ALLOC_KSWAPD)
		wakeup_kswapd(ac->highest, ac->order, ac->gfp);
	page = get_page_from_freelist(ac, a->alloc_flags);
	if (page)
		return page;
	reserve = reserve_flags(ac->gfp);
	if (reserve) {
		a->alloc_flags = reserve | (a->alloc_flags & ALLOC_KSWAPD);
		page = get_page_from_freelist(ac, a->alloc_flags);
		if (page)
			return page;
	}
	if (!(ac->gfp & __GFP_DIRECT_RECLAIM))
		return last_chance(ac, a->alloc_flags);
	if (gb_self.task_flags & PF_MEMALLOC) /* R8 */
		return NULL;
	return sleepable_rounds(ac, a);
}

/* R19: one attempt at half of min, then again. */
static struct page *nofail_try(const struct alloc_context *ac)
{
	static int warned;
	struct page *page =
		get_page_from_freelist(ac, ALLOC_WMARK_MIN | ALLOC_MIN_RESERVE);

	if (gb_self.task_flags & PF_MEMALLOC && mm.profile->version > 304)
		kernel_warn_once(&warned, "nofail-memalloc",
				 "WARNING: __GFP_NOFAIL under PF_MEMALLOC");
	if (!page)
		sleep_us(OOM_TICK_US);
	return page;
}

struct page *alloc_pages_slowpath(struct alloc_context *ac)
{
	struct attempt a = { 0, 0, 0 };
	struct page *page;

	if (ac->gfp & __GFP_NOFAIL)
		warn_nofail(ac);
	for (;;) {
		page = one_try(ac, &a);
		if (page || !(ac->gfp & __GFP_NOFAIL) ||
		    !(ac->gfp & __GFP_DIRECT_RECLAIM))
			break;
		page = nofail_try(ac);
		if (page)
			break;
	}
	if (!page) {
		count_vm_event(ac->gfp & __GFP_DIRECT_RECLAIM ? PGALLOC_FAIL :
								PGALLOC_FAIL_ATOMIC);
		warn_alloc(ac);
	}
	return page;
}
