/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * mempool: a reserve of min_nr elements that makes sleeping allocations certain
 * (kernel-model 5.3).
 *
 * Order of attempts: the backing allocator without reclaim and I/O; the reserve; the
 * backing allocator with the full mask; the reserve again; then NULL, or, if the mask may
 * sleep, a wait for mempool_free (five seconds at most) and everything again.  Waiters
 * sleep on a futex word that every refill advances; a refill from atomic context makes no
 * system call, so waiters also look by themselves every few milliseconds.
 * kernel: mm/mempool.c.
 */
#include "kernel/mm.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WAIT_NS 5000000

struct mempool_s {
	raw_spinlock_t lock;
	int min_nr, curr_nr; /* lock */
	void **elements;     /* lock; a stack */
	mempool_alloc_t *alloc;
	mempool_free_t *free;
	void *pool_data;
	uint32_t refills; /* atomic; futex word */
	uint32_t waiters; /* atomic */
};

/* ------------------------------------------------------------------ the reserve */

static void *reserve_pop(mempool_t *pool)
{
	unsigned long flags = raw_spin_lock_irqsave(&pool->lock);
	void *element = pool->curr_nr ? pool->elements[--pool->curr_nr] : NULL;

	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return element;
}

/* 0: the reserve is full. */
static int reserve_push(mempool_t *pool, void *element)
{
	unsigned long flags = raw_spin_lock_irqsave(&pool->lock);
	int room = pool->curr_nr < pool->min_nr;

	if (room)
		pool->elements[pool->curr_nr++] = element;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return room;
}

static void wait_for_refill(mempool_t *pool, uint32_t seen)
{
	struct timespec t = { 0, WAIT_NS };

	gb_self.sleeps++;
	gb_add_acq_rel(&pool->waiters, 1);
	syscall(SYS_futex, &pool->refills, FUTEX_WAIT_PRIVATE, seen, &t, NULL, 0);
	gb_sub_acq_rel(&pool->waiters, 1);
}

static void wake_waiters(mempool_t *pool)
{
	gb_add_acq_rel(&pool->refills, 1);
	if (gb_load_acquire(&pool->waiters) && !in_atomic() && !arch_irqs_disabled())
		syscall(SYS_futex, &pool->refills, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* ------------------------------------------------------------------ life */

void mempool_destroy(mempool_t *pool)
{
	void *element;

	if (!pool)
		return;
	while ((element = reserve_pop(pool)))
		pool->free(element, pool->pool_data);
	free(pool->elements);
	free(pool);
}

mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free_fn,
			  void *pool_data)
{
	mempool_t *pool;

	if (!mm_ready(__func__) || min_nr < 0)
		return NULL;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->lock = (raw_spinlock_t)RAW_SPINLOCK_INIT("mempool", 35);
	pool->min_nr = min_nr ? min_nr : 1;
	pool->elements = calloc((size_t)pool->min_nr, sizeof(void *));
	pool->alloc = alloc;
	pool->free = free_fn;
	pool->pool_data = pool_data;
	while (pool->elements && pool->curr_nr < pool->min_nr) {
		void *element = alloc(GFP_KERNEL, pool_data);

		if (!element)
			break;
		pool->elements[pool->curr_nr++] = element;
	}
	if (pool->elements && pool->curr_nr == pool->min_nr)
		return pool;
	mempool_destroy(pool);
	return NULL;
}

/* Shrink: surplus elements go back.  Grow: filled as far as memory allows now, and by later
 * frees.  0, or -EINVAL, -ENOMEM: it is as it was. */
int mempool_resize(mempool_t *pool, int new_min_nr)
{
	void **elements, **old, *element;
	unsigned long flags;

	if (new_min_nr < 1)
		return -EINVAL;
	elements = calloc((size_t)new_min_nr, sizeof(void *));
	if (!elements)
		return -ENOMEM;
	flags = raw_spin_lock_irqsave(&pool->lock);
	while (pool->curr_nr > new_min_nr) {
		element = pool->elements[--pool->curr_nr];
		raw_spin_unlock_irqrestore(&pool->lock, flags);
		pool->free(element, pool->pool_data);
		flags = raw_spin_lock_irqsave(&pool->lock);
	}
	old = pool->elements;
	for (int i = 0; i < pool->curr_nr; i++)
		elements[i] = old[i];
	pool->elements = elements;
	pool->min_nr = new_min_nr;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	free(old);
	while (gb_load_relaxed(&pool->curr_nr) < new_min_nr) {
		element = pool->alloc(GFP_KERNEL, pool->pool_data);
		if (!element)
			break;
		if (!reserve_push(pool, element)) {
			pool->free(element, pool->pool_data);
			break;
		}
	}
	return 0;
}

/* ------------------------------------------------------------------ use */

static void *try_all(mempool_t *pool, gfp_t gfp)
{
	gfp_t cautious = gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO);
	void *element = pool->alloc(cautious, pool->pool_data);

	if (!element)
		element = reserve_pop(pool);
	if (!element && cautious != gfp) {
		element = pool->alloc(gfp, pool->pool_data);
		if (!element)
			element = reserve_pop(pool);
	}
	return element;
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	static int warned;

	if (gfp & __GFP_ZERO)
		kernel_warn_once(&warned, "mempool-zero",
				 "WARNING: mempool with __GFP_ZERO");
	gfp = might_alloc(gfp, "mempool_alloc");
	gfp |= __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
	for (;;) {
		uint32_t seen = gb_load_acquire(&pool->refills);
		void *element = try_all(pool, gfp);

		if (element || !(gfp & __GFP_DIRECT_RECLAIM))
			return element;
		wait_for_refill(pool, seen);
	}
}

void mempool_free(void *element, mempool_t *pool)
{
	if (!element)
		return;
	if (reserve_push(pool, element))
		wake_waiters(pool);
	else
		pool->free(element, pool->pool_data);
}
