/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * krealloc (__do_krealloc() in mm/slab_common.c, mm/slub.c; kernel-model 3.2, statements 55
 * and 56).  Never shrinks into another class; on failure the old object stays valid.
 *
 * In 6.18 a kmalloc object with red zone and owner tracking remembers how much was asked
 * for: then that is its size, growing within the class moves the red zone, and with
 * __GFP_ZERO exactly the bytes that became usable are cleared.
 */
#include <string.h>

#include "kernel/slab.h"

static void *resize_in_place(void *p, struct kmem_cache *s, size_t old, size_t size, gfp_t gfp)
{
	if (s->orig_offset) {
		if (gfp & __GFP_ZERO && size > old)
			memset((char *)p + old, 0, size - old);
		slab_debug_resize(s, p, size);
	} else if (gfp & __GFP_ZERO) {
		memset((char *)p + size, 0, s->usable_size - size);
	}
	return p;
}

void *krealloc(const void *object, size_t size, gfp_t gfp)
{
	void *p = (void *)object, *q;
	struct kmem_cache *s;
	unsigned int id;
	size_t old;

	if (!size) {
		kfree(p);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(p))
		return kmalloc(size, gfp);
	id = slab_id_of(p);
	if (!id) {
		kernel_warn("bad-krealloc", "krealloc of a pointer that is no object: %p", p);
		return NULL;
	}
	s = &slab_caches[id];
	old = s->orig_offset ? slab_debug_orig_size(s, p) : s->usable_size;
	if (size <= (s->orig_offset ? s->object_size : s->usable_size))
		return resize_in_place(p, s, old, size, gfp);
	q = kmalloc(size, gfp);
	if (!q)
		return NULL;
	memcpy(q, p, old);
	kfree(p);
	return q;
}

void *krealloc_array(void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : krealloc(p, bytes, gfp);
}
