/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A growing text buffer for everything that is built before it is written: reports, JSON,
 * HTML, command lines.  Layer: base.  Uses malloc: never in a timed region or in a runner
 * after the start line.  Running out of memory aborts (GB_BUG).
 */
#ifndef GB_BASE_TEXT_H
#define GB_BASE_TEXT_H

#include <stddef.h>

#include "error.h"

struct gb_text {
	char *data; /* always NUL-terminated once non-NULL */
	size_t len, cap;
};

void gb_text_add(struct gb_text *t, const char *s);
void gb_text_addn(struct gb_text *t, const char *s, size_t n);
void gb_text_printf(struct gb_text *t, const char *fmt, ...) GB_PRINTF(2, 3);
/* "..." with escapes, quotes included. */
void gb_text_json(struct gb_text *t, const char *s);
/* & < > " ' escaped; control characters replaced. */
void gb_text_xml(struct gb_text *t, const char *s);
/* One word for a shell, quoted where it must be.  @list: one item of a list of ours, in
 * which a comma is written "\,". */
void gb_text_shell(struct gb_text *t, const char *s, int list);
/* A double in '.' notation, shortest that reads back; "null" for NaN. */
void gb_text_double(struct gb_text *t, double v);
/* Write to @path atomically (temporary file, fsync, rename). */
int gb_text_save(const struct gb_text *t, const char *path, struct gb_error *e) GB_MUST_CHECK;
void gb_text_free(struct gb_text *t);

/* Whole file into memory (NUL-terminated, *len without it); refuses over @limit bytes. */
int gb_read_file(const char *path, size_t limit, char **data, size_t *len,
		 struct gb_error *e) GB_MUST_CHECK;

#endif
