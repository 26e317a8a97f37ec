/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Page allocation under everything at once: blocks of orders 0 to 5, all mobility types, the
 * DMA zone, a CPU that drains the lists of all others now and then.  Every frame of a block
 * carries its owner's words from allocation to free, so a frame that has two owners is found.
 */
#include "tests/torture/everything.h"

static uint64_t *words(struct block b, unsigned long frame)
{
	return (uint64_t *)((char *)lowmem_page_address(b.p) + frame * PAGE_SIZE);
}

static uint64_t pattern(struct block b, unsigned long frame)
{
	return (page_to_pfn(b.p) + frame) * 0x9e3779b97f4a7c15ull;
}

static void fill(struct block b)
{
	for (unsigned long i = 0; i < 1ul << b.n; i++) {
		words(b, i)[0] = b.n;
		words(b, i)[1] = pattern(b, i);
		words(b, i)[PAGE_SIZE / 8 - 1] = ~pattern(b, i);
	}
}

static int good(struct block b)
{
	int same = 1;

	for (unsigned long i = 0; i < 1ul << b.n; i++)
		same &= words(b, i)[0] == b.n && words(b, i)[1] == pattern(b, i) &&
			words(b, i)[PAGE_SIZE / 8 - 1] == ~pattern(b, i);
	return same;
}

static size_t order(void *page)
{
	return *words((struct block){ .p = page }, 0);
}

static gfp_t variant(uint64_t v)
{
	static const gfp_t more[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE, __GFP_COMP,
				      0, __GFP_MOVABLE, __GFP_HIGHMEM,	   __GFP_DMA };

	return more[v & 7];
}

static struct block get(struct gb_rng *r, gfp_t gfp)
{
	uint64_t v = gb_rng_next(r);
	struct block b = { .n = v & 3 ? 0 : (unsigned int)(v >> 8) % 6 };

	b.p = alloc_pages(gfp | variant(v >> 16), (unsigned int)b.n);
	return b;
}

static void put(struct block b)
{
	__free_pages(b.p, (unsigned int)b.n);
}

static void drain(struct cpu *c, uint64_t random)
{
	(void)c;
	if (!(random >> 48 & 0x3fff))
		drain_all_pages();
}

static int some(uint64_t failures, uint64_t allocs)
{
	return failures < allocs / 10; /* the DMA zone is small */
}

static const struct torture pages = {
	.ram_bytes = 256 << 20,
	.slots = 512, .irq_slots = 32, .mailbox = 128,
	.per_hardirq = 2, .per_softirq = 8,
	.get = get, .put = put, .fill = fill, .good = good, .size = order,
	.sometimes = drain, .tolerates = some,
	.sound = "no frame had two owners",
};

int main(int argc, char **argv)
{
	return everything_at_once(&pages, argc, argv);
}
