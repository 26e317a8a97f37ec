/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * RAM and the ways to reach a frame.  ram_init() reads mm.nr_pages, mm.highmem_pfn and the
 * config, and fills mm.memfd, direct_map, all_map, mem_map.
 *
 * Layer: allocators/kernel.  Boot only, except page_window().
 */
#ifndef GFPKERNEL_RAM_H
#define GFPKERNEL_RAM_H

#include "kernel/mm.h"

int ram_init(struct gb_error *e) GB_MUST_CHECK;
void ram_free(void);

#define RAM_USED      0x1u /* frames of it have been allocated, since the last release */
#define RAM_HUGE_DONE 0x2u /* a huge page has been tried; see ram.c */
extern uint8_t *ram_pageblock; /* [pageblock], atomic */
/* Note that a block came into use by the caller, and make its pageblocks huge pages, unless
 * this context must not sleep. */
void ram_first_use(unsigned long pfn, unsigned int order);
GB_INLINE void ram_use(unsigned long pfn, unsigned int order)
{
	if (gb_unlikely(gb_load_relaxed(&ram_pageblock[pfn >> PAGEBLOCK_ORDER]) !=
			(RAM_USED | RAM_HUGE_DONE)))
		ram_first_use(pfn, order);
}
GB_INLINE int ram_is_used(unsigned long pfn)
{
	return gb_load_relaxed(&ram_pageblock[pfn >> PAGEBLOCK_ORDER]) & RAM_USED;
}
/* Give the memory behind whole pageblocks, which the caller owns, back to the system; true
 * when it went.  What is read there next is zero.  May sleep. */
int ram_release(unsigned long pfn, unsigned int order);
/* One round of page_reporting.c; returns frames given back.  Process context. */
unsigned long page_reporting_pass(void);
extern const struct mm_layer page_reporting_layer;

/* An address of any frame, HIGHMEM included, valid while the machine is up. */
GB_INLINE void *page_window(const struct page *page)
{
	unsigned long pfn = mm_page_to_pfn(page);

	return pfn < mm.highmem_pfn ? pfn_to_virt(pfn) : mm.all_map + (pfn << PAGE_SHIFT);
}

/* kmap.c */
int kmap_init(struct gb_error *e) GB_MUST_CHECK;
void kmap_free(void);
void *kmap_address(const struct page *page); /* of a kmapped page, or NULL */

#endif
