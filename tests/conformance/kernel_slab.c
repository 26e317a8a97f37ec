/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Statements 46 to 65: classes, arrays, caches.  Figures: kernel-truth 3b.
 */
#include "statements.h"

#include <string.h>

#include "kernel/slab.h"

#define N 1000
static void *held[N];

static void hold(size_t size, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		EXPECT(held[i] = kmalloc(size, GFP_KERNEL));
}

static void let_go(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		kfree(held[i]);
}

static struct kmem_cache *class(size_t size)
{
	return kmalloc_cache(size, GFP_KERNEL);
}

/* ------------------------------------------------------------------ sizes */

static void s46(void)
{
	void *p = kmalloc(0, GFP_KERNEL);

	EXPECT(p == (void *)16);
	EXPECT(kmalloc(0, GFP_ATOMIC | __GFP_ZERO) == ZERO_SIZE_PTR);
	EXPECT_EQ(ksize(p), 0);
	EXPECT_EQ(ksize(NULL), 0);
	EXPECT_EQ(kmalloc_size_roundup(0), 0);
	kfree(p);
	kfree(NULL);
}

/* The class of every size, in words of the table. */
static size_t expected_class(size_t n)
{
	static const size_t six[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096,
				      8192 };
	static const size_t three[] = { 32, 64, 128, 192, 256, 512, 1024, 2048, 4096, 8192 };
	const size_t *c = statement_profile() == 304 ? three : six;

	if (n > 8192) {
		size_t block = 16384;

		while (block < n)
			block *= 2;
		return block;
	}
	while (*c < n)
		c++;
	return *c;
}

static void s47_one(size_t n)
{
	void *p = kmalloc(n, GFP_KERNEL);

	if (ksize(p) != expected_class(n) || kmalloc_size_roundup(n) != expected_class(n))
		statement_expect(0, __FILE__, __LINE__, "size %zu: ksize %zu, roundup %zu, not %zu",
				 n, ksize(p), kmalloc_size_roundup(n), expected_class(n));
	kfree(p);
}

static void s47(void)
{
	for (size_t n = 1; n <= 8193; n++)
		s47_one(n);
	for (size_t n = 16384; n <= 4 << 20; n *= 2) {
		s47_one(n);
		s47_one(n - 1);
	}
}

static void s48(void)
{
	void *p = kmalloc(4 << 20, GFP_KERNEL);

	EXPECT(p);
	kfree(p);
	EXPECT(!kmalloc((4 << 20) + 1, GFP_KERNEL | __GFP_NOWARN));
	EXPECT(!kmalloc(SIZE_MAX, GFP_KERNEL | __GFP_NOWARN));
}

static void aligned(size_t size, size_t align)
{
	hold(size, 50);
	for (int i = 0; i < 50; i++)
		EXPECT_EQ((uintptr_t)held[i] % align, 0);
	let_go(50);
}

static void s49(void)
{
	for (size_t n = statement_profile() == 304 ? 32 : 8; n <= 65536; n *= 2)
		aligned(n, n);
	if (statement_profile() != 304)
		aligned(96, statement_profile() == 618 ? 32 : 8);
	aligned(192, statement_profile() == 618 ? 64 : 8);
}

static void s50(void)
{
	EXPECT_EQ(kmalloc_size_roundup(1), 32);
	EXPECT(!strcmp(kmem_cache_name(class(1)), "size-32"));
	EXPECT(!strcmp(kmem_cache_name(class(4 << 20)), "size-4194304"));
	EXPECT(!strcmp(kmem_cache_name(kmalloc_cache(64, GFP_DMA)), "size-64(DMA)"));
	EXPECT_EQ(class(32)->objects, 112);
	EXPECT_EQ(class(64)->objects, 59);
	EXPECT_EQ(class(256)->objects, 15);
	EXPECT_EQ(class(4096)->objects, 1);
}

static void s51(void)
{
	static const size_t size[] = { 8, 100, 4096, 32768, 1 << 20 };

	for (unsigned int i = 0; i < GB_ARRAY_SIZE(size); i++) {
		held[i] = kmalloc(size[i], GFP_KERNEL | GFP_DMA);
		EXPECT(held[i] && virt_to_phys(held[i]) < 16 << 20);
	}
	let_go(GB_ARRAY_SIZE(size));
}

static void s52(void)
{
	unsigned long before = kernel_reports("unexpected-gfp");
	void *p;

	slab_drain_everything();
	p = kmalloc(2000, GFP_KERNEL | __GFP_HIGHMEM);
	EXPECT(p && virt_to_pfn(p) < mm.highmem_pfn);
	EXPECT_EQ(kernel_reports("unexpected-gfp"), before + 1);
	kfree(p);
}

static void s53(void)
{
	for (size_t n = 1; n <= 1 << 20; n = n * 2 + 1) {
		char *p = kmalloc(n, GFP_KERNEL);
		size_t bad = 0;

		memset(p, 0xee, n);
		kfree(p);
		p = kzalloc(n, GFP_KERNEL);
		for (size_t i = 0; i < n; i++)
			bad += p[i] != 0;
		EXPECT_EQ(bad, 0);
		kfree(p);
	}
}

static void s54(void)
{
	EXPECT(!kcalloc(SIZE_MAX / 2, 3, GFP_KERNEL));
	EXPECT(!kmalloc_array(1ul << 33, 1ul << 33, GFP_KERNEL));
	EXPECT(kmalloc_array(0, 8, GFP_KERNEL) == ZERO_SIZE_PTR);
}

static void s55(void)
{
	char *p = kmalloc(40, GFP_KERNEL), *q;

	memset(p, 0x5c, 40);
	EXPECT((q = krealloc(p, 64, GFP_KERNEL)) == p);
	EXPECT((q = krealloc(p, 8, GFP_KERNEL)) == p);
	EXPECT(!krealloc(p, 5 << 20, GFP_KERNEL | __GFP_NOWARN));
	EXPECT_EQ(p[39], 0x5c);
	q = krealloc(p, 200, GFP_KERNEL);
	EXPECT(q && q != p && q[0] == 0x5c && q[39] == 0x5c);
	EXPECT(krealloc(q, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
	p = krealloc(NULL, 10, GFP_KERNEL);
	EXPECT(p);
	kfree(p);
}

/* ------------------------------------------------------------------ arrays */

static void s57(void)
{
	hold(64, N);
	for (int i = 0; i < N; i++) {
		void *p = held[(i * 7) % N];

		kfree(p);
		EXPECT((held[(i * 7) % N] = kmalloc(64, GFP_KERNEL)) == p);
	}
	let_go(N);
}

static void s58_path(void *result)
{
	*(void **)result = kmalloc(64, GFP_ATOMIC);
}

static void s58(void)
{
	for (int i = 0; i < 100; i++) {
		void *a = kmalloc(64, GFP_KERNEL), *b = NULL, *c = NULL;

		gb_run_as_hardirq(s58_path, &b);
		gb_run_as_softirq(s58_path, &c);
		EXPECT(a && b && c && a != b && b != c && a != c);
		kfree(b);
		kfree(a);
		kfree(c);
	}
}

static void s59_free(void *unused)
{
	(void)unused;
	let_go(N);
}

static void s59(void)
{
	for (int round = 0; round < 10; round++) {
		hold(256, N);
		statement_join(statement_start(1, s59_free, NULL));
	}
	hold(4096, 200);
	memset(held + 200, 0, sizeof(held) - 200 * sizeof(held[0]));
	statement_join(statement_start(-1, s59_free, NULL));
}

static void s60(void)
{
	struct kmem_cache *s = kmem_cache_create("bulk", 200, 0, SLAB_NO_MERGE, NULL);

	EXPECT_EQ(kmem_cache_alloc_bulk(s, GFP_KERNEL, N, held), N);
	for (int i = 0; i < N; i++)
		memset(held[i], i, 200);
	for (int i = 0; i < N; i++)
		EXPECT_EQ(*(unsigned char *)held[i], i & 255);
	kmem_cache_free_bulk(s, N, held);
	EXPECT_EQ(kmem_cache_shrink(s), 0);
	kmem_cache_destroy(s);
}

/* More than RAM: nothing may be kept. */
static void s60_fails(void)
{
	struct kmem_cache *s = kmem_cache_create("bulk", 65536, 0, SLAB_NO_MERGE, NULL);

	EXPECT_EQ(kmem_cache_alloc_bulk(s, GFP_ATOMIC | __GFP_NOWARN, N, held), 0);
	EXPECT_EQ(kmem_cache_shrink(s), 0);
	EXPECT_EQ(s->nr_slabs, 0);
	kmem_cache_destroy(s);
}

/* ------------------------------------------------------------------ caches */

static unsigned int constructed;

static void ctor(void *p)
{
	memset(p, 0x42, 100);
	constructed++;
}

static void s61(void)
{
	struct kmem_cache *s = kmem_cache_create("ctor", 100, 0, 0, ctor);
	char *p;

	constructed = 0;
	p = kmem_cache_alloc(s, GFP_KERNEL);
	EXPECT_EQ(constructed, s->objects);
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(p[i], 0x42);
	kmem_cache_free(s, p);
	kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	EXPECT_EQ(constructed, s->objects);
	kmem_cache_destroy(s);
}

static void s62(void)
{
	struct kmem_cache *s = kmem_cache_create("ctor", 100, 0, 0, ctor);
	char *p = kmem_cache_alloc(s, GFP_KERNEL | __GFP_ZERO);

	EXPECT_EQ(kernel_reports("slab-ctor-zero"), 1);
	EXPECT_EQ(p[0], 0x42);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
}

static void s63(void)
{
	struct kmem_cache *s = kmem_cache_create("typesafe", 256, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	char *p = kmem_cache_alloc(s, GFP_KERNEL), *q;

	memset(p, 0x77, 256);
	rcu_read_lock();
	kmem_cache_free(s, p);
	EXPECT_EQ(p[100], 0x77);
	q = kmem_cache_alloc(s, GFP_ATOMIC);
	EXPECT(q == p && q[100] == 0x77);
	kmem_cache_free(s, q);
	rcu_read_unlock();
	EXPECT_EQ(kmem_cache_shrink(s), 0);
	kmem_cache_destroy(s);
}

static void s64(void)
{
	struct kmem_cache *s = kmem_cache_create("live", 300, 0, SLAB_NO_MERGE, NULL), *again;
	void *p = kmem_cache_alloc(s, GFP_KERNEL);

	kmem_cache_destroy(s);
	EXPECT_EQ(kernel_reports("slab-objects-remain"), 1);
	again = kmem_cache_create("live", 300, 0, SLAB_NO_MERGE, NULL);
	EXPECT(again && again != s);
	EXPECT_EQ(kernel_reports("duplicate-kmem-cache"), statement_profile() == 618);
	kmem_cache_destroy(again);
	kfree(p);
}

static void s65(void)
{
	struct kmem_cache *a = kmem_cache_create("a", 200, 0, 0, NULL);
	struct kmem_cache *b = kmem_cache_create("b", 200, 0, 0, NULL);
	struct kmem_cache *c = kmem_cache_create("c", 200, 0, 0, ctor);
	struct kmem_cache *d = kmem_cache_create("d", 200, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	struct kmem_cache *e = kmem_cache_create("e", 200, 0, SLAB_NO_MERGE, NULL);

	EXPECT(a && a == b && c != a && d != a && e != a && c != d);
	kmem_cache_destroy(a);
	kmem_cache_free(b, kmem_cache_alloc(b, GFP_KERNEL));
	kmem_cache_destroy(b);
	kmem_cache_destroy(c);
	kmem_cache_destroy(d);
	kmem_cache_destroy(e);
	kmem_cache_destroy(NULL);
}

static void bad_creates(void)
{
	EXPECT(!kmem_cache_create(NULL, 64, 0, 0, NULL));
	EXPECT(!kmem_cache_create("zero", 0, 0, 0, NULL));
	EXPECT(!kmem_cache_create("huge", (4 << 20) + 1, 0, 0, NULL));
	EXPECT(!kmem_cache_create("align", 64, 24, 0, NULL));
	EXPECT(!kmem_cache_create("flags", 64, 0, 1u << 31, NULL));
	EXPECT_EQ(kernel_reports("bad-kmem-cache-create"), 5);
}

static void *irq_alloc(size_t size)
{
	return kmalloc(size, GFP_ATOMIC | __GFP_NOWARN);
}

static void irq_free(void *p)
{
	kfree(p);
}

static const struct statement table[] = {
	{ 46, "kmalloc(0) is (void *)16", P_EACH, IRQ_ALLOCATES, s46 },
	{ 47, "ksize follows the class table", P_EACH, IRQ_ALLOCATES, s47 },
	{ 48, "4 MiB is the limit", P_EACH, IRQ_ALLOCATES, s48 },
	{ 49, "natural alignment", P_EACH, IRQ_ALLOCATES, s49 },
	{ 49, "natural alignment under debugging", P_6X, IRQ_ALLOCATES, s49,
	  .slab_debug = "FZPU" },
	{ 50, "3.4: classes from 32, names size-N, SLAB geometry", P304, IRQ_ALLOCATES, s50 },
	{ 51, "GFP_DMA objects lie below 16 MiB", P_EACH, IRQ_ALLOCATES, s51 },
	{ 52, "__GFP_HIGHMEM warns at a new slab and gives lowmem", P_6X, IRQ_EMPTY, s52,
	  .highmem_mib = 16 },
	{ 53, "kzalloc zeroes dirty objects", P_EACH, IRQ_ALLOCATES, s53 },
	{ 54, "overflow is NULL", P_EACH, IRQ_ALLOCATES, s54 },
	{ 55, "krealloc: in class same, beyond moves, failure keeps; 56: to 0 frees", P_EACH,
	  IRQ_ALLOCATES, s55 },
	{ 57, "the object freed last is the next one", P_EACH, IRQ_ALLOCATES, s57 },
	{ 58, "contexts get distinct objects", P_EACH, IRQ_ALLOCATES, s58 },
	{ 59, "frees on other CPUs and by no CPU", P_EACH, IRQ_ALLOCATES, s59 },
	{ 60, "bulk is all or nothing", P_EACH, IRQ_ALLOCATES, s60 },
	{ 60, "a bulk request that fails keeps nothing", P_EACH, IRQ_EMPTY, s60_fails,
	  .ram_mib = 32 },
	{ 61, "ctor runs once per object of a new slab", P_6X, IRQ_ALLOCATES, s61 },
	{ 62, "ctor with __GFP_ZERO warns", P_6X, IRQ_ALLOCATES, s62 },
	{ 63, "TYPESAFE_BY_RCU objects stay readable", P_EACH, IRQ_ALLOCATES, s63 },
	{ 64, "destroy with live objects warns", P_EACH, IRQ_ALLOCATES, s64 },
	{ 65, "plain caches of a size merge", P_6X, IRQ_ALLOCATES, s65 },
	{ 0, "bad kmem_cache_create", P_6X, IRQ_ALLOCATES, bad_creates },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	static const struct statement_irq irq = { irq_alloc, irq_free };

	return statements_run(table, &irq, argc, argv);
}
