/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * malloc, free and calloc: the fast paths.
 *
 * What they do not test: a NULL pointer, "is this thread known", "is the arena there".  All
 * of those find a closed entry, or an address outside the arena, and take the slow path.
 */
#include "malloc/gfpmalloc.h"
#include "malloc/malloc_int.h"

#include <errno.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* Above the classes, or the arrays are empty, or nothing is set up yet. */
static __attribute__((noinline)) void *alloc_other(size_t size, int *zeroed)
{
	void *p = NULL;

	*zeroed = 0;
	if (gb_likely(size <= GM_SMALL_MAX && gm_init()))
		p = gm_alloc_slow(gm_hot.size_class[(size + GM_ALIGN - 1) / GM_ALIGN]);
	return p ? p : gm_large_alloc(size, GM_ALIGN, zeroed);
}

static __attribute__((noinline)) void *malloc_other(size_t size)
{
	int zeroed;

	return alloc_other(size, &zeroed);
}

static __attribute__((noinline)) void free_other(void *p)
{
	size_t offset = (uintptr_t)p - gm_hot.base;
	unsigned int class;

	if (!p)
		return;
	class = offset < gm_hot.bytes ? gm_unit_class[offset >> GM_UNIT_SHIFT] : 0;
	if (class)
		gm_free_slow(class, p);
	else
		gm_large_free(p);
}

/* The array's top object, or NULL. */
GB_INLINE void *pop(size_t size)
{
	struct gm_entry *e;
	void *p;

	e = &gm_self->e[gb_load_relaxed(
		&gm_hot.size_class[(size + GM_ALIGN - 1) / GM_ALIGN])];
	p = e->top[-1];
	if (gb_likely(p != NULL))
		e->top--;
	return p;
}

EXPORT void *malloc(size_t size)
{
	void *p;

	if (gb_unlikely(size > GM_SMALL_MAX))
		return malloc_other(size);
	p = pop(size);
	return gb_likely(p != NULL) ? p : malloc_other(size);
}

EXPORT void free(void *p)
{
	size_t offset = (uintptr_t)p - gb_load_relaxed(&gm_hot.base);
	struct gm_entry *e;

	if (gb_unlikely(offset >= gb_load_relaxed(&gm_hot.bytes))) {
		free_other(p);
		return;
	}
	e = &gm_self->e[gb_load_relaxed(&gm_unit_class[offset >> GM_UNIT_SHIFT])];
	if (gb_unlikely(e->top == e->end)) {
		free_other(p);
		return;
	}
	*e->top++ = p;
}

EXPORT void *calloc(size_t n, size_t size)
{
	size_t bytes;
	int zeroed = 0;
	void *p = NULL;

	if (gb_unlikely(__builtin_mul_overflow(n, size, &bytes))) {
		errno = ENOMEM;
		return NULL;
	}
	if (gb_likely(bytes <= GM_SMALL_MAX))
		p = pop(bytes);
	if (gb_unlikely(!p))
		p = alloc_other(bytes, &zeroed);
	return p && !zeroed ? memset(p, 0, bytes) : p;
}
