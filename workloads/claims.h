/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Claims: what texts about the kernel's allocators say, each with an experiment that
 * yields one number, and a predicate on that number.
 *
 * The verdict is computed from two numbers: what a machine of today's version gave, and
 * what a machine of the old version (3.4) gave.
 *
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_CLAIMS_H
#define GB_WORKLOADS_CLAIMS_H

#include "workload.h"

enum claim_op { CLAIM_IS, CLAIM_AT_LEAST, CLAIM_AT_MOST, CLAIM_BETWEEN };

struct claim {
	const char *name; /* "10 smallest kmalloc": its number in docs/CLAIMS.md */
	const char *measure, *unit;
	double (*experiment)(void); /* NAN: could not be observed */
	enum claim_op op;
	double lo, hi; /* CLAIM_BETWEEN uses both, the others lo */
};

extern const struct claim gb_claims[]; /* ends with name NULL */
/* "value >= 32 and value <= 64" */
char *gb_claim_predicate(const struct claim *c, char *buf, size_t n);
/* holds, held then (3.4), false, not observable */
const char *gb_claim_verdict(const struct claim *c, double now, double then);

/* Leave out what the claim is about: a control.  Written before experiments run. */
extern int claims_without;

/* experiments: on CPU 0 of a booted machine, process context */
double claim_sleeps_when_short(void), claim_reported_in_atomic(void);
double claim_kernel_takes_frames(void), claim_user_sleeps(void);
double claim_atomic_sleeps(void), claim_atomic_returns_null(void);
double claim_dma_below(void), claim_dma_breaks(void), claim_highuser_high(void);
double claim_nofs_recursion(void), claim_noio_recursion(void);
double claim_high_reserve(void), claim_nowarn_reports(void), claim_cold_is_hot(void);
double claim_repeat_rounds(void), claim_noretry_rounds(void), claim_nofail_nulls(void);
double claim_zones(void);
double claim_smallest(void), claim_largest(void), claim_above_limit(void);
double claim_zero_size(void), claim_above_4m(void), claim_classes(void);
double claim_large_is_no_slab(void), claim_worst_ratio(void), claim_breaks(void);
double claim_offsets(void), claim_stale_bytes(void), claim_fast(void);
double claim_kzalloc_dirty(void), claim_kzalloc_cost(void),
	claim_kzalloc_cost_large(void);
double claim_vmalloc_breaks(void), claim_vmalloc_hops(void), claim_vmalloc_largest(void);
double claim_vmalloc_refused(void), claim_ratio_4k(void), claim_ratio_64k(void);
double claim_ratio_1m(void), claim_crossover(void), claim_vmalloc_in_slab(void);
double claim_trace_events(void), claim_pages_lost(void), claim_device(void);
double claim_dma_largest(void), claim_malloc_contents(void), claim_slob(void);

#endif
