/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Runs, read back from their files: what `report` and `compare` work on.
 *
 * A sample is a row of samples.csv with its figures; a cell is all samples of one run that
 * share workload, parameters, backend, threads and interrupt mode.  Cells are sorted by
 * workload, parameters, threads, backend and run, and samples by cell, so that everything
 * that is compared lies together.  Strings belong to the tables and live as long as the
 * report.  Files that a run does not have are tables without rows.
 *
 * Layer: core.
 */
#ifndef GB_CORE_REPORT_DATA_H
#define GB_CORE_REPORT_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "base/csv.h"
#include "base/json.h"

enum gb_metric {
	GB_METRIC_RATE,
	GB_METRIC_P50,
	GB_METRIC_P99,
	GB_METRIC_P999,
	GB_METRIC_IRQ_P50,
	GB_METRIC_IRQ_P99,
	GB_METRIC_ENTRY_P99,
	GB_METRIC_HELD,
	GB_NR_METRICS
};

struct gb_metric_info {
	const char *id;    /* as in machine-readable output: "alloc_p99_ns" */
	const char *label; /* for people, with the unit: "p99 ns" */
	const char *words; /* in a sentence: "99 % of allocations" */
	double scale;      /* value x scale = what the label's unit says */
	int higher;        /* 1: more is better */
};
extern const struct gb_metric_info gb_metric_info[GB_NR_METRICS];

enum gb_report_file {
	GB_REPORT_SAMPLES,
	GB_REPORT_LATENCY,
	GB_REPORT_HISTOGRAMS,
	GB_REPORT_MEMORY,
	GB_REPORT_PRESSURE,
	GB_REPORT_EVENTS,
	GB_REPORT_FIGURES,
	GB_REPORT_CLAIMS,
	GB_REPORT_FILES
};
extern const char *const gb_report_file_name[GB_REPORT_FILES];

#define GB_NO_ROW SIZE_MAX

struct gb_report_run {
	char path[3500];
	char id[256];
	struct gb_json *manifest;
	struct gb_json *gate;                         /* as gate.json; NULL: no gate */
	struct gb_csv_table table[GB_REPORT_FILES];
	size_t *next[GB_REPORT_FILES];                /* row -> next row of its sample */
};

struct gb_report_sample {
	size_t run, row, cell;
	const char *status, *block;
	int ok, oversubscribed;
	double v[GB_NR_METRICS];                      /* NaN = not measured */
	double failures, attempts;                    /* atomic and sleeping allocations */
	double atomic_failures, atomic_attempts;
	size_t first[GB_REPORT_FILES], last[GB_REPORT_FILES]; /* rows, or GB_NO_ROW */
};

struct gb_report_cell {
	size_t run, first, n;                         /* samples */
	size_t ok, oversubscribed;
	const char *workload, *params, *backend, *threads, *irq_mode;
	double cpus;
};

struct gb_report {
	struct gb_report_run *run;
	size_t runs;
	struct gb_report_sample *sample;
	size_t samples;
	struct gb_report_cell *cell;
	size_t cells;
	const char **backend;                         /* every name, sorted */
	size_t backends;
	const char *anchor;                           /* what ratios refer to; NULL: none */
};

/* Read @n runs.  GB_EXIT_USAGE for what is no run or is malformed, GB_EXIT_HARNESS for an
 * unknown schema.  @anchor: a backend's name, or NULL for the usual one. */
int gb_report_load(char *const *paths, size_t n, const char *anchor, struct gb_report *r,
		   struct gb_error *e) GB_MUST_CHECK;
void gb_report_free(struct gb_report *r);

/* A field of samples.csv. */
const char *gb_report_get(const struct gb_report *r, const struct gb_report_sample *s,
			  const char *column);
/* The measured values of a metric in a cell, in order of the samples: malloc'ed, *n of
 * them. */
double *gb_report_values(const struct gb_report *r, const struct gb_report_cell *c,
			 enum gb_metric m, size_t *n);
/* Median of them, NaN when there is none. */
double gb_report_median(const struct gb_report *r, const struct gb_report_cell *c,
			enum gb_metric m);
/* Position in r->backend. */
size_t gb_report_backend(const struct gb_report *r, const char *name);
/* Same workload and parameters (and, with @threads, as many CPUs). */
int gb_report_same(const struct gb_report_cell *a, const struct gb_report_cell *b, int threads);

#endif
