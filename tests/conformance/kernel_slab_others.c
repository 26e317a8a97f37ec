/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What a request finds in the arrays of another CPU, and when it gives up waiting for it:
 * objects that lie there, that the other is moving at that moment, that it cannot give
 * because it waits itself.  slab_reclaim.c has the rules.
 */
#include "hold.h"

#include <unistd.h>

#include "kernel/slab.h"

/* ------------------------------------------------------------------ others' arrays */

static struct kmem_cache *cache;
static int filled, leave; /* atomic */
static uint32_t beats;    /* atomic: of CPU 1, while the system runs it */

/* CPU 1 keeps free objects in its arrays until it is told to go. */
static void keep_some(void *unused)
{
	void *p[64];

	(void)unused;
	/* reclaim may drain them at once: again until some are there */
	for (int i = 0; i < 100 && !slab_cache_cached(cache); i++) {
		EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 64, p), 64);
		kmem_cache_free_bulk(cache, 64, p);
	}
	EXPECT(slab_cache_cached(cache) > 0);
	gb_store_release(&filled, 1);
	while (!gb_load_acquire(&leave)) {
		usleep(200);
		gb_add_relaxed(&beats, 1);
	}
}

static void destroy_it(void *unused)
{
	(void)unused;
	kmem_cache_destroy(cache);
}

static struct statement_thread *start_keeper(void)
{
	struct statement_thread *t;

	cache = kmem_cache_create("kept", 1000, 0, SLAB_NO_MERGE, NULL);
	t = statement_start(1, keep_some, NULL);
	while (!gb_load_acquire(&filled))
		usleep(200);
	return t;
}

static void destroy_from_outside(void)
{
	struct statement_thread *t = start_keeper();

	statement_join(statement_start(-1, destroy_it, NULL));
	EXPECT_EQ(kernel_reports("slab-objects-remain"), 0);
	EXPECT_EQ(cache->nr_slabs, 0);
	gb_store_release(&leave, 1);
	statement_join(t);
}

static void request(void *got)
{
	*(void **)got = kmem_cache_alloc(cache, __GFP_HIGH | __GFP_NOWARN);
}

static void in_process(void *got) { request(got); }
static void in_softirq_here(void *got) { gb_run_as_softirq(request, got); }
static void in_hardirq_here(void *got) { gb_run_as_hardirq(request, got); }

static void under_spinlock(void *got)
{
	DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	request(got);
	spin_unlock(&lock);
}

static void irqs_off(void *got)
{
	unsigned long flags;

	local_irq_save(flags);
	request(got);
	local_irq_restore(flags);
}

static unsigned long stalls(unsigned int cpu)
{
	return gb_load_relaxed(&slab_percpu_of(cpu)->stalls);
}

/* One request, asked once, while no page can be had and CPU 1 caches free objects. */
static void finds_others(void (*ask)(void *got))
{
	struct statement_thread *t = start_keeper();
	unsigned long gave_up;
	void *p = NULL;
	uint32_t beat;

	hold_but(20); /* taking the last one would reclaim */
	gave_up = stalls(0);
	beat = gb_load_relaxed(&beats);
	ask(&p);
	gave_up = stalls(0) - gave_up;
	beat = gb_load_relaxed(&beats) - beat;
	/* kswapd may have emptied the arrays first; then there is nothing to be found.  And
	 * nobody answers whom the system does not run: it is waited for in vain. */
	EXPECT(p || (!slab_cache_cached(cache) && !gb_load_relaxed(&cache->nr_free)) ||
	       (gave_up && beat <= 1));
	let_go();
	if (p)
		kmem_cache_free(cache, p);
	gb_store_release(&leave, 1);
	statement_join(t);
	kmem_cache_destroy(cache);
	EXPECT_EQ(kernel_reports("slab-objects-remain"), 0);
	filled = leave = 0;
}

static void request_finds_others(void)
{
	finds_others(in_process);
	finds_others(under_spinlock);
	finds_others(irqs_off);
	finds_others(in_softirq_here);
	finds_others(in_hardirq_here);
}

static int hammering; /* atomic */

/* CPU 1 does nothing but allocate and free: nearly always it is inside a fast path. */
static void hammer(void *unused)
{
	(void)unused;
	while (!gb_load_relaxed(&leave)) {
		void *p = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);

		if (p)
			kmem_cache_free(cache, p);
		gb_store_relaxed(&hammering, 1);
	}
}

/* Draining must get in between two of its calls, each time. */
static void drains_the_busy(void)
{
	struct statement_thread *t;
	uint32_t before;

	cache = kmem_cache_create("busy", 1000, 0, SLAB_NO_MERGE, NULL);
	t = statement_start(1, hammer, NULL);
	for (int i = 0; i < 50; i++) {
		gb_store_relaxed(&hammering, 0);
		while (!gb_load_relaxed(&hammering))
			usleep(50);
		before = gb_load_relaxed(&slab_percpu_of(1)->answers);
		kmem_cache_shrink(cache);
		EXPECT(gb_load_relaxed(&slab_percpu_of(1)->answers) > before);
	}
	gb_store_release(&leave, 1);
	statement_join(t);
	kmem_cache_destroy(cache);
	EXPECT_EQ(kernel_reports("slab-objects-remain"), 0);
}

/* ------------------------------------------------------------------ waiting for a lock */

static raw_spinlock_t lock = RAW_SPINLOCK_INIT("test", 0);
static int stage; /* atomic */

static void await(int wanted)
{
	while (gb_load_acquire(&stage) < wanted)
		usleep(200);
}

static void *live[2][64]; /* by CPU; what keeps a slab from being given back when it is empty */
static unsigned int nr_live[2];

/* Every free object of the cache lies in this CPU's arrays, and there is one; two or more
 * stay live, so that the slab is kept though one of them is freed. */
static void keep_in_arrays(void)
{
	void **p = live[gb_self.id];
	unsigned int n = 0;

	do
		p[n++] = kmem_cache_alloc(cache, GFP_KERNEL);
	while (n < 3 || (n < GB_ARRAY_SIZE(live[0]) && gb_load_relaxed(&cache->nr_partial)));
	kmem_cache_free(cache, p[--n]);
	EXPECT(n > 0 && slab_cache_cached(cache) > 0);
	nr_live[gb_self.id] = n;
}

static void destroy_all(void)
{
	for (int cpu = 0; cpu < 2; cpu++)
		kmem_cache_free_bulk(cache, nr_live[cpu], live[cpu]);
	kmem_cache_destroy(cache);
	EXPECT_EQ(kernel_reports("slab-objects-remain"), 0);
}

/* CPU 1: free objects in its arrays, and it spins for the lock, interrupts off. */
static void keep_and_spin(void *unused)
{
	unsigned long flags;

	(void)unused;
	keep_in_arrays();
	gb_store_release(&stage, 1);
	await(2);
	flags = raw_spin_lock_irqsave(&lock);
	raw_spin_unlock_irqrestore(&lock, flags);
	await(4);
}

static void await_spin(int holder)
{
	while (gb_cpu_spins_for(1, 0) != holder)
		usleep(200);
}

/* A thread that holds the lock for much longer than an answer takes, once the requester
 * has seen that CPU 1 spins for it. */
static void hold_a_while(void *of)
{
	raw_spinlock_t *l = of;

	raw_spin_lock(l);
	gb_store_release(&stage, 2);
	await(3);
	usleep(50000);
	raw_spin_unlock(l);
}

/* CPU 1 does @keep, which ends in spinning for a lock that a thread holds: no reason to give
 * up, who holds the lock goes on.  @nowhere: the objects are in no array meanwhile. */
static void waits_for_holder(void (*keep)(void *unused), raw_spinlock_t *l, int nowhere)
{
	struct statement_thread *keeper = statement_start(1, keep, NULL), *holder;
	void *p = NULL;

	await(1);
	hold_but(20);
	holder = statement_start(-1, hold_a_while, l);
	await_spin(-1);
	EXPECT(!nowhere || !slab_percpu_holds(slab_percpu_of(1), cache->id));
	gb_store_release(&stage, 3);
	irqs_off(&p);
	EXPECT(p != NULL);
	EXPECT_EQ(stalls(0), 0);
	let_go();
	gb_store_release(&stage, 4);
	statement_join(holder);
	statement_join(keeper);
	kmem_cache_free(cache, p);
	destroy_all();
}

static void waits_for_spinner(void)
{
	cache = kmem_cache_create("spun", 1000, 0, SLAB_NO_MERGE, NULL);
	waits_for_holder(keep_and_spin, &lock, 0);
}

/* But when the requester holds the lock itself, it gives up, and at once. */
static void gives_up_on_own_spinner(void)
{
	struct statement_thread *spinner;
	unsigned long flags;
	void *p = NULL;

	cache = kmem_cache_create("spun", 1000, 0, SLAB_NO_MERGE, NULL);
	spinner = statement_start(1, keep_and_spin, NULL);
	await(1);
	hold_but(20);
	flags = raw_spin_lock_irqsave(&lock);
	gb_store_release(&stage, 2);
	await_spin(0);
	request(&p);
	raw_spin_unlock_irqrestore(&lock, flags);
	EXPECT_EQ(stalls(0), 0);
	let_go();
	gb_store_release(&stage, 4);
	statement_join(spinner);
	if (p) /* kswapd emptied the arrays */
		kmem_cache_free(cache, p);
	destroy_all();
}

/* ------------------------------------------------------------------ on their way */

/* CPU 1 empties its arrays and is stopped at the lock of the cache: the objects are neither
 * in an array nor in a slab. */
static void keep_and_drain(void *unused)
{
	(void)unused;
	keep_in_arrays();
	gb_store_release(&stage, 1);
	await(2); /* kswapd may have emptied the arrays meanwhile */
	kmem_cache_free(cache, live[1][--nr_live[1]]);
	slab_drain_local();
	await(4);
}

static void waits_for_objects_on_their_way(void)
{
	cache = kmem_cache_create("moved", 1000, 0, SLAB_NO_MERGE, NULL);
	waits_for_holder(keep_and_drain, &cache->lock, 1);
}

/* ------------------------------------------------------------------ a circle */

static void *found[2];
static int asking; /* atomic */

/* As if the interrupt had landed in a fast path: its CPU cannot answer while this runs. */
static void ask_on_top_of_fast_path(void *unused)
{
	(void)unused;
	gb_self.interrupted_ip[GB_PROCESS] = (uintptr_t)kmem_cache_alloc;
	gb_add_relaxed(&asking, 1);
	while (gb_load_relaxed(&asking) < 2)
		gb_cpu_yield();
	request(&found[gb_self.id]);
	gb_self.interrupted_ip[GB_PROCESS] = 0;
}

static void keep_and_ask(void *unused)
{
	(void)unused;
	keep_in_arrays();
	gb_add_acq_rel(&stage, 1);
	await(3);
	gb_run_as_hardirq(ask_on_top_of_fast_path, NULL);
	gb_add_acq_rel(&stage, 1);
	await(5);
}

/* Each waits for the other's answer and can give none.  CPU 0 gives up; then it returns to
 * its fast path, after which CPU 1 gets what it wants. */
static void circle_of_two(void)
{
	struct statement_thread *t;

	EXPECT(slab_fast_text((uintptr_t)kmem_cache_alloc));
	cache = kmem_cache_create("circle", 1000, 0, SLAB_NO_MERGE, NULL);
	t = statement_start(1, keep_and_ask, NULL);
	await(1);
	keep_in_arrays();
	hold_but(20);
	gb_add_acq_rel(&stage, 2);
	gb_run_as_hardirq(ask_on_top_of_fast_path, NULL);
	gb_add_acq_rel(&stage, 1);
	await(5);
	EXPECT(found[1] != NULL);
	EXPECT_EQ(stalls(0) + stalls(1), 0);
	let_go();
	statement_join(t);
	for (int i = 0; i < 2; i++)
		if (found[i])
			kmem_cache_free(cache, found[i]);
	destroy_all();
}

static const struct statement table[] = {
	{ 0, "a thread that is no CPU destroys a cache that a CPU has in its arrays", P_EACH,
	  IRQ_ALLOCATES, destroy_from_outside },
	{ 0, "an atomic request gets at once what another CPU has in its arrays", P_EACH,
	  IRQ_EMPTY, request_finds_others, .ram_mib = 16 },
	{ 0, "a CPU that is always in the fast path is drained too", P_EACH, IRQ_ALLOCATES,
	  drains_the_busy },
	{ 0, "an atomic request waits for a CPU that spins for somebody's lock", P_EACH,
	  IRQ_EMPTY, waits_for_spinner, .ram_mib = 16 },
	{ 0, "but not for one that spins for the requester's own", P_EACH, IRQ_EMPTY,
	  gives_up_on_own_spinner, .ram_mib = 16 },
	{ 0, "it gets objects that another CPU is moving at that moment", P_EACH, IRQ_EMPTY,
	  waits_for_objects_on_their_way, .ram_mib = 16 },
	{ 0, "two that wait for each other and cannot answer: one of them gives up", P_EACH,
	  IRQ_EMPTY, circle_of_two, .ram_mib = 16 },
	{ .run = NULL },
};

static void *irq_alloc(size_t size)
{
	return kmalloc(size, GFP_ATOMIC | __GFP_NOWARN);
}

static void irq_free(void *p)
{
	kfree(p);
}

int main(int argc, char **argv)
{
	static const struct statement_irq irq = { irq_alloc, irq_free };

	return statements_run(table, &irq, argc, argv);
}
