/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "plot_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/csv.h"
#include "base/statistics.h"
#include "base/text.h"

#include "cell.h"

#define MAX_POINTS 6

/* One line or bar: a backend (and context) in a panel. */
struct series {
	char panel[200], backend[128], context[16];
	size_t n;                    /* samples */
	double *v[MAX_POINTS];
};

struct plot {
	struct series *series;
	size_t n;
};

static const char *get(const struct gb_csv_table *t, size_t row, const char *name)
{
	return gb_csv_get(t, row, gb_csv_column(t, name));
}

static struct series *find(struct plot *p, const char *panel, const char *backend,
			   const char *context)
{
	struct series *s;

	for (size_t i = 0; i < p->n; i++) {
		s = &p->series[i];
		if (!strcmp(s->panel, panel) && !strcmp(s->backend, backend) &&
		    !strcmp(s->context, context))
			return s;
	}
	p->series = realloc(p->series, (p->n + 1) * sizeof(*p->series));
	GB_BUG_ON(!p->series);
	s = &p->series[p->n++];
	memset(s, 0, sizeof(*s));
	snprintf(s->panel, sizeof(s->panel), "%s", panel);
	snprintf(s->backend, sizeof(s->backend), "%s", backend);
	snprintf(s->context, sizeof(s->context), "%s", context);
	return s;
}

static void add_point(struct series *s, const double *v, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		s->v[k] = realloc(s->v[k], (s->n + 1) * sizeof(double));
		GB_BUG_ON(!s->v[k]);
		s->v[k][s->n] = v[k];
	}
	s->n++;
}

static void panel_name(const struct gb_csv_table *t, size_t row, char *buf, size_t n)
{
	char params[80];

	gb_params_short(get(t, row, "workload"), get(t, row, "params"), params, sizeof(params));
	snprintf(buf, n, "%.40s%s%s, %.8s threads", get(t, row, "workload"), params[0] ? " " : "",
		 params, get(t, row, "threads"));
}

static void add_latency(struct plot *p, const struct gb_csv_table *t, size_t row)
{
	static const char *const columns[] = { "p50_ns", "p90_ns", "p99_ns", "p999_ns",
					       "p9999_ns", "max_ns" };
	const char *gfp = get(t, row, "gfp");
	double v[MAX_POINTS];
	char panel[200];

	/* One class a context: the mask that this context uses as a rule. */
	if (strcmp(get(t, row, "op"), "alloc") ||
	    (strcmp(gfp, "GFP_KERNEL") && strcmp(gfp, "GFP_ATOMIC")))
		return;
	if (!strcmp(get(t, row, "context"), "process") != !strcmp(gfp, "GFP_KERNEL"))
		return;
	for (int k = 0; k < MAX_POINTS; k++) {
		v[k] = gb_csv_get_double(t, row, gb_csv_column(t, columns[k]));
		v[k] = v[k] < 1 ? 1 : v[k]; /* a logarithmic axis has no 0 */
	}
	panel_name(t, row, panel, sizeof(panel));
	add_point(find(p, panel, get(t, row, "backend"), get(t, row, "context")), v, MAX_POINTS);
}

static void add_throughput(struct plot *p, const struct gb_csv_table *t, size_t row)
{
	double v = gb_csv_get_double(t, row, gb_csv_column(t, "ops_per_s")) * 1e-6;
	char panel[200];

	if (strcmp(get(t, row, "status"), "ok") || isnan(v))
		return;
	panel_name(t, row, panel, sizeof(panel));
	add_point(find(p, panel, get(t, row, "backend"), ""), &v, 1);
}

/* --- writing --------------------------------------------------------------------------- */

static int context_rank(const char *c)
{
	return !strcmp(c, "process") ? 0 : !strcmp(c, "softirq") ? 1 : 2;
}

static int by_panel(const void *a, const void *b)
{
	const struct series *x = a, *y = b;
	int d = strcmp(x->panel, y->panel);

	d = d ? d : strcmp(x->backend, y->backend);
	return d ? d : context_rank(x->context) - context_rank(y->context);
}

/* Okabe and Ito's palette: told apart by colour-blind eyes too. */
static const char *const palette[] = {
	"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933",
};

static size_t backend_rank(const struct plot *p, const char *backend)
{
	size_t rank = 0;

	/* by name, so that a backend has one colour in all panels */
	for (size_t i = 0; i < p->n; i++) {
		int first = 1;

		if (strcmp(p->series[i].backend, backend) >= 0)
			continue;
		for (size_t k = 0; k < i; k++)
			first &= strcmp(p->series[k].backend, p->series[i].backend) != 0;
		rank += (size_t)first;
	}
	return rank;
}

static void quoted(struct gb_text *t, const char *s)
{
	gb_text_add(t, "\"");
	for (; *s; s++)
		gb_text_addn(t, *s == '"' || *s == '\\' ? "'" : s, 1);
	gb_text_add(t, "\"");
}

static void panel_arrays(struct gb_text *t, const struct plot *p)
{
	struct gb_text title = { 0 }, first = { 0 }, count = { 0 };
	size_t panels = 0, start = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (i + 1 < p->n && !strcmp(p->series[i].panel, p->series[i + 1].panel))
			continue;
		gb_text_add(&title, panels ? ", " : "");
		quoted(&title, p->series[i].panel);
		gb_text_printf(&first, "%s%zu", panels ? ", " : "", start + 1);
		gb_text_printf(&count, "%s%zu", panels ? ", " : "", i + 1 - start);
		start = i + 1;
		panels++;
	}
	gb_text_printf(t, "panels = %zu\narray Title[panels] = [%s]\n", panels, title.data);
	gb_text_printf(t, "array First[panels] = [%s]\narray Count[panels] = [%s]\n", first.data,
		       count.data);
	gb_text_free(&title);
	gb_text_free(&first);
	gb_text_free(&count);
}

static void series_arrays(struct gb_text *t, const struct plot *p)
{
	static const int point[] = { 7, 5, 9 };

	for (size_t i = 0; i < p->n; i++) {
		const struct series *s = &p->series[i];
		char name[160];

		snprintf(name, sizeof(name), "%s%s%s", s->backend, s->context[0] ? " " : "",
			 s->context);
		if (i == 0)
			gb_text_printf(t, "array Name[%zu]\narray Color[%zu]\narray Dash[%zu]\n"
				       "array Point[%zu]\n", p->n, p->n, p->n, p->n);
		gb_text_printf(t, "Name[%zu] = ", i + 1);
		quoted(t, name);
		gb_text_printf(t, "; Color[%zu] = \"%s\"; Dash[%zu] = %d; Point[%zu] = %d\n", i + 1,
			       palette[backend_rank(p, s->backend) % GB_ARRAY_SIZE(palette)], i + 1,
			       context_rank(s->context) + 1, i + 1,
			       point[context_rank(s->context)]);
	}
}

static void latency_block(struct gb_text *t, const struct series *s)
{
	gb_text_printf(t, "# %s: %s %s\n# position ns\n", s->panel, s->backend, s->context);
	for (int k = 0; k < MAX_POINTS; k++)
		gb_text_printf(t, "%d %.6g\n", k + 1, gb_median(s->v[k], s->n));
	gb_text_add(t, "\n\n");
}

static void throughput_block(struct gb_text *t, const struct series *s)
{
	gb_text_printf(t, "# %s: %s\n# median min max\n%.6g %.6g %.6g\n\n\n", s->panel, s->backend,
		       gb_median(s->v[0], s->n), gb_quantile(s->v[0], s->n, 0),
		       gb_quantile(s->v[0], s->n, 1));
}

static int save(struct gb_text *t, const char *dir, const char *name, const char *end,
		struct gb_error *e)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, end);
	(void)!gb_text_save(t, path, e);
	gb_text_free(t);
	return -e->code;
}

static int write_plot(struct plot *p, const char *dir, const char *name,
		      void (*block)(struct gb_text *t, const struct series *s),
		      struct gb_error *e)
{
	struct gb_text data = { 0 }, vars = { 0 };

	if (!p->n)
		return gb_fail(e, GB_EXIT_HARNESS, "look at its samples.csv for the reasons",
			       "the run has no finished sample to draw");
	qsort(p->series, p->n, sizeof(*p->series), by_panel);
	for (size_t i = 0; i < p->n; i++)
		block(&data, &p->series[i]);
	panel_arrays(&vars, p);
	series_arrays(&vars, p);
	if (save(&data, dir, name, ".dat", e)) {
		gb_text_free(&vars);
		return -e->code;
	}
	return save(&vars, dir, name, ".vars.gp", e);
}

static void free_plot(struct plot *p)
{
	for (size_t i = 0; i < p->n; i++)
		for (int k = 0; k < MAX_POINTS; k++)
			free(p->series[i].v[k]);
	free(p->series);
}

static int one_plot(const char *run, const char *csv, const char *out, const char *name,
		    void (*add)(struct plot *p, const struct gb_csv_table *t, size_t row),
		    void (*block)(struct gb_text *t, const struct series *s), struct gb_error *e)
{
	struct gb_csv_table t;
	struct plot p = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", run, csv);
	if (gb_csv_read(path, &t, e))
		return -e->code;
	for (size_t i = 0; i < t.rows; i++)
		add(&p, &t, i);
	(void)!write_plot(&p, out, name, block, e);
	free_plot(&p);
	gb_csv_free(&t);
	return -e->code;
}

int gb_plot_data_write(const char *run, const char *out, struct gb_error *e)
{
	if (one_plot(run, "latency.csv", out, "latency", add_latency, latency_block, e))
		return -e->code;
	return one_plot(run, "samples.csv", out, "throughput", add_throughput, throughput_block, e);
}
