/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A block in one word: address and requested size, so that threads can exchange blocks with
 * one atomic operation and whoever receives one knows what to check and free.  The size
 * is kept here, not in the block, because the block may not be its holder's own (null).
 *
 * Addresses of user space are below 2^48 on x86-64 and AArch64 as we map memory; a tagged
 * or higher one would be a bug to stop at, not to lose bits of.
 *
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_PACKED_H
#define GB_WORKLOADS_PACKED_H

#include "workload.h"

#define GB_PACKED_MAX_SIZE 65535

GB_INLINE uint64_t gb_pack(const void *p, size_t size)
{
	uint64_t v = (uintptr_t)p;

	GB_BUG_ON(v >> 48 || size > GB_PACKED_MAX_SIZE);
	return v ? (uint64_t)size << 48 | v : 0;
}

GB_INLINE void *gb_packed_block(uint64_t v)
{
	return (void *)(uintptr_t)(v << 16 >> 16);
}

GB_INLINE size_t gb_packed_size(uint64_t v)
{
	return v >> 48;
}

/* A new block, filled; 0 when the allocation failed. */
GB_INLINE uint64_t gb_packed_alloc(struct gb_thread *t, enum gb_context c, uint32_t full,
				   size_t size, gfp_t gfp)
{
	void *p = gb_alloc(t, c, full, size, gfp);

	if (gb_unlikely(!p))
		return 0;
	gb_fill(p, size);
	return gb_pack(p, size);
}

/* Check and free a block whose arrival here is a matter of timing; 0 is none. */
GB_INLINE void gb_packed_free(struct gb_thread *t, enum gb_context c, uint32_t full,
			      uint64_t v)
{
	void *p = gb_packed_block(v);

	if (gb_unlikely(!v))
		return;
	gb_check(t, c, p, gb_packed_size(v));
	gb_free_unordered(t, c, full, p, gb_packed_size(v));
}

#endif
