/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What vmalloc costs beyond the system calls that its mapping needs.
 *
 *	size    vmalloc + vfree against mmap(MAP_POPULATE) of the same frames in as many
 *		pieces, and munmap; once more with scatter: every frame a piece of its own
 *	search  reserving a range while 100, 1,000, ... 100,000 areas are reserved, not mapped
 *	live    vmalloc + vfree of one page (full-fit) and of 100 + 1 pages (long-busy) among
 *		150 and among 15,000 live areas
 *
 * The two sides of a ratio alternate, so that what else the machine does falls on both; a
 * figure is the median of the ratios of neighbours.  Prints, asserts nothing: a loaded
 * machine must not fail a build.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "kernel/mm.h"

#define MAX_PIECES 4096
#define PAIRS      41

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

/* ------------------------------------------------------------------ against bare calls */

static struct piece {
	size_t offset, bytes;
	unsigned long pfn;
} pieces[MAX_PIECES];
static size_t nr_pieces;

/* The runs of frames that vmalloc uses for @bytes now: with scatter, another number of them
 * at each call, so each pair learns anew. */
static void learn_pieces(size_t bytes)
{
	char *p = vmalloc(bytes);

	nr_pieces = 0;
	for (size_t at = 0; at < bytes; at += PAGE_SIZE) {
		unsigned long pfn = vmalloc_to_pfn(p + at);
		struct piece *last = nr_pieces ? &pieces[nr_pieces - 1] : NULL;

		if (last && last->pfn + (last->bytes >> PAGE_SHIFT) == pfn)
			last->bytes += PAGE_SIZE;
		else
			pieces[nr_pieces++] = (struct piece){ at, PAGE_SIZE, pfn };
	}
	vfree(p);
}

static void bare_pair(char *at, size_t bytes)
{
	for (size_t i = 0; i < nr_pieces; i++)
		if (mmap(at + pieces[i].offset, pieces[i].bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, mm.memfd,
			 (off_t)(pieces[i].pfn << PAGE_SHIFT)) == MAP_FAILED)
			abort();
	munmap(at, bytes);
}

static double time_ours(size_t bytes, int n)
{
	double start = now_us();

	for (int i = 0; i < n; i++)
		vfree(vmalloc(bytes));
	return (now_us() - start) / n;
}

static double time_bare(char *at, size_t bytes, int n)
{
	double start = now_us();

	for (int i = 0; i < n; i++)
		bare_pair(at, bytes);
	return (now_us() - start) / n;
}

static void against_bare(size_t bytes, int n)
{
	char *at = mmap(NULL, bytes + PAGE_SIZE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	double ratio[PAIRS], ours[PAIRS], bare[PAIRS], all_pieces = 0;

	time_ours(bytes, n * 4);
	for (int i = 0; i < PAIRS; i++) {
		learn_pieces(bytes);
		all_pieces += nr_pieces;
		time_bare(at, bytes, 1);
		if (i & 1)
			bare[i] = time_bare(at, bytes, n);
		ours[i] = time_ours(bytes, n);
		if (!(i & 1))
			bare[i] = time_bare(at, bytes, n);
		ratio[i] = ours[i] / bare[i];
	}
	printf("size %8zu  pieces %6.1f  vmalloc+vfree %9.2f us  bare %9.2f us  ratio %.2f\n",
	       bytes, all_pieces / PAIRS, median(ours, PAIRS), median(bare, PAIRS),
	       median(ratio, PAIRS));
	munmap(at + bytes, PAGE_SIZE);
}

/* ------------------------------------------------------------------ search */

static void *area[100000];

/* Microseconds for 64 reservations and releases of sizes that no pool has ready. */
static double time_search(void)
{
	void *p[64];
	double start = now_us();

	for (unsigned long i = 0; i < 64; i++)
		p[i] = get_vm_area((300 + i) * PAGE_SIZE);
	for (unsigned long i = 0; i < 64; i++)
		free_vm_area(p[i]);
	vm_unmap_aliases();
	return (now_us() - start) / 64;
}

/* Every second of them given back: as many free ranges, all too short. */
static void search(unsigned long n)
{
	double t[PAIRS];

	for (unsigned long i = 0; i < n; i++)
		area[i] = get_vm_area((1 + i % 13) * PAGE_SIZE);
	for (unsigned long i = 0; i < n; i += 2)
		free_vm_area(area[i]);
	vm_unmap_aliases();
	for (int i = 0; i < PAIRS; i++)
		t[i] = time_search();
	printf("search among %6lu reserved areas: %6.2f us\n", n, median(t, PAIRS));
	for (unsigned long i = 1; i < n; i += 2)
		free_vm_area(area[i]);
	vm_unmap_aliases();
}

/* ------------------------------------------------------------------ live areas */

static double time_fit(void)
{
	double start = now_us();

	for (int i = 0; i < 200; i++)
		vfree(vmalloc(PAGE_SIZE));
	return (now_us() - start) / 200;
}

static double time_busy(void)
{
	double start = now_us();

	for (int i = 0; i < 50; i++) {
		void *p = vmalloc(100 * PAGE_SIZE), *q = vmalloc(PAGE_SIZE);

		vfree(p);
		vfree(q);
	}
	return (now_us() - start) / 50;
}

static unsigned long nr_live;

/* Bring the number of live areas to @n; with @holes a free page-sized hole behind each. */
static void live(unsigned long n, int holes)
{
	while (nr_live > n)
		vfree(area[--nr_live]);
	while (nr_live < n) {
		void *hole = holes ? vmalloc(PAGE_SIZE) : NULL;

		area[nr_live++] = vmalloc(PAGE_SIZE);
		vfree(hole);
	}
	vm_unmap_aliases();
}

static void many_against_few(const char *name, double (*cost)(void), int holes)
{
	double ratio[9], few[9], many[9];

	for (int i = 0; i < 9; i++) {
		live(150, holes);
		cost();
		few[i] = cost();
		live(15000, holes);
		cost();
		many[i] = cost();
		ratio[i] = many[i] / few[i];
	}
	printf("%-9s  150 live %7.2f us  15000 live %7.2f us  ratio %.2f\n", name,
	       median(few, 9), median(many, 9), median(ratio, 9));
	live(0, 0);
}

int main(void)
{
	struct kernel_config c = { .ram_bytes = 512 << 20, .prefault = 1 };
	struct vmalloc_figures f;

	if (kernel_boot(&c) || kernel_cpu_online(0)) {
		fprintf(stderr, "vmalloc_cost: %s\n", kernel_boot_error());
		return 1;
	}
	vmalloc_figures(&f);
	printf("mappings for vmalloc: %lu, so %lu areas of one page\n", f.max_mappings,
	       f.max_mappings / 2);
	against_bare(64 << 10, 200);
	against_bare(1 << 20, 40);
	against_bare(16 << 20, 4);
	vmalloc_set_scatter(true);
	against_bare(64 << 10, 100);
	against_bare(1 << 20, 10);
	against_bare(16 << 20, 1);
	vmalloc_set_scatter(false);
	for (unsigned long n = 100; n <= 100000; n *= 10)
		search(n);
	many_against_few("full-fit", time_fit, 1);
	many_against_few("long-busy", time_busy, 0);
	kernel_cpu_offline();
	return kernel_shutdown() != 0;
}
