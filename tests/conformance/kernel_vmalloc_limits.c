/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * vmalloc at its limits (address space, the system's mappings), resizing, and two
 * CPUs at once.
 */
#include "hold.h"

#include <string.h>
#include <sys/mman.h>

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
	EXPECT_EQ(n, f.max_mappings / 2);
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
	space = mmap(NULL, 2 * others * PAGE_SIZE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!EXPECT(space != MAP_FAILED))
		return;
	for (n = 0; n < GB_ARRAY_SIZE(p) / 2; n++)
		EXPECT((p[n] = vmalloc(PAGE_SIZE)) != NULL);
	for (size_t i = 0; i < others; i++)
		if (mprotect(space + 2 * i * PAGE_SIZE, PAGE_SIZE, PROT_READ))
			break;
	vfree(p[0]); /* room for one page, not for two runs */
	vmalloc_set_scatter(true);
	EXPECT(vmalloc(64 * PAGE_SIZE) == NULL);
	vmalloc_set_scatter(false);
	EXPECT(kernel_reports("vmalloc-mappings") > 0);
	p[0] = NULL;
	while (n < GB_ARRAY_SIZE(p) && (p[n] = vmalloc(PAGE_SIZE)))
		n++;
	EXPECT(n < GB_ARRAY_SIZE(p));
	munmap(space, 2 * others * PAGE_SIZE);
	while (n)
		vfree(p[--n]);
	vmalloc_figures(&f);
	EXPECT_EQ(f.mappings, 0);
	EXPECT_EQ(f.areas, 0);
	EXPECT((p[0] = vmalloc(64 * PAGE_SIZE)) != NULL);
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
	  IRQ_NONE /* 65,000 system calls */, mapping_limit, .ram_mib = 256, .timeout_s = 60 },
	{ 74, "others take the mappings: NULL with that report, nothing lost", P618,
	  IRQ_NONE /* 65,000 system calls */, mappings_taken_by_others, .timeout_s = 60 },
	ROW(74, "vrealloc and kvrealloc", P618, IRQ_ALLOCATES, resizing),
	{ 74, "two CPUs at once, contents verified, nothing leaks", P_EACH, IRQ_ALLOCATES,
	  churn, .timeout_s = 60 },
	{ 0 },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
