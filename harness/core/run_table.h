/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Files of a finished or a broken-off run, for whoever passes their rows on.  A sample's row
 * in samples.csv is written last (rows.h): rows of other files whose sample has none are
 * what a full disk or a kill left of a sample that never ended, and are no results.
 *
 * Layer: core.
 */
#ifndef GB_CORE_RUN_TABLE_H
#define GB_CORE_RUN_TABLE_H

#include "base/csv.h"
#include "columns.h"

/* The file @f of the run in @dir, without rows of samples that samples.csv does not have.
 * Release with gb_csv_free. */
int gb_run_table_read(const char *dir, const struct gb_csv_file *f, struct gb_csv_table *t,
		      struct gb_error *e) GB_MUST_CHECK;

#endif
