/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Frames at addresses.  A frame is a page of the RAM's memfd, so mapping frames is mapping
 * that file at their offsets: one mmap for each run of frames that are adjacent, populated
 * at once as the kernel fills its page tables at once.  Unmapping is one mmap, of nothing:
 * inaccessible private memory over the whole range, which the system merges with the
 * guards and free ranges around it.
 *
 * Each run is one mapping of this process, each guard another, and the system allows a
 * process only so many (vm.max_map_count, 65530 unless changed).  What the process needs
 * for itself is counted at boot; a request that would take more than the rest is refused
 * before anything is mapped.  Other parts of the process may have taken mappings since, so
 * the system can refuse first: that has the same end.
 */
#include "kernel/vmalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/map.h"

#define LIMIT_FILE    "/proc/sys/vm/max_map_count"
#define DEFAULT_LIMIT 65530
#define HEADROOM      16 /* for threads and libraries that come later */

static struct {
	long limit; /* of the system */
	long own;   /* mappings of the process at boot */
	long used;  /* ours; atomic */
	uint32_t
		*frame; /* [pages of the address space]; atomic: frame number + 1, or 0 */
} maps;

/* ------------------------------------------------------------------ the limit */

/* A file of /proc a piece at a time; @fn returns how much it found.  -1: unreadable. */
static long read_proc(const char *path, long (*fn)(const char *text, ssize_t n))
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[4096];
	long found = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		found += fn(text, n);
	}
	close(fd);
	return found;
}

static long as_number(const char *text, ssize_t n)
{
	(void)n;
	return strtol(text, NULL, 10);
}

static long count_lines(const char *text, ssize_t n)
{
	long lines = 0;

	for (ssize_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

int vmap_mappings_init(struct gb_error *e)
{
	long limit = read_proc(LIMIT_FILE, as_number);
	long own = read_proc("/proc/self/maps", count_lines);

	maps.limit = limit > 0 ? limit : DEFAULT_LIMIT;
	maps.own = own > 0 ? own : 0;
	maps.used = 0;
	maps.frame = gb_map_lazy(vmap_space_pages() * sizeof(*maps.frame));
	if (!maps.frame)
		return gb_fail(e, GB_EXIT_HARNESS, "choose a smaller RAM",
			       "no memory for the tables of vmalloc");
	if (maps.limit - maps.own > HEADROOM + 2)
		return 0;
	vmap_mappings_free();
	return gb_fail(
		e, GB_EXIT_HARNESS, "raise it: sysctl vm.max_map_count=65530",
		"the system's limit of %ld mappings a process leaves none for vmalloc",
		maps.limit);
}

void vmap_mappings_free(void)
{
	gb_unmap(maps.frame, vmap_space_pages() * sizeof(*maps.frame));
	maps.frame = NULL;
}

/* The kernel has no such message: its page tables know no limit. */
static int limit_reached(size_t bytes, int quiet)
{
	if (!quiet)
		kernel_warn(
			"vmalloc-mappings",
			"vmalloc error: size %zu, the system's limit of %ld mappings a "
			"process (vm.max_map_count) is reached: %ld of vmalloc, %ld others",
			bytes, maps.limit, gb_load_relaxed(&maps.used), maps.own);
	return -1;
}

static int take_mappings(struct vmap_area *a, uint32_t n, int quiet)
{
	if (gb_add_relaxed(&maps.used, n) > maps.limit - maps.own - HEADROOM) {
		gb_sub_relaxed(&maps.used, n);
		return limit_reached(a->end - a->start - PAGE_SIZE, quiet);
	}
	a->nr_mappings += n;
	return 0;
}

static void give_mappings(struct vmap_area *a)
{
	gb_sub_relaxed(&maps.used, a->nr_mappings);
	a->nr_mappings = 0;
}

void vmap_mappings_count(unsigned long *used, unsigned long *limit)
{
	*used = (unsigned long)gb_load_relaxed(&maps.used);
	*limit = (unsigned long)(maps.limit - maps.own - HEADROOM);
}

/* ------------------------------------------------------------------ frames by address */

static void note_frames(unsigned long at, struct page *const *pages, unsigned int n)
{
	uint32_t *frame = &maps.frame[vmap_page_index(at)];

	for (unsigned int i = 0; i < n; i++)
		gb_store_relaxed(&frame[i], (uint32_t)page_to_pfn(pages[i]) + 1);
}

static void forget_frames(unsigned long at, size_t bytes)
{
	uint32_t *frame = &maps.frame[vmap_page_index(at)];

	for (size_t i = 0; i < bytes >> PAGE_SHIFT; i++)
		gb_store_relaxed(&frame[i], 0);
}

/* kernel-model V11.  Any context, for memory that its owner keeps meanwhile. */
struct page *vmalloc_to_page(const void *p)
{
	uint32_t n;

	if (!mm_ready(__func__) || !is_vmalloc_addr(p))
		return NULL;
	n = gb_load_relaxed(&maps.frame[vmap_page_index((unsigned long)p)]);
	return n ? pfn_to_page(n - 1) : NULL;
}

unsigned long vmalloc_to_pfn(const void *p)
{
	struct page *page = vmalloc_to_page(p);

	return page ? page_to_pfn(page) : ~0UL;
}

/* ------------------------------------------------------------------ runs */

static unsigned int run_length(struct page *const *pages, unsigned int n)
{
	unsigned int i = 1;

	while (i < n && pages[i] == pages[i - 1] + 1)
		i++;
	return i;
}

static uint32_t count_runs(struct page *const *pages, unsigned int n)
{
	uint32_t runs = 0;

	for (unsigned int i = 0; i < n; i += run_length(pages + i, n - i))
		runs++;
	return runs;
}

static int map_run(unsigned long at, unsigned long pfn, size_t bytes, int prot)
{
	void *p = mmap((void *)at, bytes, prot, MAP_SHARED | MAP_FIXED | MAP_POPULATE,
		       mm.memfd, (off_t)(pfn << PAGE_SHIFT));

	return p == MAP_FAILED ? -1 : 0;
}

int vmap_map(struct vmap_area *a, unsigned long at, struct page *const *pages,
	     unsigned int n, int prot, int quiet)
{
	if (take_mappings(a, count_runs(pages, n) + 1, quiet))
		return -1;
	for (unsigned int i = 0, run; i < n; i += run) {
		run = run_length(pages + i, n - i);
		if (map_run(at + ((unsigned long)i << PAGE_SHIFT), page_to_pfn(pages[i]),
			    (size_t)run << PAGE_SHIFT, prot)) {
			/* only what was mapped: at the limit no mapping can be split */
			if (i)
				vmap_unmap(at, (size_t)i << PAGE_SHIFT);
			give_mappings(a);
			return limit_reached((size_t)n << PAGE_SHIFT, quiet);
		}
	}
	note_frames(at, pages, n);
	return 0;
}

int vmap_map_file(struct vmap_area *a, int fd, off_t offset, size_t bytes, int quiet)
{
	if (take_mappings(a, 2, quiet))
		return -1;
	if (mmap((void *)a->start, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 fd, offset) != MAP_FAILED)
		return 0;
	give_mappings(a);
	return limit_reached(bytes, quiet);
}

static int map_nothing(unsigned long at, size_t bytes)
{
	return mmap((void *)at, bytes, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		    0) == MAP_FAILED ?
		       -1 :
		       0;
}

/* At the very limit the system refuses any mmap, but it lets go of whole mappings. */
void vmap_unmap(unsigned long at, size_t bytes)
{
	forget_frames(at, bytes);
	if (gb_likely(!map_nothing(at, bytes)))
		return;
	if (munmap((void *)at, bytes) || map_nothing(at, bytes))
		GB_BUG("cannot unmap %zu bytes of vmalloc memory: %s", bytes,
		       strerror(errno));
}

void vmap_unmap_area(struct vmap_area *a)
{
	vmap_unmap(a->start, a->end - a->start - PAGE_SIZE);
	give_mappings(a);
}
