/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Sweeps: a workload was run with several values of one numeric parameter, all else equal.
 * Cost of an operation and failures against that parameter.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/statistics.h"

#include "report_plot.h"

#define MIN_VALUES 3
#define CROSSINGS  3 /* labelled at most */

/* "a=1:b=2": the entry at @s, its length, and where the next one starts. */
static const char *entry(const char *s, size_t *len)
{
	*len = strcspn(s, ":");
	return s[*len] ? s + *len + 1 : s + *len;
}

/* The key in which two parameter texts differ, if it is one and only one: its length. */
static size_t differing(const char *a, const char *b, const char **key)
{
	size_t found = 0, la, lb;

	for (; *a && *b;) {
		const char *na = entry(a, &la), *nb = entry(b, &lb);

		if (la != lb || memcmp(a, b, la)) {
			size_t k = strcspn(a, "=");

			if (found || k >= la || strncmp(a, b, k + 1))
				return 0;
			found = k;
			*key = a;
		}
		a = na;
		b = nb;
	}
	return *a || *b ? 0 : found;
}

/* The value of @key in @params as a number: plain, or with k, m, g. */
static double value_of(const char *params, const char *key, size_t key_len)
{
	struct gb_error e = GB_ERROR_INIT;
	char text[64];
	uint64_t v;

	for (size_t len; *params; params = entry(params, &len)) {
		len = strcspn(params, ":");
		if (strncmp(params, key, key_len) || params[key_len] != '=')
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)(len - key_len - 1),
			 params + key_len + 1);
		return gb_parse_size(text, "", 0, UINT64_MAX, &v, &e) ? NAN : (double)v;
	}
	return NAN;
}

struct sweep {
	char key[64];
	size_t len;
	double most; /* threads */
};

/* The one parameter that changes among the cells of the run; 0 = none, or several. */
static int find_sweep(const struct gb_plot_scope *s, struct sweep *w)
{
	const struct gb_report_cell *base = NULL;
	const char *key = NULL, *last = NULL;
	size_t values = 0;

	memset(w, 0, sizeof(*w));
	for (size_t i = s->first; i < s->end; i++) {
		const struct gb_report_cell *c = &s->r->cell[i];
		size_t len;

		if (c->run != s->run || !c->ok)
			continue;
		w->most = c->cpus > w->most ? c->cpus : w->most;
		if (last && !strcmp(last, c->params))
			continue;
		last = c->params;
		values++;
		if (!base) {
			base = c;
			continue;
		}
		len = differing(base->params, c->params, &key);
		if (!len || len >= sizeof(w->key) ||
		    (w->len && (w->len != len || strncmp(w->key, key, len))))
			return 0;
		w->len = len;
		snprintf(w->key, sizeof(w->key), "%.*s", (int)len, key);
		if (isnan(value_of(c->params, w->key, len)))
			return 0;
	}
	return values >= MIN_VALUES && w->len;
}

/* --- one line of a sweep ------------------------------------------------------------------------ */

struct point {
	double x, y, lo, hi;
};

struct line {
	const char *backend;
	struct point *v;
	size_t n;
};

typedef size_t values_fn(const struct gb_plot_scope *s, const struct gb_report_cell *c,
			 double *out);

static int by_x(const void *a, const void *b)
{
	const struct point *p = a, *q = b;

	return (p->x > q->x) - (p->x < q->x);
}

static void collect_line(const struct gb_plot_scope *s, const struct sweep *w,
			 const char *backend, values_fn *values, struct line *out)
{
	*out = (struct line){ .backend = backend };
	for (size_t i = s->first; i < s->end; i++) {
		const struct gb_report_cell *c = &s->r->cell[i];
		double *v;
		size_t n;

		if (c->run != s->run || !c->ok || c->cpus < w->most ||
		    strcmp(c->backend, backend))
			continue;
		v = calloc(c->n + 1, sizeof(*v));
		out->v = reallocarray(out->v, out->n + 1, sizeof(*out->v));
		GB_BUG_ON(!v || !out->v);
		n = values(s, c, v);
		if (n)
			out->v[out->n++] = (struct point){
				value_of(c->params, w->key, w->len), gb_median(v, n),
				gb_quantile(v, n, 0), gb_quantile(v, n, 1) };
		free(v);
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_x);
}

static void write_line(struct gb_plot *p, const struct line *l, size_t series)
{
	for (size_t i = 0; i < l->n; i++) {
		gb_text_printf(&p->data, "%zu,", series);
		gb_plot_value(p, l->v[i].x, 1);
		gb_plot_value(p, l->v[i].y, 1);
		gb_plot_value(p, l->v[i].lo, 1);
		gb_plot_value(p, l->v[i].hi, 0);
	}
}

static int is_bytes(const struct sweep *w)
{
	return strstr(w->key, "size") || strstr(w->key, "bytes");
}

/* Sizes are written as people write them; a wide range gets a logarithmic axis. */
static char *x_text(const struct sweep *w, double x, char *buf, size_t n)
{
	if (is_bytes(w))
		return gb_human_size(buf, n, x);
	snprintf(buf, n, "%.4g", x);
	return buf;
}

/* A tic at every fourth power of two that is in range, for sizes. */
static void x_axis(struct gb_plot *p, const struct sweep *w, const struct line *l, size_t n)
{
	struct gb_text tics = { 0 };
	double lo = INFINITY, hi = 0;
	char text[40];

	for (size_t i = 0; i < n; i++) {
		lo = l[i].v[0].x < lo ? l[i].v[0].x : lo;
		hi = l[i].v[l[i].n - 1].x > hi ? l[i].v[l[i].n - 1].x : hi;
	}
	gb_plot_set_number(p, "logx", lo > 0 && hi / lo >= 16);
	for (double x = 1; is_bytes(w) && lo > 0 && hi / lo >= 16 && x <= hi; x *= 4)
		if (x >= lo)
			gb_text_printf(&tics, "%s'%s' %.0f", tics.len ? ", " : "set xtics (",
				       gb_format_size(text, sizeof(text), (uint64_t)x), x);
	gb_text_add(&tics, tics.len ? ")" : "");
	gb_plot_set_text(p, "xtics", tics.data ? tics.data : "");
	gb_text_free(&tics);
}

static size_t all_lines(const struct gb_plot_scope *s, struct gb_plot *p,
			const struct sweep *w, values_fn *values,
			struct line lines[GB_MAX_SERIES])
{
	size_t n = 0;

	gb_text_add(&p->data, "series,x,y,lo,hi\n");
	for (size_t b = 0; b < s->r->backends && n < GB_MAX_SERIES; b++) {
		collect_line(s, w, s->r->backend[b], values, &lines[n]);
		if (!lines[n].n) {
			free(lines[n].v);
			continue;
		}
		write_line(p, &lines[n], gb_plot_series(p, s->r->backend[b], b));
		n++;
	}
	gb_plot_set_text(p, "xtitle", w->key);
	x_axis(p, w, lines, n);
	gb_text_printf(&p->title, "%s by %s, %g thread%s", s->workload, w->key, w->most,
		       w->most > 1 ? "s" : "");
	return n;
}

static void free_lines(struct line *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(l[i].v);
}

/* --- cost ------------------------------------------------------------------------------------------ */

/* ns of one CPU for one operation. */
static size_t costs(const struct gb_plot_scope *s, const struct gb_report_cell *c, double *out)
{
	size_t n, k = 0;
	double *v = gb_report_values(s->r, c, GB_METRIC_RATE, &n);

	for (size_t i = 0; i < n; i++)
		if (v[i] > 0)
			out[k++] = 1e9 * c->cpus / v[i];
	free(v);
	return k;
}

static double at(const struct line *l, double x)
{
	for (size_t i = 0; i < l->n; i++)
		if (!(l->v[i].x < x) && !(l->v[i].x > x))
			return l->v[i].y;
	return NAN;
}

/* The last x at which the order of two lines changes, on the logarithms; NaN = never. */
static double crossing(const struct line *a, const struct line *b)
{
	double x0 = NAN, d0 = NAN, found = NAN;

	for (size_t i = 0; i < a->n; i++) {
		double x = a->v[i].x, d = log(a->v[i].y / at(b, x));

		if (isnan(d))
			continue;
		if (d0 * d < 0)
			found = exp2(log2(x0) + (log2(x) - log2(x0)) * d0 / (d0 - d));
		x0 = x;
		d0 = d;
	}
	return found;
}

static void say_crossing(struct gb_plot *p, const struct sweep *w, const struct line *a,
			 const struct line *b, double x, size_t i)
{
	const struct line *after = a->v[a->n - 1].y < at(b, a->v[a->n - 1].x) ? a : b;
	const struct line *before = after == a ? b : a;
	char text[200], at_x[40];

	x_text(w, x, at_x, sizeof(at_x));
	gb_text_printf(&p->caption, "%sFrom %s on %s costs less than %s.", i > 1 ? " " : "", at_x,
		       after->backend, before->backend);
	snprintf(text, sizeof(text), "%.30s = %.30s at %s", a->backend, b->backend, at_x);
	gb_plot_element(p, "Cross", i, x);
	gb_plot_element_text(p, "CrossText", i, text);
}

static void crossings(struct gb_plot *p, const struct sweep *w, const struct line *l, size_t n)
{
	size_t found = 0;

	gb_plot_array(p, "Cross", CROSSINGS);
	gb_plot_array(p, "CrossText", CROSSINGS);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && found < CROSSINGS; k++) {
			double x = crossing(&l[i], &l[k]);

			if (isnan(x) || !strcmp(l[i].backend, "null") ||
			    !strcmp(l[k].backend, "null"))
				continue;
			say_crossing(p, w, &l[i], &l[k], x, ++found);
		}
	gb_plot_set_number(p, "crossings", (double)found);
	if (!found)
		gb_text_add(&p->caption, "No two allocators cross in this range.");
}

int gb_plot_sweep(const struct gb_plot_scope *s, struct gb_plot *p)
{
	struct line lines[GB_MAX_SERIES];
	struct sweep w;
	size_t n;

	if (!find_sweep(s, &w))
		return 0;
	n = all_lines(s, p, &w, costs, lines);
	crossings(p, &w, lines, n);
	free_lines(lines, n);
	p->height = 440;
	return n > 0;
}

/* --- failures ---------------------------------------------------------------------------------------- */

static size_t failure_rates(const struct gb_plot_scope *s, const struct gb_report_cell *c,
			    double *out)
{
	size_t n = 0;

	for (size_t i = c->first; i < c->first + c->n; i++) {
		const struct gb_report_sample *x = &s->r->sample[i];

		if (x->ok && x->atomic_attempts > 0)
			out[n++] = 100 * x->atomic_failures / x->atomic_attempts;
	}
	return n;
}

static void say_onset(struct gb_plot *p, const struct sweep *w, const struct line *l)
{
	const struct point *worst = &l->v[0];

	for (size_t i = 0; i < l->n; i++)
		worst = l->v[i].y > worst->y ? &l->v[i] : worst;
	if (worst->y > 0)
		gb_text_printf(&p->caption, "%s%s fails most at %s = %.4g: %.3g %% of its atomic "
			       "allocations.", p->caption.len ? " " : "", l->backend, w->key,
			       worst->x, worst->y);
	else
		gb_text_printf(&p->caption, "%s%s never fails.", p->caption.len ? " " : "",
			       l->backend);
}

int gb_plot_failures(const struct gb_plot_scope *s, struct gb_plot *p)
{
	struct line lines[GB_MAX_SERIES];
	double failures = 0;
	struct sweep w;
	size_t n;

	if (!find_sweep(s, &w))
		return 0;
	n = all_lines(s, p, &w, failure_rates, lines);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < lines[i].n; k++)
			failures += lines[i].v[k].y;
		say_onset(p, &w, &lines[i]);
	}
	free_lines(lines, n);
	return n && failures > 0;
}
