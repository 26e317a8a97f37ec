/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Between core/gate/read.c (files and manifest) and core/gate/rows.c (rows to structures). */
#ifndef GB_CORE_GATE_READ_INT_H
#define GB_CORE_GATE_READ_INT_H

#include "base/csv.h"

#include "core/gate/columns.h"
#include "core/gate/data.h"

struct gb_gate_tables {
	struct gb_csv_table t[GB_GATE_FILES];
};

/* Fills d->cell and d->series; the tables have all columns of their file. */
int gb_gate_take_cells(const struct gb_csv_table *t, struct gb_gate_data *d,
		       struct gb_error *e) GB_MUST_CHECK;
int gb_gate_take_processes(const struct gb_csv_table *t, struct gb_gate_data *d,
			   struct gb_error *e) GB_MUST_CHECK;
int gb_gate_take_slices(const struct gb_csv_table *t, struct gb_gate_data *d,
			struct gb_error *e) GB_MUST_CHECK;
int gb_gate_take_buckets(const struct gb_csv_table *t, struct gb_gate_data *d,
			 struct gb_error *e) GB_MUST_CHECK;
char *gb_gate_copy(const char *text);

#endif
