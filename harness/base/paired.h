/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Judging paired differences: the combined test, equivalence, location, resampling.
 * Layer: base.  Input rules as rank_test.h: nothing to judge gives p = 1, NaN gives NaN.
 */
#ifndef GB_BASE_PAIRED_H
#define GB_BASE_PAIRED_H

#include <stddef.h>
#include <stdint.h>

#include "rank_test.h"
#include "statistics.h"

/*
 * min(1, 2 * min(signed-rank, sign)): the signed-rank test is the stronger on clean data,
 * the sign test on data with a few pairs that are off by half; taking the better of the
 * two and paying the factor two for the choice is never far from the better one.
 */
double gb_paired_test(const double *d, size_t n, double shift, enum gb_tail tail);

/* The smallest p-value gb_paired_test() can give for @n differences, one-sided. */
double gb_paired_test_floor(size_t n);

/* Two one-sided tests: small when the location lies inside (lo, hi). */
double gb_equivalence_test(const double *d, size_t n, double lo, double hi);

/* Hodges and Lehmann's location: the median of the means of all pairs (i <= j). */
double gb_hodges_lehmann(const double *d, size_t n);

/* A statistic of n values, as bootstrap resamples it. */
typedef double gb_statistic(const double *x, size_t n);

/* Percentile bootstrap, @rounds resamples from generator @seed; coverage is nominal. */
struct gb_interval gb_bootstrap(const double *x, size_t n, gb_statistic *statistic,
				double level, size_t rounds, uint64_t seed);

/* As gb_bootstrap, for the difference statistic(y) - statistic(x) of two independent
 * samples. */
struct gb_interval gb_bootstrap_difference(const double *x, size_t nx, const double *y,
					   size_t ny, gb_statistic *statistic,
					   double level, size_t rounds, uint64_t seed);

/* Kolmogorov and Smirnov's test that @x is uniform on [0,1]; asymptotic p-value with
 * Stephens' small-sample correction (good from n = 5). */
double gb_uniformity_test(const double *x, size_t n);

/* Correlation of neighbours x[i], x[i+1]; NaN below three values or for constants. */
double gb_lag1_correlation(const double *x, size_t n);

#endif
