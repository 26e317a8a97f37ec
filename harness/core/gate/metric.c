/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"

#define KIB 1024.0

const struct gb_gate_value_column gb_gate_value_column[GB_GATE_VALUES] = {
	[GB_GATE_VMHWM] = { "vmhwm_kb", KIB },
	[GB_GATE_RSS_END] = { "rss_end_kb", KIB },
	[GB_GATE_RSS_100MS] = { "rss_100ms_kb", KIB },
	[GB_GATE_RSS_1S] = { "rss_1s_kb", KIB },
	[GB_GATE_RSS_5S] = { "rss_5s_kb", KIB },
	[GB_GATE_HELD_PEAK] = { "held_peak_bytes", 1 },
	[GB_GATE_MINOR_FAULTS] = { "minor_faults_count", 1 },
	[GB_GATE_ATOMIC_ALLOCS] = { "atomic_allocs_count", 1 },
	[GB_GATE_ATOMIC_FAILURES] = { "atomic_failures_count", 1 },
	[GB_GATE_IRQ_OFF_MAX] = { "irq_off_max_ns", 1 },
};

/* Memory repeats to a few hundred KiB whatever its size, hence the floor. */
#define MEMORY_FLOOR (512 * KIB)

static double one(const double *v, enum gb_gate_value i)
{
	return v[i];
}

/* The kernel batches its counters per CPU, so VmHWM may read below a later RSS. */
static double rss_peak(const double *v, enum gb_gate_value i)
{
	return fmax(v[i], v[GB_GATE_RSS_END]);
}

static double failure_rate(const double *v, enum gb_gate_value i)
{
	return v[GB_GATE_ATOMIC_ALLOCS] > 0 ? v[i] / v[GB_GATE_ATOMIC_ALLOCS] : NAN;
}

static const struct {
	const char *name, *unit;
	enum gb_gate_value value;
	double (*compute)(const double *v, enum gb_gate_value i);
	enum gb_gate_scale scale;
	double margin, floor;
	int gated, irq_figure;
} process_metric[] = {
	{ "held_peak", "bytes", GB_GATE_HELD_PEAK, one, GB_GATE_RATIO, 0.01, MEMORY_FLOOR,
	  1, 0 },
	{ "rss_peak", "bytes", GB_GATE_VMHWM, rss_peak, GB_GATE_RATIO, 0.01, MEMORY_FLOOR,
	  0, 0 },
	{ "rss_end", "bytes", GB_GATE_RSS_END, one, GB_GATE_RATIO, 0.01, MEMORY_FLOOR, 0,
	  0 },
	{ "rss_100ms", "bytes", GB_GATE_RSS_100MS, one, GB_GATE_RATIO, 0.01, MEMORY_FLOOR,
	  0, 0 },
	{ "rss_1s", "bytes", GB_GATE_RSS_1S, one, GB_GATE_RATIO, 0.01, MEMORY_FLOOR, 0,
	  0 },
	{ "rss_5s", "bytes", GB_GATE_RSS_5S, one, GB_GATE_RATIO, 0.01, MEMORY_FLOOR, 0,
	  0 },
	{ "minor_faults", "faults", GB_GATE_MINOR_FAULTS, one, GB_GATE_RATIO, 0.05, 128,
	  0, 0 },
	{ "atomic_failure_rate", "ratio", GB_GATE_ATOMIC_FAILURES, failure_rate,
	  GB_GATE_DIFFERENCE, 0.001, 0, 1, 0 },
	{ "irq_off_max", "ns", GB_GATE_IRQ_OFF_MAX, one, GB_GATE_RATIO, 0.2, 2000, 1, 1 },
};

static const struct {
	const char *suffix;
	double quantile, margin;
	int gated;
} quantile_row[] = {
	{ "p50", 0.5, 0.03, 0 },
	{ "p90", 0.9, 0.05, 0 },
	{ "p99", 0.99, 0.1, 1 },
	{ "p999", 0.999, 0.2, 0 },
};

static int copy_part(char *into, size_t room, const char *from, size_t n)
{
	if (n == 0 || n >= room)
		return -1;
	memcpy(into, from, n);
	into[n] = '\0';
	return 0;
}

static int one_of(const char *s, const char *a, const char *b, const char *c)
{
	return !strcmp(s, a) || !strcmp(s, b) || !strcmp(s, c);
}

/* "alloc_p99@hardirq" into its parts; -1 when it is none. */
static int parse_latency(const char *name, struct gb_gate_metric *m)
{
	size_t length = strcspn(name, "@");
	const char *quantile = memrchr(name, '_', length);

	if (!quantile ||
	    copy_part(m->op, sizeof(m->op), name, (size_t)(quantile - name)) ||
	    !one_of(m->op, "alloc", "free", "irq_entry"))
		return -1;
	if (name[length] == '@' &&
	    (copy_part(m->context, sizeof(m->context), name + length + 1,
		       strlen(name + length + 1)) ||
	     !one_of(m->context, "process", "softirq", "hardirq")))
		return -1;
	quantile++;
	length -= (size_t)(quantile - name);
	for (size_t i = 0; i < GB_ARRAY_SIZE(quantile_row); i++) {
		if (strlen(quantile_row[i].suffix) != length ||
		    memcmp(quantile_row[i].suffix, quantile, length) != 0)
			continue;
		m->quantile = quantile_row[i].quantile;
		m->margin = quantile_row[i].margin;
		m->gated = quantile_row[i].gated;
		return 0;
	}
	return -1;
}

static void fill_process_metric(struct gb_gate_metric *m, size_t i)
{
	m->source = GB_GATE_FROM_PROCESS;
	m->unit = process_metric[i].unit;
	m->scale = process_metric[i].scale;
	m->margin = process_metric[i].margin;
	m->floor = process_metric[i].floor;
	m->gated = process_metric[i].gated;
	m->irq_figure = process_metric[i].irq_figure;
}

int gb_gate_metric(const char *name, struct gb_gate_metric *m, struct gb_error *e)
{
	memset(m, 0, sizeof(*m));
	snprintf(m->name, sizeof(m->name), "%s", name);
	if (!strcmp(name, "time")) {
		m->source = GB_GATE_FROM_SLICES;
		m->unit = "ns/op";
		m->margin = 0.02;
		m->gated = 1;
		return 0;
	}
	for (size_t i = 0; i < GB_ARRAY_SIZE(process_metric); i++) {
		if (!strcmp(name, process_metric[i].name)) {
			fill_process_metric(m, i);
			return 0;
		}
	}
	if (parse_latency(name, m) == 0) {
		m->source = GB_GATE_FROM_HISTOGRAM;
		m->unit = "ns";
		m->irq_figure = !strcmp(m->op, "irq_entry");
		return 0;
	}
	return gb_fail(
		e, GB_EXIT_USAGE,
		"metrics: time, held_peak, rss_peak, rss_end, rss_100ms, rss_1s, "
		"rss_5s, minor_faults, atomic_failure_rate, irq_off_max, and "
		"{alloc,free,irq_entry}_{p50,p90,p99,p999}[@{process,softirq,hardirq}]",
		"unknown metric '%s'", name);
}

double gb_gate_metric_value(const struct gb_gate_metric *m, const double *value)
{
	for (size_t i = 0; i < GB_ARRAY_SIZE(process_metric); i++)
		if (!strcmp(m->name, process_metric[i].name))
			return process_metric[i].compute(value, process_metric[i].value);
	return NAN;
}
