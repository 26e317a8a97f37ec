/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Blocks above the classes: runs of the arena, and mappings beyond those. */
#include "malloc/malloc_int.h"

#include <errno.h>

static unsigned int units_of(size_t size)
{
	return (unsigned int)((size + GM_UNIT - 1) >> GM_UNIT_SHIFT);
}

static int in_arena(const void *p)
{
	return (uintptr_t)p - gm_hot.base < gm_hot.bytes;
}

/* The run that starts at @p. */
static struct gm_unit *run_of(void *p)
{
	struct gm_unit *u = gm_unit_of(p);

	if (u->state != GM_LARGE || gm_unit_address(u) != p)
		gm_die("free(): invalid pointer");
	return u;
}

void *gm_large_alloc(size_t size, size_t align, int *zeroed)
{
	struct gm_unit *run = NULL;

	if (size > PTRDIFF_MAX || align > PTRDIFF_MAX - size - 2 * GM_UNIT) {
		errno = ENOMEM;
		return NULL;
	}
	if (size <= GM_RUN_MAX * GM_UNIT && align <= GM_UNIT && gm_init())
		run = gm_run_alloc(size ? units_of(size) : 1, GM_LARGE, zeroed);
	if (run)
		return gm_unit_address(run);
	*zeroed = 1;
	return gm_huge_alloc(size, align);
}

void gm_large_free(void *p)
{
	if (!in_arena(p)) {
		gm_huge_free(p);
		return;
	}
	gm_run_free(run_of(p));
	gm_tick();
}

size_t gm_large_usable(void *p)
{
	return in_arena(p) ? run_of(p)->units * GM_UNIT : gm_huge_usable(p);
}

void *gm_large_resize(void *p, size_t size)
{
	if (!in_arena(p))
		return gm_huge_resize(p, size);
	if (size <= GM_SMALL_MAX || size > GM_RUN_MAX * GM_UNIT)
		return NULL;
	if (units_of(size) == run_of(p)->units ||
	    gm_run_resize(run_of(p), units_of(size)))
		return p;
	return NULL;
}
