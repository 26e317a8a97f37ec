/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The complete call: what kmalloc, kmem_cache_alloc and their frees are when the fast path
 * has nothing, or something wants to see every call.  In the kernel's order: might_sleep,
 * failslab, allocation, debugging, zeroing; and tracing around it.
 */
#include <string.h>

#include "kernel/slab.h"

/* An object that is sound, as far as the cache's debugging can tell, and marked as taken. */
void *slab_alloc_sound(struct kmem_cache *s, gfp_t gfp, size_t orig_size, const void *caller)
{
	void *p;

	do
		p = slab_alloc(s, gfp);
	while (p && s->flags & SLAB_DEBUG_FLAGS && !slab_debug_alloc(s, p, orig_size, caller));
	return p;
}

/* slab_alloc_node(), mm/slub.c. */
void *slab_alloc_call(struct kmem_cache *s, gfp_t gfp, size_t orig_size, const void *caller)
{
	void *p;

	gfp = might_alloc(gfp, "slab allocation");
	/* a large kmalloc of 6.x is the page allocator's: failslab is not asked */
	if (gb_unlikely(fault_inject_on) &&
	    (!(s->flags & SLAB_LARGE) || slab_profile == SLAB_3_4) &&
	    should_failslab(s->object_size, gfp, !!(s->flags & SLAB_FAILSLAB)))
		return NULL;
	p = slab_alloc_sound(s, gfp, orig_size, caller);
	if (p && gfp & __GFP_ZERO && !s->ctor)
		memset(p, 0, s->orig_offset ? orig_size : s->object_size);
	return p;
}

void slab_free_call(struct kmem_cache *s, void *p, const void *caller)
{
	slab_flags_t debug = s->flags & SLAB_DEBUG_FLAGS;

	/* without consistency checks debugging would write where no object is */
	if (debug && !(debug & SLAB_CONSISTENCY_CHECKS) && !slab_is_object(s, p))
		slab_report_invalid(s, p);
	else if (!debug || slab_debug_free(s, p, caller))
		slab_free(s, p);
}

void *kmem_cache_alloc_slow(struct kmem_cache *s, gfp_t gfp, const void *caller)
{
	void *p;

	if (!mm_ready("kmem_cache_alloc"))
		return NULL;
	if (!slab_cache_known(s, "kmem_cache_alloc"))
		return NULL;
	p = slab_alloc_call(s, gfp, s->object_size, caller);
	if (trace_enabled())
		trace_object_alloc("kmem_cache_alloc", caller, p, s->object_size, s->size, gfp,
				   s->name);
	return p;
}

/* cache_from_obj(), mm/slub.c: kernel-model statement 69. */
static struct kmem_cache *cache_of(struct kmem_cache *s, void *p)
{
	const char *name = !s ? "(null)" : slab_row(s) < SLAB_MAX_CACHES ? s->name : "no cache";
	unsigned int id = slab_id_of(p);

	if (!id || slab_caches[id].flags & SLAB_INTERNAL) {
		kernel_warn("bad-kmem-cache-free", "kmem_cache_free(%s, %p): not a slab object",
			    name, p);
		return NULL;
	}
	if (id != slab_row(s))
		kernel_warn("wrong-slab-cache",
			    "cache_from_obj: Wrong slab cache. %s but object is from %s",
			    name, slab_caches[id].name);
	return &slab_caches[id];
}

void kmem_cache_free_slow(struct kmem_cache *s, void *p, const void *caller)
{
	if (!mm_ready("kmem_cache_free"))
		return;
	s = cache_of(s, p);
	if (!s)
		return;
	if (trace_enabled())
		trace_object_free("kmem_cache_free", caller, p, s->name);
	slab_free_call(s, p, caller);
}

void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t gfp)
{
	return kmem_cache_alloc(s, gfp | __GFP_ZERO);
}
