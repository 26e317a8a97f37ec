/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Sizes drawn before the timed region: a table of 4096 draws from a distribution, indexed
 * by random bits in the loop.  It costs one load, whatever the distribution costs to draw;
 * the stream still depends on the seed alone.
 *
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_SIZES_H
#define GB_WORKLOADS_SIZES_H

#include "workload.h"

#define GB_NR_SIZES 4096 /* a power of two */

struct gb_sizes {
	uint32_t size[GB_NR_SIZES];
};

/* A law draws all of the table from lo..hi inclusive, 1 <= lo <= hi < 2^32. */
typedef void gb_size_law(struct gb_sizes *s, struct gb_rng *rng, uint64_t lo, uint64_t hi);
gb_size_law gb_sizes_uniform;
/* Density falling with size: every doubling of the size is equally likely. */
gb_size_law gb_sizes_log_uniform;
/* Density falling with the square of the size. */
gb_size_law gb_sizes_inverse_square;
/* The kernel's kmalloc classes, each equally likely, uniform within a class. */
gb_size_law gb_sizes_kmalloc;

/* Two choices from one random number: an index below n from its upper half, a size from
 * its lowest bits. */
GB_INLINE uint32_t gb_pick(uint64_t random, uint32_t n)
{
	return (uint32_t)(((random >> 32) * n) >> 32);
}

GB_INLINE size_t gb_pick_size(const struct gb_sizes *s, uint64_t random)
{
	return s->size[random % GB_NR_SIZES];
}

/* The check that options size_min and size_max share. */
int gb_sizes_check(const struct gb_run *r, uint64_t lo, uint64_t hi,
		   struct gb_error *e) GB_MUST_CHECK;

#endif
