/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Watermarks: how far each class of request may take a zone down.
 *
 *   min_free = clamp(isqrt(16 * lowmem_kB), 128, 262144) kB, shared among the lowmem
 *   zones by size; low = min + step, high = min + 2 step, step = max(min/4, 0.1 % of the
 *   zone)                                                   (kernel-model 2.3)
 *
 *   usable > floor + lowmem_reserve, floor = mark less a half for __GFP_HIGH, less a
 *   quarter of the rest for those that cannot wait as well   (kernel-model 2.4)
 *
 * The boost is part of every mark: a zone whose pageblocks were just mixed looks smaller
 * until kswapd has worked it off.
 */
#include "kernel/zones.h"

static unsigned long isqrt(unsigned long n)
{
	unsigned long root = 0, bit = 1UL << 31;

	for (; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= n)
			root |= bit;
	return root;
}

static unsigned long clamp_ul(unsigned long v, unsigned long lo, unsigned long hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* kernel: mm/page_alloc.c, calculate_min_free_kbytes */
static unsigned long default_min_free_kbytes(void)
{
	unsigned long kb = mm.lowmem_pages << (PAGE_SHIFT - 10);

	return clamp_ul(isqrt(16 * kb), 128, mm.profile->min_free_max_kb);
}

/* kernel: mm/page_alloc.c, __setup_per_zone_wmarks */
static void setup_zone(struct zone *z, unsigned long pages_min)
{
	unsigned long share = pages_min * z->managed / mm.lowmem_pages;
	unsigned long step = share / 4;
	unsigned long min = share;

	if (z->type == ZONE_HIGHMEM)
		min = clamp_ul(z->managed / 1024, SWAP_CLUSTER_MAX, 128);
	if (mm.profile->wmark_scale) {
		unsigned long scaled =
			z->managed * mm.config.watermark_scale_factor / 10000;

		step = scaled > step ? scaled : step;
		z->watermark[WMARK_HIGH] = min + 2 * step;
	} else {
		z->watermark[WMARK_HIGH] = min + share / 2;
	}
	z->watermark[WMARK_MIN] = min;
	z->watermark[WMARK_LOW] = min + step;
	z->watermark[WMARK_PROMO] = min + 3 * step;
}

void zones_setup_watermarks(void)
{
	mm.min_free_kbytes = mm.config.min_free_kbytes ? mm.config.min_free_kbytes :
							 default_min_free_kbytes();
	for (int i = 0; i < MAX_NR_ZONES; i++)
		if (mm.zones[i].managed)
			setup_zone(&mm.zones[i], mm.min_free_kbytes >> (PAGE_SHIFT - 10));
}

static unsigned long discounted(unsigned long mark, unsigned int alloc_flags)
{
	if (alloc_flags & ALLOC_MIN_RESERVE) {
		mark -= mark / 2;
		if (alloc_flags & ALLOC_NON_BLOCK)
			mark -= mark / 4;
	} else if (alloc_flags & ALLOC_OOM) {
		mark -= mark / 2;
	} else if ((alloc_flags & ALLOC_NON_BLOCK) && mm.profile->nowait_harder) {
		mark -= mark / 4;
	}
	return mark;
}

/* Is there a block of at least @order that this request may have? */
static int block_exists(const struct zone *z, unsigned int order,
			unsigned int alloc_flags)
{
	int top = alloc_flags & (ALLOC_HIGHATOMIC | ALLOC_OOM) ? MIGRATE_TYPES :
								 MIGRATE_PCPTYPES;

	for (; order < MAX_NR_ORDERS; order++)
		for (int mt = 0; mt < top; mt++)
			if (gb_load_relaxed(&z->area[order].nr[mt]))
				return 1;
	return 0;
}

/* 3.4: blocks that are too small do not count, and the mark halves with every order. */
static int order_walk_ok(const struct zone *z, unsigned int order, long free, long mark)
{
	for (unsigned int o = 0; o < order; o++) {
		free -= (long)(zone_free_blocks(z, o) << o);
		mark >>= 1;
		if (free <= mark)
			return 0;
	}
	return 1;
}

/*
 * May a request of @order take from @z, which has @free pages, with respect to @mark?
 * @highest: the request's highest zone.  Any context; a snapshot, as in the kernel.
 * kernel: mm/page_alloc.c, __zone_watermark_ok; kernel-model 2.4
 */
int zone_watermark_ok(struct zone *z, unsigned int order, unsigned long mark, int highest,
		      unsigned int alloc_flags, unsigned long free)
{
	long usable = (long)free - ((1L << order) - 1);
	long floor = (long)discounted(mark, alloc_flags);

	if (!(alloc_flags & ALLOC_RESERVES))
		usable -= (long)gb_load_relaxed(&z->nr_free_highatomic);
	if (usable <= floor + (long)z->lowmem_reserve[highest])
		return 0;
	if (!order)
		return 1;
	if (mm.profile->order_walk)
		return order_walk_ok(z, order, usable, floor);
	return block_exists(z, order, alloc_flags);
}

int zone_watermark_fast(struct zone *z, unsigned int order, unsigned long mark,
			int highest, unsigned int alloc_flags)
{
	unsigned long free = zone_free_pages(z);

	if (zone_watermark_ok(z, order, mark, highest, alloc_flags, free))
		return 1;
	/* Order-0 __GFP_HIGH requests ignore the boost at the min mark. */
	if (!order && (alloc_flags & ALLOC_MIN_RESERVE) && gb_load_relaxed(&z->boost) &&
	    (alloc_flags & ALLOC_WMARK_MASK) == ALLOC_WMARK_MIN)
		return zone_watermark_ok(z, 0, z->watermark[WMARK_MIN], highest,
					 alloc_flags, free);
	return 0;
}
