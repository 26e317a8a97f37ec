/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The slab under everything at once: objects of all classes, large blocks, bulk calls, a CPU
 * that drains all the others now and then.
 */
#include "kernel/slab.h"
#include "tests/torture/everything.h"

static uint64_t pattern(const uint64_t *p, size_t i)
{
	return (uintptr_t)p * 0x9e3779b97f4a7c15ull ^ i;
}

static void fill(struct block b)
{
	uint64_t *p = b.p;

	p[0] = b.n;
	for (size_t i = 1; i < b.n / 8; i += i < 32 ? 1 : 61)
		p[i] = pattern(p, i);
}

static int good(struct block b)
{
	const uint64_t *p = b.p;
	int same = p[0] == b.n;

	for (size_t i = 1; i < b.n / 8; i += i < 32 ? 1 : 61)
		same &= p[i] == pattern(p, i);
	return same;
}

static size_t size(void *p)
{
	return *(uint64_t *)p;
}

static size_t random_size(struct gb_rng *r)
{
	uint64_t v = gb_rng_next(r);
	size_t n = 8u << (v % 9);

	if (v >> 8 & 1)
		n += (v >> 16) % n;
	if (!(v >> 9 & 0xff))
		n = 4096u << (v >> 32 & 3);
	return (n + 7) & ~7ul;
}

static struct block get(struct gb_rng *r, gfp_t gfp)
{
	struct block b = { .n = random_size(r) };

	b.p = kmalloc(b.n, gfp);
	return b;
}

static void put(struct block b)
{
	kfree(b.p);
}

static void bulk(struct cpu *c)
{
	struct kmem_cache *s = kmalloc_cache(128, GFP_KERNEL);
	void *p[48];

	if (!kmem_cache_alloc_bulk(s, GFP_KERNEL, 48, p))
		return;
	for (int i = 0; i < 48; i++)
		fill((struct block){ p[i], 128 });
	for (int i = 0; i < 48; i++)
		c->corrupt += !good((struct block){ p[i], 128 });
	kfree_bulk(48, p);
}

static void bulk_and_drain(struct cpu *c, uint64_t random)
{
	if (!(random >> 48 & 0x3fff))
		bulk(c);
	if (!(random >> 48 & 0xffff))
		slab_drain_everything();
}

static int none(uint64_t failures, uint64_t allocs)
{
	(void)allocs;
	return !failures; /* RAM is ample */
}

static const struct torture slab = {
	.ram_bytes = 128 << 20,
	.slots = 2048, .irq_slots = 64, .mailbox = 256,
	.per_hardirq = 4, .per_softirq = 16,
	.get = get, .put = put, .fill = fill, .good = good, .size = size,
	.sometimes = bulk_and_drain, .tolerates = none,
	.sound = "no object was corrupt",
};

int main(int argc, char **argv)
{
	return everything_at_once(&slab, argc, argv);
}
