/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/report/ratio.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/paired.h"
#include "base/statistics.h"

#define LEVEL      0.95
#define ENOUGH     0.90 /* coverage below this is no verdict */
#define ROUNDS     2000
#define SEED       1
#define MIN_SAMPLE 5    /* of each side, for a bootstrap to mean anything */

const char *const gb_ratio_word[] = { "better", "worse", "unclear", "few runs" };

/* ln(b/a) of every block that holds both. */
static double *paired_logs(const struct gb_report *r, const struct gb_report_cell *a,
			   const struct gb_report_cell *b, enum gb_metric m, size_t *n)
{
	double *d = calloc(a->n + 1, sizeof(*d));

	GB_BUG_ON(!d);
	*n = 0;
	for (size_t i = a->first; i < a->first + a->n; i++)
		for (size_t k = b->first; k < b->first + b->n; k++) {
			const struct gb_report_sample *x = &r->sample[i], *y = &r->sample[k];

			if (!x->ok || !y->ok || strcmp(x->block, y->block) ||
			    !(x->v[m] > 0) || !(y->v[m] > 0))
				continue;
			d[(*n)++] = log(y->v[m] / x->v[m]);
			break;
		}
	return d;
}

static void paired(const struct gb_report *r, struct gb_ratio *out)
{
	double *d = paired_logs(r, out->a, out->b, out->metric, &out->n);
	struct gb_interval i;

	if (out->n) {
		out->ratio = exp(gb_median(d, out->n));
		i = gb_median_interval(d, out->n, LEVEL);
		out->lo = exp(i.lo);
		out->hi = exp(i.hi);
		out->coverage = i.coverage;
	}
	free(d);
}

static double *logs(const struct gb_report *r, const struct gb_report_cell *c,
		    enum gb_metric m, size_t *n)
{
	double *v = gb_report_values(r, c, m, n);
	size_t k = 0;

	for (size_t i = 0; i < *n; i++)
		if (v[i] > 0)
			v[k++] = log(v[i]);
	*n = k;
	return v;
}

static void unpaired(const struct gb_report *r, struct gb_ratio *out)
{
	size_t na, nb;
	double *a = logs(r, out->a, out->metric, &na), *b = logs(r, out->b, out->metric, &nb);
	struct gb_interval i;

	out->n = na < nb ? na : nb;
	if (out->n)
		out->ratio = exp(gb_median(b, nb) - gb_median(a, na));
	if (out->n >= 2) {
		i = gb_bootstrap_difference(a, na, b, nb, gb_median, LEVEL, ROUNDS, SEED);
		out->lo = exp(i.lo);
		out->hi = exp(i.hi);
		out->coverage = out->n >= MIN_SAMPLE ? i.coverage : 0;
	}
	free(a);
	free(b);
}

static enum gb_ratio_verdict judge(const struct gb_ratio *x)
{
	int higher = gb_metric_info[x->metric].higher;

	if (isnan(x->lo) || x->coverage < ENOUGH)
		return GB_RATIO_FEW;
	if (x->lo > 1)
		return higher ? GB_RATIO_BETTER : GB_RATIO_WORSE;
	if (x->hi < 1)
		return higher ? GB_RATIO_WORSE : GB_RATIO_BETTER;
	return GB_RATIO_UNCLEAR;
}

int gb_ratio_make(const struct gb_report *r, const struct gb_report_cell *a,
		  const struct gb_report_cell *b, enum gb_metric m, struct gb_ratio *out)
{
	*out = (struct gb_ratio){ .a = a, .b = b, .metric = m, .ratio = NAN, .lo = NAN,
				  .hi = NAN, .coverage = NAN, .paired = a->run == b->run };
	out->value_a = gb_report_median(r, a, m);
	out->value_b = gb_report_median(r, b, m);
	if (isnan(out->value_a) || isnan(out->value_b))
		return 0;
	if (out->paired)
		paired(r, out);
	else
		unpaired(r, out);
	out->verdict = judge(out);
	return !isnan(out->ratio);
}

static void append(struct gb_ratios *out, const struct gb_ratio *x)
{
	out->v = reallocarray(out->v, out->n + 1, sizeof(*out->v));
	GB_BUG_ON(!out->v);
	out->v[out->n++] = *x;
}

/* Figures of interrupts on too few CPUs are shown, never judged. */
static int judged(const struct gb_report_cell *a, const struct gb_report_cell *b,
		  enum gb_metric m)
{
	return m != GB_METRIC_ENTRY_P99 || (!a->oversubscribed && !b->oversubscribed);
}

void gb_ratios_backends(const struct gb_report *r, size_t run, enum gb_metric m,
			struct gb_ratios *out)
{
	struct gb_ratio x;

	for (size_t i = 0; r->anchor && i < r->cells; i++) {
		const struct gb_report_cell *a = &r->cell[i];

		if (a->run != run || strcmp(a->backend, r->anchor))
			continue;
		for (size_t k = 0; k < r->cells; k++) {
			const struct gb_report_cell *b = &r->cell[k];

			if (b->run == run && strcmp(b->backend, r->anchor) &&
			    gb_report_same(a, b, 1) && judged(a, b, m) &&
			    gb_ratio_make(r, a, b, m, &x))
				append(out, &x);
		}
	}
}

void gb_ratios_runs(const struct gb_report *r, size_t a, size_t b, enum gb_metric m,
		    struct gb_ratios *out)
{
	struct gb_ratio x;

	/* The same cell of two runs: neighbours in the order of cells. */
	for (size_t i = 0; i < r->cells; i++) {
		const struct gb_report_cell *c = &r->cell[i];

		for (size_t k = i + 1; c->run == a && k < r->cells; k++) {
			const struct gb_report_cell *d = &r->cell[k];

			if (!gb_report_same(c, d, 1) || strcmp(c->backend, d->backend) ||
			    strcmp(c->irq_mode, d->irq_mode))
				break;
			if (d->run == b && judged(c, d, m) && gb_ratio_make(r, c, d, m, &x))
				append(out, &x);
		}
	}
}

void gb_ratios_free(struct gb_ratios *x)
{
	free(x->v);
	x->v = NULL;
	x->n = 0;
}

double gb_ratio_gain(const struct gb_ratio *x)
{
	return gb_metric_info[x->metric].higher ? x->ratio : 1 / x->ratio;
}

char *gb_ratio_interval(const struct gb_ratio *x, char *buf, size_t n)
{
	if (isnan(x->lo))
		buf[0] = '\0';
	else
		snprintf(buf, n, "[%.3g-%.3g]", x->lo, x->hi);
	return buf;
}
