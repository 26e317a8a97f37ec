/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * kvmalloc: kmalloc where it can be had cheaply, vmalloc otherwise.
 *
 *	up to a page       kmalloc with the caller's mask, no second try
 *	above              kmalloc that neither warns nor insists, then vmalloc with the
 *	                   caller's mask, if that may sleep
 *
 * How little the first try insists depends on the version: 6.1 lets it reclaim once
 * (__GFP_NORETRY), 6.18 not at all.
 *
 * kernel: mm/slub.c (mm/util.c), __kvmalloc_node; kernel-model V13.
 */
#include "kernel/vmalloc.h"

#include <limits.h>
#include <string.h>

static gfp_t first_try(gfp_t gfp, size_t size)
{
	if (size <= PAGE_SIZE)
		return gfp;
	gfp |= __GFP_NOWARN;
	if (!(gfp & __GFP_RETRY_MAYFAIL))
		gfp = mm.profile->version >= 618 ? gfp & ~__GFP_DIRECT_RECLAIM :
						   gfp | __GFP_NORETRY;
	return gfp & ~__GFP_NOFAIL;
}

/* Process context for what may become vmalloc memory; free with kvfree. */
void *kvmalloc(size_t size, gfp_t gfp)
{
	static int warned;
	void *p;

	if (!mm_ready(__func__))
		return NULL;
	p = kmalloc(size, first_try(gfp, size));
	if (p || size <= PAGE_SIZE || !(gfp & __GFP_DIRECT_RECLAIM))
		return p;
	if (size > INT_MAX) {
		if (!(gfp & __GFP_NOWARN))
			kernel_warn_once(&warned, "vmalloc-size",
					 "WARNING: kvmalloc(%zu) is above INT_MAX", size);
		return NULL;
	}
	return __vmalloc(size, gfp);
}

void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp | __GFP_ZERO);
}

void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : kvmalloc(bytes, gfp);
}

void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kvmalloc_array(n, size, gfp | __GFP_ZERO);
}

size_t kvsize(const void *p)
{
	return is_vmalloc_addr(p) ? vmalloc_usable_size(p) : ksize(p);
}

/* kernel: kvrealloc.  Failure leaves @p as it was. */
void *kvrealloc(const void *p, size_t size, gfp_t gfp)
{
	size_t old;
	void *q;

	if (p && is_vmalloc_addr(p))
		return vrealloc(p, size, gfp);
	if (size <= PAGE_SIZE || ZERO_OR_NULL_PTR(p))
		return p ? krealloc(p, size, gfp) : kvmalloc(size, gfp);
	old = ksize(p);
	if (size <= old)
		return (void *)p;
	q = kvmalloc(size, gfp);
	if (!q)
		return NULL;
	memcpy(q, p, old);
	kfree(p);
	return q;
}

/* kernel: mm/util.c, kvfree: a range test decides.  Any context; vmalloc memory is freed
 * later where sleeping is not allowed. */
void kvfree(const void *p)
{
	if (is_vmalloc_addr(p))
		vfree(p);
	else
		kfree(p);
}
