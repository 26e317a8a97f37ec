/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The combined test, equivalence, location, resampling, normal distribution. */
#include <math.h>

#include "base/normal.h"
#include "base/paired.h"
#include "base/rng.h"
#include "tests/tap.h"
#include "tests/vectors.h"

static void location_against_scipy(void)
{
	struct gb_csv_table t = vectors_open("location.csv");
	double x[VECTORS_MAX];

	for (size_t row = 0; row < t.rows; row++) {
		size_t n = vectors_parse(gb_csv_get(&t, row, 0), x);

		tap_ok(close_to(gb_hodges_lehmann(x, n), gb_csv_get_double(&t, row, 1),
				1e-12) &&
			       close_to(gb_lag1_correlation(x, n),
					gb_csv_get_double(&t, row, 3), 1e-9),
		       "Hodges-Lehmann and lag 1, n = %zu", n);
		/* ours is the asymptotic law with Stephens' correction, scipy's exact */
		if (!tap_ok(fabs(gb_uniformity_test(x, n) -
				 gb_csv_get_double(&t, row, 2)) < 0.04,
			    "Kolmogorov-Smirnov, n = %zu", n))
			tap_diag("got %g", gb_uniformity_test(x, n));
	}
	gb_csv_free(&t);
}

static void normal_against_scipy(void)
{
	struct gb_csv_table t = vectors_open("normal.csv");
	int wrong = 0;

	for (size_t row = 0; row < t.rows; row++) {
		double p = gb_csv_get_double(&t, row, 0),
		       z = gb_csv_get_double(&t, row, 1);

		if (fabs(gb_normal_quantile(p) - z) > 1e-9 * (1 + fabs(z))) {
			tap_diag("p %g: got %.15g want %.15g", p, gb_normal_quantile(p),
				 z);
			wrong++;
		}
		if (p < 0.5)
			wrong += !close_to(gb_normal_tail(-z), p, 1e-9);
	}
	tap_ok(wrong == 0, "normal quantiles and tails, down to 1e-300");
	CHECK(isinf(gb_normal_quantile(0)) && isinf(gb_normal_quantile(1)));
	CHECK(isnan(gb_normal_quantile(1.5)) && isnan(gb_normal_quantile(NAN)));
	gb_csv_free(&t);
}

/* Quantiles of the printed tables, and tails that have closed forms. */
static void student(void)
{
	static const struct {
		size_t nu;
		double t, p;
	} row[] = {
		{ 1, 6.313752, 0.05 },  { 2, 4.302653, 0.025 },	 { 3, 5.840909, 0.005 },
		{ 4, 2.776445, 0.025 }, { 4, 8.610302, 0.0005 }, { 5, 2.015048, 0.05 },
		{ 9, 3.249836, 0.005 }, { 10, 1.812461, 0.05 },	 { 30, 2.457262, 0.01 },
	};
	int wrong = 0;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		wrong += !close_to(gb_student_tail(row[i].t, row[i].nu), row[i].p, 2e-6);
		wrong += !close_to(gb_student_tail(-row[i].t, row[i].nu), 1 - row[i].p, 1e-6);
		wrong += !close_to(gb_student_quantile(1 - row[i].p, row[i].nu), row[i].t, 1e-6);
	}
	tap_ok(wrong == 0, "Student's distribution: printed tables, both ways");
	CHECK(close_to(gb_student_tail(1, 1), 0.25, 1e-12));
	CHECK(close_to(gb_student_tail(0, 7), 0.5, 1e-12));
	CHECK(close_to(gb_student_quantile(0.5, 4), 0, 1e-9) ||
	      fabs(gb_student_quantile(0.5, 4)) < 1e-12);
}

static void combined_test(void)
{
	double up[20], wild[20];

	for (int i = 0; i < 20; i++) {
		up[i] = 0.01 + 0.0001 * i;
		wild[i] = i < 3 ? -0.5 - 0.01 * i : up[i];
	}
	CHECK(close_to(gb_paired_test(up, 16, 0, GB_TAIL_GREATER),
		       gb_paired_test_floor(16), 1e-12));
	CHECK(gb_paired_test_floor(16) == ldexp(1, -15));
	CHECK(gb_paired_test_floor(0) == 1 && gb_paired_test_floor(5000) < 1e-300);
	tap_ok(gb_paired_test(wild, 20, 0, GB_TAIL_GREATER) <
		       gb_signed_rank_test(wild, 20, 0, GB_TAIL_GREATER).p,
	       "pairs that are off by half do not drown the sign test");
	CHECK(gb_paired_test(NULL, 0, 0, GB_TAIL_LESS) == 1);
	up[7] = NAN;
	CHECK(isnan(gb_paired_test(up, 20, 0, GB_TAIL_GREATER)));
	CHECK(isnan(gb_equivalence_test(up, 20, -1, 1)));
	up[7] = 0.0107;
	CHECK(gb_equivalence_test(up, 20, -0.03, 0.03) < 1e-4);
	CHECK(gb_equivalence_test(up, 20, -0.03, 0.011) > 0.2);
	CHECK(gb_equivalence_test(NULL, 0, -0.03, 0.03) == 1);
}

static void detectable_effect(void)
{
	/* (2.3263 + 1.2816) * 1.25 * 1.5 / 4 */
	CHECK(fabs(gb_detectable_effect(1.5, 16, 0.01, 0.9) - 1.69121) < 1e-4);
	CHECK(isinf(gb_detectable_effect(1.5, 0, 0.01, 0.9)));
}

static double mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

/* A 95 % interval of the mean must hold the truth about 95 times in 100. */
static void bootstrap_coverage(void)
{
	struct gb_rng rng = gb_rng_seed(3, 0);
	double x[40], y[40];
	int held = 0, held_difference = 0;
	struct gb_interval a, b;

	for (int run = 0; run < 200; run++) {
		for (int i = 0; i < 40; i++) {
			x[i] = gb_rng_unit(&rng) + gb_rng_unit(&rng);
			y[i] = 0.5 + gb_rng_unit(&rng) + gb_rng_unit(&rng);
		}
		a = gb_bootstrap(x, 40, gb_median, 0.95, 300, (uint64_t)run);
		b = gb_bootstrap_difference(x, 40, y, 40, gb_median, 0.95, 300,
					    (uint64_t)run);
		held += a.lo <= 1 && 1 <= a.hi;
		held_difference += b.lo <= 0.5 && 0.5 <= b.hi;
	}
	tap_ok(held > 178 && held < 200, "bootstrap covers: %d of 200", held);
	tap_ok(held_difference > 178 && held_difference < 200,
	       "bootstrap of a difference covers: %d of 200", held_difference);
	b = gb_bootstrap(x, 40, gb_median, 0.95, 300, 5);
	a = gb_bootstrap(x, 40, gb_median, 0.95, 300, 5);
	CHECK(a.lo == b.lo && a.hi == b.hi);
	CHECK(isnan(gb_bootstrap(x, 0, gb_median, 0.95, 300, 5).lo));
}

/* The mean of many is nearly normal: an interval of 95 % is 2 x 1.96 standard errors wide. */
static void bootstrap_width(void)
{
	const double se = sqrt((100.0 * 100 - 1) / 12 / 100);
	double x[100], z[100];
	struct gb_interval i, d;

	for (int k = 0; k < 100; k++) {
		x[k] = k;
		z[k] = 0;
	}
	i = gb_bootstrap(x, 100, mean, 0.95, 4000, 1);
	d = gb_bootstrap_difference(z, 100, x, 100, mean, 0.95, 4000, 1);
	CHECK(fabs((i.hi - i.lo) / (2 * 1.96 * se) - 1) < 0.06);
	CHECK(fabs((d.hi - d.lo) / (2 * 1.96 * se) - 1) < 0.06);
}

int main(void)
{
	normal_against_scipy();
	location_against_scipy();
	student();
	combined_test();
	detectable_effect();
	bootstrap_coverage();
	bootstrap_width();
	CHECK(isnan(gb_hodges_lehmann(NULL, 0)));
	CHECK(gb_uniformity_test(NULL, 0) == 1);
	CHECK(isnan(gb_lag1_correlation((double[]){1, 1, 1, 1}, 4)));
	return tap_done();
}
