/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Statements 74 to 84, and what the kernel does with bad calls: vmalloc, kvmalloc, vmap,
 * ioremap.  Limits and random calls: kernel_vmalloc_limits.c.
 */
#include "hold.h"

#include <string.h>
#include <unistd.h>

#include "kernel/ram.h"

static unsigned long breaks(const char *p, unsigned long pages)
{
	unsigned long n = 0;

	for (unsigned long i = 1; i < pages; i++)
		n += vmalloc_to_pfn(p + i * PAGE_SIZE) !=
		     vmalloc_to_pfn(p + (i - 1) * PAGE_SIZE) + 1;
	return n;
}

static unsigned long free_frames_now(void)
{
	drain_all_pages();
	return nr_free_pages();
}

/* Every second frame held: half of memory free, no block above order 0. */
static void fragment(void)
{
	unsigned long kept = 0;

	mm_drain_everything(); /* a cached block would do */
	hold_all(GFP_GREEDY);
	hold_all(GFP_NOWAIT | __GFP_MEMALLOC); /* the reserves have blocks too */
	for (unsigned long i = 0; i < nr_held; i++) {
		if (page_to_pfn(held[i]) & 1)
			held[kept++] = held[i];
		else
			__free_page(held[i]);
	}
	nr_held = kept;
	drain_all_pages();
}

/* ------------------------------------------------------------------ 74 to 78 */

static void s74(void)
{
	static const size_t sizes[] = { 1, 100, 4096, 4097, 65536, 1000000, 3 << 20 };

	for (size_t i = 0; i < GB_ARRAY_SIZE(sizes); i++) {
		size_t n = sizes[i], pages = (n + PAGE_SIZE - 1) / PAGE_SIZE;
		char *p = vmalloc(n);

		if (!EXPECT(p != NULL))
			return;
		EXPECT_EQ((unsigned long)p % PAGE_SIZE, 0);
		memset(p, 0x5a, pages * PAGE_SIZE);
		EXPECT(faults(p + pages * PAGE_SIZE));
		EXPECT(!faults(p + pages * PAGE_SIZE - 1));
		EXPECT_EQ(vmalloc_usable_size(p), pages * PAGE_SIZE);
		vfree(p);
		EXPECT(faults(p));
	}
}

static void s74_zeroed(void)
{
	for (size_t n = 1; n <= 1 << 20; n *= 2) {
		char *p = vmalloc(n), *q;

		memset(p, 0xa5, n);
		vfree(p);
		q = vzalloc(n);
		EXPECT(q && q[0] == 0 && !memcmp(q, q + 1, n - 1));
		vfree(q);
	}
}

static void s75(void)
{
	unsigned char *p = vmalloc(256 * PAGE_SIZE);
	unsigned long wrong = 0;

	for (unsigned long i = 0; i < 256; i++) {
		struct page *page = vmalloc_to_page(p + i * PAGE_SIZE);

		p[i * PAGE_SIZE + 7] = (unsigned char)i;
		wrong += ((unsigned char *)page_window(page))[7] != (unsigned char)i;
	}
	EXPECT_EQ(wrong, 0);
	EXPECT(vmalloc_to_page(p + 256 * PAGE_SIZE) == NULL); /* the guard */
	EXPECT(is_vmalloc_addr(p) && !is_vmalloc_addr(pfn_to_virt(1)) &&
	       !is_vmalloc_addr(&p));
	EXPECT(faults((char *)p + 256 * PAGE_SIZE));
	vfree(p);
	EXPECT(vmalloc_to_page(p) == NULL);
}

static void s75_scattered(void)
{
	char *p;

	vmalloc_set_scatter(true);
	p = vmalloc(1 << 20);
	EXPECT_IN(breaks(p, 256), 128, 255);
	vfree(p);
	vmalloc_set_scatter(false);
	p = vmalloc(1 << 20);
	EXPECT_IN(breaks(p, 256), 0, 10);
	vfree(p);
}

static void s76(void)
{
	char *p;

	fragment();
	EXPECT(alloc_pages(GFP_NOWAIT, 1) == NULL);
	p = vmalloc(64 * PAGE_SIZE);
	if (EXPECT(p != NULL)) {
		memset(p, 1, 64 * PAGE_SIZE);
		EXPECT_EQ(breaks(p, 64), 63);
	}
	vfree(p);
	let_go();
}

static void s77(void)
{
	struct vmalloc_figures f;
	unsigned long free;
	char *first, *p;

	vm_unmap_aliases();
	free = free_frames_now();
	first = vmalloc(40 * PAGE_SIZE);
	EXPECT(free_frames_now() <= free - 40);
	vfree(first);
	EXPECT(free_frames_now() >= free - 8); /* the slab may keep a page or two */
	vmalloc_figures(&f);
	EXPECT_EQ(f.lazy_pages, 41);
	EXPECT_EQ(f.lazy_max_pages, 16384); /* two CPUs: 2 bits x 32 MiB */
	/* the address comes back only after so many pages have been freed */
	for (unsigned long i = 41; i + 41 <= 16384; i += 41) {
		p = vmalloc(40 * PAGE_SIZE);
		if (!EXPECT(p != first))
			break;
		vfree(p);
	}
	vmalloc_figures(&f);
	EXPECT_IN(f.lazy_pages, 16384 - 40, 16384);
	vfree(vmalloc(40 * PAGE_SIZE));
	vmalloc_figures(&f);
	EXPECT_EQ(f.lazy_pages, 0);
	EXPECT(f.pooled_ranges > 300 || statement_profile() < 618);
	vm_unmap_aliases();
}

static void s78(void)
{
	EXPECT(vmalloc(0) == NULL);
	EXPECT_EQ(kernel_reports("vmalloc-size"), 1);
	EXPECT(vmalloc(0) == NULL);
	EXPECT_EQ(kernel_reports("vmalloc-size"), 1); /* once */
	EXPECT(vmalloc(65UL << 20) == NULL);
	EXPECT(vmalloc(~0UL) == NULL);
	EXPECT(vmalloc(~0UL - PAGE_SIZE) == NULL);
	EXPECT_EQ(kernel_reports("vmalloc-size"), 4);
	EXPECT(__vmalloc(65UL << 20, GFP_KERNEL | __GFP_NOWARN) == NULL);
	EXPECT_EQ(kernel_reports("vmalloc-size"), 4);
}

/* ------------------------------------------------------------------ 79, 80: contexts */

static void call_all(void)
{
	struct page *page = alloc_page(GFP_ATOMIC);

	EXPECT(vmalloc(4096) == NULL);
	EXPECT(kvmalloc(8 << 20, GFP_KERNEL) == NULL);
	EXPECT(vmap(&page, 1, VM_MAP, 0) == NULL);
	EXPECT(vm_map_ram(&page, 1, -1) == NULL);
	EXPECT(ioremap(GFP_DEVICE_PHYS, 4096) == NULL);
	vunmap((void *)4096);
	__free_page(page);
}

static volatile int irq_done;
static char *irq_area;

static void s79_handler(void *arg)
{
	(void)arg;
	if (irq_done)
		return;
	call_all();
	irq_done = 1;
}

static void in_irq(void (*handler)(void *arg))
{
	irq_done = 0;
	EXPECT_EQ(kernel_irq_start(1000, handler, NULL), 0);
	while (!irq_done)
		sleep_us(100);
	kernel_irq_stop();
}

static void s79(void)
{
	spinlock_t lock;
	unsigned long before;

	in_irq(s79_handler);
	EXPECT_EQ(kernel_reports("vmalloc-in-interrupt"), 6);
	local_bh_disable();
	call_all();
	local_bh_enable();
	EXPECT_EQ(kernel_reports("vmalloc-in-interrupt"), 12);
	spin_lock_init(&lock);
	before = kernel_reports("sleep-in-atomic");
	spin_lock(&lock);
	EXPECT(vmalloc(4096) == NULL);
	spin_unlock(&lock);
	EXPECT_EQ(kernel_reports("vmalloc-in-interrupt"), 12);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), before + 1);
}

static void s80_handler(void *arg)
{
	(void)arg;
	if (irq_done)
		return;
	vfree(irq_area); /* only queued: a call that may sleep would be reported */
	irq_done = 1;
}

static int gone_within(const char *p, int ms)
{
	while (ms-- && !faults(p))
		sleep_us(1000);
	return ms >= 0;
}

/* Frames follow the mapping, by the thread that does both. */
static int frames_back_within(unsigned long nr, int ms)
{
	while (ms-- && vmalloc_nr_pages() != nr)
		sleep_us(1000);
	return ms >= 0;
}

static void s80(void)
{
	unsigned long nr = vmalloc_nr_pages();
	spinlock_t lock;

	irq_area = vmalloc(64 << 10);
	in_irq(s80_handler);
	EXPECT(gone_within(irq_area, 20000));
	EXPECT(frames_back_within(nr, 20000));
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 0);
	/* with a lock held it is no interrupt: reported */
	spin_lock_init(&lock);
	irq_area = vmalloc(64 << 10);
	spin_lock(&lock);
	vfree(irq_area);
	spin_unlock(&lock);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 1);
	EXPECT(gone_within(irq_area, 20000));
	/* RCU callbacks run in a softirq */
	irq_area = vmalloc(64 << 10);
	gfp_kvfree_call_rcu((struct rcu_head *)(void *)irq_area, irq_area);
	gfp_rcu_barrier();
	EXPECT(gone_within(irq_area, 20000));
	irq_area = vmalloc(4096);
	vfree_atomic(irq_area);
	vfree(irq_area);
	EXPECT_EQ(kernel_reports("vfree-nonexistent"), 1);
	EXPECT(gone_within(irq_area, 20000));
}

/* ------------------------------------------------------------------ 81 to 84 */

static void s81(void)
{
	void *p;

	p = kvmalloc(64 << 10, GFP_KERNEL);
	EXPECT(p && !is_vmalloc_addr(p));
	kvfree(p);
	p = kvmalloc(8 << 20, GFP_KERNEL);
	EXPECT(p && is_vmalloc_addr(p));
	kvfree(p);
	fragment();
	p = kvmalloc(64 << 10, GFP_KERNEL);
	EXPECT(p && is_vmalloc_addr(p));
	kvfree(p);
	EXPECT(kvmalloc(64 << 10, GFP_NOWAIT) == NULL);
	for (size_t n = 8; n <= 4096; n *= 2) {
		p = kvmalloc(n, GFP_KERNEL);
		EXPECT(p && !is_vmalloc_addr(p));
		kvfree(p);
	}
	let_go();
	EXPECT(kvmalloc(3UL << 30, GFP_KERNEL) == NULL);
	EXPECT(kvmalloc_array(1UL << 33, 1UL << 33, GFP_KERNEL) == NULL);
	p = kvmalloc(0, GFP_KERNEL);
	EXPECT(p == ZERO_SIZE_PTR);
	kvfree(p);
}

/* What the first try may do: 6.1 reclaims for it, 6.18 does not. */
static void s81_policy(void)
{
	unsigned long stalls;
	void *p;

	fragment();
	stalls = vm_event("allocstall");
	p = kvmalloc(256 << 10, GFP_KERNEL);
	EXPECT(p && is_vmalloc_addr(p));
	EXPECT(statement_profile() >= 618 ? vm_event("allocstall") == stalls :
					    vm_event("allocstall") > stalls);
	kvfree(p);
	let_go();
}

static void s82(void)
{
	unsigned long free, taken;

	hold_some(GFP_GREEDY, 8192);
	free = free_frames_now();
	/* more than is free, less than there is */
	EXPECT(__vmalloc((free + 1000) << PAGE_SHIFT, GFP_KERNEL | __GFP_NORETRY) ==
	       NULL);
	EXPECT_EQ(kernel_reports("vmalloc-failure"), 1);
	taken = free - free_frames_now();
	EXPECT_IN((long)taken, -64, 64);
	EXPECT_EQ(vmalloc_nr_pages(), 0);
	let_go();
}

static void s83(void)
{
	static const int fails_from = 37; /* beyond the 64 GiB of address space */

	for (int shift = 0; shift < 64; shift++) {
		unsigned long align = 1UL << shift;
		void *p = __vmalloc_node(PAGE_SIZE, align, GFP_KERNEL | __GFP_NOWARN, -1,
					 NULL);

		EXPECT(!p || (unsigned long)p % align == 0);
		if (shift >= fails_from)
			EXPECT(p == NULL);
		else if (shift < 30)
			EXPECT(p != NULL);
		vfree(p);
	}
	EXPECT(__vmalloc_node(PAGE_SIZE, 3 * PAGE_SIZE, GFP_KERNEL, -1, NULL) == NULL);
}

static void s84(void)
{
	struct page *page[65];
	char *p, *q, *r;

	for (int i = 0; i < 65; i++)
		page[i] = alloc_page(GFP_KERNEL);
	p = vmap(page, 65, VM_MAP, 0);
	strcpy(p + 64 * PAGE_SIZE, "kept");
	EXPECT(vmalloc_to_page(p + 3 * PAGE_SIZE) == page[3]);
	vunmap(p);
	EXPECT(faults(p));
	EXPECT(!strcmp(page_window(page[64]), "kept") && page_count(page[64]) == 1);
	p = vm_map_ram(page, 64, -1);
	q = vm_map_ram(page, 2, -1);
	r = vm_map_ram(page, 65, -1);
	EXPECT_EQ((unsigned long)p % (4UL << 20), 0);
	EXPECT_EQ(q - p, 64 * PAGE_SIZE); /* carved one after the other, no guard */
	EXPECT((unsigned long)(r - p) >= 4UL << 20);
	q[PAGE_SIZE] = 'x';
	EXPECT(r[PAGE_SIZE] == 'x' && vmalloc_to_page(q + 5) == page[0]);
	vm_unmap_ram(p, 64);
	EXPECT(faults(p) && !faults(q));
	vm_unmap_ram(q, 2);
	vm_unmap_ram(r, 65);
	EXPECT(faults(q) && faults(r));
	for (int i = 0; i < 65; i++)
		__free_page(page[i]);
}

/* A block is not reused before all of it is used up and given back. */
static void s84_block(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	char *first = vm_map_ram(&page, 1, -1), *p = NULL;

	for (int i = 1; i < 1024; i++) {
		p = vm_map_ram(&page, 1, -1);
		if (!EXPECT(p == first + (unsigned long)i * PAGE_SIZE))
			return;
		vm_unmap_ram(p, 1);
	}
	p = vm_map_ram(&page, 1, -1);
	EXPECT((unsigned long)(p - first) >= 4UL << 20);
	vm_unmap_ram(p, 1);
	vm_unmap_ram(first, 1);
	vm_unmap_ram(first, 1); /* gone with its block */
	EXPECT_EQ(kernel_reports("vm-unmap-ram"), 1);
	__free_page(page);
}

static void s84_put_pages(void)
{
	struct page **pages = kvmalloc(8 * sizeof(*pages), GFP_KERNEL);
	unsigned long free = free_frames_now();
	void *p;

	for (int i = 0; i < 8; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	p = vmap(pages, 8, VM_MAP | VM_MAP_PUT_PAGES, 0);
	EXPECT(p != NULL);
	vfree(p);
	EXPECT_IN((long)(free - free_frames_now()), -1, 0); /* the array too */
}

/* ------------------------------------------------------------------ bad calls */

static void bad_frees(void)
{
	char *p = vmalloc(3 * PAGE_SIZE);
	void *k = kmalloc(4096, GFP_KERNEL);

	vfree(NULL);
	vunmap(NULL);
	kvfree(NULL);
	iounmap(NULL);
	EXPECT_EQ(kernel_reports("vfree-nonexistent") +
			  kernel_reports("vfree-bad-address"),
		  0);
	vfree(p + 8);
	EXPECT_EQ(kernel_reports("vfree-bad-address"), 1);
	vfree(p + PAGE_SIZE);
	vfree(k);
	vfree(p - (1L << 20));
	EXPECT_EQ(kernel_reports("vfree-nonexistent"), 3);
	vunmap(k);
	EXPECT_EQ(kernel_reports("vfree-nonexistent"), 4);
	memset(p, 1, 3 * PAGE_SIZE); /* nothing happened to it */
	vfree(p);
	vfree(p);
	EXPECT_EQ(kernel_reports("vfree-nonexistent"), 5);
	kfree(k);
}

static void device(void)
{
	volatile char *regs, *again;

	EXPECT(ioremap(4096, 4096) == NULL);
	EXPECT(ioremap(GFP_DEVICE_PHYS, 0) == NULL);
	EXPECT(ioremap(~0UL - 10, 100) == NULL);
	EXPECT(ioremap(GFP_DEVICE_PHYS + GFP_DEVICE_BYTES - 1, 2) == NULL);
	EXPECT_EQ(kernel_reports("ioremap"), 4);
	regs = ioremap(GFP_DEVICE_PHYS + 0x1234, 0x3000);
	again = vremap(GFP_DEVICE_PHYS + 0x2000, 0x1000);
	if (!EXPECT(regs && again))
		return;
	EXPECT_EQ((unsigned long)regs % 0x4000, 0x234); /* aligned to its size */
	regs[0x2000 - 0x1234] = 77;
	EXPECT_EQ(again[0], 77);
	EXPECT(vmalloc_to_page((void *)regs) == NULL); /* no frame of RAM */
	iounmap(regs);
	EXPECT(faults((char *)regs));
	iounmap(again);
	iounmap(again);
	EXPECT_EQ(kernel_reports("iounmap"), 1);
	again = ioremap(GFP_DEVICE_PHYS + 0x2000, 1);
	EXPECT_EQ(again[0], 77); /* a device keeps what was written */
	iounmap(again);
}

#define ROW(n, t, p, i, f) \
	{ \
		.number = n, .text = t, .profiles = p, .irq = i, .run = f \
	}
static const struct statement table[] = {
	ROW(74, "page aligned, all of it writable, the next page faults", P_EACH,
	    IRQ_ALLOCATES, s74),
	ROW(74, "vzalloc is zero after garbage", P618, IRQ_ALLOCATES, s74_zeroed),
	ROW(75, "vmalloc_to_page matches writes through the direct map", P_EACH,
	    IRQ_ALLOCATES, s75),
	{ 75, "frames need not be contiguous: scatter", P618, IRQ_ALLOCATES,
	  s75_scattered, .highmem_mib = 16 },
	ROW(76, "vmalloc succeeds where no block of order 1 exists", P_EACH, IRQ_EMPTY,
	    s76),
	{ 77, "frames at once, addresses after a purge at lazy_max_pages", P_EACH,
	  IRQ_EMPTY, s77 },
	ROW(78, "vmalloc(0) NULL with one warning; more than RAM NULL", P_EACH,
	    IRQ_ALLOCATES, s78),
	ROW(79, "in interrupt or BH-disabled a fatal error; under a spinlock a report",
	    P_EACH, IRQ_NONE /* has its own */, s79),
	ROW(80, "vfree in interrupt is deferred and completes", P_EACH, IRQ_NONE, s80),
	ROW(81, "kvmalloc: a page is never vmalloc's, NOWAIT never, fragmented 64 KiB is",
	    P_6X, IRQ_EMPTY, s81),
	ROW(81, "kvmalloc's first try reclaims in 6.1, not in 6.18", P_6X, IRQ_EMPTY,
	    s81_policy),
	ROW(82, "partial shortage frees all frames already taken", P_EACH, IRQ_EMPTY,
	    s82),
	ROW(83, "alignment 2^63 fails", P_EACH, IRQ_ALLOCATES, s83),
	ROW(84, "vunmap keeps frames; vm_map_ram of 64 pages from a 4 MiB block", P_EACH,
	    IRQ_ALLOCATES, s84),
	ROW(84, "a block is reused only as a whole", P618, IRQ_ALLOCATES, s84_block),
	ROW(84, "VM_MAP_PUT_PAGES: vfree drops frames and array", P618, IRQ_EMPTY,
	    s84_put_pages),
	ROW(11, "bad frees are reported and change nothing", P_EACH, IRQ_ALLOCATES,
	    bad_frees),
	ROW(74, "ioremap: a device's memory, aligned, never RAM", P618, IRQ_ALLOCATES,
	    device),
	{ 0 },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
