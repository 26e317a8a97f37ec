/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Throughput: of each backend, against threads, and from run to run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/statistics.h"

#include "core/report/plot.h"

#define MOPS 1e-6
#define ROW_HEIGHT 34

static double relative_spread(const struct gb_report *r, const struct gb_report_cell *c)
{
	size_t n;
	double *v = gb_report_values(r, c, GB_METRIC_RATE, &n), spread = NAN;

	if (n > 1)
		spread = (gb_quantile(v, n, 1) - gb_quantile(v, n, 0)) / gb_median(v, n);
	free(v);
	return spread;
}

/* --- one number of threads ------------------------------------------------ */

static void throughput_rows(const struct gb_plot_scope *s, struct gb_plot *p,
			    const struct gb_report_cell *c, size_t series)
{
	size_t n;
	double *v = gb_report_values(s->r, c, GB_METRIC_RATE, &n);
	struct gb_interval i = gb_median_interval(v, n, 0.95);

	for (size_t k = 0; k < n; k++) {
		gb_text_printf(&p->data, "%zu,run,", series);
		gb_plot_value(p, v[k] * MOPS, 1);
		gb_text_add(&p->data, ",\n");
	}
	gb_text_printf(&p->data, "%zu,median,", series);
	gb_plot_value(p, gb_median(v, n) * MOPS, 1);
	gb_plot_value(p, (n > 1 ? i.lo : v[0]) * MOPS, 1);
	gb_plot_value(p, (n > 1 ? i.hi : v[0]) * MOPS, 0);
	free(v);
}

static void say_fastest(const struct gb_plot_scope *s, struct gb_plot *p,
			const struct gb_report_cell **c, size_t n)
{
	const struct gb_report_cell *best = NULL, *second = NULL;

	for (size_t i = 0; i < n; i++) {
		double v = gb_report_median(s->r, c[i], GB_METRIC_RATE);

		if (gb_plot_is_null(c[i]) || isnan(v))
			continue;
		if (!best || v > gb_report_median(s->r, best, GB_METRIC_RATE)) {
			second = best;
			best = c[i];
		} else if (!second ||
			   v > gb_report_median(s->r, second, GB_METRIC_RATE)) {
			second = c[i];
		}
	}
	if (!best)
		return;
	gb_text_printf(&p->caption, "%s does most: %.3g million operations a second",
		       best->backend,
		       gb_report_median(s->r, best, GB_METRIC_RATE) * MOPS);
	if (second)
		gb_text_printf(&p->caption, ", %.3g times as many as %s (%.3g)",
			       gb_report_median(s->r, best, GB_METRIC_RATE) /
				       gb_report_median(s->r, second, GB_METRIC_RATE),
			       second->backend,
			       gb_report_median(s->r, second, GB_METRIC_RATE) * MOPS);
	gb_text_add(&p->caption, ".");
}

int gb_plot_throughput(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_report_cell *c[GB_MAX_SERIES];
	size_t n = gb_plot_cells(s, c);

	gb_text_add(&p->data, "series,what,mops,lo,hi\n");
	for (size_t i = 0; i < n; i++)
		if (!isnan(gb_report_median(s->r, c[i], GB_METRIC_RATE)))
			throughput_rows(
				s, p, c[i],
				gb_plot_series(p, c[i]->backend, gb_plot_style(s, c[i])));
	if (!p->series)
		return 0;
	gb_plot_heading(s, c[0], &p->title);
	say_fastest(s, p, c, n);
	p->height = 110 + ROW_HEIGHT * (unsigned int)p->series;
	return 1;
}

/* --- against threads ------------------------------------------------------ */

struct scaling {
	const struct gb_report_cell *few, *most;
};

static void thread_rows(const struct gb_plot_scope *s, struct gb_plot *p,
			const char *backend, struct scaling *x)
{
	size_t series = 0;

	for (size_t i = s->first; i < s->end; i++) {
		const struct gb_report_cell *c = &s->r->cell[i];
		size_t n;
		double *v;

		if (c->run != s->run || strcmp(c->backend, backend))
			continue;
		v = gb_report_values(s->r, c, GB_METRIC_RATE, &n);
		if (n) {
			if (!series)
				series = gb_plot_series(p, backend, gb_plot_style(s, c));
			gb_text_printf(&p->data, "%zu,%g,", series, c->cpus);
			gb_plot_value(p, gb_median(v, n) * MOPS, 1);
			gb_plot_value(p, gb_quantile(v, n, 0) * MOPS, 1);
			gb_plot_value(p, gb_quantile(v, n, 1) * MOPS, 0);
			x->few = x->few ? x->few : c;
			x->most = c;
		}
		free(v);
	}
}

static void say_scaling(const struct gb_plot_scope *s, struct gb_plot *p,
			const struct scaling *x)
{
	double times = x->most->cpus / x->few->cpus;
	double gain = gb_report_median(s->r, x->most, GB_METRIC_RATE) /
		      gb_report_median(s->r, x->few, GB_METRIC_RATE);

	gb_text_printf(&p->caption,
		       "%s%s does %.2f times the work with %.3g times the threads",
		       p->caption.len ? "; " : "", x->most->backend, gain, times);
}

static int thread_counts(const struct gb_plot_scope *s)
{
	double first = 0;

	for (size_t i = s->first; i < s->end; i++) {
		const struct gb_report_cell *c = &s->r->cell[i];

		if (c->run != s->run || !c->ok)
			continue;
		if (first > 0 && c->cpus > first)
			return 1;
		first = c->cpus;
	}
	return 0;
}

int gb_plot_threads(const struct gb_plot_scope *s, struct gb_plot *p)
{
	double cores = gb_json_number(s->r->run[s->run].manifest, "machine.cpus_usable");

	if (!thread_counts(s))
		return 0;
	gb_text_add(&p->data, "series,threads,mops,lo,hi\n");
	for (size_t b = 0; b < s->r->backends && p->series < GB_MAX_SERIES; b++) {
		struct scaling x = { 0 };

		thread_rows(s, p, s->r->backend[b], &x);
		if (x.few && x.most != x.few && !gb_plot_is_null(x.few))
			say_scaling(s, p, &x);
	}
	gb_text_add(&p->caption, p->caption.len ? "." : "");
	gb_plot_set_number(p, "cores", cores);
	gb_text_printf(&p->title, "%s", s->workload);
	gb_plot_which_run(s, &p->title);
	return p->series > 0;
}

/* --- from run to run ------------------------------------------------------ */

/* Place of a sample in time: its row, since rows are appended as samples end. */
static size_t spread_rows(const struct gb_plot_scope *s, struct gb_plot *p,
			  const struct gb_report_cell *c, size_t series)
{
	double median = gb_report_median(s->r, c, GB_METRIC_RATE);
	size_t rows = 0;

	for (size_t i = c->first; i < c->first + c->n; i++) {
		const struct gb_report_sample *x = &s->r->sample[i];

		if (!x->ok || isnan(x->v[GB_METRIC_RATE]))
			continue;
		gb_text_printf(&p->data, "%zu,%s,%zu,", series, x->block, x->row + 1);
		gb_plot_value(p, (x->v[GB_METRIC_RATE] / median - 1) * 100, 0);
		rows++;
	}
	return rows;
}

int gb_plot_spread(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_report_cell *c[GB_MAX_SERIES], *worst = NULL;
	size_t n = gb_plot_cells(s, c);

	gb_text_add(&p->data, "series,block,order,percent\n");
	for (size_t i = 0; i < n; i++) {
		size_t series, rows;

		if (isnan(gb_report_median(s->r, c[i], GB_METRIC_RATE)))
			continue;
		series = gb_plot_series(p, c[i]->backend, gb_plot_style(s, c[i]));
		rows = spread_rows(s, p, c[i], series);
		if (rows < 2)
			continue;
		if (!worst || relative_spread(s->r, c[i]) > relative_spread(s->r, worst))
			worst = c[i];
	}
	if (!worst) /* one run each has no spread */
		return 0;
	gb_plot_heading(s, c[0], &p->title);
	gb_text_printf(&p->caption,
		       "The widest spread is %s's: its %zu runs lie %.0f %% apart, "
		       "slowest to fastest.",
		       worst->backend, worst->ok, 100 * relative_spread(s->r, worst));
	p->height = 300;
	return 1;
}
