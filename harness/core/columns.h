/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Every CSV file of a run and every column in it, once.  Header lines, datapackage.json
 * and results/README.md are made from this table, so they cannot drift apart.
 *
 * Layer: core.  Adding a column at the end of a file raises the minor schema version;
 * anything else the major one.
 */
#ifndef GB_CORE_COLUMNS_H
#define GB_CORE_COLUMNS_H

#include <stddef.h>

#include "base/text.h"

#define GB_SCHEMA_VERSION "1.1"
#define GB_SCHEMA_MAJOR   1

enum gb_column_type { GB_COL_STRING, GB_COL_INTEGER, GB_COL_NUMBER };

struct gb_column {
	const char *name;
	enum gb_column_type type;
	const char *unit;   /* "" = none */
	const char *values; /* "ok|failed|...": all that may appear; NULL = any */
	const char *help;
};

/* A file; its rows start with the key columns, which are not repeated in @column. */
struct gb_csv_file {
	const char *name;
	const char *row; /* one row per WHAT */
	const struct gb_column *column;
	size_t columns;
};

extern const struct gb_column gb_key_columns[];
extern const size_t gb_nr_key_columns;
extern const struct gb_csv_file gb_csv_files[]; /* ends with name NULL */

const struct gb_csv_file *gb_csv_file_find(const char *name);
/* "schema_version,run_id,...": malloc'ed, no LF. */
char *gb_csv_file_header(const struct gb_csv_file *f);
/* Its table in a database: "gate_cells" for gate-cells.csv. */
void gb_columns_table_name(const struct gb_csv_file *f, char *out, size_t n);
/* The Frictionless description of the files of a run, or of a gate run; and the schema part
 * of results/README.md. */
void gb_columns_datapackage(struct gb_text *out, const char *run_id, int gate);
void gb_columns_markdown(struct gb_text *out);
/* 0 when @schema_version ("1.0") has our major number; otherwise GB_EXIT_HARNESS. */
int gb_schema_accept(const char *schema_version, const char *path, struct gb_error *e)
	GB_MUST_CHECK;

#endif
