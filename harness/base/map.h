/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Memory for the harness itself: straight from mmap, prefaulted, never from the malloc
 * under test.  Layer: base.  Not from interrupts.
 */
#ifndef GB_BASE_MAP_H
#define GB_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed, prefaulted, page-aligned private memory, or NULL with errno.  Release with
 * gb_unmap and the same size. */
void *gb_map(size_t bytes);
/* Reserved, faulted on first touch. */
void *gb_map_lazy(size_t bytes);
/* @bytes of addresses, a multiple of @window, that all show the same @window bytes of
 * zeroed memory again and again (a mapping for each); prefaulted.  NULL with errno. */
void *gb_map_repeated(size_t bytes, size_t window);
void gb_unmap(void *p, size_t bytes);
/* Touch every page of memory that may be written and holds nothing yet. */
void gb_prefault(void *p, size_t bytes);
/* Elapsed time that gb_map and gb_prefault have taken on the calling thread so far. */
uint64_t gb_prefault_ns(void);
/* What gb_map has mapped since the process started, releases not subtracted: what a peak
 * of the resident set owes to the harness. */
uint64_t gb_mapped_bytes(void);

#endif
