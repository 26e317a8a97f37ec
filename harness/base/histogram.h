/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Log-linear histogram of 64-bit values (HdrHistogram's bucket law, our own code):
 * values below 2^7 have a bucket each; above, every power of two is cut into 2^7 equal
 * buckets, so a bucket is narrower than 1 % of its values.  Values beyond
 * GB_HIST_MAX_VALUE go into the last bucket; min, max and sum are exact.
 *
 * The memory is the caller's, preallocated and prefaulted: recording never allocates.
 * One writer at a time: recording is plain, not atomic.  An interrupt records into
 * histograms of its own context, never into the interrupted code's.
 *
 * Layer: base.
 */
#ifndef GB_BASE_HISTOGRAM_H
#define GB_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define GB_HIST_SUB_BITS  7
#define GB_HIST_SUB       (1u << GB_HIST_SUB_BITS)
#define GB_HIST_MAX_BITS  37 /* 2^37 ns = 137 s */
#define GB_HIST_MAX_VALUE ((UINT64_C(1) << GB_HIST_MAX_BITS) - 1)
#define GB_HIST_BUCKETS   ((GB_HIST_MAX_BITS - GB_HIST_SUB_BITS + 1) * GB_HIST_SUB)

struct gb_histogram {
	uint64_t count;
	uint64_t sum;
	uint64_t min; /* valid when count > 0 */
	uint64_t max;
	uint64_t bucket[GB_HIST_BUCKETS]; /* an hour of one operation passes 2^32 */
};

static inline unsigned int gb_hist_index(uint64_t v)
{
	unsigned int top;

	if (v < GB_HIST_SUB)
		return (unsigned int)v;
	if (v > GB_HIST_MAX_VALUE)
		return GB_HIST_BUCKETS - 1;
	top = 63 - (unsigned int)__builtin_clzll(v) - GB_HIST_SUB_BITS; /* octave */
	return (top << GB_HIST_SUB_BITS) + (unsigned int)(v >> top);
}

static inline void gb_hist_record(struct gb_histogram *h, uint64_t v)
{
	h->bucket[gb_hist_index(v)]++;
	if (h->count == 0 || v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
	h->sum += v;
	h->count++;
}

void gb_hist_reset(struct gb_histogram *h);
void gb_hist_merge(struct gb_histogram *into, const struct gb_histogram *from);
/* Inclusive bounds of bucket @i. */
uint64_t gb_hist_bucket_lo(unsigned int i);
uint64_t gb_hist_bucket_hi(unsigned int i);
/* Smallest recorded-bucket value v such that at least q * count values are <= v (the
 * bucket's upper bound, clamped to the exact min and max).  0 <= q <= 1; 0 when empty. */
uint64_t gb_hist_quantile(const struct gb_histogram *h, double q);
double gb_hist_mean(const struct gb_histogram *h);

#endif
