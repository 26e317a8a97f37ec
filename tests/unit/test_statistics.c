/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Published and hand-checkable values: quantiles as R's default (type 7) gives them,
 * coverages of order-statistic intervals as in Conover's and other tables of the sign test.
 */
#include <math.h>

#include "base/rng.h"
#include "base/statistics.h"

#include "tests/tap.h"

static int near(double got, double want, double tolerance, const char *name)
{
	int good = fabs(got - want) <= tolerance;

	if (!tap_ok(good, "%s", name))
		tap_diag("got %.17g, want %.17g", got, want);
	return good;
}

static void quantiles(void)
{
	static const double x[] = { 9, 1, 4, 16, 25, 36, 49, 64, 81, 100 };
	static const double odd[] = { 3, 1, 2 };
	static const double ends[] = { -INFINITY, 0, INFINITY };

	near(gb_median(x, 10), 30.5, 0, "median of an even count");
	near(gb_median(odd, 3), 2, 0, "median of an odd count");
	near(gb_median(odd, 1), 3, 0, "median of one");
	near(gb_quantile(x, 10, 0.25), 10.75, 1e-12, "type 7: lower quartile");
	near(gb_quantile(x, 10, 0.9), 82.9, 1e-12, "type 7: 90 %");
	near(gb_quantile(x, 10, 0), 1, 0, "quantile 0 is the minimum");
	near(gb_quantile(x, 10, 1), 100, 0, "quantile 1 is the maximum");
	CHECK(gb_median(ends, 3) == 0);
	CHECK(isnan(gb_median(x, 0)));
	CHECK(x[0] == 9 && x[1] == 1);
}

static void spread(void)
{
	/* The textbook sample: median 2, absolute deviations 1 1 0 0 2 4 7. */
	static const double x[] = { 1, 1, 2, 2, 4, 6, 9 };
	static double normal[20001];
	struct gb_rng r = gb_rng_seed(11, 0);

	near(gb_robust_sd(x, 7), 1.4826, 1e-12, "MAD of 1 1 2 2 4 6 9 is 1");
	for (int i = 0; i < 20001; i++) /* Box and Muller */
		normal[i] = 5 + 3 * sqrt(-2 * log(1 - gb_rng_unit(&r))) *
					cos(2 * M_PI * gb_rng_unit(&r));
	near(gb_robust_sd(normal, 20001), 3, 0.1, "a normal sample gives its deviation");
	CHECK(isnan(gb_robust_sd(x, 0)));
}

static void intervals(void)
{
	/* n, the rank k of the lower end and the coverage, level 0.95. */
	static const struct {
		size_t n, k;
		double coverage;
	} row[] = {
		{ 6, 1, 0.96875 },       { 7, 1, 0.984375 },
		{ 8, 1, 0.9921875 },     { 9, 2, 0.9609375 },
		{ 10, 2, 0.978515625 },  { 12, 3, 0.9614257812 },
		{ 15, 4, 0.9648437500 }, { 20, 6, 0.9586105347 },
		{ 25, 8, 0.9567147493 }, { 30, 10, 0.9572260547 },
	};
	double x[30];
	char name[64];

	for (int i = 0; i < 30; i++)
		x[i] = i + 1;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct gb_interval in = gb_median_interval(x, row[i].n, 0.95);

		snprintf(name, sizeof(name), "n=%zu: interval of the median", row[i].n);
		CHECK(in.lo == (double)row[i].k);
		CHECK(in.hi == (double)(row[i].n + 1 - row[i].k));
		near(in.coverage, row[i].coverage, 1e-9, name);
	}
}

static void interval_edges(void)
{
	static double many[5000];
	static const double x[] = { 2, 1, 3, 4, 5 };
	struct gb_interval in = gb_median_interval(x, 5, 0.95);

	CHECK(in.lo == 1 && in.hi == 5);
	near(in.coverage, 0.9375, 1e-12, "too few: says what it covers");
	in = gb_median_interval(x, 1, 0.95);
	CHECK(in.lo == 2 && in.hi == 2 && fabs(in.coverage) < 1e-12);
	in = gb_median_interval(x, 0, 0.95);
	CHECK(isnan(in.lo) && isnan(in.hi) && in.coverage == 0);
	for (int i = 0; i < 5000; i++)
		many[i] = i;
	in = gb_median_interval(many, 5000, 0.95);
	/* Normal approximation: n/2 -+ 1.96 sqrt(n)/2 = 2430.7 and 2569.3. */
	CHECK(in.lo >= 2428 && in.lo <= 2432 && in.hi >= 2567 && in.hi <= 2571);
	CHECK(in.coverage >= 0.95 && in.coverage < 0.953);
}

int main(void)
{
	quantiles();
	spread();
	intervals();
	interval_edges();
	return tap_done();
}
