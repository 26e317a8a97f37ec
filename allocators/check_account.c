/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Promises that no single block can show.
 *
 * Leaks.  Memory that is lost is never handed out again, so a backend that leaks keeps
 * taking pages that it never used before, at a constant rate, while the live set does not
 * grow.  Every so many operations the number of pages ever used is noted, less what the
 * live set took at its peak so far.  Of the notes, the first quarter is the workload growing
 * up; a leak shows in each of the other three (none less than half of another) and makes
 * most of the footprint, a sound backend settles.  Sizes that vary hide a small leak in the
 * noise: pairs of one size show it best.  Where the backend accounts for its pages itself,
 * what it holds when everything was freed is compared with what it held in the beginning,
 * which needs no statistics: its pages, where it tells how many are free, for its tables
 * grow with what was ever in use and stay, which is no leak.
 *
 * GFP.  A sleeping request for a small block must not fail while more memory is free, in the
 * zones that may serve it, than their high watermarks ask for.  What is free is read after
 * the failure, and others may have freed a lot in between; but a request that found no memory
 * has reclaimed, and that is counted.  So only a failure since whose CPU's last look nobody
 * reclaimed is one too early.
 *
 * Whatever a request may do, short of __GFP_MEMALLOC, 3/8 of the minimum watermark stays
 * (kernel-model: an atomic request goes so far), less what requests in flight take at once:
 * each may have looked at the watermark before the others took theirs.  There is at most one
 * for each CPU and context, and it takes a refill of the per-CPU lists or its own block.  A
 * task that reclaims may take everything, and so may a softirq on top of it: after the first
 * such request, and below that size of memory, nothing can be said.
 */
#include "check_account.h"

#include <string.h>

#include "base/atomic.h"

#include "interval_map.h"
#include "kernel/mm.h"
#include "machine/event.h"

#define NOTES       4096u
#define EVERY       512u
#define LEAST_NOTES 128u
#define LEAK_PAGES  400u
/* A backend that does not count its free pages may keep some empty slabs for good. */
#define HELD_SLACK  (UINT64_C(8) << 20)
#define SMALL       ((size_t)32 << 10)
#define ROOM_PAGES  512u
#define REFILL      UINT64_C(64)
#define PAGE        UINT64_C(4096)

static struct {
	int32_t pages[NOTES]; /* beyond the peak of the live set; negative: small blocks */
	unsigned int n;
	uint64_t step, next;
} notes; /* CPU 0, process context, alone; quiesce when it rests */

static struct gb_backend_memory at_start;
static uint64_t live, live_peak; /* atomic: requested bytes */

static struct {
	uint8_t known[GB_MAX_CPUS + 1][GB_NR_CONTEXTS]; /* atomic: it requested something */
	uint32_t streams;                /* atomic: how many of these are set */
	uint64_t at_once;                /* atomic: most pages that one request takes */
	uint32_t no_floor;               /* atomic: somebody may have taken the last reserve */
	uint64_t reclaims[GB_MAX_CPUS];  /* at the last look; that CPU's process context */
} gfp_state;

void gb_account_start(const struct gb_backend_memory *m)
{
	live = live_peak = 0;
	memset(&gfp_state, 0, sizeof(gfp_state));
	memset(gfp_state.reclaims, 0xff, sizeof(gfp_state.reclaims)); /* unknown */
	gfp_state.at_once = REFILL;
	notes.n = 0;
	notes.step = notes.next = EVERY;
	at_start = *m;
}

void gb_account_born(size_t bytes)
{
	uint64_t now = gb_add_relaxed(&live, bytes), peak = gb_load_relaxed(&live_peak);

	while (now > peak && !gb_cas_relaxed(&live_peak, &peak, now))
		;
}

void gb_account_died(size_t bytes)
{
	gb_sub_relaxed(&live, bytes);
}

/* Every other note goes when there is no room for more. */
static void halve(void)
{
	for (unsigned int i = 0; i < NOTES / 2; i++)
		notes.pages[i] = notes.pages[2 * i + 1];
	notes.n = NOTES / 2;
	notes.step *= 2;
}

static void note_footprint(const struct gb_check_op *now)
{
	if (gb_likely(now->cpu != 0 || now->context != GB_PROCESS || now->number < notes.next))
		return;
	if (notes.n == NOTES)
		halve();
	notes.pages[notes.n++] = (int32_t)gb_interval_pages() -
				 (int32_t)(gb_load_relaxed(&live_peak) >> 12);
	notes.next = now->number + notes.step;
}

/* Blocks above a page are powers of two of pages. */
static uint64_t pages_of(size_t size)
{
	return size <= PAGE ? 1 : UINT64_C(1) << (64 - __builtin_clzl((size - 1) / PAGE));
}

static void note_request(const struct gb_check_op *now, size_t size, gfp_t gfp)
{
	uint8_t *known = &gfp_state.known[now->cpu + 1][now->context];
	uint64_t most = gb_load_relaxed(&gfp_state.at_once), pages = pages_of(size);

	if (gb_unlikely(!gb_load_relaxed(known)) && !gb_xchg_relaxed(known, 1))
		gb_add_relaxed(&gfp_state.streams, 1);
	while (gb_unlikely(pages > most) &&
	       !gb_cas_relaxed(&gfp_state.at_once, &most, pages))
		;
	if (gb_unlikely(gfp & __GFP_MEMALLOC || gb_self.task_flags & PF_MEMALLOC))
		gb_store_relaxed(&gfp_state.no_floor, 1);
}

void gb_account_note(const struct gb_check_op *now, size_t size, gfp_t gfp)
{
	note_footprint(now);
	note_request(now, size, gfp);
}

static int32_t growth(unsigned int quarter)
{
	unsigned int from = notes.n * quarter / 4, to = notes.n * (quarter + 1) / 4 - 1;

	return notes.pages[to] - notes.pages[from];
}

static void judge_growth(uint64_t seed)
{
	int32_t g[3], least, most, sum, all = (int32_t)gb_interval_pages();

	if (notes.n < LEAST_NOTES)
		return;
	least = most = g[0] = growth(1);
	for (unsigned int i = 1; i < 3; i++) {
		g[i] = growth(i + 1);
		least = g[i] < least ? g[i] : least;
		most = g[i] > most ? g[i] : most;
	}
	gb_event_post(GB_INFO, "footprint",
		      "%d pages used; beyond what the live set took %d, %d and %d of them "
		      "first used in the last three quarters of %lu operations of cpu0",
		      all, g[0], g[1], g[2], (unsigned long)notes.next);
	sum = g[0] + g[1] + g[2];
	if (sum < (int32_t)LEAK_PAGES || sum * 2 < all || least * 2 < most)
		return;
	gb_event_post(GB_FAULT, "leak",
		      "pages never used before keep being taken: %d, %d and %d in the last three "
		      "quarters of %lu operations of cpu0, seed %lu",
		      g[0], g[1], g[2], (unsigned long)notes.next, (unsigned long)seed);
}

/* What is held more than at the start, or GB_UNKNOWN; *@slack: how much of it is no leak. */
static uint64_t held_since(const struct gb_backend_memory *m, uint64_t *slack)
{
	uint64_t then = at_start.held_bytes, now = m->held_bytes;

	*slack = HELD_SLACK;
	if (m->free_pages != GB_UNKNOWN && at_start.free_pages != GB_UNKNOWN) {
		then = m->free_pages * PAGE;
		now = at_start.free_pages * PAGE;
		*slack = 0;
	} else if (now == GB_UNKNOWN || then == GB_UNKNOWN || !now) {
		return GB_UNKNOWN;
	}
	return now > then ? now - then : 0;
}

void gb_account_freed(const struct gb_backend_memory *m, uint64_t seed)
{
	uint64_t slack, more = held_since(m, &slack);

	if (more == GB_UNKNOWN)
		judge_growth(seed);
	else if (more > slack)
		gb_event_post(GB_FAULT, "leak",
			      "%lu KiB are held when everything was freed, %lu KiB more than at "
			      "the start (%lu KiB of slabs, %lu KiB of vmalloc, %lu KiB cached), "
			      "seed %lu",
			      (unsigned long)(m->held_bytes >> 10), (unsigned long)(more >> 10),
			      (unsigned long)(m->slab_pages << 2),
			      (unsigned long)(m->vmalloc_pages << 2),
			      (unsigned long)(m->cached_bytes >> 10), (unsigned long)seed);
}

/* May @gfp be served from @z?  (kernel-model: gfp_zone) */
static int serves(const struct gb_backend_zone *z, gfp_t gfp)
{
	if (gfp & __GFP_DMA)
		return !strcmp(z->name, "DMA");
	if (gfp & __GFP_DMA32)
		return !strncmp(z->name, "DMA", 3);
	return gfp & __GFP_HIGHMEM || strcmp(z->name, "HighMem");
}

static void judge_served(const struct gb_backend_pressure *p, size_t size, gfp_t gfp,
			 uint64_t seed)
{
	uint64_t free = 0, min = 0, in_flight = gb_load_relaxed(&gfp_state.streams) *
						gb_load_relaxed(&gfp_state.at_once);

	for (uint64_t i = 0; i < p->nr_zones && i < GB_MAX_ZONES; i++) {
		free += p->zone[i].free_pages;
		min += p->zone[i].min_pages;
	}
	if (!gb_load_relaxed(&gfp_state.no_floor) && free + in_flight < min * 3 / 8)
		gb_event_post(GB_FAULT, "watermark",
			      "a request of %zu bytes, gfp %#x, left %lu free pages, and %lu is the "
			      "minimum watermark, seed %lu",
			      size, gfp, (unsigned long)free, (unsigned long)min,
			      (unsigned long)seed);
}

static void judge_failed(const struct gb_backend_pressure *p, size_t size, gfp_t gfp,
			 uint64_t seed)
{
	uint64_t free = 0, high = 0;

	for (uint64_t i = 0; i < p->nr_zones && i < GB_MAX_ZONES; i++)
		if (serves(&p->zone[i], gfp)) {
			free += p->zone[i].free_pages;
			high += p->zone[i].high_pages;
		}
	if (gfp & __GFP_DIRECT_RECLAIM && !(gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL)) &&
	    size <= SMALL && free > high + ROOM_PAGES)
		gb_event_post(GB_FAULT, "failed-early",
			      "a sleeping request of %zu bytes, gfp %#x, failed with %lu pages free; "
			      "the high watermark is %lu, seed %lu",
			      size, gfp, (unsigned long)free, (unsigned long)high,
			      (unsigned long)seed);
}

/* Did nobody reclaim since this CPU's process context looked last? */
static int no_reclaim(const struct gb_backend_pressure *p, const struct gb_check_op *now)
{
	uint64_t before;

	if (now->cpu < 0 || now->context != GB_PROCESS)
		return 0;
	before = gfp_state.reclaims[now->cpu];
	gfp_state.reclaims[now->cpu] = p->direct_reclaims;
	return before == p->direct_reclaims;
}

void gb_account_gfp(void (*pressure)(struct gb_backend_pressure *p),
		    const struct gb_check_op *now, const void *block, size_t size, gfp_t gfp,
		    uint64_t seed)
{
	struct gb_backend_pressure p;
	int quiet;

	if (!pressure || (block && now->number % 16))
		return;
	pressure(&p);
	quiet = no_reclaim(&p, now);
	if (p.nr_zones && block)
		judge_served(&p, size, gfp, seed);
	else if (p.nr_zones && quiet)
		judge_failed(&p, size, gfp, seed);
}
