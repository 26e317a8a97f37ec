/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Which rows of latency.csv speak for a sample in tables: the only place that knows, so
 * that the summary of a run, `compare` and the report say the same.
 *
 * Allocations in process context; allocations in hard interrupts (soft ones are another
 * context, with rows of their own); the wait for an interrupt.  A context may allocate under
 * several GFP masks: the class with most operations speaks for it, the first of several
 * equal ones.  Percentiles are never averaged; who needs all classes merges histograms.
 *
 * Layer: core.  Points into the table, which must outlive it.
 */
#ifndef GB_CORE_LATENCY_PICK_H
#define GB_CORE_LATENCY_PICK_H

#include "base/csv.h"

struct gb_latency_row {
	double count, p50, p99, p999; /* ns; NaN: no such row was taken */
};

struct gb_latency_pick {
	struct gb_latency_row process, hardirq, entry;
	const struct gb_csv_table *table;
	int op, context, columns[4]; /* count, p50_ns, p99_ns, p999_ns */
};

/* Nothing taken yet. */
void gb_latency_pick_init(struct gb_latency_pick *p, const struct gb_csv_table *latency);
/* A row of the sample in question; rows of other kinds are passed over. */
void gb_latency_pick_row(struct gb_latency_pick *p, size_t row);

#endif
