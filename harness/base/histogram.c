/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "histogram.h"

#include <math.h>
#include <string.h>

void gb_hist_reset(struct gb_histogram *h)
{
	memset(h, 0, sizeof(*h));
}

void gb_hist_merge(struct gb_histogram *into, const struct gb_histogram *from)
{
	if (from->count == 0)
		return;
	for (unsigned int i = 0; i < GB_HIST_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
	if (into->count == 0 || from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	into->sum += from->sum;
	into->count += from->count;
}

/* The inverse of gb_hist_index: bucket i of octave k holds 2^k values. */
static unsigned int octave(unsigned int i)
{
	return i < 2 * GB_HIST_SUB ? 0 : (i >> GB_HIST_SUB_BITS) - 1;
}

uint64_t gb_hist_bucket_lo(unsigned int i)
{
	unsigned int k = octave(i);

	return (uint64_t)(i - (k << GB_HIST_SUB_BITS)) << k;
}

uint64_t gb_hist_bucket_hi(unsigned int i)
{
	return gb_hist_bucket_lo(i) + (UINT64_C(1) << octave(i)) - 1;
}

static uint64_t clamp(const struct gb_histogram *h, uint64_t v)
{
	if (v > h->max)
		return h->max;
	return v < h->min ? h->min : v;
}

uint64_t gb_hist_quantile(const struct gb_histogram *h, double q)
{
	uint64_t seen = 0;
	double rank;

	if (h->count == 0)
		return 0;
	rank = ceil(q * (double)h->count);
	if (rank < 1)
		return h->min;
	/* The last bucket is open above: only the exact maximum bounds it. */
	for (unsigned int i = 0; i < GB_HIST_BUCKETS - 1; i++) {
		seen += h->bucket[i];
		if ((double)seen >= rank)
			return clamp(h, gb_hist_bucket_hi(i));
	}
	return h->max;
}

double gb_hist_mean(const struct gb_histogram *h)
{
	return h->count ? (double)h->sum / (double)h->count : 0;
}
