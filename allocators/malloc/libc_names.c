/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The names under which glibc exports its own malloc a second time.  A program that calls
 * them passes the result to free, so they must not reach the other heap.  cfree is gone
 * from glibc's headers; old programs still call it.  Shared library only.
 */
#include "malloc/gfpmalloc.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT void *__libc_malloc(size_t size);
EXPORT void __libc_free(void *p);
EXPORT void *__libc_calloc(size_t n, size_t size);
EXPORT void *__libc_realloc(void *p, size_t size);
EXPORT void *__libc_memalign(size_t align, size_t size);
EXPORT void *__libc_valloc(size_t size);
EXPORT void *__libc_pvalloc(size_t size);
EXPORT int __posix_memalign(void **out, size_t align, size_t size);
EXPORT void cfree(void *p);

void *__libc_malloc(size_t size)
{
	return malloc(size);
}

void __libc_free(void *p)
{
	free(p);
}

void *__libc_calloc(size_t n, size_t size)
{
	return calloc(n, size);
}

void *__libc_realloc(void *p, size_t size)
{
	return realloc(p, size);
}

void *__libc_memalign(size_t align, size_t size)
{
	return memalign(align, size);
}

void *__libc_valloc(size_t size)
{
	return valloc(size);
}

void *__libc_pvalloc(size_t size)
{
	return pvalloc(size);
}

int __posix_memalign(void **out, size_t align, size_t size)
{
	return posix_memalign(out, align, size);
}

void cfree(void *p)
{
	free(p);
}
