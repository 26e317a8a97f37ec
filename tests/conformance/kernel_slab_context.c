/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The slab layer and its callers' contexts: statements 85 (fast path), 93 and 94, who may
 * use slabs from the reserve, what threads that are no CPU can drain, and what a request
 * finds in the arrays of another CPU.
 */
#include "statements.h"

#include <string.h>
#include <unistd.h>

#include "kernel/slab.h"

/* ------------------------------------------------------------------ 85 */

/* The arrays hold objects: nothing but the mask speaks against the call. */
static void warm(void)
{
	void *a = kmalloc(64, GFP_KERNEL), *b = kmalloc(64, GFP_KERNEL);

	kfree(a);
	kfree(b);
}

static void sleeping_kmalloc(void *unused)
{
	void *p = kmalloc(64, GFP_KERNEL);

	(void)unused;
	EXPECT(p != NULL);
	kfree(p);
}

static void s85(void)
{
	struct kmem_cache *s = kmem_cache_create("s85", 80, 0, SLAB_NO_MERGE, NULL);
	DEFINE_SPINLOCK(lock);
	unsigned long flags;

	kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	warm();
	spin_lock(&lock);
	kfree(kmalloc(64, GFP_ATOMIC));
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 0);
	sleeping_kmalloc(NULL);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 1);
	kfree(kzalloc(64, GFP_KERNEL));
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 2);
	kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	spin_unlock(&lock);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 3);
	local_irq_save(flags);
	sleeping_kmalloc(NULL);
	local_irq_restore(flags);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 4);
	gb_run_as_hardirq(sleeping_kmalloc, NULL);
	gb_run_as_softirq(sleeping_kmalloc, NULL);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 6);
	sleeping_kmalloc(NULL);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 6);
	kmem_cache_destroy(s);
}

/* ------------------------------------------------------------------ 93, 94 */

#define NODES 200
struct node {
	unsigned char text[100];
	struct rcu_head rcu;
};

static struct node *node[NODES];
static int reading, may_leave; /* atomic */
static unsigned long torn;

static void reader(void *unused)
{
	(void)unused;
	gfp_rcu_read_lock();
	gb_store_release(&reading, 1);
	while (!gb_load_acquire(&may_leave))
		usleep(200);
	for (int i = 0; i < NODES; i++)
		for (int b = 0; b < 100; b++)
			torn += node[i]->text[b] != (unsigned char)i;
	gfp_rcu_read_unlock();
}

static void free_last_in_irq(void *unused)
{
	(void)unused;
	gfp_kvfree_call_rcu(&node[NODES - 1]->rcu, node[NODES - 1]);
}

/* Free all while a reader looks on; then ask for as many: none may be one of them. */
static void s93(void)
{
	static void *again[NODES];
	struct statement_thread *t;
	unsigned long same = 0;

	for (int i = 0; i < NODES; i++) {
		node[i] = kmalloc(sizeof(*node[i]), GFP_KERNEL);
		memset(node[i]->text, i, sizeof(node[i]->text));
	}
	t = statement_start(1, reader, NULL);
	while (!gb_load_acquire(&reading))
		usleep(200);
	for (int i = 0; i < NODES - 1; i++)
		gfp_kvfree_call_rcu(&node[i]->rcu, node[i]);
	gb_run_as_hardirq(free_last_in_irq, NULL);
	for (int i = 0; i < NODES; i++) {
		again[i] = kmalloc(sizeof(*node[i]), GFP_KERNEL);
		memset(again[i], 0xff, sizeof(*node[i]));
		for (int k = 0; k < NODES; k++)
			same += again[i] == node[k];
	}
	EXPECT_EQ(same, 0);
	gb_store_release(&may_leave, 1);
	statement_join(t);
	EXPECT_EQ(torn, 0);
	kvfree_rcu_barrier();
	for (int i = 0; i < NODES; i++)
		kfree(again[i]);
}

static void s94(void)
{
	DEFINE_SPINLOCK(lock);
	void *p = kmalloc(64, GFP_KERNEL), *q = kmalloc(64, GFP_KERNEL);

	kvfree_rcu_mightsleep(p);
	EXPECT_EQ(gb_event_count("sleep-in-atomic"), 0);
	spin_lock(&lock);
	kvfree_rcu_mightsleep(q);
	spin_unlock(&lock);
	EXPECT_EQ(gb_event_count("sleep-in-atomic"), 1);
	kfree(q); /* reported, and kept */
}

/* ------------------------------------------------------------------ reserves */

static struct page *taken[8192];

/* Every frame but @left is held; what is left lies below the watermarks.  kswapd, which
 * would empty arrays by itself, is not woken. */
static unsigned int take_pages(unsigned long left)
{
	unsigned int n = 0;

	while (n < GB_ARRAY_SIZE(taken) && nr_free_pages() > left &&
	       (taken[n] = alloc_page(__GFP_HIGH | __GFP_MEMALLOC | __GFP_NOWARN)))
		n++;
	return n;
}

static void reserve(void)
{
	struct kmem_cache *s = kmem_cache_create("reserve", 128, 0, SLAB_NO_MERGE, NULL);
	unsigned int n;
	void *p, *q;

	drain_all_pages();
	n = take_pages(20);
	EXPECT(!kmem_cache_alloc(s, GFP_ATOMIC | __GFP_NOWARN));
	p = kmem_cache_alloc(s, GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOWARN);
	EXPECT(p);
	EXPECT(p && virt_to_head_page(p)->flags & PG_PFMEMALLOC);
	/* its slab has room, but not for this one */
	EXPECT(!kmem_cache_alloc(s, GFP_ATOMIC | __GFP_NOWARN));
	q = kmem_cache_alloc(s, GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOWARN);
	EXPECT(q && virt_to_head_page(q) == virt_to_head_page(p));
	while (n)
		__free_page(taken[--n]);
	if (p)
		kmem_cache_free(s, p);
	if (q)
		kmem_cache_free(s, q);
	kmem_cache_destroy(s);
	EXPECT_EQ(kernel_reports("slab-objects-remain"), 0);
}

/* ------------------------------------------------------------------ others' arrays */

static struct kmem_cache *cache;
static int filled, leave; /* atomic */

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
	while (!gb_load_acquire(&leave))
		usleep(200);
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

/* One request, asked once, while no page can be had and CPU 1 caches free objects. */
static void finds_others(void (*ask)(void *got))
{
	struct statement_thread *t = start_keeper();
	unsigned int n = take_pages(20); /* taking the last one would reclaim */
	void *p = NULL;

	ask(&p);
	/* kswapd may have emptied the arrays first; then there is nothing to be found */
	EXPECT(p || (!slab_cache_cached(cache) && !gb_load_relaxed(&cache->nr_free)));
	while (n)
		__free_page(taken[--n]);
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

static void *irq_alloc(size_t size)
{
	return kmalloc(size, GFP_ATOMIC | __GFP_NOWARN);
}

static void irq_free(void *p)
{
	kfree(p);
}

/* ------------------------------------------------------------------ 68, without slab_debug */

static void s68(void)
{
	struct kmem_cache *s = kmem_cache_create("s68", 200, 0, SLAB_NO_MERGE, NULL);
	void *p = kmalloc(64, GFP_KERNEL), *q = kmem_cache_alloc(s, GFP_KERNEL), *next;

	kfree(p);
	EXPECT_EQ(kernel_reports("slab-bug"), 0);
	kfree(p);
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
	EXPECT(kmalloc(64, GFP_KERNEL) == p);
	next = kmalloc(64, GFP_KERNEL);
	EXPECT(next != p);
	kfree(p);
	kfree(next);
	kmem_cache_free(s, q);
	kmem_cache_free(s, q);
	EXPECT_EQ(kernel_reports("slab-bug"), 2);
	kmem_cache_destroy(s);
}

static const struct statement table[] = {
	{ 85, "a sleeping mask is reported where an array could serve it", P_EACH, IRQ_EMPTY,
	  s85 },
	{ 93, "a kfree_rcu object is not used again while a reader is in", P_EACH, IRQ_EMPTY,
	  s93 },
	{ 68, "two frees in a row without slab_debug are reported, the second does nothing",
	  P_EACH, IRQ_EMPTY, s68 },
	{ 94, "kvfree_rcu_mightsleep in atomic context is reported", P_EACH, IRQ_EMPTY, s94 },
	{ 20, "a slab from the reserve serves only those who may use it", P_EACH, IRQ_EMPTY,
	  reserve, .ram_mib = 16 },
	{ 0, "a thread that is no CPU destroys a cache that a CPU has in its arrays", P_EACH,
	  IRQ_ALLOCATES, destroy_from_outside },
	{ 0, "an atomic request gets at once what another CPU has in its arrays", P_EACH,
	  IRQ_EMPTY, request_finds_others, .ram_mib = 16 },
	{ 0, "a CPU that is always in the fast path is drained too", P_EACH, IRQ_ALLOCATES,
	  drains_the_busy },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	static const struct statement_irq irq = { irq_alloc, irq_free };

	return statements_run(table, &irq, argc, argv);
}
