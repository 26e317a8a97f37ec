/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What a reclaiming thread keeps: pages that shrinkers and the slab layer freed on its
 * behalf count as progress.
 *
 * Layer: allocators/kernel.
 */
#ifndef GFPKERNEL_RECLAIM_H
#define GFPKERNEL_RECLAIM_H

#include "kernel/mm.h"

/* The calling thread, PF_MEMALLOC set, freed @pages outside LRU reclaim. */
void reclaim_account(unsigned long pages);

#endif
