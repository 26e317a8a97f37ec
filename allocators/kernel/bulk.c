/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Many objects in one call (__kmem_cache_alloc_bulk(), kmem_cache_free_bulk() of mm/slub.c;
 * kernel-model 3.2, statement 60).  One interrupts-off section moves as many objects as the
 * arrays hold; the rest comes one by one, which refills them.
 *
 * All or nothing: after a failure what was taken has been given back.  Fault injection is
 * asked once per call, and no trace events are written (kernel-model 8.2).
 */
#include <string.h>

#include "kernel/slab.h"

static int take(struct kmem_cache *s, gfp_t gfp, size_t n, void **p, const void *caller)
{
	for (size_t got = 0; got < n; got++) {
		got += slab_arrays_take(s, p + got, n - got);
		if (got == n)
			break;
		p[got] = slab_alloc_sound(s, gfp, s->object_size, caller);
		if (!p[got]) {
			kmem_cache_free_bulk(s, got, p);
			return 0;
		}
	}
	return 1;
}

/* Returns @n, or 0 and nothing is held.  Interrupts on; sleeps if @gfp allows. */
int kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, size_t n, void **p)
{
	if (!n || !mm_ready("kmem_cache_alloc_bulk") ||
	    !slab_cache_known(s, "kmem_cache_alloc_bulk"))
		return 0;
	gfp = might_alloc(gfp, "kmem_cache_alloc_bulk");
	if (gb_unlikely(fault_inject_on) &&
	    should_failslab(s->object_size, gfp, !!(s->flags & SLAB_FAILSLAB)))
		return 0;
	if (!take(s, gfp, n, p, __builtin_return_address(0)))
		return 0;
	if (gfp & __GFP_ZERO && !s->ctor)
		for (size_t i = 0; i < n; i++)
			memset(p[i], 0, s->object_size);
	return (int)n;
}

/* @s NULL: objects of any caches, large blocks too (kfree_bulk). */
void kmem_cache_free_bulk(struct kmem_cache *s, size_t n, void **p)
{
	if (!mm_ready("kmem_cache_free_bulk"))
		return;
	for (size_t i = 0; i < n; i++) {
		unsigned int id = slab_id_of(p[i]);

		if (ZERO_OR_NULL_PTR(p[i]))
			continue;
		if (gb_unlikely(!id || (s && id != slab_row(s)) ||
				slab_caches[id].flags & (SLAB_DEBUG_FLAGS | SLAB_INTERNAL))) {
			if (s)
				kmem_cache_free(s, p[i]);
			else
				kfree(p[i]);
		} else {
			slab_free(&slab_caches[id], p[i]);
		}
	}
}

void kfree_bulk(size_t n, void **p)
{
	kmem_cache_free_bulk(NULL, n, p);
}
