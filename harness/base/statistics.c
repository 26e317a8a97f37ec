/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A sorted copy; the caller frees it. */
static double *sorted(const double *x, size_t n)
{
	double *s = malloc(n * sizeof(*s));

	GB_BUG_ON(!s);
	memcpy(s, x, n * sizeof(*s));
	for (size_t i = 0; i < n; i++)
		GB_BUG_ON(isnan(s[i]));
	qsort(s, n, sizeof(*s), by_value);
	return s;
}

static double quantile_of_sorted(const double *s, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	if (i + 1 >= n)
		return s[n - 1];
	if (at == (double)i)
		return s[i]; /* exact, and right beside an infinity */
	return s[i] + (at - (double)i) * (s[i + 1] - s[i]);
}

double gb_quantile(const double *x, size_t n, double q)
{
	double *s, v;

	GB_BUG_ON(!(q >= 0 && q <= 1));
	if (n == 0)
		return NAN;
	s = sorted(x, n);
	v = quantile_of_sorted(s, n, q);
	free(s);
	return v;
}

double gb_median(const double *x, size_t n)
{
	return gb_quantile(x, n, 0.5);
}

double gb_robust_sd(const double *x, size_t n)
{
	double middle, mad, *s;

	if (n == 0)
		return NAN;
	s = sorted(x, n);
	middle = quantile_of_sorted(s, n, 0.5);
	for (size_t i = 0; i < n; i++)
		s[i] = fabs(s[i] - middle);
	mad = gb_median(s, n);
	free(s);
	/* 1 / quantile(normal, 3/4): a normal sample then gives its standard deviation. */
	return 1.4826 * mad;
}

/* P(X = k) for X ~ Binomial(n, 1/2); in logarithms, since 2^-n underflows at n = 1075. */
static double fair_coin(size_t n, size_t k)
{
	int sign;

	return exp(lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) -
		   lgamma_r((double)(n - k) + 1, &sign) - (double)n * M_LN2);
}

/*
 * [x(k), x(n + 1 - k)] misses the median when fewer than k values lie on one side of it:
 * coverage 1 - 2 P(X < k).  The largest k that still covers @level is taken.
 */
struct gb_interval gb_median_interval(const double *x, size_t n, double level)
{
	struct gb_interval in = { NAN, NAN, 0 };
	double below = 0; /* P(X < k) */
	size_t k = 0;
	double *s;

	if (n == 0)
		return in;
	while (2 * (k + 1) <= n && 1 - 2 * (below + fair_coin(n, k)) >= level)
		below += fair_coin(n, k++);
	if (k == 0) { /* even the extremes do not cover @level */
		below = fair_coin(n, 0);
		k = 1;
	}
	s = sorted(x, n);
	in.lo = s[k - 1];
	in.hi = s[n - k];
	in.coverage = 1 - 2 * below;
	free(s);
	if (in.coverage < 0)
		in.coverage = 0;
	return in;
}
