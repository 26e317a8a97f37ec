/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Every sample of the workload claims writes all claims; here the samples are put together,
 * and the picture of the verdicts: a row for each claim, its mark in the column of its
 * verdict, beside it the value and what was claimed of it.
 */
#include "core/report/claims.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/number.h"
#include "base/statistics.h"

#include "core/report/index.h"
#include "core/report/plot.h"

#define MAX_CLAIMS 500 /* of one run; later ones are in the file alone */

/* --- samples put together ----------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The values of claim @key among @n rows, of which @of says whose they are. */
static void put_values(const struct gb_csv_table *t, const size_t *of, size_t key,
		       struct gb_report_claim *c)
{
	double *v = calloc(t->rows + 1, sizeof(*v));
	int column = gb_csv_column(t, "value");
	size_t n = 0;

	GB_BUG_ON(!v);
	for (size_t row = 0; row < t->rows; row++) {
		double one = of[row] == key ? gb_csv_get_double(t, row, column) : NAN;

		if (!isnan(one))
			v[n++] = one;
	}
	c->value = c->lo = c->hi = NAN;
	if (n) {
		qsort(v, n, sizeof(*v), by_number);
		c->value = gb_median(v, n);
		c->lo = v[0];
		c->hi = v[n - 1];
	}
	free(v);
}

struct gb_report_claim *gb_report_claims(const struct gb_report *r, size_t run,
					 const char *params, size_t *n)
{
	const struct gb_csv_table *t = &r->run[run].table[GB_REPORT_CLAIMS];
	int p = gb_csv_column(t, "params"), c = gb_csv_column(t, "claim");
	int verdict = gb_csv_column(t, "verdict");
	struct gb_report_claim *out = calloc(t->rows + 1, sizeof(*out));
	size_t *of = calloc(t->rows + 1, sizeof(*of));
	struct gb_index seen = { 0 };
	char key[1024];

	GB_BUG_ON(!out || !of);
	*n = 0;
	for (size_t row = 0; row < t->rows; row++) {
		const char *which = gb_csv_get(t, row, p), *said = gb_csv_get(t, row, verdict);
		struct gb_report_claim *x;

		of[row] = SIZE_MAX;
		if (params && strcmp(params, which))
			continue;
		snprintf(key, sizeof(key), "%.400s\x1f%.400s", which, gb_csv_get(t, row, c));
		of[row] = gb_index_add(&seen, key, *n);
		if (of[row] >= MAX_CLAIMS)
			continue;
		x = &out[of[row]];
		if (of[row] == *n) {
			*x = (struct gb_report_claim){
				.params = which, .claim = gb_csv_get(t, row, c), .verdict = said,
				.measure = gb_csv_get(t, row, gb_csv_column(t, "measure")),
				.unit = gb_csv_get(t, row, gb_csv_column(t, "unit")),
				.predicate = gb_csv_get(t, row, gb_csv_column(t, "predicate")) };
			(*n)++;
		}
		x->samples++;
		x->differs |= strcmp(x->verdict, said) != 0;
	}
	for (size_t i = 0; i < *n; i++)
		put_values(t, of, i, &out[i]);
	gb_index_free(&seen);
	free(of);
	return out;
}

/* --- the picture ------------------------------------------------------------------------------- */

#define COLUMNS  4
#define MAX_ROWS 80
static const struct {
	const char *verdict, *title;
	size_t style;
} columns[COLUMNS] = {
	{ "holds", "holds", 2 },
	{ "held then", "held in 3.4", 4 },
	{ "false", "false", 1 },
	{ "not observable", "not observable", 7 },
};

static size_t column_of(const char *verdict)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (!strncmp(verdict, columns[i].verdict, strlen(columns[i].verdict)))
			return i;
	return COLUMNS - 1;
}

/* "4096 KiB (claimed <= 128)"; of a predicate on no value nothing is said. */
static void measured(const struct gb_report_claim *c, char *buf, size_t n)
{
	char number[GB_NUMBER_SIZE], text[80] = "";
	const char *p = c->predicate;

	buf[0] = '\0';
	if (isnan(c->value))
		return;
	while (*p && strlen(text) < sizeof(text) - 2) {
		if (!strncmp(p, "value ", 6))
			p += 6;
		else
			strncat(text, p++, 1);
	}
	gb_number_printf(number, sizeof(number), "%.4g", c->value);
	snprintf(buf, n, "%s%s%.20s (%.60s)%s", number, *c->unit ? " " : "", c->unit, text,
		 c->differs ? " varies" : "");
}

static void say(struct gb_plot *p, const struct gb_report_claim *c, size_t n)
{
	size_t count[COLUMNS] = { 0 }, named = 0;

	for (size_t i = 0; i < n; i++)
		count[column_of(c[i].verdict)]++;
	gb_text_printf(&p->caption, "Of %zu sentences %zu hold today, %zu held in 3.4 only, %zu "
		       "are false and %zu cannot be observed.", n, count[0], count[1], count[2],
		       count[3]);
	for (size_t i = 0; i < n; i++) {
		if (column_of(c[i].verdict) != 2)
			continue;
		gb_text_printf(&p->caption, "%s%s", named++ ? "; " : " False: ", c[i].claim);
	}
	gb_text_add(&p->caption, named ? "." : "");
}

int gb_plot_claims(const struct gb_plot_scope *s, struct gb_plot *p)
{
	struct gb_report_claim *c;
	size_t n, rows;
	char text[160];

	if (strcmp(s->workload, "claims"))
		return 0;
	c = gb_report_claims(s->r, s->run, s->params, &n);
	rows = n < MAX_ROWS ? n : MAX_ROWS;
	gb_text_add(&p->data, "series,x,y\n");
	for (size_t i = 0; rows && i < COLUMNS; i++)
		gb_plot_series(p, columns[i].title, columns[i].style);
	gb_plot_array(p, "Claim", MAX_ROWS);
	gb_plot_array(p, "Measured", MAX_ROWS);
	for (size_t i = 0; i < rows; i++) {
		size_t column = column_of(c[i].verdict) + 1;

		gb_text_printf(&p->data, "%zu,%zu,%zu\n", column, column, i + 1);
		gb_plot_element_text(p, "Claim", i + 1, c[i].claim);
		measured(&c[i], text, sizeof(text));
		gb_plot_element_text(p, "Measured", i + 1, text);
	}
	gb_plot_set_number(p, "rows", (double)rows);
	p->height = 90 + 19 * (unsigned int)rows;
	gb_text_printf(&p->title, "claims %s", s->params ? s->params : "");
	say(p, c, n);
	free(c);
	return rows > 0;
}
