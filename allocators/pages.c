/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The backend `pages`: whole page frames of the emulated kernel, 2^order of them a block.
 * A block is compound, so that free knows its order from the head's page struct.
 */
#include "kernel/mm.h"

#include <string.h>

#include "kernel_backend.h"
#include "kernel_ops.h"

/* The smallest order that holds @size; above MAX_PAGE_ORDER when none does. */
static unsigned int order_of(size_t size)
{
	size_t pages = (size - 1) >> PAGE_SHIFT;

	return size <= PAGE_SIZE ? 0 : 64 - (unsigned int)__builtin_clzl(pages);
}

static void *pages_alloc(size_t size, gfp_t gfp)
{
	return (void *)__get_free_pages(gfp | __GFP_COMP, order_of(size));
}

static void pages_free(void *p)
{
	if (p)
		free_pages((unsigned long)p, virt_to_page(p)->order);
}

static void *pages_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	return pages_alloc(size > alignment ? size : alignment, gfp);
}

static size_t pages_usable(const void *p)
{
	return p ? PAGE_SIZE << virt_to_page(p)->order : 0;
}

static void *pages_realloc(void *p, size_t size, gfp_t gfp)
{
	size_t have = pages_usable(p);
	void *bigger;

	if (p && size <= have)
		return p;
	bigger = pages_alloc(size, gfp);
	if (!bigger)
		return NULL;
	if (p)
		memcpy(bigger, p, have);
	pages_free(p);
	return bigger;
}

#define DEFAULT_RAM   (1ull << 30)
#define RAM_OVER_PEAK 16 /* blocks are rounded up to pages */
#define MAX_RAM       (64ull << 30)

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	struct gb_backend_config larger = *c;
	uint64_t want = c->peak_live_bytes * RAM_OVER_PEAK & ~(uint64_t)(PAGE_SIZE - 1);
	int ret;

	if (!c->ram_bytes)
		larger.ram_bytes = want < DEFAULT_RAM ? DEFAULT_RAM :
				   want > MAX_RAM     ? MAX_RAM :
							want;
	ret = gb_kernel_start(&larger, e);

	if (ret)
		return ret;
	*h = (struct gb_heap){
		.alloc = pages_alloc,
		.free = pages_free,
		.aligned = pages_aligned,
		.realloc = pages_realloc,
		.usable = pages_usable,
		.kernel = &gb_kernel_ops,
	};
	return 0;
}

extern const struct gb_backend gb_backend_pages;
const struct gb_backend gb_backend_pages = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "pages",
	.summary = "whole page frames of the emulated kernel, powers of two up to 4 MiB",
	.detail =
		"__get_free_pages and free_pages of libgfpkernel: every request is rounded "
		"up to 2^order pages of 4 KiB, naturally aligned and physically "
		"contiguous. Orders 0 to 3 come from per-CPU lists, larger ones from the "
		"buddy allocator under the zone's lock.\n\n"
		"It shows what the layer below kmalloc costs and how memory fragments; "
		"small blocks waste most of a page. A good score is a hot pair of order 0 "
		"within a few times that of `slab`.",
	.caps = GB_CAP_IRQ_SAFE | GB_CAP_ATOMIC | GB_CAP_GFP | GB_CAP_CONTENTS |
		GB_CAP_ZERO | GB_CAP_ALIGNED | GB_CAP_REALLOC | GB_CAP_USABLE |
		GB_CAP_CONTIGUOUS | GB_CAP_KERNEL | GB_CAP_LARGE,
	.max_block_bytes = UINT64_C(4) << 20,
	GB_KERNEL_BACKEND_HOOKS,
	.start = start,
};
