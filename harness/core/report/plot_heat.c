/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Share of failed atomic allocations by interrupt rate and size of RAM: one field for each
 * run, so it takes runs that differ in both.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#include "core/report/plot.h"

#define MAX_SIDE 24

struct axis {
	double v[MAX_SIDE];
	size_t n;
};

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t place(const struct axis *x, double v)
{
	size_t i = 0;

	while (i < x->n && (x->v[i] < v || x->v[i] > v))
		i++;
	return i;
}

static void insert(struct axis *x, double v)
{
	if (isnan(v) || place(x, v) < x->n || x->n == MAX_SIDE)
		return;
	x->v[x->n++] = v;
	qsort(x->v, x->n, sizeof(*x->v), by_value);
}

/* As asked for; the workload's own rate as it was achieved, to two digits. */
static double irq_rate(const struct gb_report *r, size_t run)
{
	double asked = gb_json_number(r->run[run].manifest, "options.irq_rate_hz"), unit;
	double sum = 0, n = 0, got;

	if (!isnan(asked))
		return asked;
	for (size_t i = 0; i < r->samples; i++) {
		const char *text = gb_report_get(r, &r->sample[i], "irq_per_s");

		if (r->sample[i].run == run && r->sample[i].ok && *text) {
			sum += strtod(text, NULL);
			n++;
		}
	}
	got = n > 0 ? sum / n : NAN;
	unit = got > 0 ? pow(10, floor(log10(got)) - 1) : 1;
	return round(got / unit) * unit;
}

static double ram(const struct gb_report *r, size_t run)
{
	double v = gb_json_number(r->run[run].manifest, "options.ram_bytes");

	return v > 0 ? v : NAN;
}

static double failed_percent(const struct gb_report *r, size_t run)
{
	double failures = 0, attempts = 0;

	for (size_t i = 0; i < r->samples; i++) {
		if (r->sample[i].run != run || !r->sample[i].ok)
			continue;
		failures += r->sample[i].atomic_failures;
		attempts += r->sample[i].atomic_attempts;
	}
	return attempts > 0 ? 100 * failures / attempts : NAN;
}

static void axes(struct gb_plot *p, const struct axis *rate, const struct axis *size)
{
	char text[40];

	gb_plot_array(p, "Rate", MAX_SIDE);
	gb_plot_array(p, "Size", MAX_SIDE);
	for (size_t i = 0; i < rate->n; i++) {
		snprintf(text, sizeof(text), "%g Hz", rate->v[i]);
		gb_plot_element_text(p, "Rate", i + 1, text);
	}
	for (size_t i = 0; i < size->n; i++)
		gb_plot_element_text(p, "Size", i + 1,
				     gb_human_size(text, sizeof(text), size->v[i]));
	gb_plot_set_number(p, "rates", (double)rate->n);
	gb_plot_set_number(p, "sizes", (double)size->n);
}

int gb_plot_heat(const struct gb_plot_scope *s, struct gb_plot *p)
{
	struct axis rate = { .n = 0 }, size = { .n = 0 };
	double worst = 0;
	size_t fields = 0, clean = 0;

	for (size_t run = 0; run < s->r->runs; run++) {
		if (isnan(ram(s->r, run)) || isnan(failed_percent(s->r, run)))
			continue;
		insert(&rate, irq_rate(s->r, run));
		insert(&size, ram(s->r, run));
	}
	if (rate.n < 2 || size.n < 2)
		return 0;
	gb_text_add(&p->data, "x,y,percent,run_id\n");
	for (size_t run = 0; run < s->r->runs; run++) {
		size_t x = place(&rate, irq_rate(s->r, run)), y = place(&size, ram(s->r, run));
		double v = failed_percent(s->r, run);

		if (x == rate.n || y == size.n || isnan(v))
			continue;
		gb_text_printf(&p->data, "%zu,%zu,", x + 1, y + 1);
		gb_plot_value(p, v, 1);
		gb_plot_field(p, s->r->run[run].id, 0);
		worst = v > worst ? v : worst;
		clean += !(v > 0);
		fields++;
	}
	axes(p, &rate, &size);
	gb_text_add(&p->title, "Failed atomic allocations");
	gb_text_printf(&p->caption, "%zu of %zu combinations never fail; the worst loses %.3g %% of "
		       "its atomic allocations.", clean, fields, worst);
	p->height = 150 + 44 * (unsigned int)size.n;
	return 1;
}
