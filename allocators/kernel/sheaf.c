/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Prefilled sheaves of 6.18 (mm/slub.c; kernel-model 3.6, statement 73): a caller that may
 * sleep now takes the objects that it will need later, where it may not.
 *
 * A sheaf is a kmalloc block with the objects in it.  Allocating from it cannot fail for
 * the number asked for; beyond that it returns NULL.
 */
#include <errno.h>

#include "kernel/slab.h"

struct slab_sheaf {
	unsigned int count;         /* objects left */
	unsigned int capacity;
	void *object[];
};

/* @n objects of @s; NULL when they cannot be had.  Any context that @gfp allows.  Release
 * with kmem_cache_return_sheaf(). */
struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *s, gfp_t gfp, unsigned int n)
{
	struct slab_sheaf *sheaf;

	if (!n || !mm_ready("kmem_cache_prefill_sheaf") ||
	    !slab_cache_known(s, "kmem_cache_prefill_sheaf"))
		return NULL;
	sheaf = kmalloc(sizeof(*sheaf) + n * sizeof(void *), gfp & ~__GFP_ZERO);
	if (!sheaf)
		return NULL;
	sheaf->capacity = n;
	sheaf->count = (unsigned int)kmem_cache_alloc_bulk(s, gfp & ~__GFP_ZERO, n, sheaf->object);
	if (sheaf->count)
		return sheaf;
	kfree(sheaf);
	return NULL;
}

/* Any context; NULL only when all @n have been taken. */
void *kmem_cache_alloc_from_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf)
{
	void *p;

	if (!sheaf->count)
		return NULL;
	p = sheaf->object[--sheaf->count];
	if (gfp & __GFP_ZERO && !s->ctor)
		__builtin_memset(p, 0, s->object_size);
	return p;
}

/* At least @n objects in *@sheafp again; a larger @n replaces the sheaf.  0, or -ENOMEM: it
 * is as it was.  Any context that @gfp allows. */
int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf **sheafp,
			    unsigned int n)
{
	struct slab_sheaf *sheaf, *larger;

	if (!s || !sheafp || !*sheafp || !mm_ready("kmem_cache_refill_sheaf"))
		return -EINVAL;
	sheaf = *sheafp;
	if (sheaf->count >= n)
		return 0;
	if (n > sheaf->capacity) {
		larger = kmem_cache_prefill_sheaf(s, gfp, n);
		if (!larger)
			return -ENOMEM;
		kmem_cache_return_sheaf(s, gfp, sheaf);
		*sheafp = larger;
		return 0;
	}
	if (!kmem_cache_alloc_bulk(s, gfp & ~__GFP_ZERO, n - sheaf->count,
				   sheaf->object + sheaf->count))
		return -ENOMEM;
	sheaf->count = n;
	return 0;
}

/* What was not taken goes back.  Any context. */
void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf)
{
	(void)gfp;
	if (!sheaf)
		return;
	kmem_cache_free_bulk(s, sheaf->count, sheaf->object);
	kfree(sheaf);
}
