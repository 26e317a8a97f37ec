/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The spy of tests/conformance/workloads.c: what stands between a workload and a backend.
 * A header before each block says how long it is and who allocated it.  One test includes
 * it, so all is static.
 */
#ifndef GB_TESTS_CONFORMANCE_SPY_H
#define GB_TESTS_CONFORMANCE_SPY_H

#include "workload.h"

struct header { /* before every block */
	void *base;
	uint32_t size;
	uint32_t owner;
};

static struct gb_heap inner;
static uint64_t allocs, failures, frees, run_frees, remote_frees; /* atomic */
static uint64_t live, live_peak;                       /* atomic: requested bytes */
static uint64_t min_size, max_size;                    /* atomic: process context */
static uint64_t wrong_flags;                           /* atomic */
static uint64_t fail_every;                            /* 0 = never */
static int use_headers;                                /* not on null: contents */
static __thread uint32_t self;                         /* gb_thread.id + 1 */
static __thread int in_run;
static __thread uint64_t requests;

static void note_max(uint64_t *place, uint64_t v)
{
	uint64_t old = gb_load_relaxed(place);

	while (v > old && !gb_cas_relaxed(place, &old, v))
		;
}

static void note_min(uint64_t *place, uint64_t v)
{
	uint64_t old = gb_load_relaxed(place);

	while (v < old && !gb_cas_relaxed(place, &old, v))
		;
}

static void note(size_t size, gfp_t gfp)
{
	enum gb_context c = gb_context_now();

	if ((gfp & __GFP_DIRECT_RECLAIM) && c != GB_PROCESS)
		gb_add_relaxed(&wrong_flags, 1);
	if (c == GB_PROCESS) {
		note_min(&min_size, size);
		note_max(&max_size, size);
	}
	gb_add_relaxed(&allocs, 1);
}

static int must_fail(void)
{
	if (!fail_every || ++requests % fail_every)
		return 0;
	gb_add_relaxed(&failures, 1);
	return 1;
}

static void *with_header(char *base, size_t gap, size_t size)
{
	struct header *h;

	if (!base)
		return NULL;
	h = (struct header *)(void *)(base + gap) - 1;
	*h = (struct header){ base, (uint32_t)size, self };
	note_max(&live_peak, gb_add_relaxed(&live, size));
	return h + 1;
}

static void *spy_alloc(size_t size, gfp_t gfp)
{
	if (must_fail())
		return NULL;
	note(size, gfp);
	if (!use_headers)
		return inner.alloc(size, gfp);
	return with_header(inner.alloc(size + sizeof(struct header), gfp),
			   sizeof(struct header), size);
}

static void *spy_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	size_t gap =
		alignment < sizeof(struct header) ? sizeof(struct header) : alignment;

	if (must_fail())
		return NULL;
	note(size, gfp);
	if (!use_headers)
		return inner.aligned(alignment, size, gfp);
	return with_header(inner.aligned(gap, size + gap, gfp), gap, size);
}

static size_t spy_usable(const void *p)
{
	const struct header *h = (const struct header *)p - 1;

	return use_headers ? h->size : inner.usable(p);
}

static void spy_free(void *p)
{
	struct header *h = (struct header *)p - 1;

	gb_add_relaxed(&frees, 1);
	if (!use_headers) {
		inner.free(p);
		return;
	}
	if (in_run && gb_context_now() == GB_PROCESS) {
		gb_add_relaxed(&run_frees, 1);
		gb_add_relaxed(&remote_frees, h->owner != self);
	}
	gb_sub_relaxed(&live, h->size);
	inner.free(h->base);
}

static void spy_reset(uint64_t every, int headers)
{
	allocs = failures = frees = run_frees = remote_frees = live = live_peak = 0;
	min_size = UINT64_MAX;
	max_size = wrong_flags = 0;
	fail_every = every;
	use_headers = headers;
}

#endif
