/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What check finds by accounting: leaks, and requests that break the GFP rules.
 *
 * Layer: allocators; for check.c only.
 */
#ifndef GB_ALLOCATORS_CHECK_ACCOUNT_H
#define GB_ALLOCATORS_CHECK_ACCOUNT_H

#include "backend.h"
#include "check_block.h"

/* @m: what the backend holds before its first allocation. */
void gb_account_start(const struct gb_backend_memory *m);
/* Before every request, any context. */
void gb_account_note(const struct gb_check_op *now, size_t size, gfp_t gfp);
/* A block of @bytes came into being, or ceased to be; any context, any CPU. */
void gb_account_born(size_t bytes);
void gb_account_died(size_t bytes);
/* Every block was freed and nobody allocates: is anything still held? */
void gb_account_freed(const struct gb_backend_memory *m, uint64_t seed);
/* A request of @size ended in @block (NULL: it failed).  @pressure may be NULL. */
void gb_account_gfp(void (*pressure)(struct gb_backend_pressure *p),
		    const struct gb_check_op *now, const void *block, size_t size, gfp_t gfp,
		    uint64_t seed);

#endif
