/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "base/multiplicity.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

struct indexed {
	double p;
	size_t at;
};

static int ascending(const void *a, const void *b)
{
	const struct indexed *x = a, *y = b;

	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static struct indexed *sorted(const double *p, size_t n)
{
	struct indexed *v = malloc((n ? n : 1) * sizeof(*v));

	GB_BUG_ON(!v);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct indexed){isnan(p[i]) ? 1 : p[i], i};
	qsort(v, n, sizeof(*v), ascending);
	return v;
}

/* Step down: the k-th smallest is held against alpha / (n - k), and nothing after the
 * first that stays is rejected, hence the running maximum. */
void gb_holm(const double *p, size_t n, double *adjusted)
{
	struct indexed *v = sorted(p, n);
	double worst = 0;

	for (size_t k = 0; k < n; k++) {
		worst = fmax(worst, fmin(1, v[k].p * (double)(n - k)));
		adjusted[v[k].at] = worst;
	}
	free(v);
}

/* Step up: the k-th smallest against q * k / n, everything before the last success is
 * rejected, hence the running minimum from the end. */
void gb_benjamini_hochberg(const double *p, size_t n, double *adjusted)
{
	struct indexed *v = sorted(p, n);
	double best = 1;

	for (size_t k = n; k-- > 0;) {
		best = fmin(best, v[k].p * (double)n / (double)(k + 1));
		adjusted[v[k].at] = best;
	}
	free(v);
}
