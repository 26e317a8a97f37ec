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

#include "core/report/lines.h"

#define MIN_VALUES 3

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

/* --- one line for each backend ------------------------------------------------------------------ */

typedef size_t values_fn(const struct gb_plot_scope *s, const struct gb_report_cell *c,
			 double *out);

static void collect_line(const struct gb_plot_scope *s, const struct sweep *w,
			 const char *backend, values_fn *values, struct gb_line *out)
{
	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", backend);
	for (size_t i = s->first; i < s->end; i++) {
		const struct gb_report_cell *c = &s->r->cell[i];
		double *v;
		size_t n;

		if (c->run != s->run || !c->ok || c->cpus < w->most ||
		    strcmp(c->backend, backend))
			continue;
		v = calloc(c->n + 1, sizeof(*v));
		GB_BUG_ON(!v);
		n = values(s, c, v);
		if (n)
			gb_line_add(out, value_of(c->params, w->key, w->len), v, n);
		out->contender = !gb_plot_is_null(c);
		free(v);
	}
	gb_line_finish(out);
}

static int is_bytes(const struct sweep *w)
{
	return strstr(w->key, "size") || strstr(w->key, "bytes");
}

static size_t all_lines(const struct gb_plot_scope *s, struct gb_plot *p,
			const struct sweep *w, values_fn *values,
			struct gb_line lines[GB_MAX_SERIES])
{
	size_t style[GB_MAX_SERIES], n = 0;

	for (size_t b = 0; b < s->r->backends && n < GB_MAX_SERIES; b++) {
		collect_line(s, w, s->r->backend[b], values, &lines[n]);
		style[n] = b;
		n += lines[n].n > 0;
	}
	gb_lines_write(p, lines, n, style, w->key, is_bytes(w));
	gb_text_printf(&p->title, "%s by %s, %g thread%s", s->workload, w->key, w->most,
		       w->most > 1 ? "s" : "");
	return n;
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

int gb_plot_sweep(const struct gb_plot_scope *s, struct gb_plot *p)
{
	struct gb_line lines[GB_MAX_SERIES];
	struct sweep w;
	size_t n;

	if (!find_sweep(s, &w))
		return 0;
	n = all_lines(s, p, &w, costs, lines);
	gb_lines_crossings(p, lines, n, is_bytes(&w));
	gb_lines_free(lines, n);
	gb_plot_set_text(p, "ytitle", "time of one CPU for one operation");
	gb_plot_set_number(p, "nanoseconds", 1);
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

static void say_onset(struct gb_plot *p, const struct sweep *w, const struct gb_line *l)
{
	const struct gb_point *worst = &l->v[0];

	for (size_t i = 0; i < l->n; i++)
		worst = l->v[i].y > worst->y ? &l->v[i] : worst;
	if (worst->y > 0)
		gb_text_printf(&p->caption, "%s%s fails most at %s = %.4g: %.3g %% of its atomic "
			       "allocations.", p->caption.len ? " " : "", l->name, w->key,
			       worst->x, worst->y);
	else
		gb_text_printf(&p->caption, "%s%s never fails.", p->caption.len ? " " : "",
			       l->name);
}

int gb_plot_failures(const struct gb_plot_scope *s, struct gb_plot *p)
{
	struct gb_line lines[GB_MAX_SERIES];
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
	gb_lines_free(lines, n);
	return n && failures > 0;
}
