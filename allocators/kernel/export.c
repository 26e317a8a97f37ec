/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Exported functions that are small shapes of others: the forms of the page allocator's
 * calls, conversions of addresses, figures of the whole machine.
 */
#include "kernel/ram.h"
#include "kernel/slab.h"
#include "kernel/vmalloc.h"
#include "kernel/zones.h"

#undef page_to_pfn
#undef pfn_to_page
#undef virt_to_page

/* ------------------------------------------------------------------ pages */

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp & ~__GFP_HIGHMEM, order);

	return page ? (unsigned long)lowmem_page_address(page) : 0;
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (!addr || !mm_ready(__func__))
		return;
	if (!virt_addr_valid((void *)addr) || addr & (PAGE_SIZE - 1)) {
		kernel_bug("bad-page",
			   "BUG: free_pages() of %#lx, which is no page address", addr);
		return;
	}
	__free_pages(mm_virt_to_page((void *)addr), order);
}

static unsigned int size_order(size_t size)
{
	unsigned int order = 0;

	while (order <= MAX_PAGE_ORDER && PAGE_SIZE << order < size)
		order++;
	return order;
}

void split_page(struct page *page, unsigned int order)
{
	if (!mm_ready(__func__) || !order)
		return;
	if (page->order != order || (page->flags & PG_HEAD)) {
		bad_page(page, "split_page() of a compound page or with another order");
		return;
	}
	for (unsigned long i = 0; i < 1UL << order; i++) {
		page[i].flags = 0;
		page[i].order = 0;
		gb_store_relaxed(&page[i].compound, 0);
		gb_store_relaxed(&page[i].refcount, 1);
	}
}

/* kernel: mm/page_alloc.c, alloc_pages_exact: the tail is freed at once */
void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	unsigned int order = size_order(size);
	unsigned long pages = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct page *page;

	if (!size)
		return NULL;
	page = alloc_pages(gfp & ~(__GFP_COMP | __GFP_HIGHMEM), order);
	if (!page)
		return NULL;
	split_page(page, order);
	for (unsigned long i = pages; i < 1UL << order; i++)
		__free_pages(page + i, 0);
	return lowmem_page_address(page);
}

void free_pages_exact(void *p, size_t size)
{
	char *end = (char *)p + size;

	for (char *at = p; at < end; at += PAGE_SIZE)
		free_pages((unsigned long)at, 0);
}

void get_page(struct page *page)
{
	gb_add_relaxed(&compound_head(page)->refcount, 1);
}

void put_page(struct page *page)
{
	struct page *head = compound_head(page);

	__free_pages(head, head->order);
}

int page_count(const struct page *page)
{
	return gb_load_relaxed(&page->refcount);
}

void drain_all_pages(void)
{
	if (mm_ready(__func__))
		pcp_drain_all();
}

void drain_local_pages(void)
{
	if (mm_ready(__func__) && gb_is_cpu())
		pcp_drain_cpu((unsigned int)gb_self.id);
}

/* ------------------------------------------------------------------ addresses */

phys_addr_t virt_to_phys(const volatile void *p)
{
	return (phys_addr_t)((const volatile char *)p - mm.direct_map);
}

void *phys_to_virt(phys_addr_t pa)
{
	return mm.direct_map + pa;
}

struct page *virt_to_page(const void *p)
{
	return mm_virt_to_page(p);
}

void *page_address(const struct page *page)
{
	return page_is_highmem(page) ? kmap_address(page) : lowmem_page_address(page);
}

unsigned long page_to_pfn(const struct page *page)
{
	return mm_page_to_pfn(page);
}

struct page *pfn_to_page(unsigned long pfn)
{
	return mm_pfn_to_page(pfn);
}

int pfn_valid(unsigned long pfn)
{
	return pfn < mm.nr_pages;
}

const char *page_zone_name(const struct page *page)
{
	return page_zone(page)->name;
}

bool PageHighMem(const struct page *page)
{
	return page_is_highmem(page);
}

/* ------------------------------------------------------------------ figures */

unsigned long totalram_pages(void)
{
	return mm.nr_pages;
}

unsigned long nr_free_pages(void)
{
	unsigned long n = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++)
		n += zone_free_pages(&mm.zones[i]);
	return n;
}
