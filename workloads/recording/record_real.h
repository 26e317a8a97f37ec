/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The allocator behind libgfprecord.so, found with dlsym on the first call, and the few
 * bytes that dlsym itself allocates before that.
 *
 * Layer: workloads (the preloaded library only).  Every function may be called from any
 * thread at any time.
 */
#ifndef GB_WORKLOADS_RECORD_REAL_H
#define GB_WORKLOADS_RECORD_REAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"

#define GB_BOOTSTRAP 16384u
#pragma GCC visibility push(hidden)

struct gb_real {
	void *(*malloc)(size_t);
	void (*free)(void *);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	uint32_t ready; /* set last (release); acquire in gb_real_ready() */
};
extern struct gb_real gb_real;

/* Given out while dlsym works; zero at first, never given back. */
extern char gb_bootstrap[GB_BOOTSTRAP];
void *gb_bootstrap_alloc(size_t size);

/* 0 while this very thread is in dlsym, and nobody else's functions are known. */
int gb_real_resolve(void);
#pragma GCC visibility pop

static inline int gb_real_ready(void)
{
	return gb_likely(gb_load_acquire(&gb_real.ready)) || gb_real_resolve();
}

static inline int gb_is_bootstrap(const void *p)
{
	return (uintptr_t)p - (uintptr_t)gb_bootstrap < GB_BOOTSTRAP;
}

#endif
