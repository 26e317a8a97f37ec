/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Rows of text as an aligned table, CSV, JSON or Markdown, on stdout. */
#ifndef GB_CLI_TABLE_H
#define GB_CLI_TABLE_H

#include <stddef.h>

enum gb_format { GB_FORMAT_TABLE, GB_FORMAT_CSV, GB_FORMAT_JSON, GB_FORMAT_MARKDOWN,
		 GB_FORMAT_NONE };
enum gb_format gb_format_parse(const char *name);

struct gb_table {
	size_t columns, rows, max_rows;
	const char *const *name; /* the caller's */
	const char *right;       /* per column 'r' = right-aligned, else left */
	char **cell;             /* [rows * columns], owned */
};
void gb_table_init(struct gb_table *t, const char *const *names, size_t columns,
		   const char *align);
/* Add a row of @columns strings (copied). */
void gb_table_row(struct gb_table *t, const char *const *cells);
void gb_table_print(const struct gb_table *t, enum gb_format f);
void gb_table_free(struct gb_table *t);

#endif
