/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The summary table, comparisons, and the section of a workload. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/statistics.h"

#include "workload.h"

#include "core/cell.h"
#include "core/report/page.h"
#include "core/report/ratio.h"

#define MAX_ROWS 400

/* --- summary ------------------------------------------------------------------------------------- */

static void cell_note(const struct gb_report *r, const struct gb_report_cell *c, char *buf,
		      size_t n)
{
	const char *status = "";
	double failures = 0;

	for (size_t i = c->first; i < c->first + c->n; i++) {
		failures += r->sample[i].failures;
		if (!r->sample[i].ok)
			status = r->sample[i].status;
	}
	n -= (size_t)snprintf(buf, n, "%s%s", strcmp(c->irq_mode, "guarded") ? "" : "guarded ",
			      c->oversubscribed ? "oversubscribed " : "");
	buf += strlen(buf);
	if (failures > 0)
		buf += snprintf(buf, n, "%.0f failed allocations ", failures);
	if (c->ok < c->n)
		snprintf(buf, n > 60 ? 60 : n, "%s %zu of %zu", status, c->n - c->ok, c->n);
}

static const enum gb_metric shown[] = {
	GB_METRIC_RATE, GB_METRIC_P50, GB_METRIC_P99, GB_METRIC_P999, GB_METRIC_IRQ_P99,
	GB_METRIC_ENTRY_P99, GB_METRIC_HELD,
};
#define SAMPLE_FIGURES "|>Mop/s|>p50 ns|>p99 ns|>p99.9 ns|>irq p99 ns|>entry p99 us|>held MiB"
#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))
#define FIGURES "|>thr|>Mop/s|>p50 ns|>p99 ns|>p99.9 ns|>irq p99 ns|>entry p99 us|>held MiB"

/* Where there are several runs, a row says whose it is. */
static int several(const struct gb_page *g)
{
	return g->r->runs > 1;
}

static void run_cell(struct gb_page *g, size_t run)
{
	char text[24];

	if (!several(g))
		return;
	snprintf(text, sizeof(text), "%zu", run + 1);
	gb_page_number(g, text);
}

/* Median, and below it the interval. */
static void figure(struct gb_page *g, const struct gb_report_cell *c, enum gb_metric m)
{
	char text[128], *interval;

	gb_page_figure(g->r, c, m, text, sizeof(text));
	interval = strchr(text, ' ');
	if (interval)
		*interval++ = '\0';
	gb_text_add(g->t, "<td class=\"n\">");
	gb_page_text(g, text);
	if (interval) {
		gb_text_add(g->t, " <small>");
		gb_page_text(g, interval);
		gb_text_add(g->t, "</small>");
	}
	gb_text_add(g->t, "</td>");
}

static void figures(struct gb_page *g, const struct gb_report_cell *c)
{
	char text[96];

	gb_page_number(g, c->threads);
	for (size_t m = 0; m < NR_SHOWN; m++)
		figure(g, c, shown[m]);
	cell_note(g->r, c, text, sizeof(text));
	gb_page_cell(g, text);
}

/* A row over the rows of one workload and its parameters. */
static void group_row(struct gb_page *g, const struct gb_report_cell *c)
{
	char params[60];

	gb_params_short(c->workload, c->params, params, sizeof(params));
	gb_text_printf(g->t, "<tr class=\"group\"><th colspan=\"%zu\" scope=\"rowgroup\"><a href=\"",
		       NR_SHOWN + 3 + (size_t)several(g));
	gb_page_id(g, "#w-", c->workload);
	gb_text_add(g->t, "\">");
	gb_page_text(g, c->workload);
	gb_text_add(g->t, "</a> <span class=\"muted\">");
	gb_page_text(g, params);
	gb_text_add(g->t, "</span></th></tr>\n");
}

void gb_page_summary(struct gb_page *g)
{
	const struct gb_report_cell *last = NULL;
	size_t rows = 0;

	gb_text_add(g->t, "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n");
	if (!g->r->cells) {
		gb_text_add(g->t, "<p>No cell was measured.</p>\n</section>\n");
		return;
	}
	gb_page_head(g, "Median of the runs of each cell, and the interval of the median from "
		     "order statistics: 95 % from six runs on, with fewer the smallest to the "
		     "largest. Latencies are of allocations in process context unless they say "
		     "irq.", several(g) ? "backend|>run" FIGURES "|note" :
		     "backend" FIGURES "|note");
	for (size_t i = 0; i < g->r->cells && rows < MAX_ROWS; i++) {
		const struct gb_report_cell *c = &g->r->cell[i];

		if (!last || !gb_report_same(last, c, 0)) {
			gb_text_add(g->t, last ? "</tbody>\n<tbody>\n" : "");
			group_row(g, c);
			last = c;
		}
		gb_text_add(g->t, "<tr>");
		gb_page_row_head(g, c->backend);
		run_cell(g, c->run);
		figures(g, c);
		gb_text_add(g->t, "</tr>\n");
		rows++;
	}
	gb_text_add(g->t, "</tbody></table></div>\n");
	if (rows == MAX_ROWS)
		gb_text_printf(g->t, "<p>The first %d cells are shown; samples.csv has all.</p>\n",
			       MAX_ROWS);
	gb_text_add(g->t, "</section>\n");
}

/* --- a workload --------------------------------------------------------------------------------------- */

static void describe(struct gb_page *g, const char *name)
{
	struct gb_error e = GB_ERROR_INIT;
	const struct gb_workload *w = gb_workload_find(name, &e);

	if (!w) {
		gb_text_add(g->t, "<p class=\"muted\">This gfpbench does not know the workload."
			    "</p>\n");
		return;
	}
	gb_text_add(g->t, "<p>");
	gb_page_text(g, w->imitates ? w->imitates : w->summary);
	gb_text_add(g->t, "</p>\n<dl>\n<dt>Strains</dt><dd>");
	gb_page_text(g, w->strains ? w->strains : "");
	gb_text_add(g->t, "</dd>\n<dt>A good score means</dt><dd>");
	gb_page_text(g, w->good_score ? w->good_score : "");
	gb_text_add(g->t, "</dd>\n</dl>\n");
}

/* The numbers behind the plots: every good and bad sample of the workload. */
static void sample_rows(struct gb_page *g, const char *workload)
{
	size_t rows = 0;

	for (size_t i = 0; i < g->r->samples && rows < MAX_ROWS; i++) {
		const struct gb_report_sample *s = &g->r->sample[i];
		const struct gb_report_cell *c = &g->r->cell[s->cell];

		if (strcmp(c->workload, workload))
			continue;
		gb_text_add(g->t, "<tr>");
		gb_page_row_head(g, gb_report_get(g->r, s, "sample_id"));
		run_cell(g, s->run);
		gb_page_cell(g, c->backend);
		gb_page_number(g, c->threads);
		gb_page_cell(g, s->status);
		for (size_t m = 0; m < NR_SHOWN; m++) {
			double v = s->v[shown[m]] * gb_metric_info[shown[m]].scale;
			char text[32] = "";

			if (!isnan(v))
				snprintf(text, sizeof(text), "%.5g", v);
			gb_page_number(g, text);
		}
		gb_text_add(g->t, "</tr>\n");
		rows++;
	}
	if (rows == MAX_ROWS)
		gb_text_printf(g->t, "<tr><td colspan=\"12\">The first %d; samples.csv has all."
			       "</td></tr>\n", MAX_ROWS);
}

static void ratios(struct gb_page *g, const char *workload)
{
	struct gb_ratios x = { 0 };
	size_t rows = 0;

	gb_ratios_backends(g->r, g->run, GB_METRIC_RATE, &x);
	gb_ratios_backends(g->r, g->run, GB_METRIC_P99, &x);
	gb_ratios_backends(g->r, g->run, GB_METRIC_HELD, &x);
	for (size_t i = 0; i < x.n; i++) {
		char ratio[32], interval[64], text[40];

		if (strcmp(x.v[i].b->workload, workload))
			continue;
		if (!rows++)
			gb_page_head(g, "Ratio to the anchor in the same block (interval: 95 % from "
				     "six runs on)", "backend|>thr|of|>ratio|interval|>runs|verdict");
		snprintf(ratio, sizeof(ratio), "%.3g", x.v[i].ratio);
		snprintf(text, sizeof(text), "%zu", x.v[i].n);
		gb_text_add(g->t, "<tr>");
		gb_page_row_head(g, x.v[i].b->backend);
		gb_page_number(g, x.v[i].b->threads);
		gb_page_cell(g, gb_metric_info[x.v[i].metric].words);
		gb_page_number(g, ratio);
		gb_page_cell(g, gb_ratio_interval(&x.v[i], interval, sizeof(interval)));
		gb_page_number(g, text);
		gb_page_cell(g, gb_ratio_word[x.v[i].verdict]);
		gb_text_add(g->t, "</tr>\n");
	}
	gb_text_add(g->t, rows ? "</tbody></table></div>\n" : "");
	gb_ratios_free(&x);
}

/* --- figures that the workload reports itself, but for curves, which are drawn ---------------- */

struct figure {
	const struct gb_report_cell *cell;
	const char *series, *metric;
	double v;
};

static int by_figure(const void *a, const void *b)
{
	const struct figure *x = a, *y = b;
	int d = strcmp(x->metric, y->metric);

	d = d ? d : strcmp(x->series, y->series);
	return d ? d : (x->cell > y->cell) - (x->cell < y->cell);
}

static size_t all_figures(const struct gb_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->runs; i++)
		n += r->run[i].table[GB_REPORT_FIGURES].rows;
	return n;
}

/* Of one sample, behind the @n that are there. */
static size_t sample_figures(const struct gb_report *r, const struct gb_report_sample *s,
			     struct figure *out, size_t n)
{
	const struct gb_csv_table *t = &r->run[s->run].table[GB_REPORT_FIGURES];
	const size_t *next = r->run[s->run].next[GB_REPORT_FIGURES];
	int x = gb_csv_column(t, "x"), series = gb_csv_column(t, "series");
	int metric = gb_csv_column(t, "metric"), value = gb_csv_column(t, "value");

	for (size_t k = s->first[GB_REPORT_FIGURES]; k != GB_NO_ROW; k = next[k])
		if (isnan(gb_csv_get_double(t, k, x)))
			out[n++] = (struct figure){ &r->cell[s->cell], gb_csv_get(t, k, series),
						    gb_csv_get(t, k, metric),
						    gb_csv_get_double(t, k, value) };
	return n;
}

static size_t collect_figures(struct gb_page *g, const char *workload, struct figure **out)
{
	size_t n = 0;

	*out = calloc(all_figures(g->r) + 1, sizeof(**out));
	GB_BUG_ON(!*out);
	for (size_t i = 0; i < g->r->samples; i++) {
		const struct gb_report_sample *s = &g->r->sample[i];

		if (s->ok && !strcmp(g->r->cell[s->cell].workload, workload))
			n = sample_figures(g->r, s, *out, n);
	}
	if (n)
		qsort(*out, n, sizeof(**out), by_figure);
	return n;
}

static void figure_row(struct gb_page *g, const struct figure *f, size_t n)
{
	double *v = calloc(n, sizeof(*v));
	char text[40];

	GB_BUG_ON(!v);
	for (size_t i = 0; i < n; i++)
		v[i] = f[i].v;
	gb_text_add(g->t, "<tr>");
	gb_page_row_head(g, f->metric);
	gb_page_cell(g, f->series);
	gb_page_cell(g, f->cell->backend);
	run_cell(g, f->cell->run);
	gb_page_number(g, f->cell->threads);
	snprintf(text, sizeof(text), "%.6g", gb_median(v, n));
	gb_page_number(g, text);
	gb_text_add(g->t, "</tr>\n");
	free(v);
}

static void own_figures(struct gb_page *g, const char *workload)
{
	struct figure *f;
	size_t all = collect_figures(g, workload, &f), rows = 0;

	if (all)
		gb_page_head(g, "What the workload itself found (medians; figures.csv)",
			     several(g) ? "figure|of|backend|>run|>thr|>value" :
					  "figure|of|backend|>thr|>value");
	for (size_t i = 0, n; i < all && rows < MAX_ROWS; i += n, rows++) {
		for (n = 1; i + n < all && !by_figure(&f[i], &f[i + n]); n++)
			;
		figure_row(g, &f[i], n);
	}
	gb_text_add(g->t, all ? "</tbody></table></div>\n" : "");
	free(f);
}

/* Overlaid, runs of many backends could not be told apart: the last stands for itself. */
static void which_run(struct gb_page *g)
{
	if (!several(g))
		return;
	gb_text_add(g->t, "<p>What changed between the runs comes first, and from three runs on "
		    "their history last. The plots between show ");
	gb_text_printf(g->t, "run %zu (", g->run + 1);
	gb_page_text(g, g->r->run[g->run].id);
	gb_text_add(g->t, "), the last; the tables hold every run.</p>\n");
}

void gb_page_workload(struct gb_page *g, const char *workload)
{
	gb_text_add(g->t, "<section aria-labelledby=\"");
	gb_page_id(g, "w-", workload);
	gb_text_add(g->t, "\">\n<h2 id=\"");
	gb_page_id(g, "w-", workload);
	gb_text_add(g->t, "\">");
	gb_page_text(g, workload);
	gb_text_add(g->t, "</h2>\n");
	describe(g, workload);
	which_run(g);
	for (size_t i = 0; i < g->plots->n; i++)
		if (g->plots->v[i].workload && !strcmp(g->plots->v[i].workload, workload))
			gb_page_plot(g, &g->plots->v[i]);
	gb_text_add(g->t, "<details><summary>Numbers of ");
	gb_page_text(g, workload);
	gb_text_add(g->t, "</summary>\n");
	ratios(g, workload);
	own_figures(g, workload);
	gb_page_head(g, several(g) ? "Every sample of every run" : "Every sample",
		     several(g) ? "sample|>run|backend|>thr|status" SAMPLE_FIGURES :
				  "sample|backend|>thr|status" SAMPLE_FIGURES);
	sample_rows(g, workload);
	gb_text_add(g->t, "</tbody></table></div>\n</details>\n</section>\n");
}
