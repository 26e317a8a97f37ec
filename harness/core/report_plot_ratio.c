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

#include "cell.h"
#include "report_plot.h"
#include "report_ratio.h"

#define MAX_ROWS   40
#define ROW_HEIGHT 24

/* Looks of verdicts: series of ratio.gp, in this order. */
enum look { BETTER = 1, WORSE, UNCLEAR, FEW, LOOKS = FEW };
static const char *const ratio_names[] = { "better", "worse", "unclear", "too few runs" };
static const char *const gate_names[] = { "improved", "regressed", "undecided", "unchanged" };
static const size_t look_styles[] = { 0, 1, 7, 7 };

static void begin(struct gb_plot *p, const char *const names[LOOKS], const char *axis,
		  double margin)
{
	gb_text_add(&p->data, "row,look,gain,lo,hi,label\n");
	for (int i = 0; i < LOOKS; i++)
		gb_plot_series(p, names[i], look_styles[i]);
	gb_plot_set_text(p, "axis", axis);
	gb_plot_set_number(p, "margin", margin);
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

static void row(struct gb_plot *p, size_t number, enum look look, double gain, double lo,
		double hi, const char *label, struct span *x)
{
	widen(x, gain);
	widen(x, lo);
	widen(x, hi);
	gb_text_printf(&p->data, "%zu,%d,", number, (int)look);
	gb_plot_value(p, gain, 1);
	gb_plot_value(p, lo, 1);
	gb_plot_value(p, hi, 1);
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

static void ratio_row(struct gb_plot *p, size_t number, const struct gb_ratio *x,
		      struct span *span)
{
	int higher = gb_metric_info[x->metric].higher;
	char label[200], params[60];

	gb_params_short(x->b->workload, x->b->params, params, sizeof(params));
	snprintf(label, sizeof(label), "%.24s%s%.24s (%.4s thr): %.24s", x->b->workload,
		 params[0] ? " " : "", params, x->b->threads, x->b->backend);
	row(p, number, (enum look)((int)x->verdict + 1), gb_ratio_gain(x),
	    higher ? x->lo : 1 / x->hi, higher ? x->hi : 1 / x->lo, label, span);
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

static int forest(struct gb_plot *p, struct gb_ratios *x, const char *axis, const char *than)
{
	struct span span = SPAN;
	size_t rows;

	drop_null(x);
	rows = x->n < MAX_ROWS ? x->n : MAX_ROWS;
	if (!x->n)
		return 0;
	begin(p, ratio_names, axis, NAN);
	qsort(x->v, x->n, sizeof(*x->v), by_weight);
	for (size_t i = 0; i < rows; i++)
		ratio_row(p, i + 1, &x->v[i], &span);
	say_ratios(p, x, than);
	if (rows < x->n)
		gb_text_printf(&p->caption, " The %zu largest of %zu are shown.", rows, x->n);
	finish(p, rows, &span);
	return 1;
}

int gb_plot_backends(const struct gb_plot_scope *s, struct gb_plot *p)
{
	struct gb_ratios x = { 0 };
	char axis[160];
	int any;

	gb_ratios_backends(s->r, s->run, GB_METRIC_RATE, &x);
	snprintf(axis, sizeof(axis), "throughput, times that of %.60s (more is better)",
		 s->r->anchor ? s->r->anchor : "");
	any = forest(p, &x, axis, s->r->anchor);
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
		     "the first run");
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

/* change is the natural logarithm of candidate / baseline in cost: above 0 is slower. */
static int gate_row(struct gb_plot *p, size_t number, const struct gb_json *j,
		    struct span *x)
{
	double change = gb_json_number(j, "change"), lo = gb_json_number(j, "change_lo");
	double hi = gb_json_number(j, "change_hi");
	int higher = !strcmp(gb_json_text(j, "direction", "lower"), "higher");
	double sign = higher ? 1 : -1;
	const char *verdict = gb_json_text(j, "verdict", "");
	char label[200];

	if (isnan(change) || strcmp(gb_json_text(j, "scale", "ln_ratio"), "ln_ratio"))
		return 0;
	snprintf(label, sizeof(label), "%.60s %.20s: %.20s", gb_json_text(j, "cell", "?"),
		 gb_json_text(j, "metric", ""), verdict);
	row(p, number, gate_look(verdict), exp(sign * change),
	    exp(sign > 0 ? lo : -hi), exp(sign > 0 ? hi : -lo), label, x);
	return 1;
}

int gb_plot_gate(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_json *gate = s->r->run[s->run].gate, *list, *j;
	struct span span = SPAN;
	double margin = NAN;
	size_t rows = 0;

	list = gate ? gb_json_get(gate, "results") : NULL;
	if (!list || list->type != GB_JSON_ARRAY || !list->child)
		return 0;
	for (j = list->child; j && isnan(margin); j = j->next)
		margin = gb_json_number(j, "margin");
	begin(p, gate_names, "candidate, times as good as the baseline (more is better)",
	      margin);
	for (j = list->child; j && rows < MAX_ROWS; j = j->next)
		rows += (size_t)gate_row(p, rows + 1, j, &span);
	finish(p, rows, &span);
	gb_text_add(&p->title, "The gate's verdicts");
	gb_text_printf(&p->caption, "%s", gb_json_text(gate, "verdict", ""));
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
	gb_plot_heading(s, c[0], &p->title);
	gb_plot_set_text(p, "anchor", s->r->anchor);
	gb_plot_set_number(p, "runs", (double)s->r->runs);
	return 1;
}
