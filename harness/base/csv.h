/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * CSV as contract has it: RFC 4180, one header line, LF, '.' decimals whatever the
 * locale, no comment lines, empty = not measured.
 *
 * Writing: a row is built in memory and written whole with one write(2), then synced when
 * asked, so that a reader or a crash never sees half a row.  Reading: a whole table into
 * memory, columns found by name; an unfinished last line (no LF) is dropped and reported,
 * a wrong number of fields is an error that names file and line.
 *
 * Layer: base.  Not from interrupts.
 */
#ifndef GB_BASE_CSV_H
#define GB_BASE_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* --- writing ------------------------------------------------------------- */

struct gb_csv; /* an open file, append-only */

/* Open @path for appending; writes @header (comma-joined names, no LF) when the file is
 * new, and refuses a file whose header differs.  A torn last line is cut off first. */
struct gb_csv *gb_csv_open(const char *path, const char *header, struct gb_error *e);
/* Adopt a descriptor (stdout): no truncation, no sync. */
struct gb_csv *gb_csv_fd(int fd, const char *header, struct gb_error *e);
void gb_csv_text(struct gb_csv *c, const char *value);  /* NULL = empty field */
void gb_csv_u64(struct gb_csv *c, uint64_t value);
void gb_csv_i64(struct gb_csv *c, int64_t value);
void gb_csv_double(struct gb_csv *c, double value);     /* NaN = empty; shortest exact */
void gb_csv_empty(struct gb_csv *c);
/* End the row: one write.  Checks the number of fields against the header. */
int gb_csv_row(struct gb_csv *c, struct gb_error *e) GB_MUST_CHECK;
/* Rows may be gathered (histograms): held until gb_csv_flush, then written in one go. */
int gb_csv_row_held(struct gb_csv *c, struct gb_error *e) GB_MUST_CHECK;
int gb_csv_flush(struct gb_csv *c, int sync, struct gb_error *e) GB_MUST_CHECK;
/* Of the file; UINT64_MAX: of no regular file of ours. */
uint64_t gb_csv_bytes(const struct gb_csv *c);
/* Forget held rows, and those that are in the file beyond @bytes, of gb_csv_bytes(). */
void gb_csv_take_back(struct gb_csv *c, uint64_t bytes);
int gb_csv_close(struct gb_csv *c, struct gb_error *e) GB_MUST_CHECK;

/* --- reading ------------------------------------------------------------- */

struct gb_csv_table {
	char *path;
	size_t columns, rows;
	char **name;        /* [columns] */
	char **field;       /* [rows * columns], never NULL */
	int torn;           /* the last line had no LF and was dropped */
	char *storage;
};

int gb_csv_read(const char *path, struct gb_csv_table *t, struct gb_error *e) GB_MUST_CHECK;
void gb_csv_free(struct gb_csv_table *t);
/* Column number of @name, or -1. */
int gb_csv_column(const struct gb_csv_table *t, const char *name);
static inline const char *gb_csv_get(const struct gb_csv_table *t, size_t row, int col)
{
	return col < 0 ? "" : t->field[row * t->columns + (size_t)col];
}
/* NaN when the field is empty or no number; locale-free. */
double gb_csv_get_double(const struct gb_csv_table *t, size_t row, int col);
/* 0 on success, -1 when empty or malformed. */
int gb_csv_get_u64(const struct gb_csv_table *t, size_t row, int col, uint64_t *out);

#endif
