/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A pair's time is the median over its slices of ln(t_B / t_A): the slices of a pair
 * share one layout and one stretch of time, so they are one observation, not forty.  A
 * pair's latency is a quantile of all its values (histograms are added, quantiles never
 * averaged).
 */
#include "core/gate/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/statistics.h"

/* Margins of metrics other than time come in this proportion (time: 2 %, 1 %, 3 %). */
#define WARN_SHARE 0.5
#define BAND_SHARE 1.5

/* Of the processes: a few late interrupts are the machine's, and hit both sides alike. */
#define LATE_MOST 0.1

int gb_gate_pair_ok(const struct gb_gate_pair *p)
{
	return p->side[GB_GATE_A].present && p->side[GB_GATE_B].present &&
	       p->side[GB_GATE_A].end == GB_GATE_END_OK &&
	       p->side[GB_GATE_B].end == GB_GATE_END_OK;
}

/* --- values of one pair --------------------------------------------------- */

/* Median of each side and of the log ratio; NaN when a slice is missing. */
static double pair_time(const struct gb_gate_cell *c, const struct gb_gate_pair *p,
			double value[GB_GATE_SIDES])
{
	double *ratio, middle;

	value[GB_GATE_A] = value[GB_GATE_B] = NAN;
	if (!p->ns_per_op[GB_GATE_A] || !p->ns_per_op[GB_GATE_B])
		return NAN;
	ratio = malloc(c->slices * sizeof(*ratio));
	GB_BUG_ON(!ratio);
	for (size_t i = 0; i < c->slices; i++) {
		ratio[i] = log(p->ns_per_op[GB_GATE_B][i] / p->ns_per_op[GB_GATE_A][i]);
		if (isnan(ratio[i])) {
			free(ratio);
			return NAN;
		}
	}
	for (int s = 0; s < GB_GATE_SIDES; s++)
		value[s] = gb_median(p->ns_per_op[s], c->slices);
	middle = gb_median(ratio, c->slices);
	free(ratio);
	return middle;
}

static int belongs(const struct gb_gate_bucket *b, const struct gb_gate_metric *m)
{
	return !strcmp(b->op, m->op) && (!*m->context || !strcmp(b->context, m->context));
}

/*
 * The quantile of the merged histogram, interpolated within its bucket: values are whole
 * nanoseconds, and without interpolation a median of 20 ns could only move in 5 % steps.
 * NaN: nothing recorded; -1: too few values beyond.
 */
static double pair_quantile(const struct gb_gate_pair *p, int side,
			    const struct gb_gate_metric *m)
{
	const struct gb_gate_bucket *b = p->bucket[side];
	double total = 0, below = 0, target;

	for (size_t i = 0; i < p->buckets[side]; i++)
		total += belongs(&b[i], m) ? (double)b[i].count : 0;
	if (total == 0)
		return NAN;
	if (total * (1 - m->quantile) < GB_GATE_MIN_EXCEEDANCES * (1 - 1e-9))
		return -1;
	target = total * m->quantile;
	for (size_t i = 0; i < p->buckets[side]; i++) {
		double count = belongs(&b[i], m) ? (double)b[i].count : 0;

		if (count > 0 && below + count >= target)
			return (double)b[i].lo +
			       (double)(b[i].hi - b[i].lo + 1) * (target - below) / count;
		below += count;
	}
	return NAN;
}

/* --- the whole series ------------------------------------------------------ */

static int take_pair(const struct gb_gate_cell *c, const struct gb_gate_series *s,
		     const struct gb_gate_pair *p, struct gb_gate_figures *f,
		     double *ratio)
{
	double value[GB_GATE_SIDES];

	*ratio = NAN;
	if (s->metric.source == GB_GATE_FROM_SLICES)
		*ratio = pair_time(c, p, value);
	for (int side = 0; side < GB_GATE_SIDES; side++) {
		f->late += (size_t)p->side[side].oversubscribed;
		if (s->metric.source == GB_GATE_FROM_HISTOGRAM)
			value[side] = pair_quantile(p, side, &s->metric);
		else if (s->metric.source == GB_GATE_FROM_PROCESS)
			value[side] =
				gb_gate_metric_value(&s->metric, p->side[side].value);
	}
	if (value[GB_GATE_A] == -1 || value[GB_GATE_B] == -1)
		f->gap = f->gap ? f->gap : GB_GATE_TOO_FEW_TAIL;
	f->a[f->pairs] = value[GB_GATE_A];
	f->b[f->pairs] = value[GB_GATE_B];
	f->pairs++;
	return isnan(value[GB_GATE_A]) + isnan(value[GB_GATE_B]);
}

static int all_equal(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (x[i] != x[0])
			return 0;
	return n > 0;
}

static int any_zero(const struct gb_gate_figures *f)
{
	for (size_t i = 0; i < f->pairs; i++)
		if (f->a[i] == 0 || f->b[i] == 0)
			return 1;
	return 0;
}

/*
 * Ratios of zero mean nothing, so a metric that can be zero is compared by difference.
 * Within the pairs of slices the log ratio was taken already (@f->d holds it).
 */
static void take_differences(const struct gb_gate_series *s, struct gb_gate_figures *f)
{
	for (size_t i = 0; i < f->pairs; i++) {
		if (f->difference)
			f->d[i] = f->b[i] - f->a[i];
		else if (s->metric.source != GB_GATE_FROM_SLICES)
			f->d[i] = log(f->b[i] / f->a[i]);
		if (s->higher_is_better)
			f->d[i] = -f->d[i];
	}
}

static void make_rule(const struct gb_gate_config *c, const struct gb_gate_series *s,
		      struct gb_gate_figures *f)
{
	int time = s->metric.source == GB_GATE_FROM_SLICES;
	double margin = time && !isnan(c->margin) ? c->margin : s->margin, warn, band;

	if (f->difference && s->metric.scale == GB_GATE_RATIO)
		margin = fmax(margin * f->median_a, s->floor);
	else if (!f->difference && f->median_a > 0)
		margin = fmax(margin, s->floor / f->median_a);
	warn = time ? fmin(c->warn, margin) : margin * WARN_SHARE;
	band = time ? fmax(c->band, margin * BAND_SHARE) : margin * BAND_SHARE;
	if (!time && !f->difference)
		band = fmax(c->band, band);
	f->rule = (struct gb_gate_rule){ margin, warn, band };
	if (!f->difference)
		f->rule =
			(struct gb_gate_rule){ log1p(margin), log1p(warn), log1p(band) };
}

static void finish(const struct gb_gate_data *d, const struct gb_gate_series *s,
		   struct gb_gate_figures *f, size_t missing)
{
	if (f->pairs == 0 || missing == 2 * f->pairs)
		f->gap = GB_GATE_NOT_MEASURED;
	else if (missing)
		f->gap = GB_GATE_INCOMPLETE;
	else if (s->metric.irq_figure &&
		 (double)f->late > LATE_MOST * 2 * (double)f->pairs)
		f->gap = GB_GATE_OVERSUBSCRIBED;
	if (f->gap)
		return;
	f->median_a = gb_median(f->a, f->pairs);
	f->median_b = gb_median(f->b, f->pairs);
	f->difference = s->metric.scale == GB_GATE_DIFFERENCE || any_zero(f);
	f->exact = s->metric.source == GB_GATE_FROM_PROCESS &&
		   all_equal(f->a, f->pairs) && all_equal(f->b, f->pairs);
	take_differences(s, f);
	make_rule(&d->config, s, f);
}

void gb_gate_figures(const struct gb_gate_data *d, const struct gb_gate_series *s,
		     struct gb_gate_figures *out)
{
	const struct gb_gate_cell *c = &d->cell[s->cell];
	size_t missing = 0, room = c->pairs ? c->pairs : 1;

	memset(out, 0, sizeof(*out));
	out->median_a = out->median_b = NAN;
	out->a = malloc(room * sizeof(*out->a));
	out->b = malloc(room * sizeof(*out->b));
	out->d = malloc(room * sizeof(*out->d));
	GB_BUG_ON(!out->a || !out->b || !out->d);
	for (size_t i = 0; i < c->pairs; i++)
		if (gb_gate_pair_ok(&c->pair[i]))
			missing += (size_t)take_pair(c, s, &c->pair[i], out,
						     &out->d[out->pairs]);
	finish(d, s, out, missing);
}

void gb_gate_figures_free(struct gb_gate_figures *f)
{
	free(f->a);
	free(f->b);
	free(f->d);
	memset(f, 0, sizeof(*f));
}
