/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Doubles to text and back with '.' decimals whatever the locale of the process is.
 *
 * Layer: base.  Not from interrupts.
 */
#ifndef GB_BASE_NUMBER_H
#define GB_BASE_NUMBER_H

#include <stddef.h>

#include "error.h"

#define GB_NUMBER_SIZE 32 /* enough for any gb_number_format */

/* Shortest text that reads back as exactly @v ("0.1", "1500", "1e+300"; "nan", "inf").
 * Returns @buf. */
char *gb_number_format(char *buf, size_t n, double v);
/* The whole of @text as a finite decimal number: 0, or -1 (empty, trailing text, leading
 * blank, hexadecimal, out of range, nan or inf). */
int gb_number_parse(const char *text, double *out) GB_MUST_CHECK;
/* snprintf in the C locale.  Returns @buf. */
char *gb_number_printf(char *buf, size_t n, const char *fmt, ...) GB_PRINTF(3, 4);

#endif
