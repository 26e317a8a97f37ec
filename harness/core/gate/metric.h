/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the gate can judge.  A metric says where its value comes from, on which scale two
 * values are compared, and which change is tolerated when the user names no margin.
 *
 * Latency metrics are a family: OP_pQ[@CONTEXT], for instance "alloc_p99" or
 * "irq_entry_p999@hardirq"; without a context the histograms of all contexts are merged.
 *
 * Layer: core.
 */
#ifndef GB_CORE_GATE_METRIC_H
#define GB_CORE_GATE_METRIC_H

#include "base/error.h"

/* Figures of one process, in the order of core/gate/metric.c's table of columns. */
enum gb_gate_value {
	GB_GATE_VMHWM,
	GB_GATE_RSS_END,
	GB_GATE_RSS_100MS,
	GB_GATE_RSS_1S,
	GB_GATE_RSS_5S,
	GB_GATE_HELD_PEAK,
	GB_GATE_MINOR_FAULTS,
	GB_GATE_ATOMIC_ALLOCS,
	GB_GATE_ATOMIC_FAILURES,
	GB_GATE_IRQ_OFF_MAX,
	GB_GATE_VALUES
};

struct gb_gate_value_column {
	const char *column;
	double unit; /* multiplies the column: KiB to bytes */
};
extern const struct gb_gate_value_column gb_gate_value_column[GB_GATE_VALUES];

enum gb_gate_source {
	GB_GATE_FROM_SLICES,
	GB_GATE_FROM_HISTOGRAM,
	GB_GATE_FROM_PROCESS,
};

enum gb_gate_scale {
	GB_GATE_RATIO,      /* ln(B/A); margins are fractions */
	GB_GATE_DIFFERENCE, /* B - A: for rates that may be zero; margins are absolute */
};

struct gb_gate_metric {
	char name[48];
	const char *unit;
	enum gb_gate_source source;
	enum gb_gate_scale scale;
	double margin;    /* default red margin */
	double floor;     /* default absolute floor, in the metric's unit */
	int gated;        /* by default */
	int irq_figure;   /* not judged when the process was oversubscribed */
	double quantile;  /* FROM_HISTOGRAM */
	char op[16];      /* FROM_HISTOGRAM */
	char context[16]; /* FROM_HISTOGRAM; "" merges all */
};

/* Fills @m; an unknown name is GB_EXIT_USAGE with the list of names as hint. */
int gb_gate_metric(const char *name, struct gb_gate_metric *m,
		   struct gb_error *e) GB_MUST_CHECK;

/* Value of a FROM_PROCESS metric from the figures of one process; NaN: not measured. */
double gb_gate_metric_value(const struct gb_gate_metric *m, const double *value);

/* Fewest values beyond the quantile, per process, for it to be judged. */
#define GB_GATE_MIN_EXCEEDANCES 100

#endif
