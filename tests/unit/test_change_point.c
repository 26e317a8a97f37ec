/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Changes of level: found where they are, not found where none is.  The energy distance of
 * every split is held against its definition by way of the split that is chosen.
 */
#include <math.h>

#include "base/change_point.h"
#include "base/rng.h"
#include "base/statistics.h"
#include "tests/tap.h"

#define MOST 120

static const struct gb_change_rule rule = { 3, 0.001, 0.01 };

static double normal(struct gb_rng *rng)
{
	double u = 1 - gb_rng_unit(rng), v = gb_rng_unit(rng);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* @n values of sd @sd; from @at to @end higher by @step. */
static void series(struct gb_rng *rng, double *x, size_t n, double sd, size_t at, size_t end,
		   double step)
{
	for (size_t i = 0; i < n; i++)
		x[i] = sd * normal(rng) + (i >= at && i < end ? step : 0);
}

static void exact_cases(void)
{
	static const double up[] = { 0, 0.001, 0, 0.05, 0.051, 0.05 };
	static const double flat[] = { 1, 1, 1, 1, 1, 1, 1 };
	static const double step[] = { 1, 1, 1, 2, 2, 2 };
	static const double late[] = { 0, 0.001, 0, 0.001, 0.5 };
	struct gb_change c[MOST];

	tap_ok(gb_change_points(up, 6, &rule, c) == 1 && c[0].at == 3, "three and three");
	tap_ok(fabs(c[0].before) < 1e-12 && fabs(c[0].after - 0.05) < 1e-12,
	       "with the medians of both sides");
	tap_ok(gb_change_points(up, 5, &rule, c) == 0, "five values are too few");
	tap_ok(gb_change_points(NULL, 0, &rule, c) == 0, "nor are none");
	tap_ok(gb_change_points(flat, 7, &rule, c) == 0, "a constant does not change");
	tap_ok(gb_change_points(step, 6, &rule, c) == 1 && c[0].p == 0, "a clean step does");
	tap_ok(gb_change_points(late, 5, &rule, c) == 0, "one value is no level");
}

/* Student's t of this split by hand: means 0.02 and 0.52, sum of squares 0.0008 + 0.0008 over
 * 4, t = 0.5 / sqrt(0.0004 x 2/3) = 30.62; twice the tail of 4 degrees is 6.77e-6 (R: 2 *
 * pt(-30.6186, 4)). */
static void significance(void)
{
	static const double x[] = { 0, 0.02, 0.04, 0.5, 0.52, 0.54 };
	struct gb_change c[MOST] = { 0 };
	size_t n = gb_change_points(x, 6, &rule, c);

	tap_ok(n == 1 && fabs(c[0].p - 6.77e-6) < 5e-8, "p of the only split there is: %.4g",
	       c[0].p);
}

static void false_alarms(void)
{
	struct gb_rng rng = gb_rng_seed(5, 1);
	struct gb_change c[MOST];
	size_t alarms = 0;
	double x[MOST];

	for (int i = 0; i < 1000; i++) {
		series(&rng, x, 40, 0.02, 0, 0, 0);
		alarms += gb_change_points(x, 40, &rule, c) > 0;
	}
	tap_ok(alarms <= 3, "%zu of 1000 series without a change show one", alarms);
}

/* How often exactly one change is found, within a run of where it is. */
static size_t found(struct gb_rng *rng, size_t n, size_t at, double sd, double step)
{
	struct gb_change c[MOST];
	size_t hits = 0;
	double x[MOST];

	for (int i = 0; i < 200; i++) {
		series(rng, x, n, sd, at, n, step);
		hits += gb_change_points(x, n, &rule, c) == 1 && c[0].at + 1 >= at &&
			c[0].at <= at + 1 && fabs(c[0].after - c[0].before - step) < 3 * sd;
	}
	return hits;
}

static void power(void)
{
	struct gb_rng rng = gb_rng_seed(6, 1);
	size_t n;

	n = found(&rng, 30, 15, 0.004, 0.015);
	tap_ok(n >= 190, "+1.5 %% in the middle of 30 runs (sd 0.4 %%): %zu of 200", n);
	n = found(&rng, 30, 26, 0.004, -0.03);
	tap_ok(n >= 190, "-3 %% four runs before the end: %zu of 200", n);
	n = found(&rng, 60, 30, 0.001, 0.008);
	tap_ok(n == 0, "what is below 1 %% is no change, however clear: %zu of 200", n);
}

static void several(void)
{
	struct gb_rng rng = gb_rng_seed(7, 1);
	struct gb_change c[MOST];
	double x[MOST];
	size_t n;

	series(&rng, x, 40, 0.003, 15, 25, 0.03);
	n = gb_change_points(x, 40, &rule, c);
	tap_ok(n == 2 && c[0].at == 15 && c[1].at == 25, "up and down again");
	tap_ok(n == 2 && c[0].after > c[0].before && c[1].after < c[1].before,
	       "in these directions");
	for (size_t i = 0; i < 90; i++)
		x[i] = 0.003 * normal(&rng) + 0.0015 * (double)i;
	n = gb_change_points(x, 90, &rule, c);
	tap_ok(n >= 2, "a creeping loss shows as steps: %zu", n);
	for (size_t i = 0; i < n; i++)
		tap_ok(c[i].after - c[i].before >= rule.magnitude, "each of 1 %% or more");
	series(&rng, x, 40, 0.003, 0, 0, 0);
	x[20] = 0.5;
	tap_ok(gb_change_points(x, 40, &rule, c) == 0, "one bad run is none");
}

int main(void)
{
	exact_cases();
	significance();
	false_alarms();
	power();
	several();
	return tap_done();
}
