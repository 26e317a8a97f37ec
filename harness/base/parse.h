/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Text to values and back, in the units of contract: sizes take k/m/g (1024), times
 * ns/us/ms/s/m/h, rates plain numbers with k.  Whole-string, locale-free, range-checked.
 *
 * Layer: base.  Errors are GB_EXIT_USAGE; @name is what the message calls the value
 * ("--ram", "workload pairs: size").
 */
#ifndef GB_BASE_PARSE_H
#define GB_BASE_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

int gb_parse_uint(const char *text, const char *name, uint64_t min, uint64_t max,
		  uint64_t *out, struct gb_error *e) GB_MUST_CHECK;
int gb_parse_size(const char *text, const char *name, uint64_t min, uint64_t max,
		  uint64_t *out, struct gb_error *e) GB_MUST_CHECK;
/* nanoseconds */
int gb_parse_time(const char *text, const char *name, uint64_t min, uint64_t max,
		  uint64_t *out, struct gb_error *e) GB_MUST_CHECK;
int gb_parse_double(const char *text, const char *name, double min, double max,
		    double *out, struct gb_error *e) GB_MUST_CHECK;

/* Shortest exact text that the parsers read back ("64", "4k", "256m"; "250ms"). */
char *gb_format_size(char *buf, size_t n, uint64_t bytes);
char *gb_format_time(char *buf, size_t n, uint64_t ns);
/* For people: three significant digits ("1.53 ms", "24.1 MiB"). */
char *gb_human_time(char *buf, size_t n, double ns);
char *gb_human_size(char *buf, size_t n, double bytes);

/* The candidate nearest to @text by edit distance, or NULL when none is near
 * (distance > max(1, length/3)).  For did-you-mean hints. */
const char *gb_nearest(const char *text, const char *const *candidates, size_t n);

#endif
