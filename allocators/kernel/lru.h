/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Emulated page cache on LRU lists.  Layer: allocators/kernel.  Process context.
 */
#ifndef GFPKERNEL_LRU_H
#define GFPKERNEL_LRU_H

#include "kernel/mm.h"

/* Reclaim from a zone's lists at @priority until @want more pages are free; may sleep for
 * emulated I/O when @gfp allows it. */
void lru_shrink_zone(struct zone *z, gfp_t gfp, int priority, unsigned long want,
		     struct reclaim_stat *stat);

#endif
