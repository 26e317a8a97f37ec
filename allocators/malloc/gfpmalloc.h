/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The malloc family that libgfpmalloc implements.  In the shared library under the C
 * library's names; in the static twin (libgfpmalloc_prefixed.a, for tests and sanitizer
 * builds) under the same names with gfp_ in front, see names_prefixed.h.
 *
 * Layer: allocators/malloc.  Any thread; none may be called from a signal handler.
 */
#ifndef GFPMALLOC_H
#define GFPMALLOC_H

#include <malloc.h>
#include <stdlib.h>

void *gfp_malloc(size_t size);
void gfp_free(void *p);
void *gfp_calloc(size_t n, size_t size);
void *gfp_realloc(void *p, size_t size);
void *gfp_reallocarray(void *p, size_t n, size_t size);
void *gfp_memalign(size_t align, size_t size);
void *gfp_aligned_alloc(size_t align, size_t size);
int gfp_posix_memalign(void **out, size_t align, size_t size);
void *gfp_valloc(size_t size);
void *gfp_pvalloc(size_t size);
size_t gfp_malloc_usable_size(void *p);
int gfp_malloc_trim(size_t pad);

#endif
