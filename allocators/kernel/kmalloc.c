/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * kmalloc: size classes of the kernel profiles, and everything around the fast path.
 *
 * Caches by id, so that a class's kinds are a constant apart (kernel-model 3.1):
 *
 *	1                   kmalloc(0), closed for ever
 *	2 ..                normal classes in order of size, then DMA, RECLAIMABLE, ACCOUNT
 *	.. one per order    blocks of whole pages (6.x), or the classes above 8 KiB (3.4)
 *	.. the same again   without arrays: for DMA and RECLAIMABLE masks, and while page
 *	                    events are traced or made to fail
 *
 * A large block is a slab of one object: so page blocks up to 256 KiB are cached in arrays
 * like any other object, and kfree finds them in the same table.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/slab.h"

static const uint16_t classes_6[] = { 8,   16,	32,  64,   96,	 128,  192,
				      256, 512, 1024, 2048, 4096, 8192 };
static const uint16_t classes_3[] = { 32, 64, 128, 192, 256, 512, 1024, 2048, 4096, 8192 };
#define FIRST_LARGE_ORDER 2 /* above KMALLOC_MAX_CACHE_SIZE */

static const uint16_t *classes;
static unsigned int nr_classes;
static uint8_t plain_order_id[MAX_PAGE_ORDER + 1]; /* large classes without arrays */

/* ------------------------------------------------------------------ boot */

static void class_name(char *name, enum kmalloc_kind kind, size_t size)
{
	static const char *const prefix[] = { "kmalloc", "dma-kmalloc", "kmalloc-rcl",
					      "kmalloc-cg" };

	if (slab_profile == SLAB_3_4)
		snprintf(name, SLAB_NAME_LEN, "size-%zu%s", size,
			 kind == KMALLOC_DMA ? "(DMA)" : "");
	else if (size >= 1024)
		snprintf(name, SLAB_NAME_LEN, "%s-%zuk", prefix[kind], size / 1024);
	else
		snprintf(name, SLAB_NAME_LEN, "%s-%zu", prefix[kind], size);
}

static struct kmem_cache *make_class(enum kmalloc_kind kind, size_t size, slab_flags_t more)
{
	static const slab_flags_t kind_flags[] = { 0, SLAB_CACHE_DMA, SLAB_RECLAIM_ACCOUNT,
						   SLAB_ACCOUNT };
	size_t align = size & (size - 1) ? size & -size : size;
	char name[SLAB_NAME_LEN];

	if (slab_profile != SLAB_6_18 && size & (size - 1))
		align = 8; /* natural alignment of 96 and 192 came later */
	class_name(name, kind, size);
	return slab_cache_make(name, size, align,
			       SLAB_KMALLOC | kind_flags[kind] | more, NULL);
}

static int make_classes(void)
{
	int kinds = slab_profile == SLAB_3_4 ? KMALLOC_DMA + 1 : KMALLOC_CGROUP + 1;

	for (int kind = 0; kind < kinds; kind++)
		for (unsigned int i = 0; i < nr_classes; i++)
			if (!make_class((enum kmalloc_kind)kind, classes[i], 0))
				return -ENOMEM;
	return 0;
}

/* Where a request of n bytes goes. */
static void fill_table(unsigned int first_id)
{
	unsigned int class = 0;

	for (int kind = KMALLOC_DMA; kind <= KMALLOC_CGROUP; kind++)
		slab_hot.kind_offset[kind - 1] =
			(uint8_t)(slab_profile == SLAB_3_4 && kind > KMALLOC_DMA ? 0 : kind * (int)nr_classes);
	slab_hot.size_entry[0] = KMALLOC_ZERO_ID << SLAB_ENTRY_SHIFT;
	for (size_t i = 1; i < GB_ARRAY_SIZE(slab_hot.size_entry); i++) {
		while (i * 8 > classes[class])
			class++;
		slab_hot.size_entry[i] = (uint16_t)((first_id + class) << SLAB_ENTRY_SHIFT);
	}
}

static int make_large(uint8_t *order_id, slab_flags_t more)
{
	slab_flags_t large = slab_profile == SLAB_3_4 && !more ? 0 : SLAB_LARGE;

	for (unsigned int o = FIRST_LARGE_ORDER; o <= MAX_PAGE_ORDER; o++) {
		enum kmalloc_kind kind = slab_profile == SLAB_3_4 && more ? KMALLOC_DMA :
									    KMALLOC_NORMAL;
		struct kmem_cache *s = make_class(kind, PAGE_SIZE << o, more | large);

		if (!s)
			return -ENOMEM;
		order_id[o] = (uint8_t)s->id;
	}
	return 0;
}

int slab_kmalloc_boot(void)
{
	struct kmem_cache *zero = slab_cache_make("kmalloc(0)", 8, 8, SLAB_INTERNAL, NULL);
	unsigned int first_id = slab_nr_caches;

	if (!zero || zero->id != KMALLOC_ZERO_ID)
		return -ENOMEM;
	classes = slab_profile == SLAB_3_4 ? classes_3 : classes_6;
	nr_classes = slab_profile == SLAB_3_4 ? GB_ARRAY_SIZE(classes_3) :
						GB_ARRAY_SIZE(classes_6);
	if (make_classes() || make_large(slab_hot.order_id, 0) ||
	    make_large(plain_order_id, SLAB_NO_ARRAYS))
		return -ENOMEM;
	fill_table(first_id);
	return 0;
}

/* ------------------------------------------------------------------ which cache */

static enum kmalloc_kind kind_of(gfp_t gfp)
{
	if (gfp & __GFP_DMA)
		return KMALLOC_DMA;
	if (slab_profile == SLAB_3_4)
		return KMALLOC_NORMAL;
	return gfp & __GFP_RECLAIMABLE ? KMALLOC_RECLAIM :
	       gfp & __GFP_ACCOUNT     ? KMALLOC_CGROUP :
					 KMALLOC_NORMAL;
}

static unsigned int order_of(size_t size)
{
	return size <= PAGE_SIZE ? 0 : 64 - PAGE_SHIFT - (unsigned int)__builtin_clzl(size - 1);
}

struct kmem_cache *kmalloc_cache(size_t size, gfp_t gfp)
{
	if (!size || size > KMALLOC_MAX_SIZE)
		return NULL;
	if (size <= KMALLOC_MAX_CACHE_SIZE)
		return &slab_caches[(slab_hot.size_entry[(size + 7) / 8] >>
				     SLAB_ENTRY_SHIFT) +
				    (unsigned int)kind_of(gfp) * nr_classes];
	if (gfp & (__GFP_DMA | __GFP_RECLAIMABLE) || slab_bypassed())
		return &slab_caches[plain_order_id[order_of(size)]];
	return &slab_caches[slab_hot.order_id[order_of(size)]];
}

/* ------------------------------------------------------------------ complete calls */

/* Above KMALLOC_MAX_SIZE: the page allocator refuses and warns, as for any order above 10;
 * 3.4 returned NULL without a word. */
static void *too_large(gfp_t gfp)
{
	if (slab_profile != SLAB_3_4)
		(void)alloc_pages(gfp | __GFP_COMP, MAX_PAGE_ORDER + 1);
	return NULL;
}

static void trace_kmalloc(const struct kmem_cache *s, const void *caller, const void *p,
			  size_t size, gfp_t gfp)
{
	trace_object_alloc("kmalloc", caller, p, size, s ? s->size : 0, gfp, NULL);
	/* ___kmalloc_large_node() and its caller both report (kernel-model 8.2) */
	if (s && s->flags & SLAB_LARGE && slab_profile == SLAB_6_18)
		trace_object_alloc("kmalloc", __builtin_return_address(0), p, size, s->size,
				   gfp, NULL);
}

void *kmalloc_slow(size_t size, gfp_t gfp, const void *caller)
{
	struct kmem_cache *s;
	void *p;

	if (!mm_ready("kmalloc"))
		return NULL;
	s = kmalloc_cache(size, gfp);
	if (s)
		p = slab_alloc_call(s, gfp, size, caller);
	else
		p = size ? too_large(gfp) : ZERO_SIZE_PTR;
	if (trace_enabled() && size)
		trace_kmalloc(s, caller, p, size, gfp);
	return p;
}

/* free_large_kmalloc() on a page that is none: kernel-model 3.2. */
static void not_an_object(const void *p)
{
	struct page *page = virt_addr_valid(p) ? virt_to_page(p) : NULL;

	if (!page)
		kernel_bug("bad-kfree", "kfree of an address that is not in the direct map: %p", p);
	else if (page_flags(compound_head(page)) & PG_LARGE)
		kernel_warn("bad-kfree", "kfree of an interior pointer of a large kmalloc block: "
			    "object pointer: %p", p);
	else
		kernel_warn("bad-kfree", "Not a kmalloc allocation: object pointer: %p", p);
}

void kfree_slow(void *p, const void *caller)
{
	unsigned int id;

	if (trace_enabled())
		trace_object_free("kfree", caller, p, NULL);
	if (ZERO_OR_NULL_PTR(p) || !mm_ready("kfree"))
		return;
	id = slab_id_of(p);
	if (id && !(slab_caches[id].flags & SLAB_INTERNAL))
		slab_free_call(&slab_caches[id], p, caller);
	else
		not_an_object(p);
}

/* ------------------------------------------------------------------ the rest of the family */

void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc(bytes, gfp);
}

void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

/* __ksize(), mm/slab_common.c: statement 47.  Who asks may use all of it: under slab_debug
 * the bytes behind what was asked for are no red zone any more (skip_orig_size_check()). */
size_t ksize(const void *p)
{
	unsigned int id;

	if (ZERO_OR_NULL_PTR(p))
		return 0;
	id = slab_id_of(p);
	if (id) {
		slab_debug_use_all(&slab_caches[id], (void *)p);
		return slab_caches[id].usable_size;
	}
	if (mm_ready("ksize"))
		not_an_object(p);
	return 0;
}

size_t kmalloc_size_roundup(size_t size)
{
	struct kmem_cache *s = mm.up ? kmalloc_cache(size, GFP_KERNEL) : NULL;

	return s ? s->object_size : size;
}

void kfree_sensitive(const void *p)
{
	size_t n = ksize(p);

	if (n)
		memset((void *)p, 0, n);
	gb_escape(p);
	kfree(p);
}

void *kmemdup(const void *src, size_t n, gfp_t gfp)
{
	void *p = kmalloc(n, gfp);

	return p && n ? memcpy(p, src, n) : p;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup(s, strlen(s) + 1, gfp) : NULL;
}
