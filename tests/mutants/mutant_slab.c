/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The slab with a bug: linked into a gfpbench of its own with --wrap, so that every call
 * of kmalloc, kfree and their kin from elsewhere passes through here first.  The slab
 * itself is the product's, unchanged; GFPBENCH_MUTANT says what goes wrong on the way to
 * it.
 */
#include "machine/spinlock.h"

#include "kernel/mm.h"

#include "mutant.h"

extern void *__real_kmalloc(size_t size, gfp_t gfp);
extern void __real_kfree(const void *p);
extern void __real_kernel_cpu_detach(void);
extern void *__real_kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp);
extern void __real_kmem_cache_free(struct kmem_cache *s, void *p);
extern int __real_kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, size_t n,
					void **p);
extern unsigned long __real___get_free_pages(gfp_t gfp, unsigned int order);
void *__wrap_kmalloc(size_t size, gfp_t gfp);
void __wrap_kfree(const void *p);
void __wrap_kernel_cpu_detach(void);
void *__wrap_kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp);
void __wrap_kmem_cache_free(struct kmem_cache *s, void *p);
int __wrap_kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, size_t n, void **p);
unsigned long __wrap___get_free_pages(gfp_t gfp, unsigned int order);

/* --- a free list with no protection from interrupts: blocks of 64 bytes ------------- */

struct item {
	struct item *next;
};

static struct item *list[GB_MAX_CPUS];
static unsigned int length[GB_MAX_CPUS];

/* The window between reading the head and moving it is what an interrupt must not hit. */
static void *fast_pop(void)
{
	struct item **head = &list[gb_self.id], *next;
	struct item *p = *(struct item *volatile *)head;

	if (!p)
		return NULL;
	next = p->next;
	for (volatile int i = 0; i < 30; i++)
		;
	*(struct item *volatile *)head = next;
	length[gb_self.id]--;
	return p;
}

static int fast_push(void *block)
{
	struct item *p = block;

	if (!gb_is_cpu() || length[gb_self.id] > 100)
		return 0;
	p->next = list[gb_self.id];
	list[gb_self.id] = p;
	length[gb_self.id]++;
	return 1;
}

/* --- allocation --------------------------------------------------------------------- */

static uint32_t word;
static uint32_t spin;
static void *hoard[GB_MAX_CPUS][64];
static unsigned int hoarded[GB_MAX_CPUS];

static void lock_without_irqsave(void)
{
	while (__atomic_exchange_n(&spin, 1, __ATOMIC_ACQUIRE))
		gb_cpu_relax();
	for (volatile int i = 0; i < 30; i++)
		;
	__atomic_store_n(&spin, 0, __ATOMIC_RELEASE);
}

static void system_calls(void)
{
	if (BUG(slab_futex) && EVERY(16))
		mutant_futex(&word);
	if (BUG(slab_mmap) && EVERY(16))
		mutant_mmap();
	if (BUG(slab_reentry_deadlock))
		lock_without_irqsave();
}

static gfp_t wrong_flags(size_t size, gfp_t gfp)
{
	if (BUG(slab_ignores_watermark))
		return gfp | __GFP_MEMALLOC;
	if (BUG(slab_atomic_never_fails) && !(gfp & __GFP_DIRECT_RECLAIM) &&
	    gfp & __GFP_HIGH)
		return gfp | __GFP_MEMALLOC;
	if (BUG(slab_not_zeroed) && size > 4096)
		return gfp & ~__GFP_ZERO;
	if (BUG(slab_sleeps_in_atomic))
		return gfp | GFP_KERNEL;
	return gfp;
}

void *__wrap_kmalloc(size_t size, gfp_t gfp)
{
	void *p;

	system_calls();
	if (BUG(slab_fails_early) && gfp & __GFP_DIRECT_RECLAIM && EVERY(10000))
		return NULL;
	if (BUG(slab_interrupted) && size <= 64 && gb_is_cpu() && !(gfp & __GFP_ZERO)) {
		p = fast_pop();
		return p ? p : __real_kmalloc(64, gfp);
	}
	if (BUG(slab_off_by_one) && size > 8)
		size--;
	return __real_kmalloc(size, wrong_flags(size, gfp));
}

/* --- freeing ------------------------------------------------------------------------ */

/* A private cache of whole pages that is forgotten when the CPU goes. */
static int keep(void *p)
{
	unsigned int cpu = (unsigned int)gb_self.id;

	if (!gb_is_cpu() || gb_context_now() != GB_PROCESS || ksize(p) < 4096 ||
	    ksize(p) > 8192)
		return 0;
	if (hoarded[cpu] < 4)
		hoard[cpu][hoarded[cpu]++] = p;
	else
		return 0;
	return 1;
}

void __wrap_kfree(const void *block)
{
	static int lost; /* atomic */
	void *p = (void *)(uintptr_t)block;

	if (ZERO_OR_NULL_PTR(p)) {
		__real_kfree(p);
		return;
	}
	if (BUG(slab_interrupted) && ksize(p) == 64 && fast_push(p))
		return;
	if (BUG(slab_leak) && ksize(p) >= 1024 && EVERY(200))
		return;
	if (BUG(slab_loses_one) && !gb_xchg_relaxed(&lost, 1))
		return;
	if (BUG(slab_offline_lost) && keep(p))
		return;
	__real_kfree(p);
	if (BUG(slab_double_free) && EVERY(20000))
		__real_kfree(p);
}

void __wrap_kernel_cpu_detach(void)
{
	if (gb_is_cpu())
		hoarded[gb_self.id] = 0;
	__real_kernel_cpu_detach();
}

/* --- caches and pages --------------------------------------------------------------- */

/* The object of the last call once more; the first one's place is nobody's. */
static void *again(void *p)
{
	static void *before; /* atomic */
	void *old = __atomic_exchange_n(&before, p, __ATOMIC_RELAXED);

	return old && EVERY(2000) ? old : p;
}

void *__wrap_kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	void *p = __real_kmem_cache_alloc(s, gfp);

	return p && BUG(slab_cache_double) ? again(p) : p;
}

/* One byte too far, into what the neighbour holds. */
void __wrap_kmem_cache_free(struct kmem_cache *s, void *p)
{
	if (BUG(slab_cache_scribble) && EVERY(500))
		((char *)p)[kmem_cache_size(s) + 16] ^= 1;
	__real_kmem_cache_free(s, p);
}

int __wrap_kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, size_t n, void **p)
{
	int got = __real_kmem_cache_alloc_bulk(s, gfp, n, p);

	if (BUG(slab_bulk_double) && got > 1 && EVERY(500))
		p[got - 1] = p[0];
	return got;
}

unsigned long __wrap___get_free_pages(gfp_t gfp, unsigned int order)
{
	void *p = (void *)__real___get_free_pages(gfp, order);

	return (unsigned long)(p && BUG(slab_pages_double) ? again(p) : p);
}
