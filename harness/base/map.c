/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "map.h"

#include <stdint.h>
#include <sys/mman.h>

#include "atomic.h"

static uint64_t mapped; /* atomic, relaxed: statistics only */

static void *map(size_t bytes, int flags)
{
	void *p = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void *gb_map(size_t bytes)
{
	void *p = map(bytes, MAP_POPULATE);

	if (p)
		gb_add_relaxed(&mapped, bytes);
	return p;
}

uint64_t gb_mapped_bytes(void)
{
	return gb_load_relaxed(&mapped);
}

void *gb_map_lazy(size_t bytes)
{
	return map(bytes, MAP_NORESERVE);
}

void gb_unmap(void *p, size_t bytes)
{
	if (p)
		munmap(p, bytes ? bytes : 1);
}
