/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/report/dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct columns {
	int op, context, lo, hi, count;
};

static int wanted(const struct gb_csv_table *t, size_t row, int op_col, int context_col,
		  const char *op, const char *context)
{
	return !strcmp(gb_csv_get(t, row, op_col), op) &&
	       (!*context || !strcmp(gb_csv_get(t, row, context_col), context));
}

static void add_bin(struct gb_dist *d, const struct gb_bin *b)
{
	if (!(b->count > 0) || isnan(b->lo) || isnan(b->hi))
		return;
	if ((d->n & (d->n - 1)) == 0) {
		d->bin = reallocarray(d->bin, d->n ? 2 * d->n : 1, sizeof(*d->bin));
		GB_BUG_ON(!d->bin);
	}
	d->bin[d->n++] = *b;
	d->total += b->count;
}

static void add_sample(const struct gb_report *r, const struct gb_report_sample *s,
		       const char *op, const char *context, struct gb_dist *d)
{
	const struct gb_report_run *u = &r->run[s->run];
	const struct gb_csv_table *t = &u->table[GB_REPORT_HISTOGRAMS];
	struct columns k = { gb_csv_column(t, "op"), gb_csv_column(t, "context"),
			     gb_csv_column(t, "bucket_lo_ns"), gb_csv_column(t, "bucket_hi_ns"),
			     gb_csv_column(t, "count") };

	for (size_t i = s->first[GB_REPORT_HISTOGRAMS]; i != GB_NO_ROW;
	     i = u->next[GB_REPORT_HISTOGRAMS][i]) {
		if (!wanted(t, i, k.op, k.context, op, context))
			continue;
		add_bin(d, &(struct gb_bin){ gb_csv_get_double(t, i, k.lo),
					     gb_csv_get_double(t, i, k.hi),
					     gb_csv_get_double(t, i, k.count) });
	}
}

static void add_max(const struct gb_report *r, const struct gb_report_sample *s,
		    const char *op, const char *context, struct gb_dist *d)
{
	const struct gb_report_run *u = &r->run[s->run];
	const struct gb_csv_table *t = &u->table[GB_REPORT_LATENCY];
	int op_col = gb_csv_column(t, "op"), context_col = gb_csv_column(t, "context");
	int max = gb_csv_column(t, "max_ns");

	for (size_t i = s->first[GB_REPORT_LATENCY]; i != GB_NO_ROW;
	     i = u->next[GB_REPORT_LATENCY][i])
		if (wanted(t, i, op_col, context_col, op, context) &&
		    gb_csv_get_double(t, i, max) > d->max)
			d->max = gb_csv_get_double(t, i, max);
}

static int by_lo(const void *a, const void *b)
{
	const struct gb_bin *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

static void merge(struct gb_dist *d)
{
	size_t n = 0;

	if (d->n)
		qsort(d->bin, d->n, sizeof(*d->bin), by_lo);
	for (size_t i = 0; i < d->n; i++) {
		if (n && !(d->bin[n - 1].lo < d->bin[i].lo))
			d->bin[n - 1].count += d->bin[i].count;
		else
			d->bin[n++] = d->bin[i];
	}
	d->n = n;
}

void gb_dist_collect(const struct gb_report *r, const struct gb_report_cell *c, const char *op,
		     const char *context, struct gb_dist *d)
{
	memset(d, 0, sizeof(*d));
	for (size_t i = c->first; i < c->first + c->n; i++) {
		if (!r->sample[i].ok)
			continue;
		add_sample(r, &r->sample[i], op, context, d);
		add_max(r, &r->sample[i], op, context, d);
	}
	merge(d);
}

void gb_dist_free(struct gb_dist *d)
{
	free(d->bin);
	memset(d, 0, sizeof(*d));
}

double gb_dist_quantile(const struct gb_dist *d, double q)
{
	double sum = 0;

	for (size_t i = 0; i < d->n; i++) {
		sum += d->bin[i].count;
		if (sum >= q * d->total)
			return d->max > 0 && d->bin[i].hi > d->max ? d->max : d->bin[i].hi;
	}
	return NAN;
}
