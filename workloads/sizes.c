/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "sizes.h"

#include <math.h>

static const uint32_t kmalloc_class[] = { 8,   16,  32,   64,   96,   128, 192,
					  256, 512, 1024, 2048, 4096, 8192 };

void gb_sizes_uniform(struct gb_sizes *s, struct gb_rng *rng, uint64_t lo, uint64_t hi)
{
	for (size_t i = 0; i < GB_NR_SIZES; i++)
		s->size[i] = (uint32_t)gb_rng_between(rng, lo, hi);
}

static uint32_t clamp(double v, uint64_t lo, uint64_t hi)
{
	return (uint32_t)(v < (double)lo ? (double)lo : v > (double)hi ? (double)hi : v);
}

/* Both by inversion of the distribution function over [lo, hi + 1). */
void gb_sizes_log_uniform(struct gb_sizes *s, struct gb_rng *rng, uint64_t lo,
			  uint64_t hi)
{
	double ratio = log((double)(hi + 1) / (double)lo);

	for (size_t i = 0; i < GB_NR_SIZES; i++)
		s->size[i] = clamp((double)lo * exp(gb_rng_unit(rng) * ratio), lo, hi);
}

void gb_sizes_inverse_square(struct gb_sizes *s, struct gb_rng *rng, uint64_t lo,
			     uint64_t hi)
{
	double a = 1.0 / (double)lo, z = 1.0 / (double)(hi + 1);

	for (size_t i = 0; i < GB_NR_SIZES; i++)
		s->size[i] = clamp(1.0 / (a - gb_rng_unit(rng) * (a - z)), lo, hi);
}

/* The part of class @k that lies within lo..hi; 0 when none does. */
static int part_of_class(size_t k, uint64_t lo, uint64_t hi, uint64_t *first,
			 uint64_t *last)
{
	uint64_t below = k ? kmalloc_class[k - 1] : 0;

	*first = below + 1 > lo ? below + 1 : lo;
	*last = kmalloc_class[k] < hi ? kmalloc_class[k] : hi;
	return *first <= *last;
}

void gb_sizes_kmalloc(struct gb_sizes *s, struct gb_rng *rng, uint64_t lo, uint64_t hi)
{
	uint64_t first[GB_ARRAY_SIZE(kmalloc_class)], last[GB_ARRAY_SIZE(kmalloc_class)];
	size_t n = 0;

	for (size_t k = 0; k < GB_ARRAY_SIZE(kmalloc_class); k++)
		n += (size_t)part_of_class(k, lo, hi, &first[n], &last[n]);
	GB_BUG_ON(!n);
	for (size_t i = 0; i < GB_NR_SIZES; i++) {
		size_t k = gb_rng_below(rng, n);

		s->size[i] = (uint32_t)gb_rng_between(rng, first[k], last[k]);
	}
}

int gb_sizes_check(const struct gb_run *r, uint64_t lo, uint64_t hi, struct gb_error *e)
{
	if (lo <= hi)
		return 0;
	return gb_fail(e, GB_EXIT_USAGE, "size_min must not be above size_max",
		       "workload %s: size_min is above size_max", r->workload->name);
}
