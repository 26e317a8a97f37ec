/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Reading JSON (RFC 8259): the whole text into a tree, values found by path.
 *
 * Layer: base.  Strict: no comments, no trailing commas, depth up to 64; malformed input
 * is GB_EXIT_USAGE and names the offset.  Numbers are doubles; 64-bit values that must
 * survive are written as strings.  Not from interrupts.
 */
#ifndef GB_BASE_JSON_H
#define GB_BASE_JSON_H

#include <stddef.h>

#include "error.h"

enum gb_json_type {
	GB_JSON_NULL,
	GB_JSON_BOOL,
	GB_JSON_NUMBER,
	GB_JSON_STRING,
	GB_JSON_ARRAY,
	GB_JSON_OBJECT,
};

struct gb_json {
	enum gb_json_type type;
	char *key;             /* of this member; NULL in arrays and at the root */
	char *text;            /* STRING, and the digits of a NUMBER */
	double number;         /* NUMBER; BOOL as 0 or 1 */
	struct gb_json *child; /* first element */
	struct gb_json *next;  /* next element of the parent */
};

/* @name is what messages call the text.  NULL on error; release with gb_json_free. */
struct gb_json *gb_json_parse(const char *text, size_t len, const char *name,
			      struct gb_error *e);
struct gb_json *gb_json_read(const char *path, struct gb_error *e);
void gb_json_free(struct gb_json *j);

/* "gate.config.alpha": member by member; NULL when any is missing (or @j is NULL). */
const struct gb_json *gb_json_get(const struct gb_json *j, const char *path);
/* The text of a string at @path, else @fallback. */
const char *gb_json_text(const struct gb_json *j, const char *path, const char *fallback);
/* The number or bool at @path, else NaN. */
double gb_json_number(const struct gb_json *j, const char *path);

struct gb_text;
/* The tree as text again, members one a line, indented by 2 * @depth spaces. */
void gb_json_write(struct gb_text *t, const struct gb_json *j, int depth);

#endif
