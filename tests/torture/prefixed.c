/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A gfpbench whose malloc backend is libgfpmalloc, entered by its prefixed names: so it can
 * be stressed in a build whose malloc is a sanitizer's, which then watches libgfpmalloc's
 * own accesses.  It stands in the place of the C library's backend in the table.
 */
#include "malloc_family.h"

#include <stdio.h>

#include "malloc/gfpmalloc.h"

/* A preloaded library is up before main, and before any limit of the address space. */
__attribute__((constructor)) static void begin(void)
{
	gfp_free(gfp_malloc(64));
}

static void *torture_alloc(size_t size, gfp_t gfp)
{
	(void)gfp;
	return gfp_malloc(size);
}

static void *torture_zalloc(size_t size, gfp_t gfp)
{
	(void)gfp;
	return gfp_calloc(1, size);
}

static void *torture_realloc(void *p, size_t size, gfp_t gfp)
{
	(void)gfp;
	return gfp_realloc(p, size);
}

static void *torture_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	(void)gfp;
	return gfp_memalign(alignment, size);
}

static size_t torture_usable(const void *p)
{
	return gfp_malloc_usable_size((void *)(uintptr_t)p);
}

static int locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	(void)argument;
	(void)e;
	*l = (struct gb_backend_location){ .label = "gfpmalloc" };
	return 0;
}

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	(void)c;
	(void)e;
	*h = (struct gb_heap){
		.alloc = torture_alloc,
		.free = gfp_free,
		.zalloc = torture_zalloc,
		.aligned = torture_aligned,
		.realloc = torture_realloc,
		.usable = torture_usable,
	};
	return 0;
}

static void quiesce(void)
{
	(void)gfp_malloc_trim(0);
}

static void version(char *buf, size_t n)
{
	snprintf(buf, n, "%s", PACKAGE_VERSION);
}

static void origin(char *buf, size_t n)
{
	snprintf(buf, n, "builtin");
}

/* The table's row of that name: the archive's own is not linked. */
extern const struct gb_backend gb_backend_glibc;
const struct gb_backend gb_backend_glibc = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "gfpmalloc",
	.summary = "libgfpmalloc by its prefixed names",
	.detail = "For tests: the library that LD_PRELOAD takes, linked into the program.",
	.caps = GB_MALLOC_CAPS,
	.locate = locate,
	.start = start,
	.quiesce = quiesce,
	.version = version,
	.origin = origin,
};
