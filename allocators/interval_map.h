/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Who owns which byte of memory: a map from addresses to the ids of live blocks, for
 * millions of blocks, from any context at any instruction.
 *
 * Layer: allocators.  One map a process.
 */
#ifndef GB_ALLOCATORS_INTERVAL_MAP_H
#define GB_ALLOCATORS_INTERVAL_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Two blocks never share a granule: no allocator hands out less. */
#define GB_INTERVAL_GRAIN 8u

int gb_interval_open(struct gb_error *e) GB_MUST_CHECK;
void gb_interval_close(void);

/* Note that [@from, @from + @bytes) belongs to @id (not 0).  Returns 0, or the id of another
 * owner of a part of it; the map is then half changed, and of no further use.  A range of
 * no bytes owns one granule.  Any context; never waits, never makes a system call. */
uint32_t gb_interval_claim(uintptr_t from, size_t bytes, uint32_t id);
/* The reverse, by whoever claimed it, before the memory goes back to its allocator. */
void gb_interval_release(uintptr_t from, size_t bytes, uint32_t id);
/* The owner of the byte at @at, or 0. */
uint32_t gb_interval_owner(uintptr_t at);

/* Pages that blocks ever touched. */
uint64_t gb_interval_pages(void);

#endif
