/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Where a series of numbers changes its level: divisive search with the energy distance
 * (Matteson and James' E-divisive), each split then put to Student's test.
 *
 * A split (t, k) sets x[lo..t) against x[t..k); that with the greatest scaled energy distance
 * is tried.  Permutations, which the original uses for significance, cannot give a small p
 * from few points; Student's test can, and its p is multiplied by the number of splits that
 * there were to choose from.  What is significant and large enough divides the series, and
 * both parts are searched again.
 *
 * Layer: base.  Deterministic.  No NaN among the values.  Not from interrupts; memory grows
 * with the square of n (8 MB for 1000 values).
 */
#ifndef GB_BASE_CHANGE_POINT_H
#define GB_BASE_CHANGE_POINT_H

#include <stddef.h>

struct gb_change_rule {
	size_t least;     /* values between two changes, at least 2 */
	double alpha;     /* probability of one false change in a series without any */
	double magnitude; /* changes of the level below this are none */
};

struct gb_change {
	size_t at;            /* the first value of the new level */
	double before, after; /* medians of the neighbouring segments */
	double p;             /* of the test that divided the series here */
};

/* Changes in ascending order; their number.  @out has room for n / least. */
size_t gb_change_points(const double *x, size_t n, const struct gb_change_rule *rule,
			struct gb_change *out);

#endif
