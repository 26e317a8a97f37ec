/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Lines over a numeric x: their data, their axis, where they cross.  Layer: core. */
#ifndef GB_CORE_REPORT_LINES_H
#define GB_CORE_REPORT_LINES_H

#include "core/report/plot.h"

struct gb_point {
	double x, y, lo, hi;
};

struct gb_line {
	char name[80];
	int contender;           /* 0: shown, but no crossing is worth a word */
	struct gb_point *v;      /* ascending x */
	size_t n;
};

/* Append the point: median, smallest and largest of @values. */
void gb_line_add(struct gb_line *l, double x, const double *values, size_t n);
/* Sort by x. */
void gb_line_finish(struct gb_line *l);
void gb_lines_free(struct gb_line *l, size_t n);

/* Header, then every line as a series (@style[i] its look); axis titles; a logarithmic x
 * where the range is wide.  @bytes: x is a size. */
void gb_lines_write(struct gb_plot *p, const struct gb_line *l, size_t n, const size_t *style,
		    const char *x_title, int bytes);
/* Find where contenders change places, mark it and say it: "A costs less than B". */
void gb_lines_crossings(struct gb_plot *p, const struct gb_line *l, size_t n, int bytes);
/* The last x at which the order of two lines changes, on the logarithms; NaN = never. */
double gb_line_crossing(const struct gb_line *a, const struct gb_line *b);
/* y at @x, on the logarithms, between the points beside it; NaN beyond the ends. */
double gb_line_between(const struct gb_line *l, double x);
/* Which of the two is lower at the largest x that both have. */
const struct gb_line *gb_line_lower_at_end(const struct gb_line *a, const struct gb_line *b);

#endif
