/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The order of judging, each step able to overrule what comes later:
 *   1. the run itself: complete, one machine, a clock, sentinels, able to fire
 *   2. faults (core/gate/faults.h)
 *   3. too little data: invalid, never "pass"
 *   4. exact figures: compared as they are
 *   5. the statistics, Holm over the family of gated figures
 *   6. a sentinel that fired takes back every claim of a change
 */
#include "core/gate/judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/multiplicity.h"
#include "base/paired.h"

#include "core/gate/faults.h"

#define GEOMEAN_LEVEL  0.95
#define GEOMEAN_ROUNDS 2000

const char *const gb_gate_verdict_name[GB_GATE_VERDICTS] = {
	[GB_GATE_FAILED] = "failed",
	[GB_GATE_REGRESSED] = "regressed",
	[GB_GATE_INVALID] = "invalid",
	[GB_GATE_WARN] = "warn",
	[GB_GATE_INCONCLUSIVE] = "inconclusive",
	[GB_GATE_SKIPPED] = "skipped",
	[GB_GATE_IMPROVED] = "improved",
	[GB_GATE_UNCHANGED] = "unchanged",
};

static void decide(struct gb_gate_result *r, enum gb_gate_verdict v, const char *reason)
{
	r->verdict = v;
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
}

/* --- one figure ------------------------------------------------------------ */

/* Nothing random to test: the change itself against the margin. */
static void judge_exact(struct gb_gate_result *r)
{
	const struct gb_gate_series *s = r->series;
	double change = r->median_b - r->median_a, limit = r->rule.margin;

	if (!r->difference)
		limit = expm1(limit) * r->median_a;
	if (s->higher_is_better)
		change = -change;
	r->exact = 1;
	if (change > limit)
		decide(r, GB_GATE_REGRESSED, "exact: the same in every pair");
	else if (*r->reason)
		r->verdict = GB_GATE_INCONCLUSIVE; /* as in judge_tested() */
	else if (change < -limit)
		decide(r, GB_GATE_IMPROVED, "exact: the same in every pair");
	else
		decide(r, GB_GATE_UNCHANGED,
		       change == 0 ? "exact: equal" : "exact: within the margin");
}

static int judge_gap(struct gb_gate_result *r, enum gb_gate_gap gap)
{
	switch (gap) {
	case GB_GATE_COMPLETE:
		return 0;
	case GB_GATE_INCOMPLETE:
		decide(r, GB_GATE_INVALID, "values or slices are missing");
		return 1;
	case GB_GATE_NOT_MEASURED:
		decide(r, r->series->gated ? GB_GATE_INVALID : GB_GATE_SKIPPED,
		       "not measured");
		return 1;
	case GB_GATE_TOO_FEW_TAIL:
		decide(r, GB_GATE_INCONCLUSIVE,
		       "fewer than 100 values beyond the percentile in a process");
		return 1;
	case GB_GATE_OVERSUBSCRIBED:
		decide(r, GB_GATE_SKIPPED,
		       "interrupts came late: a busy machine, or more CPUs than cores");
		return 1;
	}
	return 0;
}

static size_t unfinished_pairs(const struct gb_gate_cell *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->pairs; i++)
		for (int s = 0; s < GB_GATE_SIDES; s++)
			n += !c->pair[i].side[s].present ||
			     c->pair[i].side[s].end == GB_GATE_END_NOTHING;
	return n;
}

/* Steps 2 to 4, and the tests; leaves verdicts of tested figures to step 5. */
static void examine(const struct gb_gate_data *d, struct gb_gate_result *r)
{
	enum gb_gate_fault_verdict faults =
		gb_gate_faults(r->cell, r->reason, sizeof(r->reason));
	struct gb_gate_figures f;

	r->verdict = GB_GATE_INCONCLUSIVE;
	r->p_red = r->p_warn = r->p_better = 1;
	gb_gate_figures(d, r->series, &f);
	r->median_a = f.median_a;
	r->median_b = f.median_b;
	r->difference = f.difference;
	r->rule = f.rule;
	if (faults == GB_GATE_CANDIDATE_BROKEN) {
		r->verdict = GB_GATE_FAILED;
	} else if (faults == GB_GATE_BASELINE_BROKEN) {
		r->verdict = GB_GATE_SKIPPED;
	} else if (unfinished_pairs(r->cell)) {
		decide(r, GB_GATE_INVALID,
		       "a process of a pair is missing or was not measured");
	} else if (judge_gap(r, f.gap)) {
		; /* decided */
	} else if (!gb_gate_looks_done(&d->config, f.pairs)) {
		snprintf(r->reason, sizeof(r->reason), "%zu pairs, needs %zu", f.pairs,
			 d->config.look[0]);
		r->verdict = GB_GATE_INVALID;
	} else {
		gb_gate_test(f.d, f.pairs, &f.rule, &d->config, &r->test);
		r->tested = 1;
		if (f.exact)
			judge_exact(r);
	}
	gb_gate_figures_free(&f);
}

/* --- the family ------------------------------------------------------------ */

static int in_family(const struct gb_gate_result *r)
{
	return r->series->gated;
}

static double raw_p(const struct gb_gate_result *r, size_t which)
{
	const double p[] = { r->test.p_red, r->test.p_warn, r->test.p_better };

	return r->tested && !r->exact ? p[which] : 1;
}

static double *adjusted_p(struct gb_gate_result *r, size_t which)
{
	double *const p[] = { &r->p_red, &r->p_warn, &r->p_better };

	return p[which];
}

/* Figures that are not gated are no part of the family; theirs is Bonferroni's bound, so
 * that a report about them is no looser. */
static void adjust(struct gb_gate_judgement *j, size_t which, double *p, double *out)
{
	size_t n = 0;

	for (size_t i = 0; i < j->results; i++)
		if (in_family(&j->result[i]))
			p[n++] = raw_p(&j->result[i], which);
	gb_holm(p, n, out);
	n = 0;
	for (size_t i = 0; i < j->results; i++) {
		struct gb_gate_result *r = &j->result[i];

		*adjusted_p(r, which) =
			in_family(r) ? out[n++] :
				       fmin(1, raw_p(r, which) * (double)j->results);
	}
}

static void mark_worth_a_look(const struct gb_gate_data *d, struct gb_gate_judgement *j,
			      double *p, double *out)
{
	for (size_t i = 0; i < j->results; i++)
		p[i] = raw_p(&j->result[i], 1);
	gb_benjamini_hochberg(p, j->results, out);
	for (size_t i = 0; i < j->results; i++)
		j->result[i].worth_a_look = out[i] <= d->config.discovery_rate;
}

static void adjust_all(const struct gb_gate_data *d, struct gb_gate_judgement *j)
{
	double *p = malloc((j->results + 1) * sizeof(*p));
	double *out = malloc((j->results + 1) * sizeof(*out));

	GB_BUG_ON(!p || !out);
	for (size_t which = 0; which < 3; which++)
		adjust(j, which, p, out);
	mark_worth_a_look(d, j, p, out);
	free(p);
	free(out);
}

static void explain_undecided(const struct gb_gate_config *c, struct gb_gate_result *r)
{
	size_t most = c->look[c->looks - 1];

	r->verdict = GB_GATE_INCONCLUSIVE;
	snprintf(r->reason, sizeof(r->reason), "%s after %zu of at most %zu pairs",
		 r->test.mde > r->rule.band ? "too noisy to tell" :
					      "not proven either way",
		 r->test.used, most);
}

/* A fault that did not come back stays as the reason and bars every claim but red. */
static void judge_tested(const struct gb_gate_data *d, struct gb_gate_result *r)
{
	const struct gb_gate_config *c = &d->config;

	if (r->p_red <= c->alpha)
		decide(r, GB_GATE_REGRESSED, "");
	else if (*r->reason)
		r->verdict = GB_GATE_INCONCLUSIVE;
	else if (r->p_warn <= c->alpha)
		decide(r, GB_GATE_WARN, "");
	else if (r->p_better <= c->alpha)
		decide(r, GB_GATE_IMPROVED, "");
	else if (gb_gate_is_unchanged(&r->test, &r->rule, c))
		decide(r, GB_GATE_UNCHANGED, "");
	else
		explain_undecided(c, r);
}

/* --- sentinels and the run ------------------------------------------------- */

static void judge_sentinel(const struct gb_gate_data *d, struct gb_gate_judgement *j,
			   struct gb_gate_result *r)
{
	const struct gb_gate_config *c = &d->config;

	examine(d, r);
	if (!r->tested) {
		snprintf(j->invalid, sizeof(j->invalid),
			 "sentinel %s cannot be judged: %s", r->cell->name, r->reason);
		r->verdict = GB_GATE_INVALID;
	} else if (r->test.p_two_sided < c->sentinel_alpha &&
		   fabs(r->test.theta) > log1p(c->sentinel_effect)) {
		decide(r, GB_GATE_INVALID,
		       "fired: the machine makes differences of its own");
		j->alarm = 1;
	} else {
		decide(r, GB_GATE_UNCHANGED, "");
	}
}

/* Every cell needs a gated or reported figure, the run its sentinels and the power to
 * turn red; the first thing that is wrong is reported. */
static void check_run(const struct gb_gate_data *d, struct gb_gate_judgement *j)
{
	struct gb_error e = GB_ERROR_INIT;
	size_t most = d->config.look[d->config.looks - 1];

	j->attainable_p = gb_gate_attainable_p(&d->config, most);
	if (*j->invalid)
		return;
	if (d->untrusted)
		snprintf(j->invalid, sizeof(j->invalid), "%s", d->untrusted);
	else if (j->results == 0)
		snprintf(j->invalid, sizeof(j->invalid), "no cell was measured");
	else if (j->sentinels < d->config.sentinels)
		snprintf(j->invalid, sizeof(j->invalid), "%zu of %zu sentinels are there",
			 j->sentinels, d->config.sentinels);
	else if (gb_gate_can_fire(&d->config, j->family, most, &e) < 0)
		snprintf(j->invalid, sizeof(j->invalid), "%s", e.what);
	else if (j->alarm && !j->identical)
		snprintf(j->invalid, sizeof(j->invalid),
			 "a sentinel fired: differences seen here are the machine's");
}

static int claims_change(const struct gb_gate_result *r)
{
	return r->verdict == GB_GATE_REGRESSED || r->verdict == GB_GATE_WARN ||
	       r->verdict == GB_GATE_IMPROVED;
}

/* Equal files cannot differ; a machine that shifts under the run proves nothing. */
static void overrule(struct gb_gate_judgement *j)
{
	for (size_t i = 0; i < j->results; i++) {
		struct gb_gate_result *r = &j->result[i];

		if (j->identical && r->tested)
			decide(r, GB_GATE_UNCHANGED,
			       "identical: both sides are the same");
		else if (j->alarm && claims_change(r) && !r->exact)
			decide(r, GB_GATE_INCONCLUSIVE, "environment: a sentinel fired");
	}
}

static double mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

static void summarise(const struct gb_gate_data *d, struct gb_gate_judgement *j)
{
	double *theta = malloc((j->results + 1) * sizeof(*theta));
	struct gb_interval i;
	size_t n = 0;

	GB_BUG_ON(!theta);
	for (size_t k = 0; k < j->results; k++) {
		const struct gb_gate_result *r = &j->result[k];

		if (in_family(r) && r->tested &&
		    r->series->metric.source == GB_GATE_FROM_SLICES)
			theta[n++] = r->series->higher_is_better ? -r->test.theta :
								   r->test.theta;
	}
	i = gb_bootstrap(theta, n, mean, GEOMEAN_LEVEL, GEOMEAN_ROUNDS, d->config.seed);
	j->geomean_cells = n;
	j->geomean = n ? exp(mean(theta, n)) : NAN;
	j->geomean_lo = exp(i.lo);
	j->geomean_hi = exp(i.hi);
	free(theta);
}

static enum gb_exit exit_code(const struct gb_gate_judgement *j, int strict)
{
	const size_t *n = j->count;

	if (*j->invalid || n[GB_GATE_INVALID] || n[GB_GATE_SKIPPED] == j->family)
		return GB_EXIT_HARNESS;
	if (n[GB_GATE_FAILED] || n[GB_GATE_REGRESSED])
		return GB_EXIT_FAULT;
	if (strict && j->identical)
		return GB_EXIT_HARNESS;
	if (strict && (n[GB_GATE_INCONCLUSIVE] || n[GB_GATE_SKIPPED]))
		return GB_EXIT_UNDECIDED;
	return GB_EXIT_OK;
}

/* Worst first; cells and metrics keep the order of the data, which is by name. */
static int by_severity(const void *a, const void *b)
{
	const struct gb_gate_result *x = a, *y = b;

	if (x->series->gated != y->series->gated)
		return x->series->gated ? -1 : 1;
	if (x->verdict != y->verdict)
		return x->verdict < y->verdict ? -1 : 1;
	return (x->series > y->series) - (x->series < y->series);
}

static struct gb_gate_result *new_results(size_t n)
{
	struct gb_gate_result *r = calloc(n ? n : 1, sizeof(*r));

	GB_BUG_ON(!r);
	return r;
}

/* Sentinels are judged by time alone. */
static void sort_out(const struct gb_gate_data *d, struct gb_gate_judgement *j)
{
	for (size_t i = 0; i < d->nr_series; i++) {
		const struct gb_gate_series *s = &d->series[i];
		struct gb_gate_result r = { .cell = &d->cell[s->cell], .series = s };

		if (!r.cell->sentinel) {
			j->result[j->results++] = r;
			j->family += (size_t)s->gated;
		} else if (s->metric.source == GB_GATE_FROM_SLICES) {
			j->sentinel[j->sentinels++] = r;
		}
	}
}

void gb_gate_judge(const struct gb_gate_data *d, int strict, struct gb_gate_judgement *j)
{
	memset(j, 0, sizeof(*j));
	j->result = new_results(d->nr_series);
	j->sentinel = new_results(d->nr_series);
	j->identical = gb_gate_identical(d) && !d->config.no_identity;
	sort_out(d, j);
	for (size_t i = 0; i < j->sentinels; i++)
		judge_sentinel(d, j, &j->sentinel[i]);
	for (size_t i = 0; i < j->results; i++)
		examine(d, &j->result[i]);
	check_run(d, j);
	adjust_all(d, j);
	for (size_t i = 0; i < j->results; i++)
		if (j->result[i].tested && !j->result[i].exact)
			judge_tested(d, &j->result[i]);
	overrule(j);
	for (size_t i = 0; i < j->results; i++)
		j->count[j->result[i].verdict] += (size_t)j->result[i].series->gated;
	summarise(d, j);
	if (j->results)
		qsort(j->result, j->results, sizeof(*j->result), by_severity);
	j->exit = exit_code(j, strict);
}

void gb_gate_judgement_free(struct gb_gate_judgement *j)
{
	free(j->result);
	free(j->sentinel);
	memset(j, 0, sizeof(*j));
}
