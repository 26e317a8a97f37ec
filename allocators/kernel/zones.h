/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Figures of zones for reports.  Layer: allocators/kernel.  Any context.
 */
#ifndef GFPKERNEL_ZONES_H
#define GFPKERNEL_ZONES_H

#include <errno.h>
#include <string.h>

#include "kernel/mm.h"

/* Free blocks of @order in all lists: a snapshot without lock. */
GB_INLINE unsigned long zone_free_blocks(const struct zone *z, unsigned int order)
{
	unsigned long n = 0;

	for (int mt = 0; mt < MIGRATE_TYPES; mt++)
		n += gb_load_relaxed(&z->area[order].nr[mt]);
	return n;
}

#define for_each_zone_down(z, highest) \
	for ((z) = &mm.zones[highest]; (z) >= &mm.zones[0]; (z)--) \
		if ((z)->managed)

#endif
