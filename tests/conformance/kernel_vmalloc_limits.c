/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * vmalloc at its limits (address space, the system's mappings), the rules V5 and V7 to V9
 * (kernel-model section 4), resizing, and two CPUs at once.
 */
#include "hold.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"

static void small_space(struct kernel_config *c)
{
	c->vmalloc_bytes = 1 << 20;
}

static void exhausted(void)
{
	void *p[256];
	int n = 0;

	while (n < 256 && (p[n] = vmalloc(3 * PAGE_SIZE)))
		n++;
	EXPECT_EQ(n, 64);
	EXPECT_EQ(kernel_reports("vmalloc-space"), 1);
	EXPECT_EQ(kernel_reports("vmalloc-failure"), 1);
	EXPECT(vmalloc(PAGE_SIZE) == NULL);
	vfree(p[17]);
	p[17] = vmalloc(3 * PAGE_SIZE); /* a purge makes room */
	EXPECT(p[17] != NULL);
	EXPECT(get_vm_area(PAGE_SIZE) == NULL);
	while (n)
		vfree(p[--n]);
	p[0] = vmalloc((1 << 20) - PAGE_SIZE); /* all of it, in one piece again */
	EXPECT(p[0] != NULL);
	vfree(p[0]);
}

/* Mappings that the process may still make; without stdio, which would need one. */
static long mappings_left(void)
{
	static char text[65536];
	int limit = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
	int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(limit, text, sizeof(text) - 1);
	long left = n > 0 ? strtol(text, NULL, 10) : 0;

	while ((n = read(maps, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < n; i++)
			left -= text[i] == '\n';
	close(maps);
	close(limit);
	return left;
}

/* @n mappings of a page each. */
static char *take_mappings(size_t n)
{
	char *space = mmap(NULL, n * PAGE_SIZE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (size_t i = 1; space != MAP_FAILED && i < n; i += 2)
		if (mprotect(space + i * PAGE_SIZE, PAGE_SIZE, PROT_READ))
			break;
	return space;
}

/* Where the system allows more than the usual 65530, the machine finds the rest taken: its
 * frames would be used up first. */
static void usual_limit(struct kernel_config *c)
{
	long excess = mappings_left() - 65530;

	(void)c;
	if (excess > 0)
		EXPECT(take_mappings((size_t)excess) != MAP_FAILED);
}

/* NULL with a report that names the limit; what was there stays whole. */
static void mapping_limit(void)
{
	struct vmalloc_figures f;
	static void *p[40000];
	unsigned long n = 0;

	while (n < GB_ARRAY_SIZE(p) && (p[n] = vmalloc(PAGE_SIZE))) {
		((char *)p[n])[17] = (char)n;
		n++;
	}
	vmalloc_figures(&f);
	/* a sanitizer maps memory of its own meanwhile: then the system refuses first */
	EXPECT(n == f.max_mappings / 2 || (n < f.max_mappings / 2 && mappings_left() < 4));
	EXPECT_EQ(kernel_reports("vmalloc-mappings"), 1);
	EXPECT_EQ(f.areas, n);
	vfree(p[--n]);
	p[n] = vmalloc(PAGE_SIZE);
	EXPECT(p[n] != NULL);
	vfree(p[n]);
	while (n) {
		n--;
		EXPECT(((char *)p[n])[17] == (char)n);
		vfree(p[n]);
	}
	vmalloc_figures(&f);
	EXPECT_EQ(f.mappings, 0);
}

/* The rest of the process takes mappings after boot, until the system itself refuses: in
 * the middle of an area of many runs, and at the first page of one. */
static void mappings_taken_by_others(void)
{
	struct vmalloc_figures f;
	size_t n, others;
	static void *p[64];
	char *space;

	vmalloc_figures(&f);
	others = f.max_mappings + 4 * PAGE_SIZE; /* more than there can be */
	for (n = 0; n < GB_ARRAY_SIZE(p) / 2; n++)
		EXPECT((p[n] = vmalloc(PAGE_SIZE)) != NULL);
	space = take_mappings(others);
	if (!EXPECT(space != MAP_FAILED))
		return;
	vfree(p[0]); /* room for one page, not for two runs */
	vmalloc_set_scatter(true);
	EXPECT(vmalloc(64 * PAGE_SIZE) == NULL);
	vmalloc_set_scatter(false);
	EXPECT(kernel_reports("vmalloc-mappings") > 0);
	p[0] = NULL;
	while (n < GB_ARRAY_SIZE(p) && (p[n] = vmalloc(PAGE_SIZE)))
		n++;
	EXPECT(n < GB_ARRAY_SIZE(p));
	munmap(space, others * PAGE_SIZE);
	while (n)
		vfree(p[--n]);
	vmalloc_figures(&f);
	EXPECT_EQ(f.mappings, 0);
	EXPECT_EQ(f.areas, 0);
	EXPECT((p[0] = vmalloc(64 * PAGE_SIZE)) != NULL);
	vfree(p[0]);
}

/* ------------------------------------------------------------------ V7, V8, V9, V5 */

static unsigned long areas_now(void)
{
	struct vmalloc_figures f;

	vmalloc_figures(&f);
	return f.areas;
}

/* 512 pointers fit a page of kmalloc; 513 are an area of their own, of two pages. */
static void frame_array(void)
{
	unsigned long nr = vmalloc_nr_pages();
	void *p = vmalloc(512 * PAGE_SIZE);

	EXPECT(p != NULL);
	EXPECT_EQ(areas_now(), 1);
	EXPECT_EQ(vmalloc_nr_pages() - nr, 512);
	vfree(p);
	EXPECT_EQ(areas_now(), 0);
	p = vmalloc(513 * PAGE_SIZE);
	EXPECT(p != NULL);
	EXPECT_EQ(areas_now(), 2);
	EXPECT_EQ(vmalloc_nr_pages() - nr, 513 + 2);
	vfree(p);
	EXPECT_EQ(areas_now(), 0);
	EXPECT_EQ(vmalloc_nr_pages(), nr);
}

/* Pages of @p that do not begin where the frame before them ends. */
static unsigned long breaks(const char *p, unsigned long n)
{
	unsigned long found = 0;

	for (unsigned long i = 1; i < n; i++)
		found += vmalloc_to_pfn(p + i * PAGE_SIZE) !=
			 vmalloc_to_pfn(p + (i - 1) * PAGE_SIZE) + 1;
	return found;
}

/* Blocks of 2 MiB and more where there are some, and single pages, without a word, where
 * there are none. */
static void huge_blocks(void)
{
	unsigned long n = (8 << 20) / PAGE_SIZE;
	char *p = kvmalloc(8 << 20, GFP_KERNEL);

	EXPECT(p && is_vmalloc_addr(p));
	EXPECT(p && breaks(p, n) < 4);
	kvfree(p);
	hold_all(GFP_GREEDY);
	for (unsigned long i = 0; i < nr_held; i += 2) {
		__free_page(held[i]);
		held[i] = NULL;
	}
	drain_all_pages();
	EXPECT(alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 9) == NULL);
	p = kvmalloc(8 << 20, GFP_KERNEL);
	EXPECT(p && breaks(p, n) > n / 2);
	kvfree(p);
	EXPECT_EQ(kernel_reports("vmalloc-failure"), 0);
	EXPECT_EQ(kernel_reports("page-allocation-failure"), 0);
	for (unsigned long i = 1; i < nr_held; i += 2)
		__free_page(held[i]);
	nr_held = 0;
}

static void free_later(void *p)
{
	sleep_us(50000);
	vfree(p);
}

/* No address is free: others get NULL, NOFAIL waits until another CPU gives some back; and
 * page allocations that are made to fail do not touch it. */
static void nofail(void)
{
	static void *p[256];
	struct statement_thread *t;
	uint64_t start;
	int n = 0;

	while (n < 256 && (p[n] = vmalloc(3 * PAGE_SIZE)))
		n++;
	if (!EXPECT(n > 1 && n < 256))
		return;
	EXPECT(__vmalloc(3 * PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN) == NULL);
	start = gb_monotonic_ns();
	t = statement_start(1, free_later, p[0]);
	p[0] = __vmalloc(3 * PAGE_SIZE, GFP_KERNEL | __GFP_NOFAIL | __GFP_NOWARN);
	EXPECT(p[0] != NULL);
	EXPECT(gb_monotonic_ns() - start >= 50000000);
	statement_join(t);
	while (n)
		vfree(p[--n]);
	vm_unmap_aliases();
	fault_inject_set("fail_page_alloc/ignore-gfp-wait", 0);
	fault_inject_set("fail_page_alloc/min-order", 0);
	fault_inject_set("fail_page_alloc/ignore-gfp-highmem", 0);
	fault_inject_set("fail_page_alloc/times", -1);
	fault_inject_set("fail_page_alloc/probability", 100);
	EXPECT(__vmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN) == NULL);
	p[0] = __vmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOFAIL | __GFP_NOWARN);
	EXPECT(p[0] != NULL);
	fault_inject_set("fail_page_alloc/probability", 0);
	vfree(p[0]);
}

static unsigned long pooled(void)
{
	struct vmalloc_figures f;

	vmalloc_figures(&f);
	return f.pooled_ranges;
}

/* What a purge pooled loses a quarter at each further one, and everything when no address
 * is left for another size. */
static void pool_decay(void)
{
	enum { N = 64 };
	static void *p[N];
	unsigned long expect = N;

	for (int i = 0; i < N; i++)
		EXPECT((p[i] = vmalloc(3 * PAGE_SIZE)) != NULL);
	EXPECT(vmalloc(3 * PAGE_SIZE) == NULL); /* that purge empties the pools */
	EXPECT_EQ(pooled(), 0);
	for (int i = 0; i < N; i++)
		vfree(p[i]);
	EXPECT_EQ(pooled(), 0); /* lazy only */
	vm_unmap_aliases();
	for (int round = 0; round < 8; round++, expect -= expect / 4) {
		EXPECT_EQ(pooled(), expect);
		vm_unmap_aliases();
	}
	p[0] = vmalloc(3 * PAGE_SIZE); /* its exact size: out of the pool */
	EXPECT_EQ(pooled(), expect - 1);
	vfree(p[0]);
	p[0] = vmalloc((1 << 20) - PAGE_SIZE); /* all of it */
	EXPECT(p[0] != NULL);
	EXPECT_EQ(pooled(), 0);
	vfree(p[0]);
}

static void resizing(void)
{
	char *p = vmalloc(100), *q;

	memset(p, 'a', 100);
	EXPECT(vrealloc(p, 4096, GFP_KERNEL | __GFP_ZERO) == p);
	EXPECT(p[99] == 'a' && p[100] == 0 && p[4095] == 0);
	EXPECT(vrealloc(p, 10, GFP_KERNEL) == p);
	q = vrealloc(p, 9000, GFP_KERNEL);
	EXPECT(q != p && q[9] == 'a' && faults(p));
	EXPECT(vrealloc(q, 65UL << 20, GFP_KERNEL) == NULL);
	EXPECT(q[9] == 'a'); /* failure leaves it alone */
	EXPECT(vrealloc(q, 0, GFP_KERNEL) == NULL);
	EXPECT(faults(q));
	EXPECT(vrealloc((char *)0x10000, 10, GFP_KERNEL) == NULL);
	p = kvrealloc(NULL, 100, GFP_KERNEL);
	memset(p, 'b', 100);
	p = kvrealloc(p, 8 << 20, GFP_KERNEL);
	EXPECT(p && is_vmalloc_addr(p) && p[99] == 'b');
	kvfree(p);
}

/* All CPUs at once, sizes of every kind, contents verified. */
static void churn_body(void *arg)
{
	struct { unsigned char *p; size_t n; unsigned char fill; } slot[32] = { { NULL } };
	uint32_t x = 12345u * (unsigned int)(gb_self.id + 7);
	unsigned long bad = 0;

	(void)arg;
	for (int i = 0; i < 3000; i++) {
		unsigned int k = (x = x * 1664525u + 1013904223u) >> 27;
		size_t n = slot[k].n;

		if (slot[k].p)
			bad += slot[k].p[0] != slot[k].fill || slot[k].p[n - 1] != slot[k].fill;
		vfree(slot[k].p);
		n = slot[k].n = 1 + (x >> 8) % (48 * PAGE_SIZE);
		slot[k].p = vmalloc(n);
		slot[k].fill = (unsigned char)i;
		if (slot[k].p)
			slot[k].p[0] = slot[k].p[n - 1] = slot[k].fill;
	}
	EXPECT_EQ(bad, 0);
	for (int k = 0; k < 32; k++)
		vfree(slot[k].p);
}

static void churn(void)
{
	struct statement_thread *other = statement_start(1, churn_body, NULL);
	struct vmalloc_figures f;

	churn_body(NULL);
	statement_join(other);
	vmalloc_figures(&f);
	EXPECT_EQ(f.areas, 0);
	EXPECT_EQ(f.mappings, 0);
	EXPECT_EQ(vmalloc_nr_pages(), 0);
}

#define ROW(n, t, p, i, f) { .number = n, .text = t, .profiles = p, .irq = i, .run = f }
static const struct statement table[] = {
	{ 74, "exhausted address space: purge, then NULL with the kernel's report", P_EACH,
	  IRQ_ALLOCATES, exhausted, .configure = small_space },
	{ 74, "the system's limit on mappings: NULL with a report that names it", P618,
	  IRQ_NONE /* 65,000 system calls */, mapping_limit, .ram_mib = 256, .timeout_s = 60,
	  .configure = usual_limit },
	{ 74, "others take the mappings: NULL with that report, nothing lost", P618,
	  IRQ_NONE /* 65,000 system calls */, mappings_taken_by_others, .timeout_s = 60,
	  .sanitizers = 2 },
	ROW(74, "the array of frames is kmalloc's up to a page, else vmalloc's (V7)", P_EACH,
	    IRQ_EMPTY, frame_array),
	ROW(74, "large blocks where there are some, else pages, silently (V8)", P_EACH,
	    IRQ_EMPTY, huge_blocks),
	{ 74, "NOFAIL waits where others get NULL (V9)", P_EACH, IRQ_ALLOCATES, nofail,
	  .configure = small_space },
	{ 74, "pools lose a quarter a purge, everything under pressure (V5)", P618, IRQ_EMPTY,
	  pool_decay, .configure = small_space },
	ROW(74, "vrealloc and kvrealloc", P618, IRQ_ALLOCATES, resizing),
	{ 74, "two CPUs at once, contents verified, nothing leaks", P_EACH, IRQ_ALLOCATES,
	  churn, .timeout_s = 60 },
	{ 0 },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
