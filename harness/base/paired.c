/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "base/paired.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/rng.h"

double gb_paired_test(const double *d, size_t n, double shift, enum gb_tail tail)
{
	double rank = gb_signed_rank_test(d, n, shift, tail).p;
	double sign = gb_sign_test(d, n, shift, tail).p;

	if (isnan(rank) || isnan(sign))
		return NAN;
	return fmin(1, 2 * fmin(rank, sign));
}

/* All differences on one side: 2^-n in both tests, doubled. */
double gb_paired_test_floor(size_t n)
{
	return fmin(1, ldexp(2, -(int)(n > 2000 ? 2000 : n)));
}

double gb_equivalence_test(const double *d, size_t n, double lo, double hi)
{
	double above = gb_paired_test(d, n, lo, GB_TAIL_GREATER);
	double below = gb_paired_test(d, n, hi, GB_TAIL_LESS);

	if (isnan(above) || isnan(below))
		return NAN;
	return fmax(above, below);
}

double gb_hodges_lehmann(const double *d, size_t n)
{
	double *walsh, location;
	size_t k = 0;

	if (n == 0)
		return NAN;
	walsh = malloc(n * (n + 1) / 2 * sizeof(*walsh));
	GB_BUG_ON(!walsh);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			walsh[k++] = (d[i] + d[j]) / 2;
	location = gb_median(walsh, k);
	free(walsh);
	return location;
}

static double resample(const double *x, size_t n, double *into, gb_statistic *statistic,
		       struct gb_rng *rng)
{
	for (size_t i = 0; i < n; i++)
		into[i] = x[gb_rng_below(rng, n)];
	return statistic(into, n);
}

static struct gb_interval percentile_interval(double *value, size_t n, double level)
{
	double out = (1 - level) / 2;

	return (struct gb_interval){gb_quantile(value, n, out),
				    gb_quantile(value, n, 1 - out), level};
}

struct gb_interval gb_bootstrap_difference(const double *x, size_t nx, const double *y,
					   size_t ny, gb_statistic *statistic,
					   double level, size_t rounds, uint64_t seed)
{
	struct gb_rng rng = gb_rng_seed(seed, 0);
	struct gb_interval r = {NAN, NAN, 0};
	double *value, *scratch;

	if (nx == 0 || ny == 0 || rounds == 0)
		return r;
	value = malloc(rounds * sizeof(*value));
	scratch = malloc((nx > ny ? nx : ny) * sizeof(*scratch));
	GB_BUG_ON(!value || !scratch);
	for (size_t i = 0; i < rounds; i++) {
		double of_x = resample(x, nx, scratch, statistic, &rng);

		value[i] = resample(y, ny, scratch, statistic, &rng) - of_x;
	}
	r = percentile_interval(value, rounds, level);
	free(value);
	free(scratch);
	return r;
}

struct gb_interval gb_bootstrap(const double *x, size_t n, gb_statistic *statistic,
				double level, size_t rounds, uint64_t seed)
{
	struct gb_rng rng = gb_rng_seed(seed, 0);
	struct gb_interval r = {NAN, NAN, 0};
	double *value, *scratch;

	if (n == 0 || rounds == 0)
		return r;
	value = malloc(rounds * sizeof(*value));
	scratch = malloc(n * sizeof(*scratch));
	GB_BUG_ON(!value || !scratch);
	for (size_t i = 0; i < rounds; i++)
		value[i] = resample(x, n, scratch, statistic, &rng);
	r = percentile_interval(value, rounds, level);
	free(value);
	free(scratch);
	return r;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Kolmogorov's alternating series; below 0.2 it converges slowly and the sum is 1. */
static double kolmogorov_tail(double t)
{
	double sum = 0;

	if (t < 0.2)
		return 1;
	for (int k = 1; k <= 100; k++)
		sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * t * t);
	return fmin(1, fmax(0, sum));
}

double gb_uniformity_test(const double *x, size_t n)
{
	double *v, worst = 0, root = sqrt((double)n);

	if (n == 0)
		return 1;
	v = malloc(n * sizeof(*v));
	GB_BUG_ON(!v);
	for (size_t i = 0; i < n; i++)
		v[i] = x[i];
	qsort(v, n, sizeof(*v), ascending);
	for (size_t i = 0; i < n; i++) {
		worst = fmax(worst, (double)(i + 1) / (double)n - v[i]);
		worst = fmax(worst, v[i] - (double)i / (double)n);
	}
	free(v);
	return kolmogorov_tail((root + 0.12 + 0.11 / root) * worst);
}

double gb_lag1_correlation(const double *x, size_t n)
{
	double mean = 0, square = 0, cross = 0;

	if (n < 3)
		return NAN;
	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double)n;
	for (size_t i = 0; i < n; i++) {
		square += (x[i] - mean) * (x[i] - mean);
		cross += i ? (x[i] - mean) * (x[i - 1] - mean) : 0;
	}
	return square > 0 ? cross / square : NAN;
}
