/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * size-sweep: what a block costs by its size, and what one gets for it.
 *
 * For every power of two from size_min to size_max, through each call that the backend has
 * (plain, and zeroed): allocate, write the first and last line, free.
 *
 *	hot             one block at a time: whatever was freed last comes back
 *	fifo lifo random  a batch of blocks first, then all are freed in that order
 *
 * A pass is the same list of operations for every seed but for the random order, and for
 * every backend: what a backend refuses stays in the stream.  Each visit to a point (call,
 * pattern, size) is timed as a whole and gives one value; figures.csv has the median of the
 * visits in the throughput phase, and for each size the usable bytes against those asked
 * for, the breaks between adjacent page frames, and whether the size was refused.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "slots.h"

#include "kernel_ops.h"

#define MAX_SIZES   28
#define MAX_BATCH   64
#define BATCH_BYTES ((uint64_t)32 << 20)
#define VISITS      33
#define FRAME       4096u

enum call { PLAIN, ZEROED, NR_CALLS };
enum pattern { HOT, FIFO, LIFO, RANDOM, NR_PATTERNS };
static const char *const call_name[] = { "alloc", "zalloc" };
static const char *const pattern_name[] = { "hot", "fifo", "lifo", "random" };

struct options {
	uint64_t size_min, size_max, pairs;
};

static const struct gb_option options[] = {
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "8", 8,
	  64 << 20, NULL, "smallest block; rounded up to a power of two" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "16m", 8,
	  64 << 20, NULL, "largest block" },
	{ "pairs", GB_OPTION_UINT, offsetof(struct options, pairs), "512", 16, 1 << 20,
	  NULL, "pairs a visit to a point makes; fewer of blocks above 16 KiB" },
	{ NULL },
};

struct point {
	uint32_t visits;
	float ns[VISITS]; /* of a pair, of the last visits */
};

struct state {
	uint64_t first, sizes, at; /* smallest size; how many; next point of the pass */
	uint64_t pairs;
	size_t bytes;
	uint8_t refused[NR_CALLS][MAX_SIZES];
	uint32_t order[MAX_BATCH];
	double usable[MAX_SIZES], breaks[MAX_SIZES]; /* NaN: not known */
	struct gb_slot slot[MAX_BATCH];
	struct point point[NR_CALLS][NR_PATTERNS][MAX_SIZES];
};

/* What threads found, put together by the last of them. */
struct shared {
	struct state *of[GB_MAX_CPUS];
};

/* ------------------------------------------------------------------ set-up */

static uint64_t power_of_two(uint64_t n)
{
	uint64_t p = 8;

	while (p < n)
		p *= 2;
	return p;
}

static uint32_t batch_of(uint64_t size)
{
	uint64_t n = BATCH_BYTES / size;

	return (uint32_t)(n > MAX_BATCH ? MAX_BATCH : n < 2 ? 2 : n);
}

/* Pairs of a visit: a multiple of the batch, and never none. */
static uint64_t pairs_of(const struct state *s, uint64_t size)
{
	uint64_t batch = batch_of(size), n = s->pairs;

	if (size > 16384)
		n = n * 16384 / size;
	return ((n ? n : 1) + batch - 1) / batch * batch;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	uint64_t most = 0;

	if (o->size_max < power_of_two(o->size_min))
		return gb_fail(e, GB_EXIT_USAGE,
			       "size_max must reach a power of two from "
			       "size_min on",
			       "workload size-sweep: no size between the two");
	for (uint64_t size = power_of_two(o->size_min); size <= o->size_max; size *= 2)
		most = batch_of(size) * size > most ? batch_of(size) * size : most;
	r->peak_live_bytes = r->nr_threads * most;
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	r->data = gb_map(sizeof(struct shared));
	return r->data ? 0 :
			 gb_fail(e, GB_EXIT_HARNESS, NULL, "no memory for the results");
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	struct state *s = gb_thread_map(t, sizeof(*s), e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	((struct shared *)t->run->data)->of[t->id] = s;
	s->bytes = sizeof(*s);
	s->pairs = o->pairs;
	s->first = power_of_two(o->size_min);
	for (uint64_t size = s->first; size <= o->size_max && s->sizes < MAX_SIZES;
	     size *= 2)
		s->usable[s->sizes] = s->breaks[s->sizes] = NAN, s->sizes++;
	return 0;
}

/* ------------------------------------------------------------------ calls */

GB_INLINE void *zeroed(struct gb_thread *t, const uint32_t full, size_t size)
{
	const struct gb_heap *h = t->run->heap;
	uint64_t t0 = 0, t1;
	void *p;

	if (full) {
		gb_mix(&t->count[GB_PROCESS], size * 8 + GB_GFP_KERNEL);
		t0 = gb_clock_begin();
	}
	p = h->zalloc ? h->zalloc(size, GFP_KERNEL | __GFP_NOWARN) :
			h->alloc(size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (full) {
		t1 = gb_clock_end();
		gb_record(t, GB_OP_ALLOC, GB_PROCESS, GB_GFP_KERNEL, t1 - t0);
	}
	return gb_count_alloc(t, GB_PROCESS, p, size, GFP_KERNEL);
}

static int has_call(const struct gb_thread *t, enum call c)
{
	return c == PLAIN || t->run->heap->zalloc || t->run->backend_caps & GB_CAP_ZERO;
}

/* A fresh block's bytes must be zero; a word of each line is looked at. */
static int is_zero(const char *p, size_t size)
{
	for (size_t i = 0; i < size; i += 64)
		if (p[i])
			return 0;
	return !size || !p[size - 1];
}

GB_INLINE void take(struct gb_thread *t, const uint32_t full, struct gb_slot *slot,
		    size_t size, enum call c)
{
	slot->size = size;
	slot->p = c == PLAIN ?
			  gb_alloc(t, GB_PROCESS, full, size, GFP_KERNEL | __GFP_NOWARN) :
			  zeroed(t, full, size);
	if (!slot->p)
		return;
	if (c == ZEROED && full && t->verify && !is_zero(slot->p, size))
		gb_report_corrupt(t, GB_PROCESS, slot->p, size);
	gb_fill(slot->p, size);
}

/* What a call that is missing, or refuses, leaves in the stream: the same as any other. */
static void mix_only(struct gb_thread *t, size_t size, uint64_t pairs, uint32_t batch)
{
	struct gb_counters *n = &t->count[GB_PROCESS];

	for (; pairs >= batch; pairs -= batch) {
		for (uint32_t i = 0; i < batch; i++)
			gb_mix(n, size * 8 + GB_GFP_KERNEL);
		for (uint32_t i = 0; i < batch; i++)
			gb_mix(n, ~(uint64_t)size);
	}
}

/* ------------------------------------------------------------------ a size, looked at */

static double count_breaks(struct gb_thread *t, const char *p, size_t size)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	double n = 0;

	if (!k || !k->frame_of)
		return NAN;
	for (size_t at = FRAME; at < size; at += FRAME)
		n += k->frame_of(p + at) != k->frame_of(p + at - FRAME) + 1;
	return n;
}

/* One block of each size and call: is it served at all, and what is it like? */
static void look(struct gb_thread *t, struct state *s, enum call c, uint64_t i)
{
	size_t size = s->first << i;
	const struct gb_heap *h = t->run->heap;
	struct gb_slot slot = { NULL, size };

	if (has_call(t, c))
		slot.p = gb_count_alloc(t, GB_PROCESS, h->alloc(size, GFP_KERNEL | __GFP_NOWARN),
					size, GFP_KERNEL);
	s->refused[c][i] = !slot.p;
	if (!slot.p)
		return;
	gb_fill(slot.p, size);
	if (t->run->heap->usable)
		s->usable[i] = (double)t->run->heap->usable(slot.p);
	s->breaks[i] = count_breaks(t, slot.p, size);
	gb_slot_free(t, GB_PROCESS, 0, &slot);
}

/* ------------------------------------------------------------------ patterns */

static void draw_order(struct gb_thread *t, struct state *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = (uint32_t)gb_rng_below(&t->rng[GB_PROCESS], i + 1);

		s->order[i] = s->order[j];
		s->order[j] = i;
	}
}

GB_INLINE void hot(struct gb_thread *t, struct state *s, const uint32_t full, size_t size,
		   uint64_t pairs, enum call c)
{
	while (pairs--) {
		take(t, full, &s->slot[0], size, c);
		gb_slot_free(t, GB_PROCESS, full, &s->slot[0]);
	}
}

GB_INLINE void batches(struct gb_thread *t, struct state *s, const uint32_t full,
		       size_t size, uint64_t pairs, enum call c, enum pattern p)
{
	uint32_t n = batch_of(size);

	for (; pairs >= n; pairs -= n) {
		for (uint32_t i = 0; i < n; i++)
			take(t, full, &s->slot[i], size, c);
		for (uint32_t i = 0; i < n; i++)
			gb_slot_free(t, GB_PROCESS, full,
				     &s->slot[p == FIFO ? i :
					      p == LIFO ? n - 1 - i :
							  s->order[i]]);
	}
}

static void note(struct point *pt, uint64_t ticks, uint64_t pairs)
{
	pt->ns[pt->visits++ % VISITS] =
		(float)((double)gb_clock_ns(ticks) / (double)pairs);
}

/* The point of number @at: size outermost, so that what a size leaves behind is used. */
GB_INLINE uint64_t visit(struct gb_thread *t, struct state *s, uint64_t at,
			 const uint32_t full)
{
	uint64_t i = at / (NR_CALLS * NR_PATTERNS);
	enum call c = (enum call)(at / NR_PATTERNS % NR_CALLS);
	enum pattern p = (enum pattern)(at % NR_PATTERNS);
	size_t size = s->first << i;
	uint64_t pairs = pairs_of(s, size), start;

	draw_order(t, s, batch_of(size));
	if (full && p == HOT)
		look(t, s, c, i);
	if (s->refused[c][i]) {
		if (full)
			mix_only(t, size, pairs, p == HOT ? 1 : batch_of(size));
		return 2 * pairs;
	}
	start = gb_clock_now();
	if (p == HOT)
		hot(t, s, full, size, pairs, c);
	else
		batches(t, s, full, size, pairs, c, p);
	if (!full)
		note(&s->point[c][p][i], gb_clock_now() - start, pairs);
	return 2 * pairs;
}

GB_INLINE uint64_t sweep_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t all = s->sizes * NR_CALLS * NR_PATTERNS, done = 0;

	while (s->at < all && done < n && !gb_stopping(t))
		done += visit(t, s, s->at++, full);
	return done;
}

GB_WORKLOAD_RUN(sweep)

static void rewind_pass(struct gb_run *r)
{
	struct shared *all = r->data;

	for (unsigned int i = 0; i < r->nr_threads; i++)
		if (all->of[i])
			all->of[i]->at = 0;
}

/* ------------------------------------------------------------------ results */

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Over all threads; NaN: never visited. */
static double median(const struct gb_run *r, enum call c, enum pattern p, uint64_t i)
{
	const struct shared *all = r->data;
	static float v[VISITS * GB_MAX_CPUS];
	size_t n = 0;

	for (unsigned int t = 0; t < r->nr_threads; t++) {
		const struct point *pt = &all->of[t]->point[c][p][i];

		for (uint32_t k = 0; k < pt->visits && k < VISITS; k++)
			v[n++] = pt->ns[k];
	}
	qsort(v, n, sizeof(v[0]), by_value);
	return n ? (double)v[n / 2] : NAN;
}

static void report_size(struct gb_run *r, const struct state *s, uint64_t i)
{
	double size = (double)(s->first << i);
	char series[40];

	for (int c = 0; c < NR_CALLS; c++)
		for (int p = 0; p < NR_PATTERNS; p++) {
			double ns = median(r, (enum call)c, (enum pattern)p, i);

			snprintf(series, sizeof(series), "%s %s", call_name[c],
				 pattern_name[p]);
			if (!isnan(ns))
				gb_figure(r, series, size, "pair_ns", ns);
		}
	gb_figure(r, "block", size, "refused", s->refused[PLAIN][i]);
	if (!isnan(s->usable[i]))
		gb_figure(r, "block", size, "usable_ratio", s->usable[i] / size);
	if (!isnan(s->breaks[i]))
		gb_figure(r, "block", size, "breaks", s->breaks[i]);
}

static void cleanup(struct gb_run *r)
{
	struct shared *all = r->data;
	int complete = 1;

	for (unsigned int t = 0; t < r->nr_threads; t++)
		complete &= all->of[t] != NULL;
	for (uint64_t i = 0; complete && i < all->of[0]->sizes; i++)
		report_size(r, all->of[0], i);
	for (unsigned int t = 0; t < r->nr_threads; t++)
		if (all->of[t])
			gb_unmap(all->of[t], all->of[t]->bytes);
	gb_unmap(all, sizeof(*all));
	r->data = NULL;
}

/* The state stays: cleanup makes the figures of it. */
static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (s)
		gb_slots_drain(t, s->slot, MAX_BATCH);
}

const struct gb_workload gb_workload_size_sweep = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "size-sweep",
	.summary = "every size from 8 B to 16 MiB: cost, waste, contiguity, refusal",
	.imitates = "the comparison that texts on kmalloc and vmalloc make in words",
	.strains =
		"every path of an allocator, from its smallest class to the system's calls",
	.good_score =
		"a cost that hardly grows with the size, little waste, and no step where "
		"one mechanism hands over to the next",
	.paper = "",
	.flags = GB_WL_FINITE,
	.options = options,
	.options_size = sizeof(struct options),
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = sweep_run,
	.run_full = sweep_run_full,
	.rewind = rewind_pass,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
