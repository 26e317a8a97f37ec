/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The rest of the malloc family, with the results and errno values of glibc 2.36:
 *  - realloc(NULL, n) is malloc(n); realloc(p, 0) frees and returns NULL;
 *  - memalign and aligned_alloc round an alignment that is no power of two up to one, and
 *    refuse one above SIZE_MAX / 2 + 1 with EINVAL;
 *  - posix_memalign refuses an alignment that is no power of two times sizeof(void *), and
 *    leaves errno alone;
 *  - more than PTRDIFF_MAX bytes are refused with ENOMEM.
 */
#include "malloc/gfpmalloc.h"
#include "malloc/malloc_int.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static unsigned int class_of(const void *p)
{
	size_t offset = (uintptr_t)p - gm_hot.base;

	return offset < gm_hot.bytes ? gm_unit_class[offset >> GM_UNIT_SHIFT] : 0;
}

EXPORT size_t malloc_usable_size(void *p)
{
	unsigned int class;

	if (!p)
		return 0;
	class = class_of(p);
	return class ? gm_class[class].size : gm_large_usable(p);
}

/* ------------------------------------------------------------------ resizing */

/* Is the block good enough as it is?  A block that shrinks below half is worth a copy. */
static int fits(size_t usable, size_t size)
{
	return size <= usable && size >= usable / 2;
}

static void *resize_in_place(void *p, size_t size, size_t usable)
{
	if (class_of(p))
		return fits(usable, size) ||
				       (size && size <= GM_ALIGN && usable == GM_ALIGN) ?
			       p :
			       NULL;
	return gm_large_resize(p, size);
}

EXPORT void *realloc(void *p, size_t size)
{
	size_t usable;
	void *q;

	if (!p)
		return malloc(size);
	if (!size) {
		free(p);
		return NULL;
	}
	if (gb_unlikely(size > PTRDIFF_MAX)) {
		errno = ENOMEM;
		return NULL;
	}
	usable = malloc_usable_size(p);
	q = resize_in_place(p, size, usable);
	if (q)
		return q;
	q = malloc(size);
	if (!q)
		return NULL;
	memcpy(q, p, size < usable ? size : usable);
	free(p);
	return q;
}

EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

/* ------------------------------------------------------------------ alignment */

/* @align is a power of two. */
static void *alloc_aligned(size_t align, size_t size)
{
	unsigned int class;
	int zeroed;
	void *p = NULL;

	if (align <= GM_ALIGN)
		return malloc(size);
	if (size <= GM_SMALL_MAX && gm_init()) {
		class = gm_class_aligned(size, align);
		if (class)
			p = malloc(gm_class[class].size);
		if (p && !((uintptr_t)p & (align - 1)))
			return p;
		free(p); /* the arena is used up and the block a mapping */
	}
	return gm_large_alloc(size, align, &zeroed);
}

EXPORT void *memalign(size_t align, size_t size)
{
	size_t power = GM_ALIGN;

	if (align > SIZE_MAX / 2 + 1) {
		errno = EINVAL;
		return NULL;
	}
	while (power < align)
		power <<= 1;
	return alloc_aligned(power, size);
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

EXPORT int posix_memalign(void **out, size_t align, size_t size)
{
	int saved = errno;
	void *p;

	if (align % sizeof(void *) || !align || align & (align - 1))
		return EINVAL;
	p = alloc_aligned(align, size);
	errno = saved;
	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

EXPORT void *valloc(size_t size)
{
	return alloc_aligned(page_size(), size);
}

EXPORT void *pvalloc(size_t size)
{
	size_t page = page_size();

	if (size > PTRDIFF_MAX) {
		errno = ENOMEM;
		return NULL;
	}
	return alloc_aligned(page, (size + page - 1) & ~(page - 1));
}

/* ------------------------------------------------------------------ giving back */

/* As much as the calling thread can reach: its arrays, the depots, empty slabs, free runs
 * (@pad bytes of those are kept).  1: memory went back to the system. */
EXPORT int malloc_trim(size_t pad)
{
	int saved = errno;
	size_t gone;

	if (!gm_init())
		return 0;
	gm_cache_drain_own();
	gm_depot_drain();
	for (unsigned int id = 1; id < GM_NR_CLASSES; id++)
		gm_slab_shrink(&gm_class[id]);
	gone = gm_run_purge((pad + GM_UNIT - 1) >> GM_UNIT_SHIFT);
	errno = saved;
	return gone != 0;
}
