/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Experiments on sizes, places, contents and costs of what the calls return.
 */
#include "claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/mm.h"
#include "malloc_family.h"

#define MAX_SIZE ((size_t)64 << 20)

static size_t size_given(size_t n)
{
	void *p = kmalloc(n, GFP_KERNEL | __GFP_NOWARN);
	size_t given = ksize(p);

	kfree(p);
	return given;
}

/* ------------------------------------------------------------------ sizes */

double claim_smallest(void)
{
	size_t n = size_given(1);

	return n ? (double)n : NAN;
}

/* Largest power of two that @gfp gets, bytes. */
static double largest(gfp_t gfp)
{
	size_t best = 0;

	for (size_t n = 8; n <= MAX_SIZE; n *= 2) {
		void *p = kmalloc(n, gfp | __GFP_NOWARN);

		best = p ? n : best;
		kfree(p);
	}
	return best ? (double)best : NAN;
}

double claim_largest(void)
{
	return largest(GFP_KERNEL) / 1024;
}

double claim_dma_largest(void)
{
	return largest(GFP_KERNEL | __GFP_DMA) / PAGE_SIZE;
}

/* 1: a request above 128 KiB - 16 is refused. */
double claim_above_limit(void)
{
	return size_given((128 << 10) - 16) ? !size_given(128 << 10) : NAN;
}

double claim_zero_size(void)
{
	void *p = kmalloc((size_t)claims_without, GFP_KERNEL);
	double address = (double)(unsigned long)p;

	kfree(p);
	return address;
}

/* 1: 4 MiB + 1 is NULL while less is served. */
double claim_above_4m(void)
{
	return size_given(4096) ? !size_given((4 << 20) + 1) : NAN;
}

/* Different sizes that requests of 1 byte to 4 MiB are rounded up to. */
double claim_classes(void)
{
	double classes = 0;
	size_t n = 1, given;

	for (; n <= 4 << 20; n = given + 1) {
		given = size_given(n);
		if (given < n)
			break;
		classes++;
	}
	return n > 1 ? classes : NAN;
}

/* 1: with every slab allocation made to fail, 8 KiB + 1 still comes: from the buddy. */
double claim_large_is_no_slab(void)
{
	long probability;
	size_t small, large;

	fault_inject_get("failslab/probability", &probability);
	if (probability)
		return NAN; /* a fault is injected already: nothing can be told */
	fault_inject_set("failslab/ignore-gfp-wait", 0);
	fault_inject_set("failslab/cache-filter", 0);
	fault_inject_set("failslab/times", -1);
	fault_inject_set("failslab/probability", 100);
	small = size_given(8192);
	large = size_given(8193);
	fault_inject_set("failslab/probability", 0);
	return !small && large;
}

/* Given against asked, above the smallest class. */
double claim_worst_ratio(void)
{
	double worst = 0;
	size_t n = size_given(1) + 1, given;

	for (; n <= 4 << 20; n = given + 1) {
		given = size_given(n);
		if (given < n)
			break;
		worst = fmax(worst, (double)given / (double)n);
	}
	return worst ? worst : NAN;
}

/* ------------------------------------------------------------------ places */

/* Neighbouring pages of a kmalloc block whose frames are not neighbours. */
double claim_breaks(void)
{
	char *p = kmalloc(1 << 20, GFP_KERNEL | __GFP_NOWARN);
	double breaks = 0;

	if (!p)
		return NAN;
	for (size_t at = PAGE_SIZE; at < 1 << 20; at += PAGE_SIZE)
		breaks += virt_to_phys(p + at) != virt_to_phys(p) + at;
	kfree(p);
	return breaks;
}

/* Different distances between an address and its physical address, of a hundred blocks. */
double claim_offsets(void)
{
	static void *p[100];
	unsigned long offset = 0;
	double different = 0;
	int n = 0;

	while (n < 100 &&
	       (p[n] = kmalloc((size_t)8 << n % 14, GFP_KERNEL | __GFP_NOWARN))) {
		unsigned long o = (unsigned long)p[n] -
				  ((page_to_pfn(virt_to_page(p[n])) << PAGE_SHIFT) +
				   ((unsigned long)p[n] & (PAGE_SIZE - 1)));

		different += n == 0 || o != offset;
		offset = o;
		n++;
	}
	kfree_bulk((size_t)n, p);
	return n == 100 ? different : NAN;
}

static double vmalloc_breaks(const char *p, size_t bytes)
{
	double breaks = 0;

	for (size_t at = PAGE_SIZE; at < bytes; at += PAGE_SIZE)
		breaks +=
			vmalloc_to_pfn(p + at) != vmalloc_to_pfn(p + at - PAGE_SIZE) + 1;
	return breaks;
}

/* As on a machine that has run for a while: single frames. */
double claim_vmalloc_breaks(void)
{
	char *p;
	double breaks;

	vmalloc_set_scatter(true);
	p = vmalloc(1 << 20);
	vmalloc_set_scatter(false);
	breaks = p ? vmalloc_breaks(p, 1 << 20) : NAN;
	vfree(p);
	return breaks;
}

/* Bytes of a megabyte of vmalloc memory that are not where the address says. */
double claim_vmalloc_hops(void)
{
	unsigned char *p = vmalloc(1 << 20);
	double wrong = 0;

	if (!p)
		return NAN;
	for (size_t i = 0; i < 1 << 20; i++)
		p[i] = (unsigned char)(i * 7 + (i >> 12));
	for (size_t i = 0; i < 1 << 20; i++)
		wrong += p[i] != (unsigned char)(i * 7 + (i >> 12));
	vfree(p);
	return wrong;
}

/* Largest vmalloc against the largest kmalloc. */
double claim_vmalloc_largest(void)
{
	double best = 0;

	for (size_t n = PAGE_SIZE; n <= MAX_SIZE; n *= 2) {
		void *p = __vmalloc(n, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);

		best = p ? (double)n : best;
		vfree(p);
	}
	return best / largest(GFP_KERNEL);
}

double claim_vmalloc_refused(void)
{
	unsigned long before = kernel_reports("vmalloc-in-interrupt");
	void *p;

	if (!claims_without)
		local_bh_disable(); /* counts as an interrupt */
	p = vmalloc(PAGE_SIZE);
	if (!claims_without)
		local_bh_enable();
	vfree(p);
	return !p && kernel_reports("vmalloc-in-interrupt") == before + 1;
}

/* Share of a vmalloc area's frames that belong to slabs. */
double claim_vmalloc_in_slab(void)
{
	char *p = vmalloc(1 << 20);
	double in_slab = 0;

	if (!p)
		return NAN;
	for (size_t at = 0; at < 1 << 20; at += PAGE_SIZE)
		in_slab += !!(compound_head(vmalloc_to_page(p + at))->flags & PG_SLAB);
	vfree(p);
	return in_slab / 256;
}

/* ------------------------------------------------------------------ contents */

static void make_dirty(size_t n)
{
	void *p = kmalloc(n, GFP_KERNEL | __GFP_NOWARN);

	if (p)
		memset(p, 0xa5, n);
	gb_escape(p);
	kfree(p);
}

static double count_bytes(const unsigned char *p, size_t n, unsigned char value)
{
	double found = 0;

	for (size_t i = 0; i < n; i++)
		found += p[i] == value;
	return found;
}

/* Bytes of the former owner in a fresh block of 1024. */
double claim_stale_bytes(void)
{
	unsigned char *p;
	double stale;

	make_dirty(1024);
	p = kmalloc(1024, GFP_KERNEL | __GFP_NOWARN);
	stale = p ? count_bytes(p, 1024, 0xa5) : NAN;
	kfree(p);
	return stale;
}

#define MALLOC_ROUNDS 8

/* Different bytes in blocks of the C library's malloc that nobody has written yet, small
 * and large: more than one means that no content can be relied on. */
double claim_malloc_contents(void)
{
	unsigned char seen[256] = { 0 };
	double different = 0;

	for (int i = 0; i < MALLOC_ROUNDS; i++) {
		gb_malloc_look(1024, claims_without, 0xa0 + i, seen);
		gb_malloc_look(64 << 10, claims_without, 0xa0 + i, seen);
	}
	for (int i = 0; i < 256; i++)
		different += seen[i];
	return different ? different : NAN;
}

double claim_kzalloc_dirty(void)
{
	double dirty = 0;

	for (size_t n = 8; n <= 1 << 20; n *= 2) {
		unsigned char *p;

		make_dirty(n);
		p = kzalloc(n, GFP_KERNEL | __GFP_NOWARN);
		if (!p)
			return NAN;
		dirty += (double)n - count_bytes(p, n, 0);
		kfree(p);
	}
	return dirty;
}

/* ------------------------------------------------------------------ costs */

enum how { KMALLOC, KZALLOC, VMALLOC };

static int once(enum how how, size_t n)
{
	void *p = how == VMALLOC ? __vmalloc(n, GFP_KERNEL | __GFP_NOWARN) :
		  how == KZALLOC ? kzalloc(n, GFP_KERNEL | __GFP_NOWARN) :
				   kmalloc(n, GFP_KERNEL | __GFP_NOWARN);

	if (p)
		*(volatile char *)p = 1;
	kvfree(p);
	return p != NULL;
}

/* Of @reps pairs, the fastest of nine tries: what disturbs can only add.  NAN: refused. */
static double pair_ns(enum how how, size_t n, int reps)
{
	double best = INFINITY;

	for (int try = 0; try < 9; try++) {
		uint64_t start = gb_clock_now();

		for (int i = 0; i < reps; i++)
			if (!once(how, n))
				return NAN;
		best = fmin(best, (double)gb_clock_ns(gb_clock_now() - start) / reps);
	}
	return best;
}

static int reps_of(enum how how)
{
	return how == VMALLOC ? 16 : 512;
}

static double ratio(enum how a, enum how b, size_t n)
{
	return pair_ns(a, n, reps_of(a)) / pair_ns(b, n, reps_of(b));
}

double claim_fast(void)
{
	return pair_ns(KMALLOC, 64, 512);
}

double claim_kzalloc_cost(void)
{
	return ratio(KZALLOC, KMALLOC, 64);
}

double claim_kzalloc_cost_large(void)
{
	return ratio(KZALLOC, KMALLOC, 64 << 10);
}

double claim_ratio_4k(void)
{
	return ratio(VMALLOC, KMALLOC, 4 << 10);
}

double claim_ratio_64k(void)
{
	return ratio(VMALLOC, KMALLOC, 64 << 10);
}

double claim_ratio_1m(void)
{
	return ratio(VMALLOC, KMALLOC, 1 << 20);
}

/* Sizes from 4 KiB to 4 MiB at which vmalloc is at most as slow as kmalloc. */
double claim_crossover(void)
{
	double cheaper = 0, tried = 0;

	for (size_t n = 4 << 10; n <= 4 << 20; n *= 4) {
		double r = ratio(VMALLOC, KMALLOC, n);

		tried += !isnan(r);
		cheaper += r <= 1;
	}
	return tried ? cheaper : NAN;
}

/* ------------------------------------------------------------------ the rest */

static double count_text(int fd, const char *what)
{
	static char text[65536];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	double found = 0;

	text[n > 0 ? n : 0] = '\0';
	for (const char *at = text; (at = strstr(at, what)); at++)
		found++;
	return found;
}

/* Events for each of ten requests, all served. */
double claim_trace_events(void)
{
	int fd = memfd_create("claims-trace", MFD_CLOEXEC), served = 0;
	double events = NAN;

	if (fd < 0)
		return NAN;
	if (!trace_kmem_start(fd)) {
		for (int i = 0; i < 10; i++) {
			void *p = kmalloc(100, GFP_KERNEL | __GFP_NOWARN);

			served += p != NULL;
			kfree(p);
		}
		trace_kmem_stop();
		events = served == 10 ? count_text(fd, " kmalloc: ") / 10 : NAN;
	}
	close(fd);
	return events;
}

/* Frames lost by taking and giving back eight pages directly; NAN: not served. */
double claim_pages_lost(void)
{
	unsigned long before, p;

	drain_all_pages();
	before = nr_free_pages();
	p = __get_free_pages(GFP_KERNEL | __GFP_NOWARN, 3);
	free_pages(p, 3);
	drain_all_pages();
	return p ? (double)before - (double)nr_free_pages() : NAN;
}

/* Registers that read back through a second mapping of the same place. */
double claim_device(void)
{
	volatile unsigned char *a = ioremap(GFP_DEVICE_PHYS, 4096);
	volatile unsigned char *b =
		vremap(GFP_DEVICE_PHYS + (claims_without ? 4096 : 0), 4096);
	double good = 0;

	for (int i = 0; a && b && i < 4096; i++)
		a[i] = (unsigned char)(i * 3);
	for (int i = 0; a && b && i < 4096; i++)
		good += b[i] == (unsigned char)(i * 3);
	iounmap(a);
	iounmap(b);
	return a && b ? good : NAN;
}
