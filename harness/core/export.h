/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Runs in the forms that other tools read: one long CSV (a figure a row), JSON, and an
 * SQLite database that collects many runs.  Layer: core.
 */
#ifndef GB_CORE_EXPORT_H
#define GB_CORE_EXPORT_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* Every numeric column of samples.csv and latency.csv: key columns, then
 * metric,unit,value.  Of latency.csv the metric is "op.context.gfp.column". */
int gb_export_long_csv(const char *const *runs, size_t n, int fd, struct gb_error *e)
	GB_MUST_CHECK;
/* {"runs": [{"manifest": ..., "samples": [{...}], "latency": [...], ...}]} */
int gb_export_json(const char *const *runs, size_t n, FILE *out, struct gb_error *e)
	GB_MUST_CHECK;
/* One table for each CSV file, one `runs` table with the manifests.  A run that the
 * database holds already is replaced.  All or nothing.  GB_EXIT_HARNESS when built without
 * SQLite (export_sqlite_absent.c). */
int gb_export_sqlite(const char *const *runs, size_t n, const char *database,
		     struct gb_error *e) GB_MUST_CHECK;

#endif
