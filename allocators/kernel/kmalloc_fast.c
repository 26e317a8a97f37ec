/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The fast paths: all functions that touch the current context's set without turning
 * interrupts off, in one text section of their own.
 *
 * An interrupt that lands in one of them runs on another set and comes back to a set that
 * nobody touched.  The one who may touch it from above, a drain, looks whether the
 * interrupted instruction lies in this section (slab_fast_text) and stays away if so.
 * Hence the rules of this file:
 *  - a set is read and written only here and, with interrupts off, in the slow paths;
 *  - no call between the first read of an entry and its last write; a call to a slow path
 *    is a tail call, or happens when the entry is whole again (memset of a new object);
 *  - no inline function of other headers (a sanitizer would make calls of them).
 *
 * A free checks two things.  That of CONFIG_SLAB_FREELIST_HARDENED: the object freed last is
 * not freed again.  And that an object starts at the address: what lies in an array is
 * handed out without another look.  Three numbers beside the array's pointers tell, by the
 * same arithmetic for kmalloc's power-of-two strides and the others: where sizes mix, a
 * branch between them would be mispredicted.  Slabs of more than one order are left to
 * free_odd().
 *
 * What a fast path does not test: debugging, tracing, fault injection, "is this thread a
 * CPU", "is the machine up", "is the cache alive", a zero size, a NULL pointer.  All of
 * those find a closed entry, or an address outside the direct map, and take the slow path
 * (slab.h, D).
 */
#include <string.h>

#include "kernel/slab.h"

struct slab_hot slab_hot GB_ALIGNED_LINE;

extern const char __start_gfpfast[], __stop_gfpfast[];

int slab_fast_text(uintptr_t ip)
{
	return ip >= (uintptr_t)__start_gfpfast && ip < (uintptr_t)__stop_gfpfast;
}

/* gcc computes the address of each member anew otherwise. */
#define ONE_REGISTER(p) __asm__("" : "+r"(p))
#define CALLER __builtin_return_address(0)
/* Flags for which the size alone does not decide what to do. */
#define PICKY (__GFP_ZERO | __GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT)
/* A sleeping mask where sleeping is a bug: the slow path reports it. */
#define SLEEPS_IN_ATOMIC(gfp)                            \
	(gb_likely((gfp) & __GFP_DIRECT_RECLAIM) &&      \
	 gb_unlikely(gb_self.atomic_state != 0))

/* kmalloc with a kind of its own, zeroing, or above the classes. */
SLAB_FAST static void *kmalloc_picky(size_t size, gfp_t gfp, const void *caller)
{
	struct slab_entry *e;
	unsigned int id;
	void **top, *p;

	if (size <= KMALLOC_MAX_CACHE_SIZE) {
		id = slab_hot.size_entry[(size + 7) / 8] >> SLAB_ENTRY_SHIFT;
		if (gfp & (__GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT))
			id += gfp & __GFP_DMA	      ? slab_hot.kind_offset[0] :
			      gfp & __GFP_RECLAIMABLE ? slab_hot.kind_offset[1] :
							slab_hot.kind_offset[2];
	} else {
		if (size > KMALLOC_MAX_SIZE || gfp & (__GFP_DMA | __GFP_RECLAIMABLE))
			return kmalloc_slow(size, gfp, caller);
		id = slab_hot.order_id[64 - PAGE_SHIFT - __builtin_clzl(size - 1)];
	}
	if (gb_unlikely(!size) || SLEEPS_IN_ATOMIC(gfp))
		return kmalloc_slow(size, gfp, caller);
	e = &slab_now->e[id];
	top = e->top;
	p = top[-1];
	if (gb_unlikely(!p))
		return kmalloc_slow(size, gfp, caller);
	e->top = top - 1;
	return gfp & __GFP_ZERO ? memset(p, 0, slab_caches[id].usable_size) : p;
}

/* __kmalloc(), mm/slub.c.  Any context that @gfp allows.  Up to KMALLOC_MAX_SIZE bytes;
 * 0 gives ZERO_SIZE_PTR.  kernel-model 3.1, statements 46 to 58. */
SLAB_FAST void *kmalloc(size_t size, gfp_t gfp)
{
	struct slab_entry *e;
	void **top, *p;

	if (gb_unlikely(size > KMALLOC_MAX_CACHE_SIZE || gfp & PICKY))
		return kmalloc_picky(size, gfp, CALLER);
	if (SLEEPS_IN_ATOMIC(gfp))
		return kmalloc_slow(size, gfp, CALLER);
	e = slab_entry_at(slab_now, slab_hot.size_entry[(size + 7) / 8]);
	top = e->top;
	p = top[-1];
	if (gb_unlikely(!p))
		return kmalloc_slow(size, gfp, CALLER);
	e->top = top - 1;
	return p;
}

SLAB_FAST void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc_picky(size, gfp | __GFP_ZERO, CALLER);
}

/* A free of an address that is no start by the numbers in the entry.  Where they cannot
 * tell, an object starts there when its distance to the slab's last object is a multiple of
 * the stride: n is one of d when n * ceil(2^32 / d) mod 2^32 < ceil(2^32 / d), for 0 <= n
 * and n * d < 2^32.  Slabs of more than one object end at 32 KiB. */
SLAB_FAST static void free_odd(void *object, const void *caller)
{
	size_t offset = (uintptr_t)object - slab_hot.base;
	size_t at = slab_hot.frame_entry[offset >> PAGE_SHIFT];
	struct slab_entry *e = slab_entry_at(slab_now, at);
	uint32_t reciprocal = slab_caches[at >> SLAB_ENTRY_SHIFT].reciprocal;
	int32_t n = slab_hot.frame_last[offset >> PAGE_SHIFT] * 8 -
		    (int32_t)(offset & (PAGE_SIZE - 1));
	void **top = e->top;

	if (gb_unlikely(e->starts.mask != SLAB_STARTS_UNTOLD || n < 0 ||
			(uint32_t)n * reciprocal >= reciprocal || top == e->end)) {
		kfree_slow(object, caller);
		return;
	}
	*top = object;
	e->top = top + 1;
}

/* kfree(), mm/slub.c.  Objects of any cache, large blocks, NULL, ZERO_SIZE_PTR.  Any
 * context. */
SLAB_FAST void kfree(const void *object)
{
	size_t offset = (uintptr_t)object - slab_hot.base;
	struct slab_entry *e;
	void **top;

	if (gb_unlikely(offset >= slab_hot.bytes)) {
		kfree_slow((void *)object, CALLER);
		return;
	}
	e = slab_entry_at(slab_now, slab_hot.frame_entry[offset >> PAGE_SHIFT]);
	ONE_REGISTER(e);
	top = e->top;
	if (gb_unlikely(top == e->end || top[-1] == object)) {
		kfree_slow((void *)object, CALLER);
		return;
	}
	if (gb_unlikely(!slab_starts(&e->starts, object))) {
		free_odd((void *)object, CALLER);
		return;
	}
	*top = (void *)object;
	e->top = top + 1;
}

/* kmem_cache_alloc_noprof(), mm/slub.c.  Any context that @gfp allows. */
SLAB_FAST void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	size_t id = slab_row(s);
	struct slab_entry *e;
	void **top, *p;

	if (gb_unlikely(id >= SLAB_MAX_CACHES || gfp & __GFP_ZERO) || SLEEPS_IN_ATOMIC(gfp))
		return kmem_cache_alloc_slow(s, gfp, CALLER);
	e = &slab_now->e[id];
	top = e->top;
	p = top[-1];
	if (gb_unlikely(!p))
		return kmem_cache_alloc_slow(s, gfp, CALLER);
	e->top = top - 1;
	return p;
}

/* kmem_cache_free(), mm/slub.c.  An object of another cache is reported (statement 69) and
 * goes back to its own.  Any context. */
SLAB_FAST void kmem_cache_free(struct kmem_cache *s, void *object)
{
	size_t offset = (uintptr_t)object - slab_hot.base, id = slab_row(s);
	struct slab_entry *e;
	void **top;

	if (gb_unlikely(offset >= slab_hot.bytes ||
			slab_hot.frame_entry[offset >> PAGE_SHIFT] !=
				id << SLAB_ENTRY_SHIFT)) {
		kmem_cache_free_slow(s, object, CALLER);
		return;
	}
	e = &slab_now->e[id];
	top = e->top;
	if (gb_unlikely(top == e->end || top[-1] == object)) {
		kmem_cache_free_slow(s, object, CALLER);
		return;
	}
	if (gb_unlikely(!slab_starts(&e->starts, object))) {
		free_odd(object, CALLER);
		return;
	}
	*top = object;
	e->top = top + 1;
}
