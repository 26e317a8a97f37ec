/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Memory and pressure over time: of one sample of each backend, the good one whose peak is
 * the median, since curves of different processes cannot be averaged.
 *
 * What a backend holds: page frames gone from the emulated RAM where there is one (the
 * resident set misleads there: RAM is prefaulted and may be mapped twice), else the
 * resident set less what it was before the first allocation.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#include "core/report/plot.h"

#define PAGE       4096.0
#define MIB        (1.0 / (1 << 20))
#define MAX_POINTS 120
#define MAX_PANELS 6

/* --- one sample for a cell -------------------------------------------------------------------- */

static size_t rows_of(const struct gb_report *r, const struct gb_report_sample *s, int f)
{
	size_t n = 0;

	for (size_t i = s->first[f]; i != GB_NO_ROW; i = r->run[s->run].next[f][i])
		n++;
	return n;
}

static const struct gb_report_sample *typical(const struct gb_report *r,
					      const struct gb_report_cell *c, int f)
{
	double median = gb_report_median(r, c, GB_METRIC_HELD), best_off = INFINITY;
	const struct gb_report_sample *best = NULL;

	for (size_t i = c->first; i < c->first + c->n; i++) {
		const struct gb_report_sample *s = &r->sample[i];
		double off = fabs(s->v[GB_METRIC_HELD] - median);

		if (!s->ok || rows_of(r, s, f) < 2)
			continue;
		if (!best || off < best_off) {
			best = s;
			best_off = off;
		}
	}
	return best;
}

struct reader {
	const struct gb_csv_table *t;
	const size_t *next;
	size_t row, every, skipped;
};

static struct reader reader(const struct gb_report *r, const struct gb_report_sample *s, int f)
{
	return (struct reader){ &r->run[s->run].table[f], r->run[s->run].next[f], s->first[f],
				rows_of(r, s, f) / MAX_POINTS + 1, 0 };
}

static double get(const struct reader *x, const char *column)
{
	return gb_csv_get_double(x->t, x->row, gb_csv_column(x->t, column));
}

/* --- memory ---------------------------------------------------------------------------------------- */

struct memory {
	double live_peak, held_peak, live_end, held_end, rss_start, free_start;
};

static double held(const struct reader *x, const struct memory *m)
{
	double free_pages = get(x, "free_pages"), v = get(x, "rss_bytes") - m->rss_start;

	/* before RAM is up there is nothing to hold */
	if (m->free_start > 0)
		v = isnan(free_pages) ? 0 : (m->free_start - free_pages) * PAGE;
	return v < 0 ? 0 : v;
}

/* Free pages of the untouched RAM; 0: there is none. */
static double most_free(const struct gb_report *r, const struct gb_report_sample *s)
{
	struct reader x = reader(r, s, GB_REPORT_MEMORY);
	double most = 0;

	for (; x.row != GB_NO_ROW; x.row = x.next[x.row])
		most = get(&x, "free_pages") > most ? get(&x, "free_pages") : most;
	return most;
}

static void memory_row(struct gb_plot *p, const struct reader *x, size_t series,
		       struct memory *m)
{
	double live = get(x, "live_bytes"), h = held(x, m);

	gb_text_printf(&p->data, "%zu,", series);
	gb_plot_value(p, get(x, "t_ms") / 1000, 1);
	gb_plot_value(p, live * MIB, 1);
	gb_plot_value(p, h * MIB, 1);
	gb_plot_value(p, get(x, "cached_bytes") * MIB, 1);
	gb_plot_field(p, gb_csv_get(x->t, x->row, gb_csv_column(x->t, "phase")), 0);
	m->live_peak = live > m->live_peak ? live : m->live_peak;
	m->held_peak = h > m->held_peak ? h : m->held_peak;
	m->live_end = live;
	m->held_end = h;
}

static void memory_rows(const struct gb_plot_scope *s, struct gb_plot *p,
			const struct gb_report_sample *x, size_t series, struct memory *m)
{
	struct reader in = reader(s->r, x, GB_REPORT_MEMORY);

	m->free_start = most_free(s->r, x);
	m->rss_start = get(&in, "rss_bytes");
	m->rss_start = isnan(m->rss_start) ? 0 : m->rss_start;
	for (size_t i = 0; in.row != GB_NO_ROW; in.row = in.next[in.row], i++)
		if (i % in.every == 0 || in.next[in.row] == GB_NO_ROW)
			memory_row(p, &in, series, m);
}

static void say_memory(struct gb_plot *p, const char *who, const struct memory *m)
{
	char a[32], b[32], c[32];

	gb_human_size(a, sizeof(a), m->held_peak);
	gb_human_size(b, sizeof(b), m->live_peak);
	gb_human_size(c, sizeof(c), m->held_end);
	gb_text_printf(&p->caption, "%s%s holds %s at its peak for %s of data, and %s at the end.",
		       p->caption.len ? " " : "", who, a, b, c);
}

int gb_plot_memory(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_report_cell *c[GB_MAX_SERIES];
	size_t n = gb_plot_cells(s, c);

	gb_text_add(&p->data, "series,t_s,live_mib,held_mib,cached_mib,phase\n");
	for (size_t i = 0; i < n && p->series < MAX_PANELS; i++) {
		const struct gb_report_sample *x = typical(s->r, c[i], GB_REPORT_MEMORY);
		struct memory m = { 0 };

		/* the ring of `null` is the harness's own memory */
		if (!x || gb_plot_is_null(c[i]))
			continue;
		memory_rows(s, p, x, gb_plot_series(p, c[i]->backend, gb_plot_style(s, c[i])),
			    &m);
		say_memory(p, c[i]->backend, &m);
	}
	if (!p->series)
		return 0;
	gb_plot_heading(s, c[0], &p->title);
	p->height = p->series > 3 ? 600 : 330;
	return 1;
}

/* --- pressure --------------------------------------------------------------------------------------- */

/* The zone that suffers: most failures, then least free above its minimum. */
static const char *worst_zone(const struct gb_report *r, const struct gb_report_sample *s)
{
	struct reader x = reader(r, s, GB_REPORT_PRESSURE);
	const char *zone = "";
	double worst = INFINITY;

	for (; x.row != GB_NO_ROW; x.row = x.next[x.row]) {
		double room = get(&x, "free_pages") - get(&x, "min_pages");

		if (room < worst) {
			worst = room;
			zone = gb_csv_get(x.t, x.row, gb_csv_column(x.t, "zone"));
		}
	}
	return zone;
}

struct pressure {
	double failures, lowest, min, awake, rows;
	int pressed;             /* fell below a watermark, ever */
};

static void pressure_rows(const struct gb_plot_scope *s, struct gb_plot *p,
			  const struct gb_report_sample *x, size_t series, const char *zone,
			  struct pressure *out)
{
	struct reader in = reader(s->r, x, GB_REPORT_PRESSURE);
	double before = NAN;

	for (size_t i = 0; in.row != GB_NO_ROW; in.row = in.next[in.row], i++) {
		double now = get(&in, "atomic_failures_count"), new = now - before;
		double awake = get(&in, "kswapd_awake"), freed = get(&in, "free_pages");

		if (strcmp(gb_csv_get(in.t, in.row, gb_csv_column(in.t, "zone")), zone))
			continue;
		before = now;
		gb_text_printf(&p->data, "%zu,", series);
		gb_plot_value(p, get(&in, "t_ms") / 1000, 1);
		gb_plot_value(p, freed, 1);
		gb_plot_value(p, get(&in, "min_pages"), 1);
		gb_plot_value(p, get(&in, "low_pages"), 1);
		gb_plot_value(p, get(&in, "high_pages"), 1);
		gb_plot_value(p, awake, 1);
		gb_plot_value(p, new > 0 ? new : NAN, 1);
		gb_plot_value(p, get(&in, "direct_reclaims_count"), 0);
		out->failures += new > 0 ? new : 0;
		out->lowest = out->rows > 0 && out->lowest < freed ? out->lowest : freed;
		out->min = get(&in, "min_pages");
		out->awake += awake > 0;
		out->pressed |= freed < get(&in, "low_pages") || awake > 0 || new > 0;
		out->rows++;
	}
}

static void say_pressure(struct gb_plot *p, const char *who, const char *zone,
			 const struct pressure *x)
{
	gb_text_printf(&p->caption, "%s%s: zone %s fell to %.0f free pages (minimum %.0f), kswapd "
		       "was awake %.0f %% of the time, %.0f atomic allocations failed.",
		       p->caption.len ? " " : "", who, zone, x->lowest, x->min,
		       100 * x->awake / x->rows, x->failures);
}

/* Nothing to tell where memory was never short. */
int gb_plot_pressure(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_report_cell *c[GB_MAX_SERIES];
	size_t n = gb_plot_cells(s, c);
	int pressed = 0;

	gb_text_add(&p->data, "series,t_s,free,min,low,high,awake,failed,direct\n");
	gb_plot_array(p, "Zone", GB_MAX_SERIES);
	for (size_t i = 0; i < n && p->series < 3; i++) {
		const struct gb_report_sample *x = typical(s->r, c[i], GB_REPORT_PRESSURE);
		struct pressure got = { 0 };
		const char *zone;
		size_t k;

		if (!x)
			continue;
		zone = worst_zone(s->r, x);
		k = gb_plot_series(p, c[i]->backend, gb_plot_style(s, c[i]));
		gb_plot_element_text(p, "Zone", k, zone);
		pressure_rows(s, p, x, k, zone, &got);
		say_pressure(p, c[i]->backend, zone, &got);
		pressed |= got.pressed;
	}
	if (!p->series || !pressed)
		return 0;
	gb_plot_heading(s, c[0], &p->title);
	p->height = 60 + 320 * (unsigned int)p->series;
	return 1;
}
