/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Latency: percentile curves by context, and histograms.  Histograms of a cell's samples
 * are added up; percentiles are read off the sum, never averaged.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/parse.h"

#include "core/report/dist.h"
#include "core/report/plot.h"

#define OCTAVE_BINS 6      /* of the histograms: fine enough to see modes, few enough to draw */
#define MAX_INVERSE 1e4    /* 99.99 % */
#define POINT_STEP  1.10   /* points of a curve are at least so far apart, or step up */

static const char *const contexts[] = { "process", "softirq", "hardirq" };

/* The context in which a plot of one context looks: the least forgiving that has data. */
static const char *hardest(const struct gb_plot_scope *s, const struct gb_report_cell **c,
			   size_t n)
{
	for (size_t k = GB_ARRAY_SIZE(contexts); k-- > 0;)
		for (size_t i = 0; i < n; i++) {
			struct gb_dist d;
			double total;

			gb_dist_collect(s->r, c[i], "alloc", contexts[k], &d);
			total = d.total;
			gb_dist_free(&d);
			if (total > 0)
				return contexts[k];
		}
	return NULL;
}

/* --- percentiles ---------------------------------------------------------------------------- */

static void curve(struct gb_plot *p, const struct gb_dist *d, size_t series, size_t panel)
{
	double sum = 0, last_x = 0, last_y = 0;

	for (size_t i = 0; i < d->n; i++) {
		double rest, x, y = d->bin[i].hi < 1 ? 1 : d->bin[i].hi;

		sum += d->bin[i].count;
		rest = d->total - sum;
		x = rest > 0 ? d->total / rest : d->total;
		x = x > MAX_INVERSE ? MAX_INVERSE : x;
		if (d->max > 0 && y > d->max)
			y = d->max < 1 ? 1 : d->max;
		if (x < last_x * POINT_STEP && y < last_y * 1.5 && i + 1 < d->n)
			continue;
		gb_text_printf(&p->data, "%zu,%zu,", series, panel);
		gb_plot_value(p, x, 1);
		gb_plot_value(p, y, 0);
		last_x = x;
		last_y = y;
		if (x >= MAX_INVERSE)
			break;
	}
}

struct extreme {
	double v;
	const char *who;
};

static void keep(struct extreme *lo, struct extreme *hi, double v, const char *who)
{
	if (!lo->who || v < lo->v)
		*lo = (struct extreme){ v, who };
	if (!hi->who || v > hi->v)
		*hi = (struct extreme){ v, who };
}

static void say_extremes(struct gb_plot *p, const char *context, const struct extreme *lo,
			 const struct extreme *hi)
{
	char a[32], b[32];

	if (!lo->who)
		return;
	gb_human_time(a, sizeof(a), lo->v);
	gb_human_time(b, sizeof(b), hi->v);
	gb_text_printf(&p->caption, "%sIn %s context 99.9 %% of allocations take at most %s with %s",
		       p->caption.len ? " " : "", context, a, lo->who);
	if (strcmp(lo->who, hi->who))
		gb_text_printf(&p->caption, ", %s with %s", b, hi->who);
	gb_text_add(&p->caption, ".");
}

static int percentile_panel(const struct gb_plot_scope *s, struct gb_plot *p,
			    const struct gb_report_cell **c, size_t n, const char *context,
			    size_t panel)
{
	struct extreme lo = { 0 }, hi = { 0 };
	int any = 0;

	for (size_t i = 0; i < n; i++) {
		struct gb_dist d;

		gb_dist_collect(s->r, c[i], "alloc", context, &d);
		if (d.total > 0) {
			curve(p, &d, i + 1, panel);
			any = 1;
			if (!gb_plot_is_null(c[i]))
				keep(&lo, &hi, gb_dist_quantile(&d, 0.999), c[i]->backend);
		}
		gb_dist_free(&d);
	}
	if (any) {
		gb_plot_element_text(p, "Panel", panel, context);
		say_extremes(p, context, &lo, &hi);
	}
	return any;
}

int gb_plot_percentiles(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_report_cell *c[GB_MAX_SERIES];
	size_t n = gb_plot_cells(s, c), panels = 0;

	if (!n)
		return 0;
	gb_plot_array(p, "Panel", GB_ARRAY_SIZE(contexts));
	gb_text_add(&p->data, "series,panel,inverse,ns\n");
	for (size_t k = 0; k < GB_ARRAY_SIZE(contexts); k++)
		panels += (size_t)percentile_panel(s, p, c, n, contexts[k], panels + 1);
	if (!panels)
		return 0;
	for (size_t i = 0; i < n; i++)
		gb_plot_series(p, c[i]->backend, gb_plot_style(s, c[i]));
	gb_plot_set_number(p, "panels", (double)panels);
	gb_plot_heading(s, c[0], &p->title);
	p->height = 400;
	return 1;
}

/* --- histograms ------------------------------------------------------------------------------ */

static void step(struct gb_plot *p, size_t series, double bin, double count)
{
	gb_text_printf(&p->data, "%zu,", series);
	gb_plot_value(p, exp2(bin / OCTAVE_BINS), 1);
	gb_plot_value(p, exp2((bin + 1) / OCTAVE_BINS), 1);
	gb_plot_value(p, count, 0);
}

/* Bins from the first to the last; a gap, and the end, is one empty bin. */
static void steps(struct gb_plot *p, const struct gb_dist *d, size_t series)
{
	double count = 0, at = -1;

	for (size_t i = 0; i <= d->n; i++) {
		double b = -1, mid = i < d->n ? (d->bin[i].lo + d->bin[i].hi) / 2 : 0;

		if (i < d->n)
			b = floor(log2(mid < 1 ? 1 : mid) * OCTAVE_BINS);
		if (b != at && at >= 0) { /* NOLINT: both are whole numbers */
			step(p, series, at, count);
			if (b > at + 1 || b < 0)
				step(p, series, at + 1, 0);
			count = 0;
		}
		at = b;
		count += i < d->n ? d->bin[i].count : 0;
	}
}

static double largest(const struct gb_dist *d)
{
	return d->max > 0 ? d->max : d->n ? d->bin[d->n - 1].hi : NAN;
}

static void say_worst(struct gb_plot *p, const char *what, const struct extreme *lo,
		      const struct extreme *hi, double count)
{
	char a[32], b[32];

	if (!lo->who)
		return;
	gb_human_time(a, sizeof(a), hi->v);
	gb_human_time(b, sizeof(b), lo->v);
	gb_text_printf(&p->caption, "The worst %s took %s with %s", what, a, hi->who);
	if (strcmp(lo->who, hi->who))
		gb_text_printf(&p->caption, "; %s kept all within %s", lo->who, b);
	gb_text_printf(&p->caption, " (%.0f measured).", count);
}

/* One series for each cell with values of @op in @context. */
static int histogram(const struct gb_plot_scope *s, struct gb_plot *p,
		     const struct gb_report_cell **c, size_t n, const char *op,
		     const char *context, const char *what)
{
	struct extreme lo = { 0 }, hi = { 0 };
	double count = 0;

	gb_text_add(&p->data, "series,ns,ns_end,count\n");
	gb_plot_array(p, "Max", GB_MAX_SERIES);
	gb_plot_array(p, "MaxText", GB_MAX_SERIES);
	for (size_t i = 0; i < n; i++) {
		struct gb_dist d;
		char text[64], time[32];
		size_t k;

		gb_dist_collect(s->r, c[i], op, context, &d);
		if (d.total > 0) {
			k = gb_plot_series(p, c[i]->backend, gb_plot_style(s, c[i]));
			steps(p, &d, k);
			gb_human_time(time, sizeof(time), largest(&d));
			snprintf(text, sizeof(text), "%.30s %s", c[i]->backend, time);
			gb_plot_element(p, "Max", k, largest(&d) < 1 ? 1 : largest(&d));
			gb_plot_element_text(p, "MaxText", k, text);
			count += d.total;
			if (!gb_plot_is_null(c[i]))
				keep(&lo, &hi, largest(&d), c[i]->backend);
		}
		gb_dist_free(&d);
	}
	say_worst(p, what, &lo, &hi, count);
	p->height = 330 + 17 * (unsigned int)p->series;
	return p->series > 0;
}

int gb_plot_histogram(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_report_cell *c[GB_MAX_SERIES];
	size_t n = gb_plot_cells(s, c);
	const char *context = n ? hardest(s, c, n) : NULL;
	char what[64];

	if (!context)
		return 0;
	gb_plot_heading(s, c[0], &p->title);
	gb_text_printf(&p->title, ": allocations in %s context", context);
	gb_plot_set_text(p, "xtitle", "time of one allocation");
	snprintf(what, sizeof(what), "allocation in %s context", context);
	return histogram(s, p, c, n, "alloc", context, what);
}

/* Rows with more CPUs than cores are never drawn beside clean ones. */
int gb_plot_entry(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_report_cell *c[GB_MAX_SERIES], *clean[GB_MAX_SERIES];
	size_t n = gb_plot_cells(s, c), k = 0;

	for (size_t i = 0; i < n; i++)
		if (!c[i]->oversubscribed)
			clean[k++] = c[i];
	if (!n || !histogram(s, p, k ? clean : c, k ? k : n, "irq_entry", "",
			     "wait of an interrupt"))
		return 0;
	gb_plot_heading(s, c[0], &p->title);
	gb_text_add(&p->title, ": from the intended time of an interrupt to its entry");
	gb_plot_set_text(p, "xtitle", "wait of an interrupt");
	if (!k)
		gb_text_add(&p->caption, " The machine was oversubscribed: these waits are "
					 "shown, never judged.");
	else if (k < n)
		gb_text_printf(&p->caption, " %zu oversubscribed backend%s left out.", n - k,
			       n - k > 1 ? "s are" : " is");
	return 1;
}
