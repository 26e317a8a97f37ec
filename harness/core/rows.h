/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The rows of a run.  A sample's rows in the other files are written before its row in
 * samples.csv, each file synced: a row in samples.csv means that the sample is complete.
 * What a killed process left without such a row is passed over by gb_run_table_read() and
 * removed by gb_rows_resume().
 *
 * Layer: core.
 */
#ifndef GB_CORE_ROWS_H
#define GB_CORE_ROWS_H

#include "base/csv.h"
#include "plan.h"
#include "spawn.h"

#define GB_ROW_FILES 8

struct gb_rows {
	const char *run_id;               /* the caller's */
	struct gb_csv *file[GB_ROW_FILES];
};

int gb_rows_open(struct gb_rows *r, const char *dir, const char *run_id, struct gb_error *e)
	GB_MUST_CHECK;
int gb_rows_write(struct gb_rows *r, const struct gb_plan *p, const struct gb_plan_item *item,
		  const struct gb_sample *s, struct gb_error *e) GB_MUST_CHECK;
int gb_rows_close(struct gb_rows *r, struct gb_error *e) GB_MUST_CHECK;

/* Mark in @done (indexed by sample id, @n entries) every sample of @dir that is complete
 * and was not interrupted; remove rows of incomplete ones from all files. */
int gb_rows_resume(const char *dir, unsigned char *done, size_t n, struct gb_error *e)
	GB_MUST_CHECK;

#endif
