/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The slab layer and its callers' contexts: statements 85 (fast path), 93 and 94, and who
 * may use slabs from the reserve.
 */
#include "hold.h"

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

static void reserve(void)
{
	struct kmem_cache *s = kmem_cache_create("reserve", 128, 0, SLAB_NO_MERGE, NULL);
	void *p, *q;

	drain_all_pages();
	hold_but(20);
	EXPECT(!kmem_cache_alloc(s, GFP_ATOMIC | __GFP_NOWARN));
	p = kmem_cache_alloc(s, GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOWARN);
	EXPECT(p);
	EXPECT(p && virt_to_head_page(p)->flags & PG_PFMEMALLOC);
	/* its slab has room, but not for this one */
	EXPECT(!kmem_cache_alloc(s, GFP_ATOMIC | __GFP_NOWARN));
	q = kmem_cache_alloc(s, GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOWARN);
	EXPECT(q && virt_to_head_page(q) == virt_to_head_page(p));
	let_go();
	if (p)
		kmem_cache_free(s, p);
	if (q)
		kmem_cache_free(s, q);
	kmem_cache_destroy(s);
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
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	static const struct statement_irq irq = { irq_alloc, irq_free };

	return statements_run(table, &irq, argc, argv);
}
