/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * vmalloc-*: the kernel's own list of vmalloc tests, as patterns for any backend that can
 * serve them.
 *
 *	fix           a few pages, again and again
 *	full-fit      the address space is full of areas of one page with holes of exactly
 *	              one page between them; the next area must find one
 *	long-busy     many live areas; a large and a small one come and go among them
 *	random        1 to 100 pages
 *	fix-align     five pages at a multiple of 64 KiB
 *	random-align  1 to 10 pages at a multiple of any power of two up to 4 MiB
 *	align-shift   one page at every power of two up to 2^63: most of them must fail
 *	rcu-free      a page, handed to kfree_rcu
 *	map-ram       the same frames mapped and unmapped through vm_map_ram
 *
 * The variants differ in one step each; the table at the end makes the descriptors.  In
 * align-shift a refusal is the right answer from 2^40 on, so it is counted, not reported.
 */
#include "slots.h"

#include "kernel_ops.h"

#define PAGE      4096u
#define MAX_PAGES 512u

enum kind {
	FIX,
	FULL_FIT,
	LONG_BUSY,
	RANDOM,
	FIX_ALIGN,
	RANDOM_ALIGN,
	ALIGN_SHIFT,
	RCU_FREE,
	MAP_RAM
};

struct options {
	uint64_t pages, live, scatter;
};

#define PAGES(d) \
	{ \
		"pages", GB_OPTION_UINT, offsetof(struct options, pages), d, 1, \
			MAX_PAGES, NULL, "pages of an area" \
	}
#define LIVE(d) \
	{ \
		"live", GB_OPTION_UINT, offsetof(struct options, live), d, 0, 30000, \
			NULL, "areas that stay alive, all CPUs together" \
	}
#define SCATTER \
	{ \
		"scatter", GB_OPTION_BOOL, offsetof(struct options, scatter), "0", 0, 0, \
			NULL, \
			"1: the emulated kernel takes single frames in random order" \
	}

static const struct gb_option small_options[] = { PAGES("3"), SCATTER, { NULL } };
static const struct gb_option fit_options[] = {
	PAGES("1"), LIVE("15000"), SCATTER, { NULL }
};
static const struct gb_option busy_options[] = {
	PAGES("100"), LIVE("15000"), SCATTER, { NULL }
};
static const struct gb_option random_options[] = { PAGES("100"), SCATTER, { NULL } };
static const struct gb_option align_options[] = { PAGES("5"), SCATTER, { NULL } };
static const struct gb_option ten_options[] = { PAGES("10"), SCATTER, { NULL } };
static const struct gb_option one_options[] = { PAGES("1"), SCATTER, { NULL } };

struct state {
	uint64_t pages;
	uint32_t live;
	size_t bytes;
	struct page *frame[MAX_PAGES]; /* map-ram */
	struct gb_slot slot[];         /* those that stay */
};

#define ALIGN_FIXED ((size_t)64 << 10)
#define ALIGN_MAX   ((size_t)4 << 20)

/* ------------------------------------------------------------------ set-up */

static uint64_t share(const struct gb_run *r)
{
	const struct options *o = r->options;

	return (o->live + r->nr_threads - 1) / r->nr_threads;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	uint64_t each =
		o->pages * PAGE + ALIGN_MAX; /* blocks of an aligned slab are larger */

	(void)e;
	r->peak_live_bytes = r->nr_threads * (each + (2 * share(r) + 1) * PAGE);
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	if (r->heap->kernel && r->heap->kernel->vmalloc_set_scatter)
		r->heap->kernel->vmalloc_set_scatter(o->scatter != 0);
	return 0;
}

static struct state *map_state(struct gb_thread *t, uint32_t live, struct gb_error *e)
{
	const struct options *o = t->run->options;
	size_t bytes = sizeof(struct state) + live * sizeof(struct gb_slot);
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return NULL;
	s->pages = o->pages;
	s->live = live;
	s->bytes = bytes;
	t->data = s;
	return s;
}

/* Areas of one page; with @holes a free one of the same size behind each.  Those that the
 * backend refuses are failed allocations of the row. */
static int populate(struct gb_thread *t, int holes, struct gb_error *e)
{
	struct state *s = map_state(t, (uint32_t)share(t->run), e);
	struct gb_slot hole = { 0 };

	if (!s)
		return -(int)e->code;
	for (uint32_t i = 0; i < s->live; i++) {
		if (holes)
			gb_slot_alloc(t, GB_PROCESS, 0, &hole, PAGE, GFP_KERNEL);
		gb_slot_alloc(t, GB_PROCESS, 0, &s->slot[i], PAGE, GFP_KERNEL);
		if (holes)
			gb_slot_free(t, GB_PROCESS, 0, &hole);
	}
	return 0;
}

static int plain_setup(struct gb_thread *t, struct gb_error *e)
{
	return map_state(t, 0, e) ? 0 : -(int)e->code;
}

static int fit_setup(struct gb_thread *t, struct gb_error *e)
{
	return populate(t, 1, e);
}

static int busy_setup(struct gb_thread *t, struct gb_error *e)
{
	return populate(t, 0, e);
}

static int frames_setup(struct gb_thread *t, struct gb_error *e)
{
	struct state *s = map_state(t, 0, e);

	if (!s)
		return -(int)e->code;
	for (uint64_t i = 0; i < s->pages; i++) {
		s->frame[i] = t->run->heap->kernel->alloc_pages(GFP_KERNEL, 0);
		if (!s->frame[i])
			return gb_fail(e, GB_EXIT_FAULT, "give it more --ram",
				       "no frame to map");
	}
	return 0;
}

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (!s)
		return;
	gb_slots_drain(t, s->slot, s->live);
	for (uint64_t i = 0; i < MAX_PAGES && s->frame[i]; i++)
		t->run->heap->kernel->free_page_block(s->frame[i], 0);
	t->data = NULL;
	gb_unmap(s, s->bytes);
}

/* ------------------------------------------------------------------ steps */

GB_INLINE void pair(struct gb_thread *t, const uint32_t full, size_t size)
{
	struct gb_slot slot;

	gb_slot_alloc(t, GB_PROCESS, full, &slot, size, GFP_KERNEL);
	gb_slot_free(t, GB_PROCESS, full, &slot);
}

/* Blocks above this no backend has, aligned or not. */
GB_INLINE void aligned_pair(struct gb_thread *t, const uint32_t full, size_t align,
			    size_t size)
{
	struct gb_slot slot = {
		gb_alloc_aligned(t, GB_PROCESS, full, align, size, GFP_KERNEL), size
	};

	if (!slot.p)
		return;
	if (gb_unlikely((uintptr_t)slot.p & (align - 1)))
		gb_report_corrupt(t, GB_PROCESS, slot.p, size);
	gb_fill(slot.p, size);
	gb_slot_free(t, GB_PROCESS, full, &slot);
}

/* Beyond what is sure to fit: NULL is an answer, a wrong address is not. */
GB_INLINE void may_refuse(struct gb_thread *t, const uint32_t full, size_t align)
{
	void *p = t->run->heap->aligned(align, PAGE, GFP_KERNEL | __GFP_NOWARN);
	struct gb_slot slot = { p, PAGE };

	if (full)
		gb_mix(&t->count[GB_PROCESS], align);
	if (!p) {
		t->count[GB_PROCESS].custom[0]++;
		return;
	}
	gb_count_alloc(t, GB_PROCESS, p, PAGE, GFP_KERNEL);
	if (gb_unlikely((uintptr_t)p & (align - 1)))
		gb_report_corrupt(t, GB_PROCESS, p, PAGE);
	gb_fill(p, PAGE);
	gb_slot_free(t, GB_PROCESS, 0, &slot);
}

GB_INLINE void all_shifts(struct gb_thread *t, const uint32_t full)
{
	for (unsigned int shift = 4; shift < 64; shift++) {
		if ((size_t)1 << shift <= ALIGN_MAX)
			aligned_pair(t, full, (size_t)1 << shift, PAGE);
		else
			may_refuse(t, full, (size_t)1 << shift);
	}
}

/* The head of the block is its own rcu_head: kfree_rcu writes there. */
GB_INLINE void rcu_pair(struct gb_thread *t, const uint32_t full, size_t size)
{
	struct gb_counters *n = &t->count[GB_PROCESS];
	void *p = gb_alloc(t, GB_PROCESS, full, size, GFP_KERNEL);

	if (!p) {
		t->run->heap->kernel->rcu_barrier(); /* what waits is what is missing */
		return;
	}
	gb_fill(p, size);
	gb_check(t, GB_PROCESS, p, size);
	n->frees++;
	n->freed_bytes += size;
	t->run->heap->kernel->kfree_rcu(p, p);
}

GB_INLINE void map_pair(struct gb_thread *t, struct state *s, const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	struct gb_counters *n = &t->count[GB_PROCESS];
	unsigned int pages = (unsigned int)s->pages;
	size_t size = pages * (size_t)PAGE;
	uint64_t t0 = full ? gb_clock_begin() : 0, t1;
	void *p = k->vm_map_ram(s->frame, pages, -1);

	if (full) {
		t1 = gb_clock_end();
		gb_record(t, GB_OP_ALLOC, GB_PROCESS, GB_GFP_KERNEL, t1 - t0);
		gb_mix(n, size);
	}
	if (!gb_count_alloc(t, GB_PROCESS, p, size, GFP_KERNEL))
		return;
	gb_fill(p, size);
	gb_check(t, GB_PROCESS, p, size);
	n->frees++;
	n->freed_bytes += size;
	t0 = full ? gb_clock_begin() : 0;
	k->vm_unmap_ram(p, pages);
	if (full) {
		t1 = gb_clock_end();
		gb_record(t, GB_OP_FREE, GB_PROCESS, GB_GFP_NONE, t1 - t0);
	}
}

/* Two areas at once, as the kernel's test has it: the large one must not move the search. */
GB_INLINE void busy_step(struct gb_thread *t, const uint32_t full, size_t size)
{
	struct gb_slot large, small;

	gb_slot_alloc(t, GB_PROCESS, full, &large, size, GFP_KERNEL);
	gb_slot_alloc(t, GB_PROCESS, full, &small, PAGE, GFP_KERNEL);
	gb_slot_free(t, GB_PROCESS, full, &large);
	gb_slot_free(t, GB_PROCESS, full, &small);
}

GB_INLINE uint64_t step(struct gb_thread *t, struct state *s, const uint32_t full,
			const enum kind kind)
{
	struct gb_rng *rng = &t->rng[GB_PROCESS];
	size_t size = s->pages * PAGE;
	uint64_t random;

	switch (kind) {
	case FIX:
	case FULL_FIT:
		pair(t, full, size);
		return 2;
	case LONG_BUSY:
		busy_step(t, full, size);
		return 4;
	case RANDOM:
		pair(t, full, (1 + gb_rng_below(rng, s->pages)) * PAGE);
		return 2;
	case FIX_ALIGN:
		aligned_pair(t, full, ALIGN_FIXED, size);
		return 2;
	case RANDOM_ALIGN:
		random = gb_rng_next(rng);
		aligned_pair(t, full, (size_t)16 << random % 19,
			     (1 + (random >> 32) % s->pages) * PAGE);
		return 2;
	case ALIGN_SHIFT:
		all_shifts(t, full);
		return 2 * 60;
	case RCU_FREE:
		rcu_pair(t, full, size);
		return 2;
	default:
		map_pair(t, s, full);
		return 2;
	}
}

GB_INLINE uint64_t family_body(struct gb_thread *t, uint64_t n, const uint32_t full,
			       const enum kind kind)
{
	struct state *s = t->data;
	uint64_t done = 0;

	do
		done += step(t, s, full, kind);
	while (done < n && !gb_stopping(t));
	return done;
}

/* ------------------------------------------------------------------ descriptors */

#define VARIANT(id, kind_, name_, opts_, setup_, needs_, summary_, strains_, ...) \
	GB_INLINE uint64_t id##_body(struct gb_thread *t, uint64_t n, \
				     const uint32_t full) \
	{ \
		return family_body(t, n, full, kind_); \
	} \
	GB_WORKLOAD_RUN(id) \
	extern const struct gb_workload gb_workload_##id; \
	const struct gb_workload gb_workload_##id = { \
		.interface = GB_WORKLOAD_INTERFACE, \
		.name = name_, \
		.summary = summary_, \
		.imitates = "a test of the kernel's own vmalloc test module", \
		.strains = strains_, \
		.good_score = \
			"close to the cost of the bare system calls that the mapping " \
			"needs, however many areas are alive", \
		.paper = "lib/test_vmalloc.c of Linux, by its description", \
		.needs = needs_, \
		.options = opts_, \
		.options_size = sizeof(struct options), \
		.warmup_ops = 1024, \
		.plan = plan, \
		.setup = setup, \
		.thread_setup = setup_, \
		.run = id##_run, \
		.run_full = id##_run_full, \
		.thread_cleanup = thread_cleanup, \
		__VA_ARGS__ \
	}

VARIANT(vmalloc_fix, FIX, "vmalloc-fix", small_options, plain_setup, 0,
	"an area of a few pages, again and again", "one area's whole life, nothing else");
VARIANT(vmalloc_full_fit, FULL_FIT, "vmalloc-full-fit", fit_options, fit_setup, 0,
	"one page among many areas with holes of one page",
	"the search for a hole that just fits");
VARIANT(vmalloc_long_busy, LONG_BUSY, "vmalloc-long-busy", busy_options, busy_setup, 0,
	"a large and a small area among many that stay",
	"lookups and the system's own tree of mappings");
VARIANT(vmalloc_random, RANDOM, "vmalloc-random", random_options, plain_setup, 0,
	"areas of 1 to 100 pages", "sizes that no cache of ranges expects");
VARIANT(vmalloc_fix_align, FIX_ALIGN, "vmalloc-fix-align", align_options, plain_setup,
	GB_CAP_ALIGNED, "five pages at a multiple of 64 KiB", "aligned search");
VARIANT(vmalloc_random_align, RANDOM_ALIGN, "vmalloc-random-align", ten_options,
	plain_setup, GB_CAP_ALIGNED, "1 to 10 pages at any power of two up to 4 MiB",
	"alignment far above the size");
VARIANT(vmalloc_align_shift, ALIGN_SHIFT, "vmalloc-align-shift", one_options, plain_setup,
	GB_CAP_ALIGNED | GB_CAP_KERNEL, "one page at every power of two up to 2^63",
	"alignments that nobody can serve: NULL, never a wrong address",
	.custom_name = { "refused" });
VARIANT(vmalloc_rcu_free, RCU_FREE, "vmalloc-rcu-free", one_options, plain_setup,
	GB_CAP_KERNEL, "a page, freed after a grace period",
	"frees from a softirq, which vmalloc must put off");
VARIANT(vmalloc_map_ram, MAP_RAM, "vmalloc-map-ram", one_options, frames_setup,
	GB_CAP_KERNEL, "frames mapped and unmapped through vm_map_ram",
	"short-lived mappings of frames that stay");
