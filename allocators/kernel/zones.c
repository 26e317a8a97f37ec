/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Zones: DMA (frames below 16 MiB), DMA32 (only when lowmem exceeds 4 GiB), NORMAL,
 * HIGHMEM (the top of RAM, outside the direct map), as x86 cuts them (kernel-model 2.1).
 * Borders lie on multiples of the largest block, so that no block straddles two zones.
 *
 * lowmem_reserve[j] of zone i is what i keeps back from requests that could have been
 * served by a zone up to j > i: (managed pages of i+1..j) / ratio[i].
 */
#include "kernel/zones.h"

#include "base/map.h"

const char *const zone_names[MAX_NR_ZONES] = { "DMA", "DMA32", "Normal", "HighMem" };

static const unsigned int reserve_ratio[MAX_NR_ZONES] = { 256, 256, 32, 0 };

#define DMA32_END (1UL << (32 - PAGE_SHIFT))

int gfp_zone(gfp_t gfp)
{
	switch (gfp & (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32)) {
	case 0:
		return ZONE_NORMAL;
	case __GFP_DMA:
		return ZONE_DMA;
	case __GFP_HIGHMEM:
		return ZONE_HIGHMEM;
	case __GFP_DMA32:
		/* without a DMA32 zone NORMAL ends below 4 GiB and will do */
		return mm.zones[ZONE_DMA32].managed ? ZONE_DMA32 : ZONE_NORMAL;
	default:
		return -1;
	}
}

enum migratetype gfp_migratetype(gfp_t gfp)
{
	static int warned;

	if ((gfp & (__GFP_MOVABLE | __GFP_RECLAIMABLE)) ==
	    (__GFP_MOVABLE | __GFP_RECLAIMABLE)) {
		kernel_warn_once(&warned, "gfp-mobility",
				 "WARNING: __GFP_MOVABLE and __GFP_RECLAIMABLE together");
		return MIGRATE_UNMOVABLE;
	}
	return (gfp >> 3) & 3;
}

static void setup_lowmem_reserve(void)
{
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		unsigned long above = 0;

		for (int j = i + 1; j < MAX_NR_ZONES; j++) {
			above += mm.zones[j].managed;
			mm.zones[i].lowmem_reserve[j] =
				reserve_ratio[i] && mm.zones[i].managed ?
					above / reserve_ratio[i] :
					0;
		}
	}
}

static void place_zone(enum zone_type type, unsigned long start, unsigned long end)
{
	struct zone *z = &mm.zones[type];

	z->name = zone_names[type];
	z->type = type;
	z->start_pfn = start;
	z->end_pfn = end;
	z->managed = end - start;
}

static void place_zones(void)
{
	unsigned long low = mm.highmem_pfn;
	unsigned long dma = mm.config.dma_bytes >> PAGE_SHIFT;
	unsigned long dma32;

	if (dma > low)
		dma = low;
	dma32 = low > DMA32_END ? DMA32_END : dma;
	place_zone(ZONE_DMA, 0, dma);
	place_zone(ZONE_DMA32, dma, dma32);
	place_zone(ZONE_NORMAL, dma32, low);
	place_zone(ZONE_HIGHMEM, low, mm.nr_pages);
	mm.lowmem_pages = low;
}

static int init_zone(struct zone *z, struct gb_error *e)
{
	unsigned long blocks = (z->managed + PAGEBLOCK_PAGES - 1) >> PAGEBLOCK_ORDER;

	z->lock = (raw_spinlock_t)RAW_SPINLOCK_INIT("zone", 50);
	z->lru_lock = (raw_spinlock_t)RAW_SPINLOCK_INIT("lru", 30);
	if (!z->managed)
		return 0;
	z->pageblock = gb_map(blocks);
	if (!z->pageblock)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no memory for the zone tables");
	mm.table_bytes += blocks;
	buddy_init_zone(z);
	lru_init_zone(z);
	return 0;
}

int zones_init(struct gb_error *e)
{
	place_zones();
	setup_lowmem_reserve();
	zones_setup_watermarks();
	for (int i = 0; i < MAX_NR_ZONES; i++)
		if (init_zone(&mm.zones[i], e))
			return -GB_EXIT_HARNESS;
	return pcp_init(e);
}

void zones_free(void)
{
	pcp_free_tables();
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *z = &mm.zones[i];

		if (z->pageblock)
			gb_unmap(z->pageblock,
				 (z->managed + PAGEBLOCK_PAGES - 1) >> PAGEBLOCK_ORDER);
		z->pageblock = NULL;
	}
}

static struct zone *zone_named(const char *name)
{
	for (int i = 0; name && i < MAX_NR_ZONES; i++)
		if (!strcmp(name, zone_names[i]) && mm.zones[i].managed)
			return &mm.zones[i];
	return NULL;
}

static void fill_zone_info(const struct zone *z, struct zone_info *info)
{
	unsigned int cpu = gb_is_cpu() ? (unsigned int)gb_self.id : 0;
	const struct per_cpu_pages *pcp = &z->pcp[cpu < mm.nr_lists ? cpu : 0];

	info->free = zone_free_pages(z);
	info->min = z->watermark[WMARK_MIN];
	info->low = z->watermark[WMARK_LOW];
	info->high = z->watermark[WMARK_HIGH];
	info->managed = z->managed;
	info->spanned = z->end_pfn - z->start_pfn;
	info->boost = gb_load_relaxed(&z->boost);
	info->pcp = pcp_total(z);
	info->highatomic = gb_load_relaxed(&z->nr_reserved_highatomic);
	for (int i = 0; i < MAX_NR_ZONES; i++)
		info->protection[i] = z->lowmem_reserve[i];
	for (unsigned int o = 0; o < MAX_NR_ORDERS; o++)
		info->free_blocks[o] = zone_free_blocks(z, o);
	info->pcp_high = (unsigned long)gb_load_relaxed(&pcp->high);
	info->pcp_batch = (unsigned long)pcp->batch;
	info->start_pfn = z->start_pfn;
}

/* kernel: the fields of /proc/zoneinfo (mm/vmstat.c, zoneinfo_show_print) */
int zone_info(const char *zone, struct zone_info *info)
{
	const struct zone *z = mm_ready(__func__) ? zone_named(zone) : NULL;

	memset(info, 0, sizeof(*info));
	if (!z)
		return -ENOENT;
	fill_zone_info(z, info);
	return 0;
}
