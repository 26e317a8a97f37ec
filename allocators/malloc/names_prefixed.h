/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Force-included into the static twin: the entry points get a prefix, so that a program can
 * have them beside the C library's or a sanitizer's own malloc.
 *
 * Layer: allocators/malloc.
 */
#ifndef GFPMALLOC_NAMES_PREFIXED_H
#define GFPMALLOC_NAMES_PREFIXED_H

#define malloc             gfp_malloc
#define free               gfp_free
#define calloc             gfp_calloc
#define realloc            gfp_realloc
#define reallocarray       gfp_reallocarray
#define memalign           gfp_memalign
#define aligned_alloc      gfp_aligned_alloc
#define posix_memalign     gfp_posix_memalign
#define valloc             gfp_valloc
#define pvalloc            gfp_pvalloc
#define malloc_usable_size gfp_malloc_usable_size
#define malloc_trim        gfp_malloc_trim

#endif
