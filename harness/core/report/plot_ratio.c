/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Ratios with intervals: backends against the anchor, runs against the first, the gate's
 * verdicts; and how the ratio to the anchor changed over the runs.  In all of them more is
 * better: costs are turned round.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"

#include "core/cell.h"
#include "core/report/plot.h"
#include "core/report/ratio.h"

#define MAX_ROWS   40
#define ROW_HEIGHT 24

/* Looks of verdicts: series of ratio.gp, in this order. */
enum look { BETTER = 1, WORSE, UNCLEAR, FEW, LOOKS = FEW };
static const char *const ratio_names[] = { "better", "worse", "unclear", "too few runs" };
static const char *const gate_names[] = { "improved", "regressed", "undecided", "unchanged" };
static const size_t look_styles[] = { 0, 1, 7, 7 };

static void begin(struct gb_plot *p, const char *const names[LOOKS], const char *axis)
{
	gb_text_add(&p->data, "row,look,gain,lo,hi,margin,label\n");
	for (int i = 0; i < LOOKS; i++)
		gb_plot_series(p, names[i], look_styles[i]);
	gb_plot_set_text(p, "axis", axis);
}

/* What the axis must show: at least 10 % to either side of 1. */
struct span {
	double lo, hi;
};
#define SPAN { 0.9, 1.1 }

static void widen(struct span *x, double v)
{
	x->lo = v > 0 && v < x->lo ? v : x->lo;
	x->hi = v > x->hi && isfinite(v) ? v : x->hi;
}

/* A gain with its interval; margin: a logarithm, NaN = none. */
struct gain {
	double value, lo, hi, margin;
};

static void row(struct gb_plot *p, size_t number, enum look look, struct gain g,
		const char *label, struct span *x)
{
	widen(x, g.value);
	widen(x, g.lo);
	widen(x, g.hi);
	gb_text_printf(&p->data, "%zu,%d,", number, (int)look);
	gb_plot_value(p, g.value, 1);
	gb_plot_value(p, g.lo, 1);
	gb_plot_value(p, g.hi, 1);
	gb_plot_value(p, g.margin, 1);
	gb_plot_field(p, label, 0);
}

static void finish(struct gb_plot *p, size_t rows, const struct span *x)
{
	gb_plot_set_number(p, "low", x->lo / 1.15);
	gb_plot_set_number(p, "high", x->hi * 1.15);
	gb_plot_set_number(p, "rows", (double)rows);
	p->height = 130 + ROW_HEIGHT * (unsigned int)rows;
}

/* The most telling first: what is certain, then what is large. */
static int by_weight(const void *a, const void *b)
{
	const struct gb_ratio *x = a, *y = b;
	double dx = fabs(log(x->ratio)), dy = fabs(log(y->ratio));

	return (dx < dy) - (dx > dy);
}

static struct gain ratio_gain(const struct gb_ratio *x)
{
	int higher = gb_metric_info[x->metric].higher;

	return (struct gain){ gb_ratio_gain(x), higher ? x->lo : 1 / x->hi,
			      higher ? x->hi : 1 / x->lo, NAN };
}

static void ratio_row(struct gb_plot *p, size_t number, const struct gb_ratio *x,
		      struct span *span)
{
	char label[200], params[60];

	gb_params_short(x->b->workload, x->b->params, params, sizeof(params));
	snprintf(label, sizeof(label), "%.24s%s%.24s (%.4s thr): %.24s", x->b->workload,
		 params[0] ? " " : "", params, x->b->threads, x->b->backend);
	row(p, number, (enum look)((int)x->verdict + 1), ratio_gain(x), label, span);
}

static void say_ratios(struct gb_plot *p, const struct gb_ratios *x, const char *than)
{
	const char *who = NULL;
	size_t count[LOOKS] = { 0 };
	double best = 0;

	for (size_t i = 0; i < x->n; i++) {
		count[x->v[i].verdict]++;
		if (!(gb_ratio_gain(&x->v[i]) > best))
			continue;
		best = gb_ratio_gain(&x->v[i]);
		who = x->v[i].b->backend;
	}
	gb_text_printf(&p->caption, "Against %s: %zu better, %zu worse, %zu unclear", than,
		       count[GB_RATIO_BETTER], count[GB_RATIO_WORSE], count[GB_RATIO_UNCLEAR]);
	if (count[GB_RATIO_FEW])
		gb_text_printf(&p->caption, ", %zu with too few runs to say (6 give an interval "
			       "of 95 %%)", count[GB_RATIO_FEW]);
	if (who && best > 1)
		gb_text_printf(&p->caption, "; the largest gain is %s's, %.3g times", who, best);
	gb_text_add(&p->caption, ".");
}

static void drop_null(struct gb_ratios *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++)
		if (!gb_plot_is_null(x->v[i].b))
			x->v[n++] = x->v[i];
	x->n = n;
}

static int forest(struct gb_plot *p, struct gb_ratios *x, const char *axis, const char *than,
		  void (*one)(struct gb_plot *p, size_t number, const struct gb_ratio *x,
			      struct span *span))
{
	struct span span = SPAN;
	size_t rows;

	drop_null(x);
	rows = x->n < MAX_ROWS ? x->n : MAX_ROWS;
	if (!x->n)
		return 0;
	begin(p, ratio_names, axis);
	qsort(x->v, x->n, sizeof(*x->v), by_weight);
	for (size_t i = 0; i < rows; i++)
		one(p, i + 1, &x->v[i], &span);
	say_ratios(p, x, than);
	if (rows < x->n)
		gb_text_printf(&p->caption, " The %zu largest of %zu are shown.", rows, x->n);
	finish(p, rows, &span);
	return 1;
}

/* A row for each metric that both runs have, of one workload: the label names it. */
static void changes_row(struct gb_plot *p, size_t number, const struct gb_ratio *x,
			struct span *span)
{
	char label[200], params[60];

	gb_params_short(x->b->workload, x->b->params, params, sizeof(params));
	snprintf(label, sizeof(label), "%.24s%s%.24s (%.4s thr): %.30s", x->b->backend,
		 params[0] ? " " : "", params, x->b->threads,
		 gb_metric_info[x->metric].id);
	row(p, number, (enum look)((int)x->verdict + 1), ratio_gain(x), label, span);
}

static void keep_workload(struct gb_ratios *x, const char *workload)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++)
		if (!strcmp(x->v[i].b->workload, workload))
			x->v[n++] = x->v[i];
	x->n = n;
}

int gb_plot_changes(const struct gb_plot_scope *s, struct gb_plot *p)
{
	static const enum gb_metric metrics[] = { GB_METRIC_RATE, GB_METRIC_P50, GB_METRIC_P99,
						  GB_METRIC_IRQ_P99, GB_METRIC_HELD };
	struct gb_ratios x = { 0 };
	int any;

	if (s->r->runs < 2)
		return 0;
	for (size_t m = 0; m < GB_ARRAY_SIZE(metrics); m++)
		gb_ratios_runs(s->r, 0, s->run, metrics[m], &x);
	keep_workload(&x, s->workload);
	any = forest(p, &x, "times as good as in run 1 (more is better, of costs too)", "run 1",
		     changes_row);
	gb_ratios_free(&x);
	gb_text_printf(&p->title, "%s, run %zu (%s) against run 1 (%s)", s->workload, s->run + 1,
		       s->r->run[s->run].id, s->r->run[0].id);
	return any;
}

int gb_plot_backends(const struct gb_plot_scope *s, struct gb_plot *p)
{
	struct gb_ratios x = { 0 };
	char axis[160];
	int any;

	gb_ratios_backends(s->r, s->run, GB_METRIC_RATE, &x);
	snprintf(axis, sizeof(axis), "throughput, times that of %.60s (more is better)",
		 s->r->anchor ? s->r->anchor : "");
	any = forest(p, &x, axis, s->r->anchor, ratio_row);
	gb_ratios_free(&x);
	gb_text_add(&p->title, "Backends of the run");
	return any;
}

int gb_plot_runs(const struct gb_plot_scope *s, struct gb_plot *p)
{
	struct gb_ratios x = { 0 };
	int any;

	if (s->r->runs < 2)
		return 0;
	gb_ratios_runs(s->r, 0, s->run, GB_METRIC_RATE, &x);
	any = forest(p, &x, "throughput, times that of the first run (more is better)",
		     "the first run", ratio_row);
	gb_ratios_free(&x);
	gb_text_printf(&p->title, "%s against %s", s->r->run[s->run].id, s->r->run[0].id);
	return any;
}

/* --- the gate ------------------------------------------------------------------------------------ */

static enum look gate_look(const char *verdict)
{
	if (!strcmp(verdict, "improved"))
		return BETTER;
	if (!strcmp(verdict, "regressed") || !strcmp(verdict, "failed"))
		return WORSE;
	return !strcmp(verdict, "unchanged") ? FEW : UNCLEAR;
}

/*
 * change is the natural logarithm of candidate / baseline, in the metric's own sense: of a
 * time, above 0 is slower.  A gain is better above 1 for every metric.
 */
static int gate_row(struct gb_plot *p, size_t number, const struct gb_json *j,
		    struct span *x)
{
	double change = gb_json_number(j, "change"), lo = gb_json_number(j, "change_lo");
	double hi = gb_json_number(j, "change_hi");
	int higher = !strcmp(gb_json_text(j, "direction", "lower"), "higher");
	const char *verdict = gb_json_text(j, "verdict", "");
	char label[200];

	if (isnan(change) || strcmp(gb_json_text(j, "scale", "ln_ratio"), "ln_ratio"))
		return 0;
	snprintf(label, sizeof(label), "%.60s %.20s: %.20s", gb_json_text(j, "cell", "?"),
		 gb_json_text(j, "metric", ""), verdict);
	row(p, number, gate_look(verdict),
	    (struct gain){ exp(higher ? change : -change), exp(higher ? lo : -hi),
			   exp(higher ? hi : -lo), gb_json_number(j, "margin") },
	    label, x);
	return 1;
}

/* Figures that are only reported decide nothing and would bury those that do. */
static int is_gated(const struct gb_json *j)
{
	const struct gb_json *gated = gb_json_get(j, "gated");

	return !gated || gb_json_number(j, "gated") > 0;
}

static void say_gate(struct gb_plot *p, const struct gb_json *gate, size_t rows, size_t all)
{
	gb_text_printf(&p->caption, "%s.  Right of 1 the candidate (%s) is better than the "
		       "baseline (%s): costs that fell, rates that rose.  A bar is the interval "
		       "of the change, the band behind it the margin: a regression lies left of "
		       "the band.",
		       gb_json_text(gate, "verdict", ""),
		       gb_json_text(gate, "candidate.spec", "B"),
		       gb_json_text(gate, "baseline.spec", "A"));
	if (rows < all)
		gb_text_printf(&p->caption, "  %zu of %zu gated figures are shown; the table has "
			       "all, and those that are only reported.", rows, all);
}

int gb_plot_gate(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_json *gate = s->r->run[s->run].gate, *list, *j;
	struct span span = SPAN;
	size_t rows = 0, all = 0;

	list = gate ? gb_json_get(gate, "results") : NULL;
	if (!list || list->type != GB_JSON_ARRAY || !list->child)
		return 0;
	begin(p, gate_names, "candidate, times as good as the baseline (more is better)");
	for (j = list->child; j; j = j->next) {
		if (!is_gated(j))
			continue;
		all++;
		if (rows < MAX_ROWS)
			rows += (size_t)gate_row(p, rows + 1, j, &span);
	}
	finish(p, rows, &span);
	gb_text_add(&p->title, "The gate's verdicts");
	say_gate(p, gate, rows, all);
	return rows > 0;
}

/* --- history --------------------------------------------------------------------------------------- */

static const struct gb_report_cell *in_run(const struct gb_plot_scope *s, size_t run,
					   const char *backend,
					   const struct gb_report_cell *like)
{
	for (size_t i = s->first; i < s->end; i++) {
		const struct gb_report_cell *c = &s->r->cell[i];

		if (c->run == run && c->ok && !strcmp(c->backend, backend) &&
		    !strcmp(c->threads, like->threads))
			return c;
	}
	return NULL;
}

static size_t history_rows(const struct gb_plot_scope *s, struct gb_plot *p,
			   const struct gb_report_cell *like, double *first, double *last)
{
	size_t series = 0, rows = 0;

	for (size_t run = 0; run < s->r->runs; run++) {
		const struct gb_report_cell *a = in_run(s, run, s->r->anchor, like);
		const struct gb_report_cell *b = in_run(s, run, like->backend, like);
		struct gb_ratio x;

		if (!a || !b || !gb_ratio_make(s->r, a, b, GB_METRIC_RATE, &x))
			continue;
		if (!series)
			series = gb_plot_series(p, like->backend, gb_plot_style(s, like));
		gb_text_printf(&p->data, "%zu,%zu,", series, run + 1);
		gb_plot_value(p, x.ratio, 1);
		gb_plot_value(p, x.lo, 1);
		gb_plot_value(p, x.hi, 1);
		gb_plot_field(p, s->r->run[run].id, 0);
		*first = rows ? *first : x.ratio;
		*last = x.ratio;
		rows++;
	}
	return rows;
}

int gb_plot_history(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_report_cell *c[GB_MAX_SERIES];
	size_t n = gb_plot_cells(s, c), most = 0;
	char params[80];

	if (s->r->runs < 3 || !s->r->anchor)
		return 0;
	gb_text_add(&p->data, "series,run,ratio,lo,hi,run_id\n");
	for (size_t i = 0; i < n; i++) {
		double first = NAN, last = NAN;
		size_t rows;

		if (!strcmp(c[i]->backend, s->r->anchor))
			continue;
		rows = history_rows(s, p, c[i], &first, &last);
		most = rows > most ? rows : most;
		if (rows > 1)
			gb_text_printf(&p->caption, "%s%s went from %.3g to %.3g times %s.",
				       p->caption.len ? " " : "", c[i]->backend, first, last,
				       s->r->anchor);
	}
	if (most < 2)
		return 0;
	gb_params_short(c[0]->workload, c[0]->params, params, sizeof(params));
	gb_text_printf(&p->title, "%s%s%s, %s thread%s, all %zu runs", c[0]->workload,
		       params[0] ? " " : "", params, c[0]->threads,
		       strcmp(c[0]->threads, "1") ? "s" : "", s->r->runs);
	gb_plot_set_text(p, "anchor", s->r->anchor);
	gb_plot_set_number(p, "runs", (double)s->r->runs);
	return 1;
}
