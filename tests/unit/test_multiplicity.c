/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include <math.h>

#include "base/multiplicity.h"
#include "tests/tap.h"
#include "tests/vectors.h"

/* The rows of one family of the reference file, from @row on. */
static size_t family_size(const struct gb_csv_table *t, size_t row)
{
	int column = gb_csv_column(t, "family");
	size_t n = 0;

	while (row + n < t->rows &&
	       !strcmp(gb_csv_get(t, row + n, column), gb_csv_get(t, row, column)))
		n++;
	return n;
}

static void against_reference(void)
{
	struct gb_csv_table t = vectors_open("multiplicity.csv");
	double p[VECTORS_MAX], holm[VECTORS_MAX], bh[VECTORS_MAX];

	for (size_t row = 0, n; row < t.rows; row += n) {
		int wrong = 0;

		n = family_size(&t, row);
		for (size_t i = 0; i < n; i++)
			p[i] = gb_csv_get_double(&t, row + i, gb_csv_column(&t, "p"));
		gb_holm(p, n, holm);
		gb_benjamini_hochberg(p, n, bh);
		for (size_t i = 0; i < n; i++) {
			wrong += !close_to(
				holm[i],
				gb_csv_get_double(&t, row + i, gb_csv_column(&t, "holm")),
				1e-12);
			wrong += !close_to(
				bh[i],
				gb_csv_get_double(
					&t, row + i,
					gb_csv_column(&t, "benjamini_hochberg")),
				1e-12);
		}
		tap_ok(wrong == 0, "family of %zu agrees with the definitions", n);
	}
	gb_csv_free(&t);
}

int main(void)
{
	/* The example of Holm's step-down rule in every textbook: 0.01 is held to 0.05/4.
	 */
	double p[4] = {0.04, 0.01, 0.03, 0.005}, out[4];
	double odd[3] = {NAN, 0.01, 0.5};

	gb_holm(p, 4, out);
	CHECK(close_to(out[3], 0.02, 1e-12) && close_to(out[1], 0.03, 1e-12));
	CHECK(close_to(out[2], 0.06, 1e-12) && close_to(out[0], 0.06, 1e-12));
	gb_benjamini_hochberg(p, 4, out);
	CHECK(close_to(out[3], 0.02, 1e-12) && close_to(out[0], 0.04, 1e-12));
	gb_holm(odd, 3, out);
	tap_ok(out[0] == 1 && close_to(out[1], 0.03, 1e-12),
	       "a NaN rejects nothing and still belongs to the family");
	gb_holm(p, 1, out);
	tap_ok(out[0] == p[0], "a family of one is left alone");
	gb_holm(NULL, 0, NULL);
	against_reference();
	return tap_done();
}
