/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Who allocated or freed an object (SLAB_STORE_USER): lies behind the object.
 *
 * Layer: allocators/kernel.
 */
#ifndef GFPKERNEL_SLAB_TRACK_H
#define GFPKERNEL_SLAB_TRACK_H

#include <stdint.h>

#define SLAB_TRACK_DEPTH 4

struct slab_track {
	uintptr_t addr[SLAB_TRACK_DEPTH]; /* return addresses, caller first; 0 = end */
	int cpu, tid;                     /* cpu -1: the thread was no CPU */
	uint64_t when_ns;                 /* 0: never */
};

void slab_track_set(struct slab_track *t, const void *caller);
/* "Allocated in 0x... age=N cpu=N pid=N" and the callers. */
void slab_track_report(const char *what, const struct slab_track *t);

#endif
