/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/csv.h"
#include "base/parse.h"
#include "base/statistics.h"
#include "core/latency_pick.h"

enum metric { RATE, P50, P99, P999, IRQ_P50, IRQ_P99, ENTRY_P99, HELD, NR_METRICS };

struct cell {
	char *workload, *params, *backend, *threads, *irq_mode;
	size_t runs, ok;
	int oversubscribed, emulated;
	double part; /* of the planned work, least of its samples */
	char worst[24], why[100];  /* the status of a sample that is not ok, and its error */
	uint64_t failures;
	double *v[NR_METRICS];     /* one value a good sample; NaN = none */
};

struct summary {
	struct cell *cells;
	size_t n;
	struct gb_csv_table samples, latency;
};

static const char *get(const struct gb_csv_table *t, size_t row, const char *name)
{
	return gb_csv_get(t, row, gb_csv_column(t, name));
}

static int same(const struct cell *c, const struct gb_csv_table *t, size_t row)
{
	return !strcmp(c->workload, get(t, row, "workload")) &&
	       !strcmp(c->params, get(t, row, "params")) &&
	       !strcmp(c->backend, get(t, row, "backend")) &&
	       !strcmp(c->threads, get(t, row, "threads")) &&
	       !strcmp(c->irq_mode, get(t, row, "irq_mode"));
}

static struct cell *find_cell(struct summary *s, size_t row)
{
	const struct gb_csv_table *t = &s->samples;
	struct cell *c;

	for (size_t i = 0; i < s->n; i++)
		if (same(&s->cells[i], t, row))
			return &s->cells[i];
	s->cells = realloc(s->cells, (s->n + 1) * sizeof(*s->cells));
	GB_BUG_ON(!s->cells);
	c = &s->cells[s->n++];
	memset(c, 0, sizeof(*c));
	c->workload = strdup(get(t, row, "workload"));
	c->params = strdup(get(t, row, "params"));
	c->backend = strdup(get(t, row, "backend"));
	c->threads = strdup(get(t, row, "threads"));
	c->irq_mode = strdup(get(t, row, "irq_mode"));
	c->part = 1;
	return c;
}

/* --- latency of one sample ---------------------------------------------------------------- */

static void sample_latency(const struct summary *s, const char *id, double v[NR_METRICS])
{
	const struct gb_csv_table *t = &s->latency;
	int id_col = gb_csv_column(t, "sample_id");
	struct gb_latency_pick p;

	gb_latency_pick_init(&p, t);
	for (size_t i = 0; i < t->rows; i++)
		if (!strcmp(gb_csv_get(t, i, id_col), id))
			gb_latency_pick_row(&p, i);
	v[P50] = p.process.p50;
	v[P99] = p.process.p99;
	v[P999] = p.process.p999;
	v[IRQ_P50] = p.hardirq.p50;
	v[IRQ_P99] = p.hardirq.p99;
	v[ENTRY_P99] = p.entry.p99;
}

static void add_good(const struct summary *s, struct cell *c, size_t row)
{
	const struct gb_csv_table *t = &s->samples;
	double v[NR_METRICS], part;

	v[RATE] = gb_csv_get_double(t, row, gb_csv_column(t, "ops_per_s"));
	v[HELD] = gb_csv_get_double(t, row, gb_csv_column(t, "held_peak_bytes"));
	sample_latency(s, get(t, row, "sample_id"), v);
	for (int m = 0; m < NR_METRICS; m++) {
		c->v[m] = realloc(c->v[m], (c->ok + 1) * sizeof(double));
		GB_BUG_ON(!c->v[m]);
		c->v[m][c->ok] = v[m];
	}
	c->ok++;
	c->emulated |= !strcmp(get(t, row, "gfp_mode"), "emulated");
	part = gb_csv_get_double(t, row, gb_csv_column(t, "done_ops_count")) /
	       gb_csv_get_double(t, row, gb_csv_column(t, "planned_ops_count"));
	if (part < c->part)
		c->part = part;
	c->oversubscribed |= !strcmp(get(t, row, "oversubscribed"), "yes");
	for (int k = 0; k < 2; k++) {
		uint64_t n;

		if (!gb_csv_get_u64(t, row, gb_csv_column(t, k ? "atomic_failures_count" :
							       "sleeping_failures_count"), &n))
			c->failures += n;
	}
}

static void add_sample(struct summary *s, size_t row)
{
	struct cell *c = find_cell(s, row);
	const char *status = get(&s->samples, row, "status");

	c->runs++;
	if (!strcmp(status, "ok")) {
		add_good(s, c, row);
	} else {
		snprintf(c->worst, sizeof(c->worst), "%s", status);
		snprintf(c->why, sizeof(c->why), "%s", get(&s->samples, row, "error"));
	}
}

/* --- text ------------------------------------------------------------------------------------ */

/* Values that are not NaN, to the front; their number. */
static size_t known(const struct cell *c, int m, double *out)
{
	size_t n = 0;

	for (size_t i = 0; i < c->ok; i++)
		if (!isnan(c->v[m][i]))
			out[n++] = c->v[m][i];
	return n;
}

static void figure(const struct cell *c, int m, double scale, char *buf, size_t size)
{
	double *v = calloc(c->ok + 1, sizeof(*v));
	size_t n;

	GB_BUG_ON(!v);
	n = known(c, m, v);
	if (n)
		snprintf(buf, size, "%.4g", gb_median(v, n) * scale);
	else
		buf[0] = '\0';
	free(v);
}

static void spread(const struct cell *c, int m, double scale, char *lo, char *hi, size_t size)
{
	double *v = calloc(c->ok + 1, sizeof(*v));
	size_t n;

	GB_BUG_ON(!v);
	lo[0] = hi[0] = '\0';
	n = known(c, m, v);
	if (n) {
		snprintf(lo, size, "%.4g", gb_quantile(v, n, 0) * scale);
		snprintf(hi, size, "%.4g", gb_quantile(v, n, 1) * scale);
	}
	free(v);
}

static void note_text(const struct cell *c, char *buf, size_t n)
{
	char bad[200] = "", fail[48] = "", part[40] = "";

	if (c->ok < c->runs)
		snprintf(bad, sizeof(bad), "%s %zu of %zu%s%s%s ", c->worst, c->runs - c->ok,
			 c->runs, c->why[0] ? " (" : "", c->why, c->why[0] ? ")" : "");
	if (c->failures)
		snprintf(fail, sizeof(fail), "%llu failed allocations ",
			 (unsigned long long)c->failures);
	if (c->part < 0.95)
		snprintf(part, sizeof(part), "%.2g %% of the work in time ", 100 * c->part);
	snprintf(buf, n, "%s%s%s%s%s%s", bad, fail, part, c->emulated ? "emulated " : "",
		 strcmp(c->irq_mode, "guarded") ? "" : "guarded ",
		 c->oversubscribed ? "oversubscribed" : "");
	for (size_t k = strlen(buf); k && buf[k - 1] == ' '; k--)
		buf[k - 1] = '\0';
}

static const char *const columns[] = {
	"backend", "thr", "Mop/s", "min", "max", "p50 ns", "p99 ns", "p99.9 ns", "irq p50",
	"irq p99", "entry p99 us", "held MiB", "note",
};
static const char *const machine_columns[] = {
	"workload", "params", "backend", "threads", "irq_mode", "runs", "ok",
	"ops_per_s", "ops_per_s_min", "ops_per_s_max", "alloc_p50_ns", "alloc_p99_ns",
	"alloc_p999_ns", "irq_alloc_p50_ns", "irq_alloc_p99_ns", "irq_entry_p99_ns",
	"held_peak_bytes", "note",
};

struct figures {
	char f[NR_METRICS][32], lo[32], hi[32], note[400];
};

static void make_figures(const struct cell *c, int human, struct figures *x)
{
	static const double scale[NR_METRICS] = {
		[RATE] = 1e-6, [P50] = 1, [P99] = 1, [P999] = 1, [IRQ_P50] = 1, [IRQ_P99] = 1,
		[ENTRY_P99] = 1e-3, [HELD] = 1.0 / (1 << 20),
	};

	for (int m = 0; m < NR_METRICS; m++)
		figure(c, m, human ? scale[m] : 1, x->f[m], sizeof(x->f[m]));
	spread(c, RATE, human ? 1e-6 : 1, x->lo, x->hi, sizeof(x->lo));
	note_text(c, x->note, sizeof(x->note));
}

static void print_group(const struct summary *s, size_t first, enum gb_format f)
{
	const struct cell *head = &s->cells[first];
	struct figures x;
	struct gb_table t;

	printf("%s%s%s%s", first ? "\n" : "", f == GB_FORMAT_MARKDOWN ? "### " : "",
	       head->workload, f == GB_FORMAT_MARKDOWN ? "\n\n" : "  ");
	printf("%s\n%s", head->params, f == GB_FORMAT_MARKDOWN ? "\n" : "");
	gb_table_init(&t, columns, GB_ARRAY_SIZE(columns), "lrrrrrrrrrrrl");
	for (size_t i = first; i < s->n; i++) {
		const struct cell *c = &s->cells[i];

		if (strcmp(c->workload, head->workload) || strcmp(c->params, head->params))
			continue;
		make_figures(c, 1, &x);
		gb_table_row(&t, (const char *[]){
			c->backend, c->threads, x.f[RATE], x.lo, x.hi, x.f[P50], x.f[P99],
			x.f[P999], x.f[IRQ_P50], x.f[IRQ_P99], x.f[ENTRY_P99], x.f[HELD], x.note });
	}
	gb_table_print(&t, f);
	gb_table_free(&t);
}

static int first_of_group(const struct summary *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(s->cells[k].workload, s->cells[i].workload) &&
		    !strcmp(s->cells[k].params, s->cells[i].params))
			return 0;
	return 1;
}

static void print_human(const struct summary *s, enum gb_format f)
{
	for (size_t i = 0; i < s->n; i++)
		if (first_of_group(s, i))
			print_group(s, i, f);
}

static void print_machine(const struct summary *s, enum gb_format f)
{
	struct gb_table t;

	gb_table_init(&t, machine_columns, GB_ARRAY_SIZE(machine_columns), "lllrlrrrrrrrrrrrrl");
	for (size_t i = 0; i < s->n; i++) {
		const struct cell *c = &s->cells[i];
		struct figures x;
		char runs[24], ok[24];

		make_figures(c, 0, &x);
		snprintf(runs, sizeof(runs), "%zu", c->runs);
		snprintf(ok, sizeof(ok), "%zu", c->ok);
		gb_table_row(&t, (const char *[]){
			c->workload, c->params, c->backend, c->threads, c->irq_mode, runs, ok,
			x.f[RATE], x.lo, x.hi, x.f[P50], x.f[P99], x.f[P999], x.f[IRQ_P50],
			x.f[IRQ_P99], x.f[ENTRY_P99], x.f[HELD], x.note });
	}
	gb_table_print(&t, f);
	gb_table_free(&t);
}

static void free_summary(struct summary *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct cell *c = &s->cells[i];

		free(c->workload);
		free(c->params);
		free(c->backend);
		free(c->threads);
		free(c->irq_mode);
		for (int m = 0; m < NR_METRICS; m++)
			free(c->v[m]);
	}
	free(s->cells);
}

/* By workload as planned, backends in the order of the table; blocks are shuffled. */
static int by_cell(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	int d = strcmp(x->workload, y->workload);

	d = d ? d : strcmp(x->params, y->params);
	d = d ? d : atoi(x->threads) - atoi(y->threads);
	return d ? d : strcmp(x->backend, y->backend);
}

int gb_summary_print(const char *dir, enum gb_format f, struct gb_error *e)
{
	struct summary s = { 0 };
	char path[4096];

	if (f == GB_FORMAT_NONE)
		return 0;
	snprintf(path, sizeof(path), "%s/samples.csv", dir);
	if (gb_csv_read(path, &s.samples, e))
		return -e->code;
	snprintf(path, sizeof(path), "%s/latency.csv", dir);
	if (!gb_csv_read(path, &s.latency, e)) {
		for (size_t i = 0; i < s.samples.rows; i++)
			add_sample(&s, i);
		qsort(s.cells, s.n, sizeof(*s.cells), by_cell);
		if (f == GB_FORMAT_TABLE || f == GB_FORMAT_MARKDOWN)
			print_human(&s, f);
		else
			print_machine(&s, f);
		free_summary(&s);
		gb_csv_free(&s.latency);
	}
	gb_csv_free(&s.samples);
	return -e->code;
}
