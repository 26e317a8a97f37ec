/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Sums of |x[i] - x[j]| over any rectangle of pairs come from a table of prefix sums, so
 * every split costs the same and a search takes n^2 steps.
 */
#include "change_point.h"

#include <math.h>
#include <stdlib.h>

#include "error.h"
#include "normal.h"
#include "statistics.h"

struct search {
	const double *x;
	size_t n;
	const struct gb_change_rule *rule;
	double *sum; /* [(n+1) * (n+1)]: of |x[i] - x[j]| over i < row, j < column */
	double *p;   /* [n]: NaN = no change before this value */
};

struct split {
	size_t at, end; /* x[lo..at) against x[at..end) */
	size_t choices;
	double distance;
};

static void fill_sums(struct search *s)
{
	size_t w = s->n + 1;

	for (size_t i = 0; i < s->n; i++)
		for (size_t j = 0; j < s->n; j++)
			s->sum[(i + 1) * w + j + 1] = fabs(s->x[i] - s->x[j]) +
						      s->sum[i * w + j + 1] +
						      s->sum[(i + 1) * w + j] - s->sum[i * w + j];
}

/* Over a <= i < b, c <= j < d. */
static double distances(const struct search *s, size_t a, size_t b, size_t c, size_t d)
{
	size_t w = s->n + 1;

	return s->sum[b * w + d] - s->sum[a * w + d] - s->sum[b * w + c] + s->sum[a * w + c];
}

static double energy(const struct search *s, size_t lo, size_t at, size_t end)
{
	double m = (double)(at - lo), k = (double)(end - at);
	double across = 2 / (m * k) * distances(s, lo, at, at, end);
	double left = distances(s, lo, at, lo, at) / (m * (m - 1));
	double right = distances(s, at, end, at, end) / (k * (k - 1));

	return m * k / (m + k) * (across - left - right);
}

static struct split best_split(const struct search *s, size_t lo, size_t hi)
{
	size_t least = s->rule->least;
	struct split best = { .distance = -INFINITY };

	for (size_t at = lo + least; at + least <= hi; at++)
		for (size_t end = at + least; end <= hi; end++) {
			double q = energy(s, lo, at, end);

			best.choices++;
			if (q > best.distance) {
				best.at = at;
				best.end = end;
				best.distance = q;
			}
		}
	return best;
}

static double mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

static double squares(const double *x, size_t n, double middle)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (x[i] - middle) * (x[i] - middle);
	return sum;
}

/* Two-sided, one variance for both. */
static double student_test(const double *a, size_t m, const double *b, size_t k)
{
	double am = mean(a, m), bm = mean(b, k), nu = (double)(m + k - 2);
	double variance = (squares(a, m, am) + squares(b, k, bm)) / nu;
	double se = sqrt(variance * (1 / (double)m + 1 / (double)k));

	if (se == 0)
		return am == bm ? 1 : 0;
	return 2 * gb_student_tail(fabs(am - bm) / se, m + k - 2);
}

static double step(const struct search *s, size_t lo, size_t at, size_t end)
{
	return gb_median(s->x + at, end - at) - gb_median(s->x + lo, at - lo);
}

static void divide(struct search *s, size_t lo, size_t hi)
{
	struct split c;
	double p;

	if (hi - lo < 2 * s->rule->least)
		return;
	c = best_split(s, lo, hi);
	p = student_test(s->x + lo, c.at - lo, s->x + c.at, c.end - c.at);
	p = fmin(1, p * (double)c.choices);
	if (p > s->rule->alpha || fabs(step(s, lo, c.at, c.end)) < s->rule->magnitude)
		return;
	s->p[c.at] = p;
	divide(s, lo, c.at);
	divide(s, c.at, hi);
}

/* The next change behind @i, or the end. */
static size_t next_change(const struct search *s, size_t i)
{
	for (i++; i < s->n && isnan(s->p[i]); i++)
		;
	return i;
}

static size_t list(const struct search *s, struct gb_change *out)
{
	size_t found = 0, lo = 0;

	for (size_t at = next_change(s, 0); at < s->n; at = next_change(s, at)) {
		size_t end = next_change(s, at);

		out[found++] = (struct gb_change){ .at = at,
						   .before = gb_median(s->x + lo, at - lo),
						   .after = gb_median(s->x + at, end - at),
						   .p = s->p[at] };
		lo = at;
	}
	return found;
}

/* A split further on may have left two neighbours that hardly differ. */
static int drop_smallest(struct search *s, const struct gb_change *c, size_t n)
{
	size_t least = 0;

	for (size_t i = 1; i < n; i++)
		if (fabs(c[i].after - c[i].before) < fabs(c[least].after - c[least].before))
			least = i;
	if (!n || fabs(c[least].after - c[least].before) >= s->rule->magnitude)
		return 0;
	s->p[c[least].at] = NAN;
	return 1;
}

size_t gb_change_points(const double *x, size_t n, const struct gb_change_rule *rule,
			struct gb_change *out)
{
	struct search s = { x, n, rule, NULL, NULL };
	size_t found;

	GB_BUG_ON(rule->least < 2);
	if (n < 2 * rule->least)
		return 0;
	s.sum = calloc((n + 1) * (n + 1), sizeof(*s.sum));
	s.p = malloc(n * sizeof(*s.p));
	GB_BUG_ON(!s.sum || !s.p);
	for (size_t i = 0; i < n; i++)
		s.p[i] = NAN;
	fill_sums(&s);
	divide(&s, 0, n);
	do
		found = list(&s, out);
	while (drop_smallest(&s, out, found));
	free(s.sum);
	free(s.p);
	return found;
}
