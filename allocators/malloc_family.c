/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The process's malloc family as a heap.
 *
 * heap.alloc must cost what the program under test would pay, so it is the malloc
 * function itself, called through a pointer with one argument more than it takes.  In the
 * calling conventions of x86-64 (System V) and AArch64 an integer argument that the callee
 * does not name sits in a register that it may clobber anyway: the call is well defined
 * at the machine's level, though not at C's.  Elsewhere, and under a sanitizer that
 * checks function types, a shim drops the argument and costs a jump.
 *
 * The pointers come from dlsym, not from the name malloc in this file, which in a
 * position-dependent executable is the address of a linkage stub.
 */
#include "malloc_family.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"

#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define CALLS_ARE_CHECKED 1
#endif
#endif

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(CALLS_ARE_CHECKED)
#define EXTRA_ARGUMENT_IGNORED 1
#else
#define EXTRA_ARGUMENT_IGNORED 0
#endif

static struct gb_malloc_origin served_by;

static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	size_t (*usable)(void *);
} family; /* written once, by gb_malloc_start */

static void *malloc_shim(size_t size, gfp_t gfp)
{
	(void)gfp;
	return family.malloc(size);
}

static void *zalloc_shim(size_t size, gfp_t gfp)
{
	(void)gfp;
	return family.calloc(1, size);
}

static void *realloc_shim(void *p, size_t size, gfp_t gfp)
{
	(void)gfp;
	return family.realloc(p, size);
}

/* C11 before its corrigendum wants a multiple of the alignment, and some libraries still
 * insist. */
static void *aligned_shim(size_t alignment, size_t size, gfp_t gfp)
{
	(void)gfp;
	return family.aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}

static size_t usable_shim(const void *p)
{
	return family.usable((void *)(uintptr_t)p);
}

static void *symbol(const char *name)
{
	void *p = dlsym(RTLD_DEFAULT, name);

	GB_BUG_ON(!p); /* gb_malloc_origin found it a moment ago */
	return p;
}

int gb_malloc_start(const char *expect, struct gb_heap *h, struct gb_error *e)
{
	int ret = gb_malloc_origin(expect, &served_by, e);

	if (ret)
		return ret;
	family.malloc = symbol("malloc");
	*(void **)&family.calloc = symbol("calloc");
	family.realloc = symbol("realloc");
	*(void **)&family.aligned_alloc = symbol("aligned_alloc");
	family.usable = symbol("malloc_usable_size");
	*h = (struct gb_heap){
		.alloc = malloc_shim,
		.aligned = aligned_shim,
		.realloc = realloc_shim,
		.usable = usable_shim,
		.zalloc = zalloc_shim,
	};
	h->free = symbol("free");
	if (EXTRA_ARGUMENT_IGNORED)
		h->alloc = symbol("malloc");
	return 0;
}

void gb_malloc_version(char *buf, size_t n)
{
	snprintf(buf, n, "%s", served_by.version);
}

void gb_malloc_origin_path(char *buf, size_t n)
{
	snprintf(buf, n, "%s", served_by.path);
}

void gb_malloc_look(size_t n, int zeroed, int fill, unsigned char *seen)
{
	unsigned char *p = zeroed ? calloc(1, n) : malloc(n);

	gb_escape(p);
	if (!p)
		return;
	for (size_t i = 0; i < n; i++)
		seen[p[i]] = 1;
	memset(p, fill, n);
	gb_escape(p);
	free(p);
}
