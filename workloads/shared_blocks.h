/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * An array of blocks that all threads of a sample share: whoever comes puts a block of his
 * own at some place and takes away what was there, in one atomic exchange.  So blocks are
 * freed by threads that did not allocate them, one by one.
 *
 * It is the run's data.  Every exchange is acq_rel: whoever takes our block sees it filled,
 * and we see his.
 *
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_SHARED_BLOCKS_H
#define GB_WORKLOADS_SHARED_BLOCKS_H

#include "packed.h"
#include "sizes.h"

struct gb_shared_blocks {
	GB_ALIGNED_LINE uint32_t left; /* atomic: threads that have not cleaned up */
	uint32_t n;
	size_t bytes; /* of harness memory */
	GB_ALIGNED_LINE uint64_t block[]; /* packed; atomic; 0: none */
};

/* setup: @n empty places become r->data. */
int gb_shared_blocks_setup(struct gb_run *r, uint64_t n, struct gb_error *e) GB_MUST_CHECK;
/* thread_setup, of a workload that starts with a full array: this thread's share. */
void gb_shared_blocks_fill(struct gb_thread *t, const struct gb_sizes *sizes);
/* thread_cleanup: the last thread frees what is in the array. */
void gb_shared_blocks_leave(struct gb_thread *t);
/* cleanup; r->data may be NULL. */
void gb_shared_blocks_cleanup(struct gb_run *r);

/* What was at place @i; @v, packed or 0, is there now. */
GB_INLINE uint64_t gb_shared_blocks_swap(struct gb_shared_blocks *s, uint32_t i, uint64_t v)
{
	return gb_xchg_acq_rel(&s->block[i], v);
}

#endif
