/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * GFP masks as the kernel prints them ("GFP_KERNEL|__GFP_ZERO", 3.4's
 * "GFP_KERNEL|GFP_ZERO", numbers) to 6.x bits, and back (kernel-model 1 and 8.1).
 *
 * Layer: workloads/recording.
 */
#ifndef GB_RECORDING_GFP_NAMES_H
#define GB_RECORDING_GFP_NAMES_H

#include <stddef.h>

#include "kernel/gfp.h"

/* The names of a mask, looked up. */
struct gb_gfp_mask {
	gfp_t gfp;
	unsigned int names, unknown; /* how many there were, and were not understood */
};

#define GB_GFP_TEXT 120
#define GB_GFP_MEMO 64
/* Recordings hold a few dozen different masks: each is taken apart once. */
struct gb_gfp_memo {
	struct {
		struct gb_gfp_mask mask;
		unsigned short len;
		char text[GB_GFP_TEXT];
	} slot[GB_GFP_MEMO];
};

/* @old: a body of the 3.x form, whose plain numbers are 3.4's bits. */
struct gb_gfp_mask gb_gfp_parse(const char *text, size_t n, int old);
struct gb_gfp_mask gb_gfp_lookup(struct gb_gfp_memo *memo, const char *text, size_t n,
				 int old);
/* The 6.x text of a mask, longest combinations first; returns @buf. */
char *gb_gfp_format(gfp_t gfp, char *buf, size_t n);

#endif
