/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/report/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/statistics.h"
#include "core/latency_pick.h"

const struct gb_metric_info gb_metric_info[GB_NR_METRICS] = {
	[GB_METRIC_RATE] = { "ops_per_s", "Mop/s", "throughput", 1e-6, 1 },
	[GB_METRIC_P50] = { "alloc_p50_ns", "p50 ns", "the median allocation", 1, 0 },
	[GB_METRIC_P99] = { "alloc_p99_ns", "p99 ns", "99 % of allocations", 1, 0 },
	[GB_METRIC_P999] = { "alloc_p999_ns", "p99.9 ns", "99.9 % of allocations", 1, 0 },
	[GB_METRIC_IRQ_P50] = { "irq_alloc_p50_ns", "irq p50 ns",
				"the median allocation in interrupts", 1, 0 },
	[GB_METRIC_IRQ_P99] = { "irq_alloc_p99_ns", "irq p99 ns",
				"99 % of allocations in interrupts", 1, 0 },
	[GB_METRIC_ENTRY_P99] = { "irq_entry_p99_ns", "entry p99 us",
				  "99 % of interrupts' wait", 1e-3, 0 },
	[GB_METRIC_HELD] = { "held_peak_bytes", "held MiB", "memory held", 1.0 / (1 << 20), 0 },
};

const char *gb_report_get(const struct gb_report *r, const struct gb_report_sample *s,
			  const char *column)
{
	const struct gb_csv_table *t = &r->run[s->run].table[GB_REPORT_SAMPLES];

	return gb_csv_get(t, s->row, gb_csv_column(t, column));
}

static double number(const struct gb_report *r, const struct gb_report_sample *s,
		     const char *column)
{
	const struct gb_csv_table *t = &r->run[s->run].table[GB_REPORT_SAMPLES];

	return gb_csv_get_double(t, s->row, gb_csv_column(t, column));
}

static double or_zero(double v)
{
	return isnan(v) ? 0 : v;
}

static void latency(const struct gb_report *r, struct gb_report_sample *s)
{
	const struct gb_report_run *u = &r->run[s->run];
	struct gb_latency_pick p;

	gb_latency_pick_init(&p, &u->table[GB_REPORT_LATENCY]);
	for (size_t i = s->first[GB_REPORT_LATENCY]; i != GB_NO_ROW;
	     i = u->next[GB_REPORT_LATENCY][i])
		gb_latency_pick_row(&p, i);
	s->v[GB_METRIC_P50] = p.process.p50;
	s->v[GB_METRIC_P99] = p.process.p99;
	s->v[GB_METRIC_P999] = p.process.p999;
	s->v[GB_METRIC_IRQ_P50] = p.hardirq.p50;
	s->v[GB_METRIC_IRQ_P99] = p.hardirq.p99;
	s->v[GB_METRIC_ENTRY_P99] = p.entry.p99;
}

void gb_report_figures(const struct gb_report *r, struct gb_report_sample *s)
{
	s->v[GB_METRIC_RATE] = number(r, s, "ops_per_s");
	s->v[GB_METRIC_HELD] = number(r, s, "held_peak_bytes");
	s->atomic_failures = or_zero(number(r, s, "atomic_failures_count"));
	s->atomic_attempts = or_zero(number(r, s, "atomic_allocs_count"));
	s->failures = s->atomic_failures + or_zero(number(r, s, "sleeping_failures_count"));
	s->attempts = s->atomic_attempts + or_zero(number(r, s, "sleeping_allocs_count"));
	latency(r, s);
}

double *gb_report_values(const struct gb_report *r, const struct gb_report_cell *c,
			 enum gb_metric m, size_t *n)
{
	double *v = calloc(c->n + 1, sizeof(*v));

	GB_BUG_ON(!v);
	*n = 0;
	for (size_t i = c->first; i < c->first + c->n; i++)
		if (r->sample[i].ok && !isnan(r->sample[i].v[m]))
			v[(*n)++] = r->sample[i].v[m];
	return v;
}

double gb_report_median(const struct gb_report *r, const struct gb_report_cell *c,
			enum gb_metric m)
{
	size_t n;
	double *v = gb_report_values(r, c, m, &n), median = n ? gb_median(v, n) : NAN;

	free(v);
	return median;
}

size_t gb_report_backend(const struct gb_report *r, const char *name)
{
	size_t i = 0;

	while (i < r->backends && strcmp(r->backend[i], name))
		i++;
	return i;
}

int gb_report_same(const struct gb_report_cell *a, const struct gb_report_cell *b, int threads)
{
	return !strcmp(a->workload, b->workload) && !strcmp(a->params, b->params) &&
	       (!threads || !strcmp(a->threads, b->threads));
}
