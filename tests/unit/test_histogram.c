/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Bucket law (bounds, error under 1 %), exact extremes, quantiles against sorted data. */
#include <math.h>

#include "base/histogram.h"
#include "base/rng.h"

#include "tests/tap.h"

#define N 20000

static struct gb_histogram h, other;
static uint64_t value[N];

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The buckets lie end to end, without gap or overlap, and none is wider than 1 %. */
static void bucket_law(void)
{
	unsigned int gaps = 0, lost = 0, wide = 0;

	for (unsigned int i = 0; i < GB_HIST_BUCKETS; i++) {
		uint64_t lo = gb_hist_bucket_lo(i), hi = gb_hist_bucket_hi(i);

		gaps += i && lo != gb_hist_bucket_hi(i - 1) + 1;
		lost += gb_hist_index(lo) != i || gb_hist_index(hi) != i;
		wide += (double)(hi - lo) >= 0.01 * (double)lo && hi != lo;
	}
	tap_eq_u64(gaps, 0, "buckets lie end to end");
	tap_eq_u64(lost, 0, "a bucket's bounds lie in it");
	tap_eq_u64(wide, 0, "no bucket is 1 % wide");
	tap_eq_u64(gb_hist_bucket_lo(0), 0, "the first begins at 0");
	tap_eq_u64(gb_hist_bucket_hi(GB_HIST_BUCKETS - 1), GB_HIST_MAX_VALUE,
		   "the last ends at the largest value");
}

static void quantiles_of(const char *name, uint64_t (*draw)(struct gb_rng *r))
{
	static const double q[] = { 0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };
	struct gb_rng rng = gb_rng_seed(7, 0);
	double sum = 0;

	gb_hist_reset(&h);
	for (int i = 0; i < N; i++) {
		value[i] = draw(&rng);
		sum += (double)value[i];
		gb_hist_record(&h, value[i]);
	}
	qsort(value, N, sizeof(value[0]), by_value);
	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		double rank = ceil(q[i] * N);
		uint64_t exact = value[rank < 1 ? 0 : (size_t)rank - 1];
		uint64_t got = gb_hist_quantile(&h, q[i]);

		if (!tap_ok(got >= exact && (double)got <= (double)exact * 1.01,
			    "%s: quantile %g", name, q[i]))
			tap_diag("got %llu, exact %llu", (unsigned long long)got,
				 (unsigned long long)exact);
	}
	tap_eq_u64(h.min, value[0], "exact minimum");
	tap_eq_u64(h.max, value[N - 1], "exact maximum");
	tap_ok(fabs(gb_hist_mean(&h) - sum / N) < 1e-6 * sum / N, "%s: exact mean", name);
}

static uint64_t uniform(struct gb_rng *r)
{
	return gb_rng_below(r, 1000000);
}

static uint64_t heavy_tail(struct gb_rng *r)
{
	return (uint64_t)(20 / pow(1 - gb_rng_unit(r), 2));
}

static uint64_t small(struct gb_rng *r)
{
	return gb_rng_below(r, 90);
}

static void edges(void)
{
	gb_hist_reset(&h);
	tap_eq_u64(gb_hist_quantile(&h, 0.5), 0, "empty: quantile");
	tap_ok(gb_hist_mean(&h) == 0, "empty: mean");
	gb_hist_record(&h, UINT64_MAX);
	tap_eq_u64(h.bucket[GB_HIST_BUCKETS - 1], 1, "beyond the range: the last bucket");
	tap_eq_u64(gb_hist_quantile(&h, 1), UINT64_MAX,
		   "beyond the range: exact maximum");
	gb_hist_record(&h, 0);
	tap_eq_u64(gb_hist_quantile(&h, 0.5), 0, "zero counts");
}

static void merging(void)
{
	gb_hist_reset(&h);
	gb_hist_reset(&other);
	gb_hist_record(&other, 500);
	gb_hist_record(&other, 7);
	gb_hist_merge(&h, &other);
	tap_ok(!memcmp(&h, &other, sizeof(h)), "merged into an empty one: a copy");
	gb_hist_reset(&other);
	gb_hist_merge(&h, &other);
	tap_eq_u64(h.min, 7, "merging an empty one changes nothing");
	gb_hist_record(&other, 3);
	gb_hist_record(&other, 900);
	gb_hist_merge(&h, &other);
	CHECK(h.count == 4 && h.sum == 1410 && h.min == 3 && h.max == 900);
	h.bucket[3] += UINT32_MAX;
	h.count += UINT32_MAX;
	gb_hist_record(&h, 3);
	gb_hist_merge(&h, &other);
	tap_eq_u64(h.bucket[3], UINT32_MAX + UINT64_C(3), "a bucket holds more than 32 bits");
	tap_eq_u64(gb_hist_quantile(&h, 0.99), 3, "and its quantiles know");
}

int main(void)
{
	bucket_law();
	quantiles_of("uniform", uniform);
	quantiles_of("heavy tail", heavy_tail);
	quantiles_of("small", small);
	edges();
	merging();
	return tap_done();
}
