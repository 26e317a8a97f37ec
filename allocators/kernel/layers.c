/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The layers above the page allocator, in the order in which they boot.
 */
#include "kernel/ram.h"
#include "kernel/slab.h"
#include "kernel/vmalloc.h"

const struct mm_layer *const mm_layers[] = {
	&slab_layer,
	&vmalloc_layer,
	&page_reporting_layer,
	NULL,
};
