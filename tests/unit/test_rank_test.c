/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Signed-rank and sign tests against published tables, scipy and hand-made edge cases. */
#include <math.h>
#include <string.h>

#include "base/atomic.h"
#include "base/rank_test.h"
#include "tests/tap.h"
#include "tests/vectors.h"

/* Differences with magnitudes 1..n whose negative ranks sum to @t. */
static void with_negative_sum(double *d, size_t n, size_t t)
{
	for (size_t r = n; r > 0; r--) {
		int negative = r <= t;

		d[r - 1] = negative ? -(double)r : (double)r;
		t -= negative ? r : 0;
	}
}

/* Largest T with P(T- <= T) <= level, one-sided, as printed in statistics textbooks. */
static void published_critical_values(void)
{
	static const struct {
		size_t n, at_05, at_025;
	} table[] = {
		{6, 2, 0},      {7, 3, 2},    {8, 5, 3},    {9, 8, 5},    {10, 10, 8},
		{11, 13, 10},   {12, 17, 13}, {13, 21, 17}, {14, 25, 21}, {15, 30, 25},
		{16, 35, 29},   {17, 41, 34}, {18, 47, 40}, {19, 53, 46}, {20, 60, 52},
		{21, 67, 58},   {22, 75, 65}, {23, 83, 73}, {24, 91, 81}, {25, 100, 89},
		{30, 151, 137},
	};
	double d[64];

	for (size_t i = 0; i < GB_ARRAY_SIZE(table); i++) {
		size_t n = table[i].n;
		double in, out, in2, out2;

		with_negative_sum(d, n, table[i].at_05);
		in = gb_signed_rank_test(d, n, 0, GB_TAIL_GREATER).p;
		with_negative_sum(d, n, table[i].at_05 + 1);
		out = gb_signed_rank_test(d, n, 0, GB_TAIL_GREATER).p;
		with_negative_sum(d, n, table[i].at_025);
		in2 = gb_signed_rank_test(d, n, 0, GB_TAIL_GREATER).p;
		with_negative_sum(d, n, table[i].at_025 + 1);
		out2 = gb_signed_rank_test(d, n, 0, GB_TAIL_GREATER).p;
		if (!tap_ok(in <= 0.05 && out > 0.05 && in2 <= 0.025 && out2 > 0.025,
			    "published critical values for n = %zu", n))
			tap_diag("%g %g %g %g", in, out, in2, out2);
	}
}

static void all_positive(void)
{
	double d[64];

	for (size_t n = 1; n <= 64; n *= 2) {
		with_negative_sum(d, n, 0);
		tap_ok(gb_signed_rank_test(d, n, 0, GB_TAIL_GREATER).p ==
				       ldexp(1, -(int)n) &&
			       close_to(gb_sign_test(d, n, 0, GB_TAIL_GREATER).p,
					ldexp(1, -(int)n), 1e-13),
		       "n = %zu, all positive: 2^-n", n);
	}
	with_negative_sum(d, 16, 0);
	CHECK(fabs(gb_signed_rank_test(d, 16, 0, GB_TAIL_GREATER).p - 1.5e-5) < 1e-6);
}

static void against_scipy(void)
{
	struct gb_csv_table t = vectors_open("rank-tests.csv");
	static const char *const tail_name[] = {"greater", "less", "both"};
	double d[VECTORS_MAX];
	int wrong = 0;

	for (size_t row = 0; row < t.rows; row++) {
		const char *method = gb_csv_get(&t, row, gb_csv_column(&t, "method"));
		size_t n = vectors_parse(gb_csv_get(&t, row, gb_csv_column(&t, "values")),
					 d);

		for (int tail = 0; tail < 3; tail++) {
			double want = gb_csv_get_double(
				&t, row, gb_csv_column(&t, tail_name[tail]));
			struct gb_rank_test r =
				strcmp(method, "sign")
					? gb_signed_rank_test(d, n, 0, (enum gb_tail)tail)
					: gb_sign_test(d, n, 0, (enum gb_tail)tail);
			int approximate = !strcmp(method, "signed-rank-normal");

			if (!close_to(r.p, want, 1e-9) || r.exact == approximate) {
				tap_diag("%s row %zu n %zu %s: got %.17g, want %.17g",
					 method, row, n, tail_name[tail], r.p, want);
				wrong++;
			}
		}
	}
	tap_ok(t.rows > 100 && wrong == 0, "%zu samples x 3 tails agree with scipy",
	       t.rows);
	gb_csv_free(&t);
}

static void edges(void)
{
	double zeros[4] = {0, 0, 0, 0}, nan[3] = {1, NAN, 2};
	double mixed[6] = {0, 3, 0, 5, 7, 0},
	       infinite[5] = {1, 2, INFINITY, INFINITY, -1};
	struct gb_rank_test r = gb_signed_rank_test(zeros, 4, 0, GB_TAIL_BOTH);

	CHECK(r.p == 1 && r.n == 0 && r.zeros == 4);
	CHECK(gb_signed_rank_test(NULL, 0, 0, GB_TAIL_GREATER).p == 1);
	CHECK(gb_sign_test(NULL, 0, 0, GB_TAIL_GREATER).p == 1);
	CHECK(isnan(gb_signed_rank_test(nan, 3, 0, GB_TAIL_GREATER).p));
	CHECK(isnan(gb_sign_test(nan, 3, 0, GB_TAIL_GREATER).p));
	CHECK(isnan(gb_sign_test(mixed, 6, NAN, GB_TAIL_GREATER).p));
	r = gb_signed_rank_test(mixed, 6, 0, GB_TAIL_GREATER);
	CHECK(r.n == 3 && r.zeros == 3 && r.p == 0.125 && r.statistic == 6);
	r = gb_sign_test(mixed, 6, 0, GB_TAIL_GREATER);
	CHECK(r.n == 3 && close_to(r.p, 0.125, 1e-14));
	r = gb_signed_rank_test(infinite, 5, 0, GB_TAIL_GREATER);
	CHECK(r.statistic == 13.5);
	/* a shift moves the null: 3 and 7 lie at equal distance from 5 */
	CHECK(gb_signed_rank_test(mixed + 3, 2, 5, GB_TAIL_GREATER).n == 1);
}

/* Three hundred ties: ranks are all 150.5 and the statistic is a sign test's, whose spread
 * is known without the formula for ties. */
static void ties_of_many(void)
{
	double d[300];

	for (int i = 0; i < 300; i++)
		d[i] = i < 180 ? 1 : -1;
	CHECK(close_to(gb_signed_rank_test(d, 300, 0, GB_TAIL_GREATER).p,
		       0.5 * erfc((150.5 * 30 - 0.5) / (150.5 * sqrt(300) / 2) / sqrt(2)), 1e-9));
}

static void binomial(void)
{
	CHECK(gb_binomial_half_tail(10, 0) == 1);
	CHECK(gb_binomial_half_tail(10, 11) == 0);
	CHECK(close_to(gb_binomial_half_tail(10, 8), 56.0 / 1024, 1e-14));
	CHECK(close_to(gb_binomial_half_tail(5, 2), 26.0 / 32, 1e-14));
	CHECK(close_to(gb_binomial_half_tail(1000, 1000), ldexp(1, -1000), 1e-11));
	CHECK(gb_binomial_half_tail(1000001, 500001) == 0.5);
}

int main(void)
{
	all_positive();
	published_critical_values();
	against_scipy();
	edges();
	ties_of_many();
	binomial();
	return tap_done();
}
