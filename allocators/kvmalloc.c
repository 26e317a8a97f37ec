/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The backend `kvmalloc`: kmalloc while memory is unfragmented, vmalloc otherwise.
 */
#include "kernel/mm.h"

#include "kernel_backend.h"
#include "kernel_ops.h"

/* Powers of two up to a page are naturally aligned in the slab; beyond, and above
 * kmalloc's largest block, vmalloc keeps any alignment. */
static void *kvmalloc_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	size_t n = size > alignment ? size : alignment;

	if (alignment <= 8)
		return kvmalloc(size, gfp);
	if (n <= PAGE_SIZE)
		return kmalloc((size_t)1 << (64 - __builtin_clzl(n - 1)), gfp);
	return __vmalloc_node(size, alignment, gfp, -1, NULL);
}

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	*h = (struct gb_heap){
		.alloc = kvmalloc,
		.free = (void (*)(void *))kvfree, /* differs in a const only */
		.aligned = kvmalloc_aligned,
		.realloc = (void *(*)(void *, size_t, gfp_t))kvrealloc,
		.usable = kvsize,
		.kernel = &gb_kernel_ops,
	};
	return gb_kernel_start_mapped(c, e);
}

extern const struct gb_backend gb_backend_kvmalloc;
const struct gb_backend gb_backend_kvmalloc = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "kvmalloc",
	.summary = "kvmalloc of the emulated kernel: kmalloc, and vmalloc where that fails",
	.detail = "kvmalloc, kvrealloc and kvfree of libgfpkernel, with the policy of Linux "
		  "6.18: up to a page kmalloc alone; above, kmalloc without reclaim, then "
		  "vmalloc. While memory is unfragmented, blocks of up to 4 MiB are kmalloc's.\n\n"
		  "What may end in vmalloc may sleep: it is never entered from atomic context, "
		  "and cells with interrupts are unavailable.",
	.caps = GB_CAP_GFP | GB_CAP_CONTENTS | GB_CAP_ZERO | GB_CAP_ALIGNED | GB_CAP_REALLOC |
		GB_CAP_USABLE | GB_CAP_KERNEL | GB_CAP_LARGE,
	GB_KERNEL_BACKEND_HOOKS,
	.start = start,
};
