/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * gfpbench compare: with one run, its backends against the anchor; with several, every
 * later run against the first.  Never a verdict for CI (that is the gate): it always
 * exits 0 when it could compare.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"

#include "core/cell.h"
#include "core/report/data.h"
#include "core/report/ratio.h"
#include "core/run_set.h"

#include "cmd.h"
#include "table.h"

static const enum gb_metric shown[] = {
	GB_METRIC_RATE, GB_METRIC_P50, GB_METRIC_P99, GB_METRIC_IRQ_P99, GB_METRIC_HELD,
};

static const char *const human_columns[] = { "backend", "thr", "metric", "from", "to",
					     "ratio", "interval", "n", "verdict" };
static const char *const machine_columns[] = {
	"workload", "params", "threads", "backend", "against_backend", "run_id",
	"against_run_id", "metric", "against_value", "value", "ratio", "ratio_lo", "ratio_hi",
	"coverage", "n", "paired", "verdict",
};

static void number(double v, const char *fmt, char buf[32])
{
	if (isnan(v))
		buf[0] = '\0';
	else
		snprintf(buf, 32, fmt, v); /* NOLINT: fmt is one of ours */
}

/* Three digits in at most six columns: "0.0095", "9.12", "1855", "72.2k", "20.6M". */
static void compact(double v, char buf[32])
{
	double a = fabs(v);

	if (a >= 999500)
		number(v / 1e6, "%.3gM", buf);
	else if (a >= 9999.5)
		number(v / 1e3, "%.3gk", buf);
	else if (a >= 999.5)
		number(v, "%.0f", buf);
	else
		number(v, a < 0.01 ? "%.2g" : "%.3g", buf);
}

/* The table fits 80 columns for names of up to ten characters. */
static void compact_interval(const struct gb_ratio *x, char buf[72])
{
	char lo[32], hi[32];

	compact(x->lo, lo);
	compact(x->hi, hi);
	buf[0] = '\0';
	if (!isnan(x->lo) && !isnan(x->hi))
		snprintf(buf, 72, "[%s-%s]", lo, hi);
}

/* What of a long name fits a column: its end tells more than its start. */
static const char *cut(const char *s, size_t n)
{
	return strlen(s) > n ? s + strlen(s) - n : s;
}

static void human_row(struct gb_table *t, const struct gb_ratio *x)
{
	const struct gb_metric_info *m = &gb_metric_info[x->metric];
	char a[32], b[32], ratio[32], interval[72], n[24];

	compact(x->value_a * m->scale, a);
	compact(x->value_b * m->scale, b);
	compact(x->ratio, ratio);
	compact_interval(x, interval);
	snprintf(n, sizeof(n), "%zu", x->n);
	gb_table_row(t, (const char *[]){ cut(x->b->backend, 10), x->b->threads, m->label, a, b,
					  ratio, interval, n, gb_ratio_word[x->verdict] });
}

static void machine_row(struct gb_table *t, const struct gb_report *r, const struct gb_ratio *x)
{
	char a[32], b[32], ratio[32], lo[32], hi[32], coverage[32], n[24];

	number(x->value_a, "%.9g", a);
	number(x->value_b, "%.9g", b);
	number(x->ratio, "%.6g", ratio);
	number(x->lo, "%.6g", lo);
	number(x->hi, "%.6g", hi);
	number(x->coverage, "%.4g", coverage);
	snprintf(n, sizeof(n), "%zu", x->n);
	gb_table_row(t, (const char *[]){
		x->b->workload, x->b->params, x->b->threads, x->b->backend, x->a->backend,
		r->run[x->b->run].id, r->run[x->a->run].id, gb_metric_info[x->metric].id, a, b,
		ratio, lo, hi, coverage, n, x->paired ? "yes" : "no",
		gb_ratio_word[x->verdict] });
}

static void heading(const struct gb_ratio *x, enum gb_format f, int first)
{
	char params[48];

	gb_params_short(x->b->workload, x->b->params, params, sizeof(params));
	printf("%s%s%.30s%s%s\n", first ? "" : "\n", f == GB_FORMAT_MARKDOWN ? "### " : "",
	       x->b->workload, params[0] ? "  " : "", params);
	if (f == GB_FORMAT_MARKDOWN)
		putchar('\n');
}

/* Ratios of one workload and parameters: [first, end). */
static void print_group(const struct gb_ratio *v, size_t first, size_t end, enum gb_format f)
{
	struct gb_table t;

	heading(&v[first], f, first == 0);
	gb_table_init(&t, human_columns, GB_ARRAY_SIZE(human_columns), "lrlrrrlrl");
	for (size_t i = first; i < end; i++)
		human_row(&t, &v[i]);
	gb_table_print(&t, f);
	gb_table_free(&t);
}

static void print_human(const struct gb_ratios *x, enum gb_format f)
{
	for (size_t i = 0, end; i < x->n; i = end) {
		end = i + 1;
		while (end < x->n && gb_report_same(x->v[i].b, x->v[end].b, 0))
			end++;
		print_group(x->v, i, end, f);
	}
}

static void print_machine(const struct gb_report *r, const struct gb_ratios *x, enum gb_format f)
{
	struct gb_table t;

	gb_table_init(&t, machine_columns, GB_ARRAY_SIZE(machine_columns), "llrllllrrrrrrrrll");
	for (size_t i = 0; i < x->n; i++)
		machine_row(&t, r, &x->v[i]);
	gb_table_print(&t, f);
	gb_table_free(&t);
}

/* Cells in their order, the metrics of a cell together. */
static int by_cell(const void *a, const void *b)
{
	const struct gb_ratio *x = a, *y = b;

	if (x->b != y->b)
		return x->b < y->b ? -1 : 1;
	return (int)x->metric - (int)y->metric;
}

/* Append the ratios of run @run, in the order of cells. */
static void collect(const struct gb_report *r, size_t run, struct gb_ratios *x)
{
	size_t before = x->n;

	for (size_t i = 0; i < GB_ARRAY_SIZE(shown); i++) {
		if (run == 0)
			gb_ratios_backends(r, 0, shown[i], x);
		else
			gb_ratios_runs(r, 0, run, shown[i], x);
	}
	if (x->n > before)
		qsort(x->v + before, x->n - before, sizeof(*x->v), by_cell);
}

static void say_what(const struct gb_report *r, size_t run)
{
	if (run == 0)
		printf("%s: from %s (ratio: to / from)\n\n", r->run[0].id, r->anchor);
	else
		printf("from %s\n  to %s (ratio: to / from)\n\n", r->run[0].id, r->run[run].id);
}

static void warn_of_machines(const struct gb_report *r)
{
	const char *first = gb_json_text(r->run[0].manifest, "hw_id", "");

	for (size_t i = 1; i < r->runs; i++)
		if (strcmp(first, gb_json_text(r->run[i].manifest, "hw_id", "")))
			gb_print_warning("%s was measured on another machine than %s",
					 r->run[i].id, r->run[0].id);
}

static int compare(const struct gb_report *r, enum gb_format f, struct gb_error *e)
{
	int human = f == GB_FORMAT_TABLE || f == GB_FORMAT_MARKDOWN;
	struct gb_ratios all = { 0 };

	for (size_t run = r->runs > 1; run < r->runs; run++) {
		size_t before = all.n;
		struct gb_ratios x;

		collect(r, run, &all);
		x = (struct gb_ratios){ all.v + before, all.n - before };
		if (!human || !x.n)
			continue;
		if (before)
			putchar('\n');
		say_what(r, run);
		print_human(&x, f);
	}
	if (all.n && human)
		printf("\nInterval: 95 %% from 6 runs of each on; with fewer, all that was seen.\n");
	if (all.n && !human)
		print_machine(r, &all, f);
	if (!all.n)
		gb_fail(e, GB_EXIT_HARNESS,
			"runs must share workload, parameters, threads and backend; one run needs "
			"two backends, one of them the anchor (--anchor)", "nothing to compare");
	gb_ratios_free(&all);
	return -e->code;
}

int cmd_compare(const struct gb_cli *o, struct gb_error *e)
{
	struct gb_report r = { 0 };
	struct gb_run_set runs;

	if (!o->nr_args)
		return gb_fail(e, GB_EXIT_USAGE,
			       "gfpbench compare results/OLD results/NEW, or one run: its "
			       "backends", "compare: no run given");
	if (!gb_run_set_open(o->args, o->nr_args, &runs, e) &&
	    !gb_report_load(runs.path, runs.n, o->anchor, &r, e)) {
		warn_of_machines(&r);
		(void)!compare(&r, gb_format_parse(o->format ? o->format : "table"), e);
	}
	gb_report_free(&r);
	gb_run_set_close(&runs);
	return 0;
}
