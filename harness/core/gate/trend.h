/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The trend: losses too small for any single gate, seen over many runs.
 *
 * All runs are gate runs of one anchor (their baseline, told by its hash) against the
 * build of their day, as for stored runs (core/gate/stored.h).  In each cell the ratios
 * to the anchor make a series in order of time, and a change of its level
 * (base/change_point.h) is reported with the first run that shows it.  Nothing here is
 * ever red: a trend is for people to look at.
 *
 * Runs that cannot be compared with the newest sound one (another machine, anchor,
 * version of gfpbench; incomplete; no gate run at all; seen before) are left out and
 * listed.
 *
 * Layer: core.
 */
#ifndef GB_CORE_GATE_TREND_H
#define GB_CORE_GATE_TREND_H

#include <stddef.h>

#include "base/change_point.h"
#include "base/error.h"
#include "base/text.h"

#define GB_GATE_TREND_LEAST     3     /* runs of a level */
#define GB_GATE_TREND_ALPHA     0.001 /* of a false change, for each cell */
#define GB_GATE_TREND_MAGNITUDE 0.01  /* least change */

struct gb_gate_trend_run {
	char *path, *run_id, *started_at, *label, *version;
	char *left_out; /* why; NULL: it counts */
};

struct gb_gate_trend_cell {
	char *name, *definition;
	double *theta;            /* [runs of the trend]: ln(B/A); NaN: not in that run */
	size_t n;                 /* of them that are numbers */
	struct gb_change *change; /* at: index of a run */
	size_t changes;
	double level;             /* median of the last level */
};

struct gb_gate_trend {
	struct gb_gate_trend_run *run; /* those that count, oldest first; then the others */
	size_t runs, all;
	struct gb_gate_trend_cell *cell; /* as in the newest run */
	size_t cells;
	char *anchor;             /* as it was named in the newest run */
	size_t slower, faster;    /* cells whose last change says so */
};

/* Read @n directories.  GB_EXIT_USAGE when one is no directory, GB_EXIT_HARNESS when fewer than
 * two levels' worth of runs can be compared. */
int gb_gate_trend(char *const *dir, size_t n, struct gb_gate_trend *out,
		  struct gb_error *e) GB_MUST_CHECK;
void gb_gate_trend_free(struct gb_gate_trend *t);

/* 80 columns. */
void gb_gate_trend_table(const struct gb_gate_trend *t, struct gb_text *out);
/* A row for each run and cell. */
void gb_gate_trend_csv(const struct gb_gate_trend *t, struct gb_text *out);
void gb_gate_trend_json(const struct gb_gate_trend *t, struct gb_text *out);

#endif
