/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Reaching HIGHMEM frames by address.
 *
 *   kmap             one of 1024 slots of a reserved window, counted; waits when all are
 *                    in use.  After the last kunmap an access faults
 *   kmap_local_page  the machine's own window on all frames: any context, no system call
 *
 * Lowmem pages have their direct-map address and need no slot.  kernel: mm/highmem.c.
 */
#include "kernel/ram.h"

#include <errno.h>
#include <sys/mman.h>

#define NR_SLOTS 1024

static char *window;
static raw_spinlock_t slots_lock = RAW_SPINLOCK_INIT("kmap", 25);
static struct {
	const struct page *page; /* NULL: free.  slots_lock */
	int count;
} slots[NR_SLOTS];

int kmap_init(struct gb_error *e)
{
	if (mm.highmem_pfn == mm.nr_pages)
		return 0;
	window = mmap(NULL, NR_SLOTS * PAGE_SIZE, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (window == MAP_FAILED) {
		window = NULL;
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL,
				     "cannot reserve the kmap window");
	}
	return 0;
}

void kmap_free(void)
{
	if (window)
		munmap(window, NR_SLOTS * PAGE_SIZE);
	window = NULL;
	for (int i = 0; i < NR_SLOTS; i++)
		slots[i].page = NULL;
}

static void *slot_address(int slot)
{
	return window + (size_t)slot * PAGE_SIZE;
}

/* The slot of a page, or with NULL a free one; -1.  slots_lock held. */
static int find_slot(const struct page *page)
{
	for (int i = 0; i < NR_SLOTS; i++)
		if (slots[i].page == page)
			return i;
	return -1;
}

static int map_slot(int slot, const struct page *page)
{
	off_t at = (off_t)(page_to_pfn(page) << PAGE_SHIFT);

	if (mmap(slot_address(slot), PAGE_SIZE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, mm.memfd, at) == MAP_FAILED)
		return -1;
	slots[slot].page = page;
	slots[slot].count = 0;
	return 0;
}

/* A counted slot, or -1: all are in use. */
static int get_slot(const struct page *page)
{
	unsigned long flags = raw_spin_lock_irqsave(&slots_lock);
	int slot = find_slot(page);

	if (slot < 0) {
		slot = find_slot(NULL);
		if (slot >= 0 && map_slot(slot, page))
			slot = -1;
	}
	if (slot >= 0)
		slots[slot].count++;
	raw_spin_unlock_irqrestore(&slots_lock, flags);
	return slot;
}

void *kmap(struct page *page)
{
	int slot;

	if (!mm_ready(__func__))
		return NULL;
	gfp_might_sleep("kmap");
	if (!page_is_highmem(page))
		return lowmem_page_address(page);
	while ((slot = get_slot(page)) < 0)
		sleep_us(1000);
	return slot_address(slot);
}

void kunmap(struct page *page)
{
	unsigned long flags;
	int slot;

	if (!mm_ready(__func__) || !page_is_highmem(page))
		return;
	flags = raw_spin_lock_irqsave(&slots_lock);
	slot = find_slot(page);
	if (slot >= 0 && --slots[slot].count == 0) {
		mmap(slot_address(slot), PAGE_SIZE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
		slots[slot].page = NULL;
	}
	raw_spin_unlock_irqrestore(&slots_lock, flags);
	if (slot < 0)
		kernel_bug("kunmap",
			   "BUG: kunmap() of a page that is not mapped, pfn:%lx",
			   page_to_pfn(page));
}

void *kmap_address(const struct page *page)
{
	unsigned long flags = raw_spin_lock_irqsave(&slots_lock);
	int slot = find_slot(page);

	raw_spin_unlock_irqrestore(&slots_lock, flags);
	return slot < 0 ? NULL : slot_address(slot);
}

void *kmap_local_page(struct page *page)
{
	return mm_ready(__func__) ? page_window(page) : NULL;
}

void kunmap_local(const void *p)
{
	(void)p; /* the window on all frames stays */
}
