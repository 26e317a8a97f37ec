/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What check.c and check_kernel.c share.
 *
 * Layer: allocators; for these two only.
 */
#ifndef GB_ALLOCATORS_CHECK_INT_H
#define GB_ALLOCATORS_CHECK_INT_H

#include "backend.h"

enum gb_check_how {
	GB_CHECK_UNTOUCHED = 1, /* its bytes are not ours to write */
};

/* A block of @size that another call than heap.alloc handed out: examine it from now on.
 * @alignment: what is promised, at least 8.  NULL: that call failed.  Returns @p. */
void *gb_check_born(void *p, size_t size, gfp_t gfp, size_t alignment, unsigned int how);
/* The block at @p is about to be freed.  Returns what to give to the backend, or NULL after
 * a fault: there is no such block.  Not for NULL. */
void *gb_check_dies(const void *p, unsigned int how);
/* Is @p in a live block? */
int gb_check_known(const void *p);

/* The kernel's calls, checked; NULL stays NULL. */
const struct gb_kernel_ops *gb_check_kernel(const struct gb_kernel_ops *ops);

#endif
