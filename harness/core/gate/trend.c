/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A run is megabytes, its ratios a few hundred bytes: runs are read one after the other
 * and only what the trend needs is kept.
 */
#include "core/gate/trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic.h"
#include "base/statistics.h"

#include "core/gate/judge.h"
#include "core/gate/series.h"

struct point {
	char *name, *definition;
	double theta;
};

/* What is kept of a run. */
struct record {
	struct gb_gate_trend_run run;
	char *hw_id, *environment, *program, *anchor, *anchor_spec;
	struct point *point;
	size_t points;
};

static char *copy(const char *text)
{
	char *s = strdup(text ? text : "");

	GB_BUG_ON(!s);
	return s;
}

static void leave_out(struct record *r, const char *why)
{
	if (!r->run.left_out)
		r->run.left_out = copy(why);
}

/* --- reading -------------------------------------------------------------------- */

static void take_point(const struct gb_gate_data *d, const struct gb_gate_series *s,
		       struct record *r)
{
	const struct gb_gate_cell *c = &d->cell[s->cell];
	struct gb_gate_figures f;

	if (s->metric.source != GB_GATE_FROM_SLICES || c->sentinel)
		return;
	gb_gate_figures(d, s, &f);
	if (!f.gap && f.pairs >= d->config.look[0])
		r->point[r->points++] = (struct point){ copy(c->name), copy(c->definition),
							gb_median(f.d, f.pairs) };
	gb_gate_figures_free(&f);
}

static void take_run(const struct gb_gate_data *d, struct record *r)
{
	struct gb_gate_judgement j;

	r->run.run_id = copy(d->run_id);
	r->run.started_at = copy(d->started_at);
	r->run.label = copy(d->label);
	r->run.version = copy(d->side[GB_GATE_B].version);
	r->hw_id = copy(d->hw_id);
	r->environment = copy(d->environment);
	r->program = copy(d->program_version);
	r->anchor = copy(d->side[GB_GATE_A].anchor);
	r->anchor_spec = copy(d->side[GB_GATE_A].spec);
	r->point = calloc(d->nr_series + 1, sizeof(*r->point));
	GB_BUG_ON(!r->point);
	for (size_t i = 0; i < d->nr_series; i++)
		take_point(d, &d->series[i], r);
	gb_gate_judge(d, 0, &j);
	if (*j.invalid)
		leave_out(r, j.invalid);
	gb_gate_judgement_free(&j);
}

static int read_run(const char *dir, struct record *r, struct gb_error *e)
{
	struct gb_error bad = GB_ERROR_INIT;
	struct gb_gate_data d;
	struct stat st;

	r->run.path = copy(dir);
	if (stat(dir, &st) || !S_ISDIR(st.st_mode))
		return gb_fail(e, GB_EXIT_USAGE,
			       "name directories of gate runs, or a database of them",
			       "%s is no directory", dir);
	if (gb_gate_read(dir, &d, &bad) < 0) {
		leave_out(r, bad.what);
		return 0;
	}
	take_run(&d, r);
	gb_gate_free(&d);
	return 0;
}

/* --- which of them are alike ---------------------------------------------------- */

/* Those that count by time, the others behind them as they were named. */
static int by_time(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int d = !!x->run.left_out - !!y->run.left_out;

	if (d || x->run.left_out)
		return d ? d : strcmp(x->run.path, y->run.path);
	d = strcmp(x->run.started_at, y->run.started_at);
	return d ? d : strcmp(x->run.run_id, y->run.run_id);
}

static size_t count(const struct record *r, size_t n)
{
	size_t good = 0;

	while (good < n && !r[good].run.left_out)
		good++;
	return good;
}

static void compare(struct record *r, const struct record *newest)
{
	if (strcmp(r->hw_id, newest->hw_id) != 0)
		leave_out(r, "another machine than the newest run's");
	else if (strcmp(r->environment, newest->environment) != 0)
		leave_out(r, "another kernel, C library, huge pages or governor than the newest "
			     "run's");
	else if (strcmp(r->anchor, newest->anchor) != 0)
		leave_out(r, "another anchor than the newest run's");
	else if (strcmp(r->program, newest->program) != 0)
		leave_out(r, "another version of gfpbench than the newest run's");
}

static size_t choose(struct record *r, size_t n)
{
	size_t good;

	qsort(r, n, sizeof(*r), by_time);
	good = count(r, n);
	for (size_t i = 0; i + 1 < good; i++) {
		compare(&r[i], &r[good - 1]);
		if (!strcmp(r[i].run.run_id, r[i + 1].run.run_id))
			leave_out(&r[i], "the same run as another one");
	}
	qsort(r, n, sizeof(*r), by_time);
	return count(r, n);
}

/* --- cells ---------------------------------------------------------------------- */

static double find_point(const struct record *r, const char *definition)
{
	for (size_t i = 0; i < r->points; i++)
		if (!strcmp(r->point[i].definition, definition))
			return r->point[i].theta;
	return NAN;
}

/* Positions in the series without gaps become numbers of runs. */
static void find_changes(struct gb_gate_trend_cell *c, size_t runs)
{
	static const struct gb_change_rule rule = { GB_GATE_TREND_LEAST, GB_GATE_TREND_ALPHA,
						    0 };
	struct gb_change_rule r = rule;
	double *x = malloc((runs + 1) * sizeof(*x));
	size_t *at = malloc((runs + 1) * sizeof(*at)), last;

	GB_BUG_ON(!x || !at);
	r.magnitude = log1p(GB_GATE_TREND_MAGNITUDE);
	for (size_t i = 0; i < runs; i++)
		if (!isnan(c->theta[i])) {
			at[c->n] = i;
			x[c->n++] = c->theta[i];
		}
	c->change = calloc(c->n / r.least + 1, sizeof(*c->change));
	GB_BUG_ON(!c->change);
	c->changes = gb_change_points(x, c->n, &r, c->change);
	last = c->changes ? c->change[c->changes - 1].at : 0;
	c->level = gb_median(x + last, c->n - last);
	for (size_t i = 0; i < c->changes; i++)
		c->change[i].at = at[c->change[i].at];
	free(x);
	free(at);
}

static void make_cell(const struct record *r, const struct point *p,
		      struct gb_gate_trend *out)
{
	struct gb_gate_trend_cell *c = &out->cell[out->cells++];
	const struct gb_change *last;

	c->name = copy(p->name);
	c->definition = copy(p->definition);
	c->theta = malloc((out->runs + 1) * sizeof(*c->theta));
	GB_BUG_ON(!c->theta);
	for (size_t i = 0; i < out->runs; i++)
		c->theta[i] = find_point(&r[i], p->definition);
	find_changes(c, out->runs);
	if (!c->changes)
		return;
	last = &c->change[c->changes - 1];
	out->slower += last->after > last->before;
	out->faster += last->after < last->before;
}

static void free_record(struct record *r)
{
	for (size_t i = 0; i < r->points; i++) {
		free(r->point[i].name);
		free(r->point[i].definition);
	}
	free(r->point);
	free(r->hw_id);
	free(r->environment);
	free(r->program);
	free(r->anchor);
	free(r->anchor_spec);
}

static void free_run(struct gb_gate_trend_run *r)
{
	free(r->path);
	free(r->run_id);
	free(r->started_at);
	free(r->label);
	free(r->version);
	free(r->left_out);
}

/* The runs' own texts move into @out. */
static int build(struct record *r, size_t n, struct gb_gate_trend *out,
		 struct gb_error *e)
{
	const struct record *newest;

	out->runs = choose(r, n);
	out->run = calloc(n + 1, sizeof(*out->run));
	GB_BUG_ON(!out->run);
	for (out->all = 0; out->all < n; out->all++)
		out->run[out->all] = r[out->all].run;
	if (out->runs < 2 * GB_GATE_TREND_LEAST)
		return gb_fail(e, GB_EXIT_HARNESS,
			       out->runs < n ? out->run[out->runs].left_out : NULL,
			       "%zu of %zu runs can be compared; a trend needs %d", out->runs, n,
			       2 * GB_GATE_TREND_LEAST);
	newest = &r[out->runs - 1];
	out->anchor = copy(newest->anchor_spec);
	out->cell = calloc(newest->points + 1, sizeof(*out->cell));
	GB_BUG_ON(!out->cell);
	for (size_t i = 0; i < newest->points; i++)
		make_cell(r, &newest->point[i], out);
	return 0;
}

int gb_gate_trend(char *const *dir, size_t n, struct gb_gate_trend *out,
		  struct gb_error *e)
{
	struct record *r = calloc(n + 1, sizeof(*r));
	size_t done = 0;

	GB_BUG_ON(!r);
	memset(out, 0, sizeof(*out));
	while (done < n && !e->code) {
		(void)!read_run(dir[done], &r[done], e);
		done++;
	}
	if (!e->code)
		(void)!build(r, n, out, e);
	for (size_t i = 0; i < done; i++) {
		if (!out->run)
			free_run(&r[i].run);
		free_record(&r[i]);
	}
	free(r);
	if (e->code)
		gb_gate_trend_free(out);
	return -(int)e->code;
}

void gb_gate_trend_free(struct gb_gate_trend *t)
{
	for (size_t i = 0; i < t->all; i++)
		free_run(&t->run[i]);
	for (size_t i = 0; i < t->cells; i++) {
		free(t->cell[i].name);
		free(t->cell[i].definition);
		free(t->cell[i].theta);
		free(t->cell[i].change);
	}
	free(t->run);
	free(t->cell);
	free(t->anchor);
	memset(t, 0, sizeof(*t));
}
