/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the backends glibc, jemalloc and preload:FILE have in common: they are this
 * process's malloc, whichever library serves it.
 *
 * Layer: allocators; for the three backends only.
 */
#ifndef GB_ALLOCATORS_MALLOC_FAMILY_H
#define GB_ALLOCATORS_MALLOC_FAMILY_H

#include "backend.h"

/* What any malloc can do.  Not GB_CAP_ZERO: heap.alloc is malloc itself and does not look
 * at __GFP_ZERO.  Not GB_CAP_IRQ_SAFE: no known malloc survives re-entry. */
#define GB_MALLOC_CAPS \
	(GB_CAP_ATOMIC | GB_CAP_CONTENTS | GB_CAP_MALLOC | GB_CAP_ALIGNED | \
	 GB_CAP_REALLOC | GB_CAP_USABLE | GB_CAP_LARGE)

/* Fill @h with the process's malloc family, after proving that one file serves all of it
 * and that this is @expect (gb_malloc_origin).  Main thread. */
int gb_malloc_start(const char *expect, struct gb_heap *h,
		    struct gb_error *e) GB_MUST_CHECK;
/* The version and origin hooks; "" before gb_malloc_start. */
void gb_malloc_version(char *buf, size_t n);
void gb_malloc_origin_path(char *buf, size_t n);

/* What malloc gives: note in seen[256] which bytes a fresh block of @n holds (calloc's when
 * @zeroed), fill it with @fill, free it.  Any thread; process context. */
void gb_malloc_look(size_t n, int zeroed, int fill, unsigned char *seen);

#endif
