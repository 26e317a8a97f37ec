/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/stored.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/multiplicity.h"
#include "base/normal.h"
#include "base/paired.h"

#include "core/gate/series.h"

#define ONE_SD 0.682689 /* level of an interval that is one sd to either side */
#define ROUNDS 2000

/* --- the runs ------------------------------------------------------------------- */

static int is_time(const struct gb_gate_data *d, const struct gb_gate_series *s)
{
	return s->metric.source == GB_GATE_FROM_SLICES && !d->cell[s->cell].sentinel;
}

/* Of one build of this program, on one machine, with one anchor; and sound by itself. */
static int check_alike(const struct gb_gate_data *now, const struct gb_gate_data *old,
		       const char *dir, struct gb_error *e)
{
	static const char hint[] = "stored runs serve only the machine, the program and the "
				   "anchor that they were made with";
	const char *what = NULL;

	if (strcmp(now->hw_id, old->hw_id) != 0)
		what = "was made on another machine";
	else if (strcmp(now->environment, old->environment) != 0)
		what = "was made with another kernel, C library, huge pages or governor";
	else if (strcmp(now->program_version, old->program_version) != 0)
		what = "was made by another version of gfpbench";
	else if (strcmp(now->side[GB_GATE_A].anchor, old->side[GB_GATE_A].anchor) != 0)
		what = "has another anchor (the baseline's files differ)";
	else if (!strcmp(now->run_id, old->run_id))
		what = "is the run that is to be judged";
	return what ? gb_fail(e, GB_EXIT_HARNESS, hint, "%s %s", dir, what) : 0;
}

static int check_sound(const struct gb_gate_data *d, const char *dir, struct gb_error *e)
{
	struct gb_gate_judgement j;

	gb_gate_judge(d, 0, &j);
	if (*j.invalid)
		gb_fail(e, GB_EXIT_HARNESS, NULL, "%s proves nothing: %s", dir,
			j.invalid);
	gb_gate_judgement_free(&j);
	return -(int)e->code;
}

static const struct gb_gate_series *find_time(const struct gb_gate_data *d,
					      const char *definition)
{
	for (size_t i = 0; i < d->nr_series; i++)
		if (is_time(d, &d->series[i]) &&
		    !strcmp(d->cell[d->series[i].cell].definition, definition))
			return &d->series[i];
	return NULL;
}

static size_t count_times(const struct gb_gate_data *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nr_series; i++)
		n += (size_t)is_time(d, &d->series[i]);
	return n;
}

/* The ratio of one cell in a stored run. */
static int stored_ratio(const struct gb_gate_data *old, const struct gb_gate_cell *cell,
			const char *dir, double *ratio, struct gb_error *e)
{
	const struct gb_gate_series *s = find_time(old, cell->definition);
	struct gb_gate_figures f;

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, "measure the same cells",
			       "%s has no cell that is defined as %s is", dir, cell->name);
	gb_gate_figures(old, s, &f);
	if (f.gap || f.pairs < old->config.look[0])
		gb_fail(e, GB_EXIT_HARNESS, NULL, "%s: %s has too few pairs", dir,
			cell->name);
	else
		*ratio = gb_median(f.d, f.pairs);
	gb_gate_figures_free(&f);
	return -(int)e->code;
}

struct history {
	double *ratio; /* [cell][run] */
	size_t runs;
};

static void keep_dates(struct gb_gate_stored *out, const struct gb_gate_data *old)
{
	if (!out->first || strcmp(old->started_at, out->first) < 0) {
		free(out->first);
		out->first = strdup(old->started_at);
	}
	if (!out->last || strcmp(old->started_at, out->last) > 0) {
		free(out->last);
		free(out->label);
		free(out->version);
		out->last = strdup(old->started_at);
		out->label = strdup(old->label);
		out->version = strdup(old->side[GB_GATE_B].version);
	}
	GB_BUG_ON(!out->first || !out->last || !out->label || !out->version);
}

static int take_run(const struct gb_gate_data *now, const char *dir, size_t run,
		    struct history *h, struct gb_gate_stored *out, struct gb_error *e)
{
	struct gb_gate_data old;

	if (gb_gate_read(dir, &old, e) < 0)
		return -(int)e->code;
	if (!check_alike(now, &old, dir, e) && !check_sound(&old, dir, e) &&
	    count_times(&old) != out->cells)
		gb_fail(e, GB_EXIT_HARNESS, "measure the same cells",
			"%s has %zu cells, today's run %zu", dir, count_times(&old), out->cells);
	for (size_t i = 0; !e->code && i < out->cells; i++)
		(void)!stored_ratio(&old, out->cell[i].cell, dir,
				    &h->ratio[i * h->runs + run], e);
	if (!e->code)
		keep_dates(out, &old);
	gb_gate_free(&old);
	return -(int)e->code;
}

/* --- one cell ------------------------------------------------------------------- */

static double plain_sd(const double *x, size_t n)
{
	double mean = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		sum += (x[i] - mean) * (x[i] - mean);
	return sqrt(sum / (double)(n - 1));
}

/* Tails of Student's distribution: few runs tell little about how much they vary. */
static double p_above(const struct gb_gate_stored_cell *c, double limit, size_t runs)
{
	if (c->se == 0)
		return c->change > limit ? 0 : 1;
	return gb_student_tail((c->change - limit) / c->se, runs - 1);
}

static double p_below(const struct gb_gate_stored_cell *c, double limit, size_t runs)
{
	if (c->se == 0)
		return c->change < limit ? 0 : 1;
	return gb_student_tail((limit - c->change) / c->se, runs - 1);
}

static void examine(const struct gb_gate_data *now, const struct gb_gate_series *s,
		    const double *stored, const struct gb_gate_stored *out,
		    struct gb_gate_stored_cell *c)
{
	struct gb_gate_figures f;
	struct gb_interval i;
	double half;

	c->verdict = GB_GATE_INVALID;
	c->p_red = c->p_warn = c->p_better = 1;
	gb_gate_figures(now, s, &f);
	if (f.gap || f.pairs < now->config.look[0]) {
		snprintf(c->reason, sizeof(c->reason), "too few pairs");
		gb_gate_figures_free(&f);
		return;
	}
	c->verdict = GB_GATE_INCONCLUSIVE;
	c->ratio_now = gb_median(f.d, f.pairs);
	c->ratio_stored = gb_median(stored, out->runs);
	c->between_sd = plain_sd(stored, out->runs);
	c->change = c->ratio_now - c->ratio_stored;
	i = gb_bootstrap_difference(stored, out->runs, f.d, f.pairs, gb_median, ONE_SD,
				    ROUNDS,
				    now->config.seed);
	half = (i.hi - i.lo) / 2;
	c->se = sqrt(half * half + c->between_sd * c->between_sd);
	half = c->se * gb_student_quantile(0.975, out->runs - 1);
	c->lo = c->change - half;
	c->hi = c->change + half;
	c->p_red = p_above(c, log1p(out->margin), out->runs);
	c->p_warn = p_above(c, log1p(now->config.band), out->runs);
	c->p_better = p_below(c, -log1p(now->config.band), out->runs);
	gb_gate_figures_free(&f);
}

static int within(const struct gb_gate_stored_cell *c, const struct gb_gate_stored *s,
		  double alpha)
{
	return p_below(c, log1p(s->margin), s->runs) <= alpha &&
	       p_above(c, -log1p(s->margin), s->runs) <= alpha;
}

static void decide(const struct gb_gate_data *now, const struct gb_gate_stored *s,
		   struct gb_gate_stored_cell *c)
{
	double alpha = now->config.alpha;

	if (c->verdict == GB_GATE_INVALID)
		return;
	if (c->p_red <= alpha && s->may_fail) {
		c->verdict = GB_GATE_REGRESSED;
	} else if (c->p_warn <= alpha) {
		c->verdict = GB_GATE_WARN;
		if (c->p_red <= alpha)
			snprintf(c->reason, sizeof(c->reason),
				 "more than %.3g %%: red with --baseline-gate", s->margin * 100);
	} else if (c->p_better <= alpha) {
		c->verdict = GB_GATE_IMPROVED;
	} else if (within(c, s, now->config.equivalence_alpha)) {
		c->verdict = GB_GATE_UNCHANGED;
	} else {
		snprintf(c->reason, sizeof(c->reason),
			 "not proven to be within %.3g %%: runs differ by themselves",
			 s->margin * 100);
	}
}

static void adjust(struct gb_gate_stored *s, size_t offset)
{
	double *p = malloc((s->cells + 1) * sizeof(*p)), *out = malloc((s->cells + 1) * sizeof(*p));

	GB_BUG_ON(!p || !out);
	for (size_t i = 0; i < s->cells; i++)
		p[i] = *(double *)((char *)&s->cell[i] + offset);
	gb_holm(p, s->cells, out);
	for (size_t i = 0; i < s->cells; i++)
		*(double *)((char *)&s->cell[i] + offset) = out[i];
	free(p);
	free(out);
}

/* --- the whole ------------------------------------------------------------------ */

static int by_severity(const void *a, const void *b)
{
	const struct gb_gate_stored_cell *x = a, *y = b;

	if (x->verdict != y->verdict)
		return x->verdict < y->verdict ? -1 : 1;
	return (x->cell > y->cell) - (x->cell < y->cell);
}

/* A candidate that crashes needs no history to be at fault. */
static void take_faults(const struct gb_gate_data *now, struct gb_gate_stored *s)
{
	struct gb_gate_judgement j;

	gb_gate_judge(now, 0, &j);
	for (size_t k = 0; k < j.results; k++)
		for (size_t i = 0; i < s->cells; i++)
			if (j.result[k].cell == s->cell[i].cell &&
			    j.result[k].verdict == GB_GATE_FAILED) {
				s->cell[i].verdict = GB_GATE_FAILED;
				snprintf(s->cell[i].reason, sizeof(s->cell[i].reason),
					 "%.150s",
					 j.result[k].reason);
			}
	gb_gate_judgement_free(&j);
}

static void conclude(struct gb_gate_stored *s)
{
	size_t n[GB_GATE_VERDICTS] = { 0 };

	for (size_t i = 0; i < s->cells; i++)
		n[s->cell[i].verdict]++;
	if (s->cells)
		qsort(s->cell, s->cells, sizeof(*s->cell), by_severity);
	s->exit = n[GB_GATE_INVALID] ? GB_EXIT_HARNESS :
		  n[GB_GATE_FAILED] || n[GB_GATE_REGRESSED] ? GB_EXIT_FAULT : GB_EXIT_OK;
}

static void list_cells(const struct gb_gate_data *now, struct gb_gate_stored *out)
{
	out->cell = calloc(count_times(now) + 1, sizeof(*out->cell));
	GB_BUG_ON(!out->cell);
	for (size_t i = 0; i < now->nr_series; i++)
		if (is_time(now, &now->series[i]))
			out->cell[out->cells++].cell = &now->cell[now->series[i].cell];
}

static int prepare(const struct gb_gate_data *now, size_t n, int may_fail,
		   struct gb_gate_stored *out, struct gb_error *e)
{
	memset(out, 0, sizeof(*out));
	out->may_fail = may_fail;
	out->margin = isnan(now->config.margin) ? GB_GATE_STORED_MARGIN : now->config.margin;
	out->runs = n;
	if (out->margin < GB_GATE_STORED_MARGIN)
		return gb_fail(e, GB_EXIT_USAGE, "margin=10% or more",
			       "stored runs cannot show as little as %.3g %%",
			       out->margin * 100);
	if (out->runs < GB_GATE_STORED_MIN)
		return gb_fail(e, GB_EXIT_HARNESS,
			       "their spread is what a change is held against",
			       "%zu stored runs, at least %d are needed", out->runs,
			       GB_GATE_STORED_MIN);
	if (check_sound(now, "the run", e) < 0)
		return -(int)e->code;
	list_cells(now, out);
	return 0;
}

int gb_gate_against_stored(const struct gb_gate_data *now, char *const *dir, size_t n,
			   int may_fail, struct gb_gate_stored *out, struct gb_error *e)
{
	struct history h = { 0 };

	if (prepare(now, n, may_fail, out, e) < 0)
		return -(int)e->code;
	h.runs = out->runs;
	h.ratio = calloc(out->cells * out->runs + 1, sizeof(*h.ratio));
	GB_BUG_ON(!h.ratio);
	for (size_t r = 0; !e->code && r < out->runs; r++)
		(void)!take_run(now, dir[r], r, &h, out, e);
	for (size_t i = 0; !e->code && i < out->cells; i++)
		examine(now, find_time(now, out->cell[i].cell->definition),
			&h.ratio[i * h.runs], out, &out->cell[i]);
	free(h.ratio);
	if (e->code) {
		gb_gate_stored_free(out);
		return -(int)e->code;
	}
	adjust(out, offsetof(struct gb_gate_stored_cell, p_red));
	adjust(out, offsetof(struct gb_gate_stored_cell, p_warn));
	adjust(out, offsetof(struct gb_gate_stored_cell, p_better));
	for (size_t i = 0; i < out->cells; i++)
		decide(now, out, &out->cell[i]);
	take_faults(now, out);
	conclude(out);
	return 0;
}

void gb_gate_stored_free(struct gb_gate_stored *s)
{
	free(s->cell);
	free(s->first);
	free(s->last);
	free(s->label);
	free(s->version);
	memset(s, 0, sizeof(*s));
}
