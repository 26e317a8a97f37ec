/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Options as rows: name, type, offsetof into the owner's struct, default, range, help.
 * Parsing, range checks, help, `show`, canonical text and man-page tables all come from
 * the row (fio's way); nothing is looked up by string after parsing.
 *
 * Layer: base.  A table ends with a row whose name is NULL.
 */
#ifndef GB_BASE_OPTION_H
#define GB_BASE_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum gb_option_type {
	GB_OPTION_UINT,   /* uint64_t */
	GB_OPTION_SIZE,   /* uint64_t, bytes; k/m/g */
	GB_OPTION_TIME,   /* uint64_t, ns */
	GB_OPTION_DOUBLE, /* double */
	GB_OPTION_BOOL,   /* uint64_t 0 or 1; accepts 0, 1, yes, no */
	GB_OPTION_CHOICE, /* uint64_t, index into choices "fifo|lifo|random" */
	GB_OPTION_TEXT,   /* const char *, owned by the struct: gb_options_free() */
};

struct gb_option {
	const char *name;
	enum gb_option_type type;
	size_t offset;
	const char *def;     /* default, as text; NULL: required */
	uint64_t min, max;   /* numbers: inclusive range (max 0: no upper limit); TEXT: length */
	const char *choices; /* CHOICE only */
	const char *help;    /* one line, unit included */
};

/* Set every default, then apply @spec ("key=value:key=value"; NULL or "" = defaults; a
 * ':' inside a value is written "\:").  @owner names the table in messages ("workload
 * pairs").  An unknown key gives did-you-mean and the list of keys. */
int gb_options_parse(const struct gb_option *rows, void *into, const char *owner,
		     const char *spec, struct gb_error *e) GB_MUST_CHECK;
/* Canonical text: every option in table order, "size=64:n=100:order=fifo"; two specs
 * that mean the same give the same text.  Returns malloc'ed memory. */
char *gb_options_format(const struct gb_option *rows, const void *from);
/* The value of one option as text, into @buf. */
char *gb_option_value(const struct gb_option *row, const void *from, char *buf, size_t n);
void gb_options_free(const struct gb_option *rows, void *from);

#endif
