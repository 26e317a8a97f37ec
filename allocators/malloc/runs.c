/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Runs of 64 KiB units: what slabs and large blocks are made of.
 *
 * Free runs are clean (they hold zeroes and no memory) or dirty (freed, still resident).
 * Neighbours of one kind are joined at once: the descriptors of a run's first and last unit
 * say what and how long it is.  Bins by exact length, the last one for all of GM_RUN_MAX
 * and more; two words of bits say which bins have something, so a search is a few
 * instructions.  Dirty runs are used first.
 *
 * How memory goes back: at most DIRTY_MAX, or an eighth of what is in use if that is more,
 * stays dirty; and gm_run_trim(), called now and then, returns what nobody needed since its
 * last call.  The system call is made without the lock, on a run that is on no list; a child forked at that moment loses
 * that run.
 */
#include "malloc/malloc_int.h"

#include <errno.h>
#include <sys/mman.h>

#define DIRTY_MAX   ((size_t)(32UL << 20) / GM_UNIT)
#define DIRTY_SHARE 8

struct gm_lock gm_run_lock;

struct bins {
	uint64_t some[2];                  /* bit n: list[n] is not empty */
	struct list_head list[GM_RUN_MAX]; /* [units - 1] */
};
/* all under gm_run_lock */
static struct bins bins[2];             /* clean, dirty */
static size_t dirty, in_use, dirty_low; /* units; low: fewest dirty since the trim */

void gm_runs_init(void)
{
	for (int k = 0; k < 2; k++)
		for (unsigned int i = 0; i < GM_RUN_MAX; i++)
			list_init(&bins[k].list[i]);
}

/* ------------------------------------------------------------------ bins */

static struct bins *bins_of(enum gm_state state)
{
	return &bins[state == GM_DIRTY];
}

static unsigned int bin_of(unsigned int units)
{
	return (units < GM_RUN_MAX ? units : GM_RUN_MAX) - 1;
}

static void mark(struct gm_unit *run, unsigned int units, enum gm_state state)
{
	struct gm_unit *last = run + units - 1;

	last->units = run->units = units;
	last->state = run->state = (uint8_t)state;
}

static void insert(struct gm_unit *run, unsigned int units, enum gm_state state)
{
	struct bins *b = bins_of(state);
	unsigned int i = bin_of(units);

	mark(run, units, state);
	list_add(&run->list, &b->list[i]);
	b->some[i / 64] |= 1ULL << (i % 64);
	if (state == GM_DIRTY)
		dirty += units;
}

static void take_out(struct gm_unit *run)
{
	struct bins *b = bins_of(run->state);
	unsigned int i = bin_of(run->units);

	list_del(&run->list);
	if (list_empty(&b->list[i]))
		b->some[i / 64] &= ~(1ULL << (i % 64));
	if (run->state == GM_DIRTY)
		dirty -= run->units;
	mark(run, run->units,
	     GM_NONE); /* what ends inside a run must not look like one */
}

/* The shortest run of this kind with at least @units, or NULL. */
static struct gm_unit *find(enum gm_state state, unsigned int units)
{
	struct bins *b = bins_of(state);
	unsigned int i = bin_of(units), word = i / 64;
	uint64_t some = b->some[word] & ~0ULL << (i % 64);

	if (!some && word == 0)
		some = b->some[++word];
	if (!some)
		return NULL;
	i = word * 64 + (unsigned int)__builtin_ctzll(some);
	return list_entry(b->list[i].next, struct gm_unit, list);
}

/* ------------------------------------------------------------------ neighbours */

static unsigned int index_of(const struct gm_unit *u)
{
	return (unsigned int)(u - (struct gm_unit *)((uintptr_t)u & ~(GM_CHUNK - 1)));
}

/* The run behind a run, or NULL at the end of the chunk. */
static struct gm_unit *behind(struct gm_unit *run, unsigned int units)
{
	return index_of(run) + units < GM_CHUNK_UNITS ? run + units : NULL;
}

/* A free run joins the bins, and its neighbours of the same kind.  The units before the
 * first run of a chunk hold descriptors and are of no kind. */
static void insert_joined(struct gm_unit *run, unsigned int units, enum gm_state state)
{
	struct gm_unit *next = behind(run, units), *before = run - 1;

	if (next && next->state == state) {
		take_out(next);
		units += next->units;
	}
	if (before->state == state) {
		run -= before->units;
		take_out(run);
		units += run->units;
	}
	insert(run, units, state);
}

static struct gm_unit *grow(void)
{
	char *chunk = gm_arena_chunk();
	struct gm_unit *run;

	if (!chunk)
		return NULL;
	run = (struct gm_unit *)chunk + GM_META_UNITS;
	insert(run, GM_CHUNK_UNITS - GM_META_UNITS, GM_CLEAN);
	return run;
}

/* Use the first @units of a free run. */
static void cut(struct gm_unit *run, unsigned int units, enum gm_state state)
{
	enum gm_state kind = run->state;
	unsigned int rest = run->units - units;

	take_out(run);
	mark(run, units, state);
	if (rest)
		insert(run + units, rest, kind);
}

/* ------------------------------------------------------------------ calls */

struct gm_unit *gm_run_alloc(unsigned int units, enum gm_state state, int *zeroed)
{
	struct gm_unit *run;

	gm_lock(&gm_run_lock);
	run = find(GM_DIRTY, units);
	if (!run)
		run = find(GM_CLEAN, units);
	if (!run)
		run = grow();
	if (run) {
		*zeroed = run->state == GM_CLEAN;
		cut(run, units, state);
		in_use += units;
		if (dirty < dirty_low)
			dirty_low = dirty;
	}
	gm_unlock(&gm_run_lock);
	return run;
}

static size_t dirty_max(void)
{
	return in_use / DIRTY_SHARE > DIRTY_MAX ? in_use / DIRTY_SHARE : DIRTY_MAX;
}

void gm_run_free(struct gm_unit *run)
{
	size_t limit;
	int full;

	gm_lock(&gm_run_lock);
	in_use -= run->units;
	mark(run, run->units, GM_NONE);
	insert_joined(run, run->units, GM_DIRTY);
	limit = dirty_max();
	full = dirty > limit;
	gm_unlock(&gm_run_lock);
	if (gb_unlikely(full))
		gm_run_purge(limit - limit / 4);
}

int gm_run_resize(struct gm_unit *run, unsigned int units)
{
	struct gm_unit *next;
	unsigned int had;
	int good = 1;

	gm_lock(&gm_run_lock);
	had = run->units;
	next = behind(run, had);
	if (units < had) {
		mark(run, units, GM_LARGE);
		insert_joined(run + units, had - units, GM_DIRTY);
	} else if (units > had) {
		good = next && (next->state == GM_CLEAN || next->state == GM_DIRTY) &&
		       had + next->units >= units;
		if (good) {
			cut(next, units - had, GM_NONE);
			mark(run, had, GM_NONE);
			mark(run, units, GM_LARGE);
		}
	}
	if (good)
		in_use = in_use + units - had;
	gm_unlock(&gm_run_lock);
	return good;
}

/* ------------------------------------------------------------------ giving back */

/* Longest first.  The run is BUSY, on no list, while the lock is not held. */
static unsigned int purge_one(void)
{
	struct bins *b = bins_of(GM_DIRTY);
	unsigned int word = b->some[1] ? 1 : 0, i, units;
	struct gm_unit *run;
	int saved = errno, gone;

	if (!b->some[word])
		return 0;
	i = word * 64 + 63 - (unsigned int)__builtin_clzll(b->some[word]);
	run = list_entry(b->list[i].prev, struct gm_unit, list);
	units = run->units;
	take_out(run);
	mark(run, units, GM_BUSY);
	gm_unlock(&gm_run_lock);
	gone = !madvise(gm_unit_address(run), units * GM_UNIT, MADV_DONTNEED);
	errno = saved;
	gm_lock(&gm_run_lock);
	insert_joined(run, units, gone ? GM_CLEAN : GM_DIRTY);
	return gone ? units : 0; /* locked in memory: no use trying on */
}

size_t gm_run_purge(size_t units)
{
	size_t gone = 0, n = 1;

	gm_lock(&gm_run_lock);
	while (n && dirty > units)
		gone += n = purge_one();
	gm_unlock(&gm_run_lock);
	return gone;
}

void gm_run_trim(void)
{
	size_t unused, keep;

	gm_lock(&gm_run_lock);
	unused = dirty_low < dirty ? dirty_low : dirty;
	keep = dirty - unused;
	dirty_low = keep;
	gm_unlock(&gm_run_lock);
	if (unused)
		gm_run_purge(keep);
}
