/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Page allocation may be entered from an interrupt at any instruction of itself: for every
 * n a hardirq that allocates, fills, verifies and frees blocks of orders 0 to 3 and 5 runs
 * after the n-th instruction of each path: the per-CPU list, its refill and its overflow,
 * the buddy, splitting, merging, another mobility type's block, and the last pages of the
 * atomic reserve.  Each frame that is handed out is filled with a word of its owner's, so
 * one that has two owners shows; afterwards every frame must be back.
 *
 * A step is a signal, some microseconds.  POINTS places of a path are interrupted, fewer of
 * a very long one, and the same ones whatever else the machine does; every instruction
 * (step_every.h) when GB_TEST_SECONDS is set (make check-long).
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/mm.h"
#include "machine/step.h"
#include "tests/tap.h"
#include "tests/unit/step_every.h"

#define IRQ_HELD 16
#define MANY     16384
#define POINTS   24ul
#define STEPS    6000ul /* of all passes of a path */

static struct {
	unsigned int order;
	gfp_t gfp;
	struct page *result;  /* of an allocating path */
	struct page *victim;  /* of a freeing path */
	struct page *many[MANY];
	unsigned int nr_many;
	struct page *held[IRQ_HELD];
	unsigned int held_order[IRQ_HELD];
	unsigned int next;
	unsigned long missed, corrupt;
	void (*prepare)(void *arg); /* of the scenario */
	int may_miss;         /* memory is at its end: an interrupt may go empty */
} t;

/* ------------------------------------------------------------------ contents */

static uint64_t *word(struct page *page, unsigned long frame)
{
	return (uint64_t *)((char *)lowmem_page_address(page) + frame * PAGE_SIZE);
}

/* First and last word of every frame. */
static struct page *fill(struct page *page, unsigned int order, uint64_t owner)
{
	for (unsigned long i = 0; page && i < 1UL << order; i++) {
		word(page, i)[0] = owner + i;
		word(page, i)[PAGE_SIZE / 8 - 1] = ~owner;
	}
	return page;
}

static void check(struct page *page, unsigned int order, uint64_t owner)
{
	for (unsigned long i = 0; page && i < 1UL << order; i++)
		if (word(page, i)[0] != owner + i ||
		    word(page, i)[PAGE_SIZE / 8 - 1] != ~owner)
			t.corrupt++;
}

static uint64_t owner_of(const struct page *page, uint64_t who)
{
	return (uint64_t)page_to_pfn(page) << 32 ^ who << 24;
}

/* ------------------------------------------------------------------ the interrupt */

static void irq_one(unsigned int order)
{
	unsigned int i = t.next++ % IRQ_HELD;
	struct page *page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, order);

	t.missed += !page;
	if (page)
		fill(page, order, owner_of(page, 1));
	if (t.held[i]) {
		check(t.held[i], t.held_order[i], owner_of(t.held[i], 1));
		__free_pages(t.held[i], t.held_order[i]);
	}
	t.held[i] = page;
	t.held_order[i] = order;
}

static void irq(void *arg)
{
	static const unsigned int orders[] = { 0, 1, 0, 3, 0, 2, 0, 5 };

	(void)arg;
	for (int i = 0; i < 5; i++)
		irq_one(orders[t.next % GB_ARRAY_SIZE(orders)]);
}

static void check_held(void)
{
	for (unsigned int i = 0; i < IRQ_HELD; i++)
		if (t.held[i])
			check(t.held[i], t.held_order[i], owner_of(t.held[i], 1));
}

static void release_held(void)
{
	check_held();
	for (unsigned int i = 0; i < IRQ_HELD; i++) {
		if (t.held[i])
			__free_pages(t.held[i], t.held_order[i]);
		t.held[i] = NULL;
	}
}

/* ------------------------------------------------------------------ states */

static struct per_cpu_pages *list(void)
{
	return &mm.zones[ZONE_NORMAL].pcp[0];
}

static int hold(gfp_t gfp, unsigned int order)
{
	struct page *page = t.nr_many < MANY ? alloc_pages(gfp | __GFP_NOWARN, order) : NULL;

	if (page)
		t.many[t.nr_many++] = page;
	return !!page;
}

static void let_go(void)
{
	while (t.nr_many)
		__free_pages(t.many[--t.nr_many], t.order);
}

/* The list has blocks of this order: the last one freed is taken. */
static void prepare_hot(void *arg)
{
	(void)arg;
	t.victim = alloc_pages(t.gfp, t.order);
	hold(t.gfp, t.order);
	let_go();
}

/* Nothing on the list: it is refilled from the buddy. */
static void prepare_empty(void *arg)
{
	(void)arg;
	pcp_drain_cpu(0);
}

/* The list is as long as it may be: the next free gives a batch back. */
static void prepare_full(void *arg)
{
	int high = list()->high;

	(void)arg;
	pcp_drain_cpu(0);
	for (int i = 0; i <= high; i++)
		hold(t.gfp, t.order);
	pcp_drain_cpu(0);
	t.victim = t.many[--t.nr_many];
	while (t.nr_many && list()->count < list()->high)
		__free_pages(t.many[--t.nr_many], t.order);
	/* a run of frees makes the batch grow: end it */
	for (int i = 0; i < 16 && hold(t.gfp, t.order); i++)
		__free_pages(t.many[--t.nr_many], t.order);
}

/* An order beyond the lists; its buddy is free, so a free merges up to the top. */
static void prepare_buddy(void *arg)
{
	prepare_empty(arg);
	t.victim = alloc_pages(t.gfp, t.order);
}

/* Only foreign pageblocks have memory: one is claimed. */
static void prepare_foreign(void *arg)
{
	prepare_empty(arg);
}

/* Down to the last pages that an atomic request may have: the slow path, ending in NULL or
 * in a page that an interrupt gave back. */
static void prepare_last(void *arg)
{
	(void)arg;
	if (!t.nr_many)
		while (hold(GFP_ATOMIC, 0))
			;
}

/* ------------------------------------------------------------------ paths */

static void path_alloc(void *arg)
{
	(void)arg;
	t.result = alloc_pages(t.gfp, t.order);
}

static void path_free(void *arg)
{
	(void)arg;
	__free_pages(t.victim, t.order);
}

static int verify(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	const int *frees = arg;

	(void)pass, (void)n;
	if (*frees)
		t.victim = NULL;
	if (t.result)
		fill(t.result, t.order, owner_of(t.result, 2));
	check_held();
	if (t.result) {
		check(t.result, t.order, owner_of(t.result, 2));
		__free_pages(t.result, t.order);
	} else if (!*frees && !t.may_miss) {
		t.missed++;
	}
	if (t.victim)
		__free_pages(t.victim, t.order);
	t.result = t.victim = NULL;
	if (!t.may_miss)
		let_go();
	return t.corrupt || (t.missed && !t.may_miss);
}

struct scenario {
	const char *name;
	gfp_t gfp;
	unsigned int order;
	void (*prepare)(void *arg);
	int frees, may_miss;
};

#define GFP_QUIET (GFP_ATOMIC | __GFP_NOWARN)

static const struct scenario scenarios[] = {
	{ "alloc, order 0, from the list", GFP_KERNEL, 0, prepare_hot, 0, 0 },
	{ "alloc, order 0, the list is refilled", GFP_KERNEL, 0, prepare_empty, 0, 0 },
	{ "alloc, order 3, from the list", GFP_KERNEL, 3, prepare_hot, 0, 0 },
	{ "alloc, order 3, the list is refilled", GFP_KERNEL, 3, prepare_empty, 0, 0 },
	{ "alloc, order 5, buddy, split", GFP_KERNEL, 5, prepare_buddy, 0, 0 },
	{ "alloc, order 9, buddy", GFP_KERNEL, 9, prepare_empty, 0, 0 },
	{ "alloc, order 2, compound", GFP_KERNEL | __GFP_COMP, 2, prepare_empty, 0, 0 },
	{ "alloc, another type's block", GFP_KERNEL | __GFP_RECLAIMABLE, 1, prepare_foreign,
	  0, 0 },
	{ "alloc, the last pages, atomic slow path", GFP_QUIET, 0, prepare_last, 0, 1 },
	{ "free, order 0, to the list", GFP_KERNEL, 0, prepare_hot, 1, 0 },
	{ "free, order 0, the list overflows", GFP_KERNEL, 0, prepare_full, 1, 0 },
	{ "free, order 3, to the list", GFP_KERNEL, 3, prepare_hot, 1, 0 },
	{ "free, order 5, buddy, merge", GFP_KERNEL, 5, prepare_buddy, 1, 0 },
};

static unsigned long stride_of(unsigned long instructions)
{
	unsigned long stride = instructions / POINTS;
	unsigned long few = instructions * instructions / 2 / STEPS;

	if (few > instructions / 6)
		few = instructions / 6;
	return (stride > few ? stride : few) + 1;
}

static unsigned long length_of(const struct gb_step *s)
{
	struct gb_step_pass pass;

	for (int i = 0; i < 3; i++) { /* the first time takes longer */
		s->prepare(s->arg);
		gb_step_at(-1ul, s->path, s->arg, s->irq, s->arg, &pass);
		s->verify(&pass, 0, s->arg);
	}
	return pass.instructions;
}

static int healthy(unsigned long bad, unsigned long free)
{
	return !t.corrupt && nr_free_pages() == free && kernel_reports("bad-page") == bad;
}

/* The same state before each pass, whatever the interrupt of the last one left behind: the
 * path goes the way it was traced. */
static void prepare_anew(void *arg)
{
	release_held();
	drain_all_pages();
	t.prepare(arg);
}

static void run_every(struct gb_step *s, const char *name, unsigned long bad,
		      unsigned long free)
{
	struct every_result r;

	t.prepare = s->prepare;
	s->prepare = prepare_anew;
	step_every(s, &r);
	let_go();
	release_held();
	drain_all_pages();
	tap_ok(!r.failures && r.hit == r.places && healthy(bad, free),
	       "every instruction: %s [%s]", name, mm.profile->name);
	every_diag(&r);
	tap_diag("corrupt %lu, missed %lu, frames missing %ld", t.corrupt, t.missed,
		 (long)free - (long)nr_free_pages());
}

static void run(const struct scenario *c)
{
	int frees = c->frees;
	struct gb_step s = {
		.prepare = c->prepare,
		.path = c->frees ? path_free : path_alloc,
		.irq = irq,
		.verify = verify,
		.arg = &frees,
	};
	unsigned long bad = kernel_reports("bad-page"), free;
	struct gb_step_result r;

	drain_all_pages();
	free = nr_free_pages();
	t.order = c->order;
	t.gfp = c->gfp;
	t.may_miss = c->may_miss;
	t.missed = t.corrupt = 0;
	s.stride = stride_of(length_of(&s));
	if (getenv("GB_TEST_SECONDS")) {
		run_every(&s, c->name, bad, free);
		return;
	}
	gb_step_all(&s, &r);
	if (!r.failures && r.passes <= 3) { /* what interrupts leave behind made it shorter */
		s.stride = stride_of(r.instructions);
		gb_step_all(&s, &r);
	}
	let_go();
	release_held();
	drain_all_pages();
	tap_ok(!r.failures && r.passes > 3 && healthy(bad, free), "%s [%s]", c->name,
	       mm.profile->name);
	tap_diag("%lu instructions, %lu interrupts, %lu of them deferred; failed at %lu "
		 "(ip %#lx): corrupt %lu, missed %lu, frames missing %ld",
		 r.instructions, r.passes, r.deferred, r.failed_at,
		 (unsigned long)r.failed.ip, t.corrupt, t.missed,
		 (long)free - (long)nr_free_pages());
}

static void run_profile(const char *profile)
{
	/* 3.4 differs in its lists: of order 0, and under disabled interrupts */
	struct kernel_config config = { .ram_bytes = 64 << 20,
					.nr_cpus = 1,
					.quiet = 1,
					.watermark_boost_factor = -1,
					.profile = profile };

	if (!CHECK(!kernel_boot(&config)) || !CHECK(!kernel_cpu_online(0)))
		return;
	for (size_t i = 0; i < GB_ARRAY_SIZE(scenarios); i++)
		if (mm.profile->pcp_max_order || !scenarios[i].order)
			run(&scenarios[i]);
	kernel_cpu_offline();
	tap_eq_u64(kernel_shutdown(), 0, "nothing leaked");
}

int main(void)
{
	if (gb_step_unsupported()) {
		tap_skip("single-stepping", gb_step_unsupported());
		return tap_done();
	}
	run_profile("6.18");
	run_profile("3.4");
	return tap_done();
}
