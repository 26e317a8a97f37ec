/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Wilcoxon's signed-rank test, exact; see rank_test.h.
 *
 * Under the null hypothesis each rank joins the positive sum with probability 1/2,
 * independently.  So the null distribution of the sum is the product of the polynomials
 * (1 + x^rank)/2, built one rank at a time in an array indexed by the sum: n passes over
 * at most n(n+1)+1 doubles.  Mid-ranks are halves, hence ranks are kept doubled and stay
 * integers; the distribution is then exact *given the ties*, which the tables of
 * textbooks (no ties) are a special case of.
 *
 * Tails are summed from the far end, so small p-values keep their relative precision.
 */
#include "base/rank_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/normal.h"

struct ranked {
	double magnitude;
	int positive;
	unsigned int rank2; /* twice the mid-rank */
};

static int by_magnitude(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->magnitude > y->magnitude) - (x->magnitude < y->magnitude);
}

/* Returns the sum of t^3 - t over groups of ties, which shrinks the variance. */
static double assign_mid_ranks(struct ranked *v, size_t n)
{
	double ties = 0;

	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && v[j].magnitude == v[i].magnitude; j++)
			;
		for (size_t k = i; k < j; k++)
			v[k].rank2 = (unsigned int)(i + 1 + j);
		ties += pow((double)(j - i), 3) - (double)(j - i);
	}
	return ties;
}

/* P(sum2 >= at_least) by dynamic programming over doubled ranks. */
static double upper_tail(const struct ranked *v, size_t n, size_t at_least)
{
	size_t total = n * (n + 1), top = 0;
	double *mass = calloc(total + 1, sizeof(*mass));
	double p = 0;

	GB_BUG_ON(!mass);
	mass[0] = 1;
	for (size_t i = 0; i < n; i++) {
		size_t r = v[i].rank2;

		top += r;
		for (size_t s = top + 1; s-- > 0;)
			mass[s] = 0.5 * (mass[s] + (s >= r ? mass[s - r] : 0));
	}
	for (size_t s = total + 1; s-- > at_least;)
		p += mass[s];
	free(mass);
	return fmin(p, 1);
}

static double exact_p(const struct ranked *v, size_t n, size_t plus2, enum gb_tail tail)
{
	size_t total = n * (n + 1);
	/* The distribution is symmetric: P(S <= s) = P(S >= total - s). */
	double above = tail == GB_TAIL_LESS ? 1 : upper_tail(v, n, plus2);
	double below = tail == GB_TAIL_GREATER ? 1 : upper_tail(v, n, total - plus2);

	if (tail == GB_TAIL_BOTH)
		return fmin(1, 2 * fmin(above, below));
	return fmin(above, below);
}

static double approximate_p(size_t n, double plus, double ties, enum gb_tail tail)
{
	double m = (double)n, mean = m * (m + 1) / 4;
	double sd = sqrt(m * (m + 1) * (2 * m + 1) / 24 - ties / 48);
	double above = gb_normal_tail((plus - mean - 0.5) / sd);
	double below = gb_normal_tail((mean - plus - 0.5) / sd);

	if (tail == GB_TAIL_BOTH)
		return fmin(1, 2 * fmin(above, below));
	return tail == GB_TAIL_GREATER ? above : below;
}

/* Non-zero differences with their magnitudes; -1 when one is NaN. */
static int collect(const double *d, size_t n, double shift, struct ranked *v,
		   struct gb_rank_test *r)
{
	for (size_t i = 0; i < n; i++) {
		double x = d[i] - shift;

		if (isnan(x))
			return -1;
		if (x == 0)
			r->zeros++;
		else
			v[r->n++] = (struct ranked){fabs(x), x > 0, 0};
	}
	return 0;
}

struct gb_rank_test gb_signed_rank_test(const double *d, size_t n, double shift,
					enum gb_tail tail)
{
	struct gb_rank_test r = {.p = 1, .exact = 1};
	struct ranked small[64], *v = small;
	size_t plus2 = 0;
	double ties;

	if (n > 64) {
		v = malloc(n * sizeof(*v));
		GB_BUG_ON(!v);
	}
	if (collect(d, n, shift, v, &r) < 0) {
		r.p = NAN;
	} else if (r.n > 0) {
		qsort(v, r.n, sizeof(*v), by_magnitude);
		ties = assign_mid_ranks(v, r.n);
		for (size_t i = 0; i < r.n; i++)
			plus2 += v[i].positive ? v[i].rank2 : 0;
		r.statistic = (double)plus2 / 2;
		r.exact = r.n <= GB_SIGNED_RANK_EXACT_MAX;
		r.p = r.exact ? exact_p(v, r.n, plus2, tail)
			      : approximate_p(r.n, r.statistic, ties, tail);
	}
	if (v != small)
		free(v);
	return r;
}
