/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What a measured 6.1 kernel decided on fragmented memory and with the watermark boost on,
 * which is its default, as decisions: who gets memory and who stops where, not how fast.
 * 256 MiB as there; masks without __GFP_KSWAPD_RECLAIM, so that kswapd does not work the
 * boost off in between; on a thread without per-CPU lists, so that counts are exact.
 */
#include "hold.h"

#include "kernel/slab.h"

/* ------------------------------------------------------------------ fragmentation */

/* Every odd frame stays held, every even one is free: half of memory, in single frames. */
static void fragment(void)
{
	unsigned long kept = 0;

	hold_all(GFP_ATOMIC | __GFP_MEMALLOC);
	for (unsigned long i = 0; i < nr_held; i++)
		if (page_to_pfn(held[i]) & 1)
			held[kept++] = held[i];
		else
			__free_page(held[i]);
	nr_held = kept;
}

static unsigned int obtainable(gfp_t gfp, unsigned int order)
{
	static struct page *page[200];
	unsigned int n = 0;

	while (n < 200 && (page[n] = alloc_pages(gfp | __GFP_NOWARN, order)))
		n++;
	for (unsigned int i = 0; i < n; i++)
		__free_pages(page[i], order);
	return n;
}

static void fragmented_body(void *arg)
{
	static const gfp_t classes[] = { GFP_GREEDY, GFP_NOWAIT, GFP_ATOMIC };
	unsigned long free;

	(void)arg;
	fragment();
	free = nr_free_pages();
	EXPECT(free > 30000); /* 120 MiB free */
	for (size_t c = 0; c < GB_ARRAY_SIZE(classes); c++) {
		EXPECT_EQ(obtainable(classes[c], 0), 200);
		for (unsigned int order = 1; order <= MAX_PAGE_ORDER; order++)
			EXPECT_EQ(obtainable(classes[c], order), 0);
	}
	EXPECT_EQ(nr_free_pages(), free);
}

/* Frames are plenty, contiguous ones are not: kmalloc fails, vmalloc does not care. */
static void fragmented(void)
{
	char *p;

	without_lists(fragmented_body, NULL);
	EXPECT(kmalloc(1 << 20, GFP_GREEDY | __GFP_NOWARN) == NULL);
	EXPECT(kmalloc(64 << 10, GFP_ATOMIC | __GFP_NOWARN) == NULL);
	p = kvmalloc(1 << 20, GFP_KERNEL);
	EXPECT(p && is_vmalloc_addr(p));
	kvfree(p);
	p = vmalloc(8 << 20);
	EXPECT(p && is_vmalloc_addr(p));
	vfree(p);
	p = kmalloc(64, GFP_ATOMIC); /* slabs fall back to single frames */
	EXPECT(p != NULL);
	kfree(p);
	let_go();
}

/* ------------------------------------------------------------------ the boost */

#define NOWAIT_QUIET 0u         /* GFP_NOWAIT that wakes nobody */
#define ATOMIC_QUIET __GFP_HIGH /* GFP_ATOMIC that wakes nobody */

/* Pages that @gfp leaves in NORMAL. */
static unsigned long leaves(gfp_t gfp)
{
	hold_all(gfp);
	return zone_of("Normal").free;
}

/* One movable page splits a block; the rest of that block is the last that unmovable
 * requests reach, and taking it over mixes a pageblock. */
static void boost_body(void *arg)
{
	struct page *movable = alloc_page(GFP_KERNEL | __GFP_MOVABLE);
	struct zone_info z = zone_of("Normal");
	unsigned long cap = z.high * 3 / 2 > 512 ? z.high * 3 / 2 : 512;
	unsigned long left;

	(void)arg;
	EXPECT_EQ(z.boost, 0);
	left = leaves(NOWAIT_QUIET);
	z = zone_of("Normal");
	EXPECT_IN(z.boost, 512, cap);
	/* min + boost, not min; what one look passed before the boost came is the rest */
	EXPECT_IN(left, z.min + 1, z.min + z.boost);
	EXPECT(alloc_pages(NOWAIT_QUIET | __GFP_NOWARN, 1) == NULL);
	/* order 0 with __GFP_HIGH does: down to 3/8 of the bare min */
	EXPECT_IN(leaves(ATOMIC_QUIET), z.min - z.min / 2 - (z.min - z.min / 2) / 4 - 1,
		  z.min - z.min / 2 - (z.min - z.min / 2) / 4 + 1);
	EXPECT_IN(zone_of("Normal").boost, z.boost, cap);
	let_go();
	__free_page(movable);
}

static void boost(void)
{
	without_lists(boost_body, NULL);
}

static void no_boost(struct kernel_config *c)
{
	c->watermark_boost_factor = -1;
}

static void no_boost_body(void *arg)
{
	struct page *movable = alloc_page(GFP_KERNEL | __GFP_MOVABLE);
	struct zone_info z = zone_of("Normal");

	(void)arg;
	EXPECT_IN(leaves(NOWAIT_QUIET), z.min * 3 / 4 - 1, z.min + 1);
	EXPECT_EQ(zone_of("Normal").boost, 0);
	let_go();
	__free_page(movable);
}

static void without_boost(void)
{
	without_lists(no_boost_body, NULL);
}

static const struct statement table[] = {
	{ 35, "every odd frame held: order 0 for all, above it nothing; vmalloc goes on", P_6X,
	  IRQ_EMPTY, fragmented, .ram_mib = 256, .configure = no_boost },
	{ 0, "the watermark boost lifts every floor but that of order-0 GFP_ATOMIC", P_6X,
	  IRQ_EMPTY, boost, .ram_mib = 256 },
	{ 0, "without the boost the floor is that of the formula", P_6X, IRQ_EMPTY,
	  without_boost, .ram_mib = 256, .configure = no_boost },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
