/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The sign test and the symmetric binomial behind it; see rank_test.h. */
#include "base/rank_test.h"

#include <math.h>

/* Sum of C(n,i)/C(n,n/2) for i = from..n, from >= n/2: smallest terms are added last, but
 * all are positive and fall at least geometrically beyond sqrt(n), so the error stays at
 * a few units in the last place. */
static double relative_upper_sum(size_t n, size_t from)
{
	double term = 1, sum = 0;

	for (size_t i = n / 2; i <= n; i++) {
		if (i >= from)
			sum += term;
		term *= (double)(n - i) / (double)(i + 1);
	}
	return sum;
}

double gb_binomial_half_tail(size_t n, size_t k)
{
	double centre_up, total;

	if (k == 0)
		return 1;
	if (k > n)
		return 0;
	centre_up = relative_upper_sum(n, n / 2);
	/* Everything below n/2 mirrors what lies above n - n/2. */
	total = centre_up + relative_upper_sum(n, n - n / 2 + 1);
	if (k >= n / 2)
		return relative_upper_sum(n, k) / total;
	return 1 - relative_upper_sum(n, n - k + 1) / total;
}

struct gb_rank_test gb_sign_test(const double *d, size_t n, double shift,
				 enum gb_tail tail)
{
	struct gb_rank_test r = {.p = 1, .exact = 1};
	size_t up = 0;
	double above, below;

	for (size_t i = 0; i < n; i++) {
		double x = d[i] - shift;

		if (isnan(x)) {
			r.p = NAN;
			return r;
		}
		r.zeros += x == 0;
		up += x > 0;
	}
	r.n = n - r.zeros;
	r.statistic = (double)up;
	if (r.n == 0)
		return r;
	above = gb_binomial_half_tail(r.n, up);
	below = gb_binomial_half_tail(r.n, r.n - up);
	if (tail == GB_TAIL_BOTH)
		r.p = fmin(1, 2 * fmin(above, below));
	else
		r.p = tail == GB_TAIL_GREATER ? above : below;
	return r;
}
