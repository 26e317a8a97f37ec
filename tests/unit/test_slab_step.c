/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * kmalloc and kfree may be entered from an interrupt at any instruction of themselves: for
 * every n a hardirq that allocates, frees and (second half) drains the CPU's arrays runs
 * after the n-th instruction of each path, from the hot one to the one that takes pages.
 * After each pass the contents of every live object are checked, so that two owners of one
 * object, or a lost one, show.
 *
 * A step is a signal, some microseconds.  Short paths are interrupted at every instruction,
 * longer ones at POINTS places spread over them; all of them at every instruction
 * (step_every.h) when GB_TEST_SECONDS is set (make check-long).  The number of places depends
 * on the path alone, never on time, so a loaded machine makes the test slower and nothing
 * else.
 */
#include <string.h>

#include "kernel/slab.h"
#include "machine/step.h"
#include "tests/tap.h"
#include "tests/unit/step_every.h"

#define IRQ_HELD 24
#define MANY 4096
#define POINTS 12ul
#define SHORT_PATH 64 /* instructions */

static struct {
	size_t size;
	void *result;               /* of an allocating path */
	void *victim;               /* of a freeing path */
	void *many[MANY];           /* what prepare holds */
	unsigned int nr_many;
	void *held[IRQ_HELD];       /* the interrupt's objects */
	size_t held_size[IRQ_HELD];
	unsigned int next, drain;
	void (*prepare)(void *arg); /* of the scenario */
	unsigned long allocs, failures, corrupt;
} t;

/* ------------------------------------------------------------------ contents */

static unsigned char pattern(const void *p, size_t size)
{
	return (unsigned char)(((uintptr_t)p >> 3) * 31 + size);
}

static void *fill(void *p, size_t size)
{
	if (p)
		memset(p, pattern(p, size), size < 256 ? size : 256);
	return p;
}

static void check(const void *p, size_t size)
{
	const unsigned char *b = p;
	size_t n = size < 256 ? size : 256;

	for (size_t i = 0; p && i < n; i++)
		if (b[i] != pattern(p, size)) {
			t.corrupt++;
			return;
		}
}

/* ------------------------------------------------------------------ the interrupt */

/* Allocates first, keeps objects alive over several interrupts, mixes sizes. */
static void irq_one(size_t size)
{
	unsigned int i = t.next++ % IRQ_HELD;
	void *p = fill(kmalloc(size, GFP_ATOMIC), size);

	t.allocs++;
	t.failures += !p;
	check(t.held[i], t.held_size[i]);
	kfree(t.held[i]);
	t.held[i] = p;
	t.held_size[i] = size;
}

static void irq(void *arg)
{
	(void)arg;
	if (t.drain)
		slab_drain_local();
	for (int i = 0; i < 6; i++)
		irq_one(i & 1 ? t.size : 16u << (t.next % 8));
}

static void release_irq_objects(void)
{
	for (unsigned int i = 0; i < IRQ_HELD; i++) {
		check(t.held[i], t.held_size[i]);
		kfree(t.held[i]);
		t.held[i] = NULL;
	}
}

/* ------------------------------------------------------------------ states */

static struct kmem_cache *cache(void)
{
	return kmalloc_cache(t.size, GFP_KERNEL);
}

static void hold(unsigned int n)
{
	while (n-- && t.nr_many < MANY)
		t.many[t.nr_many++] = fill(kmalloc(t.size, GFP_KERNEL), t.size);
}

static void let_go(unsigned int n)
{
	while (n-- && t.nr_many) {
		t.nr_many--;
		check(t.many[t.nr_many], t.size);
		kfree(t.many[t.nr_many]);
	}
}

static unsigned int capacity(void)
{
	return cache()->array_capacity;
}

static void prepare_hot(void *arg)
{
	(void)arg;
	hold(2);
	let_go(2);
	t.victim = fill(kmalloc(t.size, GFP_KERNEL), t.size);
}

static struct slab_entry *entry(void)
{
	return &slab_now->e[cache()->id];
}

static int spare_full(void)
{
	const struct slab_stash *h = &slab_now->stash[cache()->id];

	return h->spare && h->spare->count;
}

/* Both arrays empty, a full one in the depot. */
static void prepare_exchange(void *arg)
{
	(void)arg;
	hold(5 * capacity());
	let_go(4 * capacity());
	while (entry()->top[-1] || spare_full())
		hold(1);
}

static void prepare_partial(void *arg)
{
	(void)arg;
	let_go(MANY);
	slab_drain_everything();
	hold(1);
	slab_drain_local();
}

static void prepare_new_slab(void *arg)
{
	(void)arg;
	let_go(MANY);
	slab_drain_everything();
}

/* Loaded and spare array full: the next free goes to the depot. */
static void prepare_full(void *arg)
{
	(void)arg;
	cache()->depot.credit = 8 * capacity();
	hold(6 * capacity());
	let_go(3 * capacity());
	while (t.nr_many > 1 && !(entry()->top == entry()->end && spare_full()))
		let_go(1);
	t.victim = t.many[--t.nr_many];
}

/* The same with a depot that takes no more: the free flushes an array into slabs. */
static void prepare_flush(void *arg)
{
	cache()->depot.full_max = 0;
	prepare_full(arg);
}

/* The same without credit for another array: the free flushes one, too. */
static void prepare_unpaid(void *arg)
{
	prepare_full(arg);
	slab_depot_drain(cache(), 0); /* empty arrays */
	cache()->nr_returned = cache()->depot.credit = 0;
}

static void prepare_to_slab(void *arg)
{
	(void)arg;
	let_go(MANY);
	slab_drain_everything();
	t.victim = fill(kmalloc(t.size, GFP_KERNEL), t.size);
	slab_drain_local();
}

/* ------------------------------------------------------------------ paths */

static void path_alloc(void *arg)
{
	(void)arg;
	t.result = kmalloc(t.size, GFP_KERNEL);
}

static void path_free(void *arg)
{
	(void)arg;
	kfree(t.victim);
}

static int verify_alloc(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	(void)pass, (void)n, (void)arg;
	if (!t.result)
		t.failures++;
	fill(t.result, t.size);
	for (unsigned int i = 0; i < IRQ_HELD; i++)
		check(t.held[i], t.held_size[i]);
	for (unsigned int i = 0; i < t.nr_many; i++)
		check(t.many[i], t.size);
	check(t.result, t.size);
	kfree(t.result);
	kfree(t.victim);
	t.result = t.victim = NULL;
	return t.corrupt || t.failures;
}

static int verify_free(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	(void)pass, (void)n, (void)arg;
	t.victim = NULL;
	for (unsigned int i = 0; i < IRQ_HELD; i++)
		check(t.held[i], t.held_size[i]);
	for (unsigned int i = 0; i < t.nr_many; i++)
		check(t.many[i], t.size);
	return t.corrupt || t.failures;
}

struct scenario {
	const char *name;
	size_t size;
	void (*prepare)(void *arg);
	int frees;
};

static const struct scenario scenarios[] = {
	{ "alloc, hot", 64, prepare_hot, 0 },
	{ "alloc, arrays empty, from the depot", 64, prepare_exchange, 0 },
	{ "alloc, from a partial slab", 2048, prepare_partial, 0 },
	{ "alloc, from a new slab", 2048, prepare_new_slab, 0 },
	{ "alloc, 32 KiB block", 32768, prepare_new_slab, 0 },
	{ "alloc, 128 KiB block", 131072, prepare_new_slab, 0 },
	{ "free, hot", 64, prepare_hot, 1 },
	{ "free, arrays full, to the depot", 64, prepare_full, 1 },
	{ "free, arrays full, no credit: flushed", 2048, prepare_unpaid, 1 },
	{ "free, first array of the cache", 64, prepare_to_slab, 1 },
	{ "free, 128 KiB block", 131072, prepare_to_slab, 1 },
	{ "free, depot full, array flushed", 4096, prepare_flush, 1 },
};

/* Instructions of the path without interrupt: the least of some passes, since the first
 * one takes longer. */
static unsigned long length_of(const struct gb_step *s)
{
	struct gb_step_pass pass;
	unsigned long least = -1ul;

	for (int i = 0; i < 4; i++) {
		s->prepare(s->arg);
		gb_step_at(-1ul, s->path, s->arg, s->irq, s->arg, &pass);
		s->verify(&pass, 0, s->arg);
		if (pass.instructions < least)
			least = pass.instructions;
	}
	return least;
}

static int healthy(unsigned long bugs)
{
	return !t.corrupt && !t.failures && kernel_reports("slab-bug") == bugs;
}

/* The same state before each pass, whatever the interrupt of the last one left behind: the
 * path goes the way it was traced. */
static void prepare_anew(void *arg)
{
	release_irq_objects();
	let_go(MANY);
	mm_drain_everything();
	t.prepare(arg);
}

static void run_every(struct gb_step *s, const char *name, unsigned long bugs)
{
	struct every_result r;

	t.prepare = s->prepare;
	s->prepare = prepare_anew;
	step_every(s, &r);
	let_go(MANY);
	release_irq_objects();
	mm_drain_everything();
	tap_ok(!r.failures && r.hit == r.places && healthy(bugs), "every instruction: %s%s",
	       name, t.drain ? ", and the interrupt drains" : "");
	every_diag(&r);
	tap_diag("corrupt %lu, failures %lu", t.corrupt, t.failures);
}

static void run(const struct scenario *c, unsigned int drain)
{
	struct gb_step s = {
		.prepare = c->prepare,
		.path = c->frees ? path_free : path_alloc,
		.irq = irq,
		.verify = c->frees ? verify_free : verify_alloc,
	};
	unsigned long bugs = kernel_reports("slab-bug"), length;
	struct gb_step_result r;

	t.size = c->size;
	t.drain = drain;
	t.allocs = t.failures = t.corrupt = 0;
	length = length_of(&s);
	if (getenv("GB_TEST_SECONDS")) {
		run_every(&s, c->name, bugs);
		return;
	}
	s.stride = length <= SHORT_PATH ? 1 : length / POINTS;
	gb_step_all(&s, &r);
	let_go(MANY);
	release_irq_objects();
	mm_drain_everything(); /* every bit is set once, or it is reported */
	tap_ok(!r.failures && r.passes >= length / s.stride / 2 && healthy(bugs), "%s%s",
	       c->name, drain ? ", and the interrupt drains" : "");
	tap_diag("%lu instructions, %lu interrupts, %lu of them deferred; "
		 "failed at %lu (ip %#lx): corrupt %lu, failures %lu", r.instructions,
		 r.passes, r.deferred, r.failed_at, (unsigned long)r.failed.ip, t.corrupt,
		 t.failures);
}

int main(void)
{
	struct kernel_config config = { .ram_bytes = 64 << 20, .nr_cpus = 1 };
	unsigned long free_pages;

	if (gb_step_unsupported()) {
		tap_skip("single-stepping", gb_step_unsupported());
		return tap_done();
	}
	if (!CHECK(!kernel_boot(&config)) || !CHECK(!kernel_cpu_online(0)))
		return tap_done();
	mm_drain_everything();
	free_pages = nr_free_pages();
	for (size_t i = 0; i < GB_ARRAY_SIZE(scenarios) * 2; i++)
		run(&scenarios[i / 2], i & 1);
	mm_drain_everything();
	tap_eq_u64(nr_free_pages(), free_pages, "every page frame is back");
	kernel_cpu_offline();
	tap_eq_u64(kernel_shutdown(), 0, "nothing leaked");
	return tap_done();
}
