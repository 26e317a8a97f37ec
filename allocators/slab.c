/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The backend `slab`: kmalloc and kfree of the emulated kernel, called directly.
 */
#include "kernel/mm.h"

#include "kernel_backend.h"
#include "kernel_ops.h"

#define WORD 8
/* Page lists of the least length the kernel grants, four batches, and the smallest batch,
 * that of 16 MiB.  Its own rule lets a CPU keep a MiB of free pages, and free objects are
 * in the slab's arrays already. */
#define LIST_FRACTION 65536
#define LIST_BATCH    1

/* A block of a power-of-two class lies at a multiple of its size. */
static void *slab_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	size_t n = size > alignment ? size : alignment;

	if (alignment <= WORD || n < 2 || n > PAGE_SIZE << MAX_PAGE_ORDER)
		return kmalloc(n, gfp);
	return kmalloc((size_t)1 << (64 - __builtin_clzl(n - 1)), gfp);
}

struct options {
	uint64_t page_reporting_ms;
};

static const struct gb_option options[] = {
	{ "page_reporting_ms", GB_OPTION_UINT, offsetof(struct options, page_reporting_ms),
	  "0", 0, 1000000, NULL,
	  "how often memory behind free pageblocks goes back to the system; 0 = never" },
	{ NULL },
};

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	struct kernel_config tuned = {
		.percpu_pagelist_high_fraction = LIST_FRACTION,
		.percpu_pagelist_batch = LIST_BATCH,
	};
	struct options o;
	int ret = gb_options_parse(options, &o, "backend slab", c->argument, e);

	if (ret)
		return ret;
	tuned.page_reporting_ms = (unsigned int)o.page_reporting_ms;
	ret = gb_kernel_start_tuned(c, &tuned, e);
	if (ret)
		return ret;
	*h = (struct gb_heap){
		.alloc = kmalloc,
		.free = (void (*)(void *))kfree, /* differs in a const only */
		.aligned = slab_aligned,
		.realloc = (void *(*)(void *, size_t, gfp_t))krealloc,
		.usable = ksize,
		.kernel = &gb_kernel_ops,
	};
	return 0;
}

extern const struct gb_backend gb_backend_slab;
const struct gb_backend gb_backend_slab = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "slab",
	.summary = "kmalloc of the emulated kernel: zones, watermarks, GFP rules, any context",
	.detail = "kmalloc, krealloc and kfree of libgfpkernel over an emulated RAM (--ram, by "
		  "default 256 MiB or four times the workload's peak) with the zones, "
		  "watermarks, reclaim and GFP rules of Linux 6.18.\n\n"
		  "It may be entered from an interrupt at any instruction, itself included, "
		  "without locks or a guard: every context of a CPU has arrays of free "
		  "objects of its own. Blocks are physically contiguous, powers of two are "
		  "naturally aligned, and the largest block is 4 MiB.",
	.caps = GB_CAP_IRQ_SAFE | GB_CAP_ATOMIC | GB_CAP_GFP | GB_CAP_CONTENTS | GB_CAP_ZERO |
		GB_CAP_ALIGNED | GB_CAP_REALLOC | GB_CAP_USABLE | GB_CAP_CONTIGUOUS |
		GB_CAP_KERNEL | GB_CAP_LARGE,
	.max_block_bytes = UINT64_C(4) << 20,
	.options = options,
	.options_size = sizeof(struct options),
	GB_KERNEL_BACKEND_HOOKS,
	.start = start,
};
