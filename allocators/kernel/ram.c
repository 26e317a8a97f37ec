/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * RAM: a memfd of fixed size.  It is mapped twice.
 *
 *   direct_map  frames below HIGHMEM, shared: frame n at direct_map + (n << 12), so that
 *               virt_to_phys is a subtraction; this is where lowmem allocations live
 *   all_map     every frame: the window through which the machine itself clears pages and
 *               kmap_local_page() reaches HIGHMEM without a system call
 *
 * The descriptor stays open: vmalloc maps frames a third time, at addresses of its own.
 * Huge pages.  A kernel's direct map has the largest pages there are, and without them a
 * live set of some ten MiB pays for its translations, not for its allocator.  Systems keep
 * huge pages of shared memory off by default, but MADV_COLLAPSE (Linux 6.1) needs no leave.
 * So a pageblock becomes one huge page when the first of its frames is allocated where
 * sleeping is allowed; that is cheaper than 512 faults.  Until then, and where it cannot be
 * had, small pages serve.  ram_pageblock[] knows.
 *
 * Both mappings are marked MADV_DONTFORK: a forked child shares no heap with its parent; an
 * access there faults.  The page structs are private memory, zero until first touched, and
 * boot touches none of them (buddy.c): a 64 GiB machine comes up without touching 1 GiB of
 * tables, and a workload pays for those of the pageblocks that it uses.
 */
#include "kernel/ram.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/map.h"

/* A block of order n is aligned to its size in addresses too (kernel-model statement 49):
 * frame 0 lies at a multiple of the largest block. */
#define MAP_ALIGN (PAGE_SIZE << MAX_PAGE_ORDER)
#define HUGE_SIZE (PAGE_SIZE << PAGEBLOCK_ORDER)
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

uint8_t *ram_pageblock;

static size_t nr_pageblocks(void)
{
	return (mm.nr_pages + PAGEBLOCK_PAGES - 1) >> PAGEBLOCK_ORDER;
}

static void *reserve_aligned(size_t bytes)
{
	char *p = mmap(NULL, bytes + MAP_ALIGN, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *at;

	if (p == MAP_FAILED)
		return MAP_FAILED;
	at = (char *)(((uintptr_t)p + MAP_ALIGN - 1) & ~(MAP_ALIGN - 1));
	if (at > p)
		munmap(p, (size_t)(at - p));
	if (at < p + MAP_ALIGN)
		munmap(at + bytes, (size_t)(p + MAP_ALIGN - at));
	return at;
}

static void *map_ram(size_t bytes, struct gb_error *e)
{
	void *p = reserve_aligned(bytes);

	if (p != MAP_FAILED)
		p = mmap(p, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			 mm.memfd, 0);
	if (p == MAP_FAILED) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno,
			      "choose a smaller RAM, or raise the limit on address space "
			      "(ulimit -v)",
			      "cannot map %zu MiB of emulated RAM", bytes >> 20);
		return NULL;
	}
	madvise(p, bytes,
		MADV_DONTFORK); /* a refinement: the fork handler refuses anyway */
	return p;
}

/* Reading a frame of shared memory makes it exist. */
static void touch(unsigned long pfn)
{
	(void)*(const volatile char *)pfn_to_virt(pfn);
}

/* The collapse needs a page to start from; @pfn is the caller's, so touching it is no race.
 * Only whole pageblocks of the direct map. */
static void collapse(unsigned long pfn)
{
	unsigned long first = pfn & ~(PAGEBLOCK_PAGES - 1UL);
	int saved = errno;

	if (first + PAGEBLOCK_PAGES <= mm.highmem_pfn) {
		touch(pfn);
		(void)!madvise(pfn_to_virt(first), HUGE_SIZE, MADV_COLLAPSE);
	}
	errno = saved;
}

void ram_first_use(unsigned long pfn, unsigned int order)
{
	unsigned long end = pfn + (1UL << order);
	int may_sleep = !in_interrupt() && !preempt_count() && !arch_irqs_disabled();

	for (; pfn < end; pfn += PAGEBLOCK_PAGES) {
		uint8_t *block = &ram_pageblock[pfn >> PAGEBLOCK_ORDER];

		gb_fetch_or_acq_rel(block, RAM_USED);
		if (may_sleep && !(gb_fetch_or_acq_rel(block, RAM_HUGE_DONE) & RAM_HUGE_DONE))
			collapse(pfn);
	}
}

int ram_release(unsigned long pfn, unsigned int order)
{
	int saved = errno;
	int ok = !fallocate(mm.memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			    (off_t)(pfn << PAGE_SHIFT), (off_t)(PAGE_SIZE << order));

	errno = saved;
	for (unsigned long p = pfn; ok && p < pfn + (1UL << order); p += PAGEBLOCK_PAGES)
		gb_store_release(&ram_pageblock[p >> PAGEBLOCK_ORDER], (uint8_t)0);
	return ok;
}

static void prefault_pageblock(unsigned long pfn)
{
	ram_pageblock[pfn >> PAGEBLOCK_ORDER] = RAM_HUGE_DONE;
	collapse(pfn);
}

/* Allocate every byte of the file now, so that no later access can find no memory. */
static int prefault(size_t bytes, struct gb_error *e)
{
	int err;

	for (unsigned long pfn = 0; pfn < mm.highmem_pfn; pfn += PAGEBLOCK_PAGES)
		prefault_pageblock(pfn);
	err = posix_fallocate(mm.memfd, 0, (off_t)bytes);
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, err, "choose a smaller RAM",
				     "cannot fill %zu MiB of emulated RAM", bytes >> 20);
	madvise(mm.all_map, bytes, MADV_POPULATE_WRITE);
	madvise(mm.direct_map, mm.highmem_pfn << PAGE_SHIFT, MADV_POPULATE_WRITE);
	return 0;
}

int ram_init(struct gb_error *e)
{
	size_t bytes = mm.nr_pages << PAGE_SHIFT;

	mm.memfd = memfd_create("gfpkernel-ram", MFD_CLOEXEC);
	if (mm.memfd < 0 || ftruncate(mm.memfd, (off_t)bytes)) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose a smaller RAM",
			      "cannot create %zu MiB of emulated RAM", bytes >> 20);
		goto fail;
	}
	mm.direct_map = map_ram(mm.highmem_pfn << PAGE_SHIFT, e);
	mm.all_map = mm.direct_map ? map_ram(bytes, e) : NULL;
	if (!mm.all_map)
		goto fail;
	mm.mem_map = gb_map_lazy(mm.nr_pages * sizeof(struct page));
	ram_pageblock = gb_map_lazy(nr_pageblocks());
	if (!mm.mem_map || !ram_pageblock) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose a smaller RAM",
			      "no memory for the page structs of %zu MiB of emulated RAM",
			      bytes >> 20);
		goto fail;
	}
	mm.table_bytes += mm.nr_pages * sizeof(struct page);
	if (mm.config.prefault && prefault(bytes, e))
		goto fail;
	return 0;
fail:
	ram_free();
	return -GB_EXIT_HARNESS;
}

void ram_free(void)
{
	if (mm.mem_map)
		gb_unmap(mm.mem_map, mm.nr_pages * sizeof(struct page));
	if (ram_pageblock)
		gb_unmap(ram_pageblock, nr_pageblocks());
	if (mm.all_map)
		munmap(mm.all_map, mm.nr_pages << PAGE_SHIFT);
	if (mm.direct_map)
		munmap(mm.direct_map, mm.highmem_pfn << PAGE_SHIFT);
	if (mm.memfd >= 0)
		close(mm.memfd);
	mm.mem_map = NULL;
	ram_pageblock = NULL;
	mm.all_map = NULL;
	mm.direct_map = NULL;
	mm.memfd = -1;
}
