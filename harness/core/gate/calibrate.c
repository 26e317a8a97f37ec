/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * With equal sides every p-value is a draw from the uniform distribution, and every
 * median as likely above zero as below.  Blocks of 16 pairs give many such draws from
 * one run; a machine that drifts, or a gate with a bias for one side, shows in them.
 */
#include "core/gate/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/normal.h"
#include "base/paired.h"

#include "core/gate/series.h"

#define MIN_PAIRS  100
#define OUTLIER_SD 3
#define LEAST_P    0.01

static double outlier_share(const double *d, size_t n, double middle, double sd)
{
	size_t far = 0;

	for (size_t i = 0; i < n; i++)
		far += fabs(d[i] - middle) > OUTLIER_SD * sd;
	return (double)far / (double)n;
}

/* Median over pairs of the spread of a pair's slices. */
static double slice_spread(const struct gb_gate_cell *c)
{
	double *ratio = malloc(c->slices * sizeof(*ratio));
	double *spread = malloc((c->pairs + 1) * sizeof(*spread));
	double middle;
	size_t n = 0;

	GB_BUG_ON(!ratio || !spread);
	for (size_t i = 0; i < c->pairs; i++) {
		const struct gb_gate_pair *p = &c->pair[i];

		if (!gb_gate_pair_ok(p) || c->slices < 2)
			continue;
		for (size_t k = 0; k < c->slices; k++)
			ratio[k] = log(p->ns_per_op[GB_GATE_B][k] /
				       p->ns_per_op[GB_GATE_A][k]);
		spread[n++] = gb_robust_sd(ratio, c->slices);
	}
	middle = gb_median(spread, n);
	free(ratio);
	free(spread);
	return middle;
}

/* Half of how much worse B looks when it comes second. */
static double slot_of_pair(const struct gb_gate_pair *p, size_t slices, double *work)
{
	double middle[2];
	size_t n[2] = { 0, 0 };

	for (size_t k = 0; k < slices; k++) {
		int slot = p->slot ? p->slot[k] : -1;

		if (slot < 0)
			continue;
		work[(size_t)slot * slices + n[slot]++] = log(p->ns_per_op[GB_GATE_B][k] /
							      p->ns_per_op[GB_GATE_A][k]);
	}
	for (size_t i = 0; i < 2; i++)
		middle[i] = gb_median(work + i * slices, n[i]);
	return (middle[1] - middle[0]) / 2;
}

static double slot_effect(const struct gb_gate_cell *c)
{
	double *work = malloc((2 * c->slices + 1) * sizeof(*work));
	double *effect = malloc((c->pairs + 1) * sizeof(*effect)), middle;
	size_t n = 0;

	GB_BUG_ON(!work || !effect);
	for (size_t i = 0; i < c->pairs; i++) {
		double v = gb_gate_pair_ok(&c->pair[i]) ?
				   slot_of_pair(&c->pair[i], c->slices, work) : NAN;

		if (!isnan(v))
			effect[n++] = v;
	}
	middle = gb_median(effect, n);
	free(work);
	free(effect);
	return middle;
}

/*
 * A pair's figure is the median of its slices, of which they contribute pi/2 x the
 * variance of a slice / their number; what is left is the pair's own.  Both from robust
 * spreads.
 */
static void variances(struct gb_gate_calibration *c)
{
	double slice = c->slice_sd * c->slice_sd * M_PI / 2;
	double pair = fmax(0, c->sd * c->sd - slice / (double)c->cell->slices);

	c->icc = pair + c->slice_sd * c->slice_sd > 0 ?
			 pair / (pair + c->slice_sd * c->slice_sd) : NAN;
	c->slices = ceil(slice / pair);
	if (isnan(c->slice_sd)) /* one slice a process: nothing to tell apart */
		c->icc = c->slices = NAN;
}

static double pairs_needed(const struct gb_gate_calibration *c,
			   const struct gb_gate_config *g)
{
	double one = gb_detectable_effect(c->sd, 1, g->mde_alpha, g->mde_power);

	return ceil(pow(one / log1p(c->margin), 2));
}

static void describe(const struct gb_gate_data *d, const struct gb_gate_figures *f,
		     struct gb_gate_calibration *c)
{
	const struct gb_gate_config *g = &d->config;

	c->pairs = f->pairs;
	c->theta = gb_median(f->d, f->pairs);
	c->sd = gb_robust_sd(f->d, f->pairs);
	c->outliers = outlier_share(f->d, f->pairs, c->theta, c->sd);
	c->lag1 = gb_lag1_correlation(f->d, f->pairs);
	c->slice_sd = slice_spread(c->cell);
	c->mde_first =
		gb_detectable_effect(c->sd, g->look[0], g->mde_alpha, g->mde_power);
	c->slot = slot_effect(c->cell);
	variances(c);
	c->pairs_needed = pairs_needed(c, g);
	c->mde_last = gb_detectable_effect(c->sd, g->look[g->looks - 1], g->mde_alpha,
					   g->mde_power);
}

/* Adds the block's p-values to @p; returns how many. */
static size_t take_blocks(const struct gb_gate_figures *f, struct gb_gate_calibration *c,
			  double *p)
{
	size_t n = 0;

	for (size_t i = 0; i + GB_GATE_BLOCK <= f->pairs; i += GB_GATE_BLOCK) {
		double middle = gb_median(f->d + i, GB_GATE_BLOCK);

		p[n++] = gb_signed_rank_test(f->d + i, GB_GATE_BLOCK, 0, GB_TAIL_GREATER)
				 .p;
		c->slower += middle > 0;
		c->faster += middle < 0;
	}
	return n;
}

static int calibrate_cell(const struct gb_gate_data *d, const struct gb_gate_series *s,
			  struct gb_gate_calibrations *out, double **p,
			  struct gb_error *e)
{
	struct gb_gate_calibration *c = &out->cell[out->cells];
	struct gb_gate_figures f;
	int status = 0;

	*c = (struct gb_gate_calibration){
		.cell = &d->cell[s->cell],
		.build_sd = NAN,
		.margin = isnan(d->config.margin) ? s->margin : d->config.margin,
	};
	gb_gate_figures(d, s, &f);
	if (f.gap || f.pairs < MIN_PAIRS) {
		status = gb_fail(e, GB_EXIT_HARNESS,
				 "measure at least 100 pairs of equal sides",
				 "%s has %zu usable pairs: too few to calibrate from",
				 c->cell->name, f.gap ? 0 : f.pairs);
	} else {
		*p = realloc(*p, (out->blocks + f.pairs / GB_GATE_BLOCK) * sizeof(**p));
		GB_BUG_ON(!*p);
		describe(d, &f, c);
		out->blocks += take_blocks(&f, c, *p + out->blocks);
		out->cells++;
	}
	gb_gate_figures_free(&f);
	return status;
}

/* Two-sided sign test over the blocks of all cells. */
static double balance(const struct gb_gate_calibrations *c)
{
	size_t slower = 0, faster = 0, more;

	for (size_t i = 0; i < c->cells; i++) {
		slower += c->cell[i].slower;
		faster += c->cell[i].faster;
	}
	more = slower > faster ? slower : faster;
	return fmin(1, 2 * gb_binomial_half_tail(slower + faster, more));
}

int gb_gate_calibrate(const struct gb_gate_data *d, struct gb_gate_calibrations *out,
		      struct gb_error *e)
{
	double *p = NULL;
	int status = 0;

	memset(out, 0, sizeof(*out));
	out->cell = malloc((d->nr_series + 1) * sizeof(*out->cell));
	GB_BUG_ON(!out->cell);
	for (size_t i = 0; i < d->nr_series && status == 0; i++)
		if (d->series[i].metric.source == GB_GATE_FROM_SLICES)
			status = calibrate_cell(d, &d->series[i], out, &p, e);
	if (status == 0 && d->untrusted)
		status = gb_fail(e, GB_EXIT_HARNESS, NULL, "%s", d->untrusted);
	else if (status == 0 && out->cells == 0)
		status = gb_fail(e, GB_EXIT_HARNESS, NULL, "no cell was measured");
	if (status == 0) {
		out->uniformity = gb_uniformity_test(p, out->blocks);
		out->balance = balance(out);
		out->trustworthy = out->uniformity > LEAST_P && out->balance > LEAST_P;
	} else {
		gb_gate_calibrations_free(out);
	}
	free(p);
	return status;
}

void gb_gate_calibrations_free(struct gb_gate_calibrations *c)
{
	free(c->cell);
	memset(c, 0, sizeof(*c));
}
