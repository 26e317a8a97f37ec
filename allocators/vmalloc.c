/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The backend `vmalloc`: every block a range of addresses of its own, with a guard page.
 */
#include "kernel/mm.h"

#include "kernel_backend.h"
#include "kernel_ops.h"

static void *vmalloc_alloc(size_t size, gfp_t gfp)
{
	return __vmalloc(size, gfp);
}

static void *vmalloc_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	return __vmalloc_node(size, alignment, gfp, -1, NULL);
}

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	*h = (struct gb_heap){
		.alloc = vmalloc_alloc,
		.free = (void (*)(void *))vfree, /* differs in a const only */
		.aligned = vmalloc_aligned,
		.realloc = (void *(*)(void *, size_t, gfp_t))vrealloc,
		.usable = vmalloc_usable_size,
		.kernel = &gb_kernel_ops,
	};
	return gb_kernel_start_mapped(c, e);
}

extern const struct gb_backend gb_backend_vmalloc;
const struct gb_backend gb_backend_vmalloc = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "vmalloc",
	.summary = "vmalloc of the emulated kernel: scattered frames, contiguous addresses",
	.detail = "vmalloc, vrealloc and vfree of libgfpkernel: each block is at least a page, "
		  "its frames come from the buddy allocator wherever it has them and are mapped "
		  "side by side, a guard page behind them. Freeing unmaps at once.\n\n"
		  "It sleeps and makes system calls, so it is never entered from atomic "
		  "context; cells with interrupts are unavailable. Each run of adjacent frames "
		  "and each guard is a mapping of the process, and the system allows only so "
		  "many (vm.max_map_count, 65530 by default: about 32,700 blocks of a page); "
		  "beyond that an allocation fails. events.csv tells the limit, and when it is "
		  "reached.",
	.caps = GB_CAP_GFP | GB_CAP_CONTENTS | GB_CAP_ZERO | GB_CAP_ALIGNED | GB_CAP_REALLOC |
		GB_CAP_USABLE | GB_CAP_KERNEL | GB_CAP_LARGE,
	GB_KERNEL_BACKEND_HOOKS,
	.start = start,
};
