/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Reading the reference values in tests/data/statistics. */
#ifndef GB_TESTS_VECTORS_H
#define GB_TESTS_VECTORS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"

#include "tests/tap.h"

#define VECTORS_MAX 512

/* A missing file is a failed test, and leaves an empty table. */
static struct gb_csv_table vectors_open(const char *name)
{
	const char *top = getenv("GB_SRCDIR");
	struct gb_csv_table t = {0};
	struct gb_error e = GB_ERROR_INIT;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/statistics/%s", top ? top : ".",
		 name);
	if (gb_csv_read(path, &t, &e) < 0)
		tap_diag("%s", e.what);
	tap_ok(t.rows > 0, "reference values in %s", name);
	return t;
}

/* "1.5 -2 3" into @into; the count. */
__attribute__((unused)) static size_t vectors_parse(const char *text, double *into)
{
	size_t n = 0;
	char *end;

	for (; n < VECTORS_MAX; text = end) {
		into[n] = strtod(text, &end);
		if (end == text)
			break;
		n++;
	}
	return n;
}

static int close_to(double got, double want, double relative)
{
	return fabs(got - want) <= relative * fabs(want) + 1e-300;
}

#endif
