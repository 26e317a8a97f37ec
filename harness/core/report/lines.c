/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/report/lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/statistics.h"

#define CROSSINGS 3  /* labelled at most */
#define WIDE      16 /* from this ratio of the ends on, x is logarithmic */

void gb_line_add(struct gb_line *l, double x, const double *values, size_t n)
{
	l->v = reallocarray(l->v, l->n + 1, sizeof(*l->v));
	GB_BUG_ON(!l->v);
	l->v[l->n++] = (struct gb_point){ x, gb_median(values, n), gb_quantile(values, n, 0),
					  gb_quantile(values, n, 1) };
}

static int by_x(const void *a, const void *b)
{
	const struct gb_point *p = a, *q = b;

	return (p->x > q->x) - (p->x < q->x);
}

void gb_line_finish(struct gb_line *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_x);
}

void gb_lines_free(struct gb_line *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(l[i].v);
}

/* Sizes are written as people write them. */
static char *x_text(int bytes, double x, char *buf, size_t n)
{
	if (bytes)
		return gb_human_size(buf, n, x);
	snprintf(buf, n, "%.4g", x);
	return buf;
}

/* For sizes, a tic at every fourth power of two that is in range. */
static void x_axis(struct gb_plot *p, const struct gb_line *l, size_t n, int bytes)
{
	struct gb_text tics = { 0 };
	double lo = INFINITY, hi = 0;
	char text[40];
	int wide;

	for (size_t i = 0; i < n; i++) {
		lo = l[i].v[0].x < lo ? l[i].v[0].x : lo;
		hi = l[i].v[l[i].n - 1].x > hi ? l[i].v[l[i].n - 1].x : hi;
	}
	wide = lo > 0 && hi / lo >= WIDE;
	for (double x = 1; bytes && wide && x <= hi; x *= 4)
		if (x >= lo)
			gb_text_printf(&tics, "%s'%s' %.0f", tics.len ? ", " : "set xtics (",
				       gb_format_size(text, sizeof(text), (uint64_t)x), x);
	gb_text_add(&tics, tics.len ? ")" : "");
	gb_plot_set_number(p, "logx", wide);
	gb_plot_set_text(p, "xtics", tics.data);
	gb_text_free(&tics);
}

void gb_lines_write(struct gb_plot *p, const struct gb_line *l, size_t n, const size_t *style,
		    const char *x_title, int bytes)
{
	gb_text_add(&p->data, "series,x,y,lo,hi\n");
	for (size_t k = 0; k < n; k++) {
		size_t series = gb_plot_series(p, l[k].name, style[k]);

		for (size_t i = 0; i < l[k].n; i++) {
			gb_text_printf(&p->data, "%zu,", series);
			gb_plot_value(p, l[k].v[i].x, 1);
			gb_plot_value(p, l[k].v[i].y, 1);
			gb_plot_value(p, l[k].v[i].lo, 1);
			gb_plot_value(p, l[k].v[i].hi, 0);
		}
	}
	gb_plot_set_text(p, "xtitle", x_title);
	x_axis(p, l, n, bytes);
}

static double at(const struct gb_line *l, double x)
{
	for (size_t i = 0; i < l->n; i++)
		if (!(l->v[i].x < x) && !(l->v[i].x > x))
			return l->v[i].y;
	return NAN;
}

double gb_line_crossing(const struct gb_line *a, const struct gb_line *b)
{
	double x0 = NAN, d0 = NAN, found = NAN;

	for (size_t i = 0; i < a->n; i++) {
		double x = a->v[i].x, d = log(a->v[i].y / at(b, x));

		if (!isfinite(d))
			continue;
		if (d0 * d < 0)
			found = exp2(log2(x0) + (log2(x) - log2(x0)) * d0 / (d0 - d));
		x0 = x;
		d0 = d;
	}
	return found;
}

double gb_line_between(const struct gb_line *l, double x)
{
	for (size_t i = 1; i < l->n; i++) {
		const struct gb_point *a = &l->v[i - 1], *b = &l->v[i];

		if (x >= a->x && x <= b->x)
			return a->y * pow(b->y / a->y, log(x / a->x) / log(b->x / a->x));
	}
	return NAN;
}

const struct gb_line *gb_line_lower_at_end(const struct gb_line *a, const struct gb_line *b)
{
	for (size_t i = a->n; i-- > 0;) {
		double other = at(b, a->v[i].x);

		if (!isnan(other))
			return a->v[i].y < other ? a : b;
	}
	return a;
}

static void say_crossing(struct gb_plot *p, const struct gb_line *a, const struct gb_line *b,
			 double x, int bytes, size_t i)
{
	const struct gb_line *after = gb_line_lower_at_end(a, b), *before = after == a ? b : a;
	char text[240], at_x[40];

	x_text(bytes, x, at_x, sizeof(at_x));
	gb_text_printf(&p->caption, "%sFrom %s on %s costs less than %s.", i > 1 ? " " : "", at_x,
		       after->name, before->name);
	snprintf(text, sizeof(text), "%.40s = %.40s at %s", a->name, b->name, at_x);
	gb_plot_element(p, "Cross", i, x);
	gb_plot_element_text(p, "CrossText", i, text);
}

void gb_lines_crossings(struct gb_plot *p, const struct gb_line *l, size_t n, int bytes)
{
	size_t found = 0;

	gb_plot_array(p, "Cross", CROSSINGS);
	gb_plot_array(p, "CrossText", CROSSINGS);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && found < CROSSINGS; k++) {
			double x = gb_line_crossing(&l[i], &l[k]);

			if (!isnan(x) && l[i].contender && l[k].contender)
				say_crossing(p, &l[i], &l[k], x, bytes, ++found);
		}
	gb_plot_set_number(p, "crossings", (double)found);
	if (!found)
		gb_text_add(&p->caption, "No two of them cross in this range.");
}
