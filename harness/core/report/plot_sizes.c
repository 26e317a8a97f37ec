/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The one picture of size-sweep: what a block costs by its size, through the calls that
 * texts about the kernel compare, under the names that they use.
 *
 * A line is a call of a backend with blocks that come back at once ("hot"); a point is the
 * median of the samples.  Marked is where kmalloc and another call change places, and where
 * a call serves no larger block; the caption says how much dearer vmalloc is.  The other
 * patterns of the workload are in figures.csv and in its curves.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/parse.h"

#include "core/report/lines.h"

#define METRIC "pair_ns"
#define MARKS  8

enum { BASE, KZALLOC, PAGES, VMALLOC, KVMALLOC, GLIBC, JEMALLOC, CALLS }; /* kmalloc first */

static const struct {
	const char *backend, *series, *name;
} calls[CALLS] = {
	[BASE] = { "slab", "alloc hot", "kmalloc" },
	[KZALLOC] = { "slab", "zalloc hot", "kzalloc" },
	[PAGES] = { "pages", "alloc hot", "get_free_pages" },
	[VMALLOC] = { "vmalloc", "alloc hot", "vmalloc" },
	[KVMALLOC] = { "kvmalloc", "alloc hot", "kvmalloc" },
	[GLIBC] = { "glibc", "alloc hot", "glibc malloc" },
	[JEMALLOC] = { "jemalloc", "alloc hot", "jemalloc malloc" },
};

/* --- points --------------------------------------------------------------------------------- */

struct value {
	double x, v;
};

static int by_x(const void *a, const void *b)
{
	const struct value *p = a, *q = b;

	return (p->x > q->x) - (p->x < q->x);
}

static size_t collect(const struct gb_report *r, const struct gb_report_cell *c,
		      const char *series, struct value **out)
{
	const struct gb_csv_table *t = &r->run[c->run].table[GB_REPORT_FIGURES];
	const size_t *next = r->run[c->run].next[GB_REPORT_FIGURES];
	int s = gb_csv_column(t, "series"), m = gb_csv_column(t, "metric");
	int x = gb_csv_column(t, "x"), v = gb_csv_column(t, "value");
	size_t n = 0;

	*out = calloc(t->rows + 1, sizeof(**out));
	GB_BUG_ON(!*out);
	for (size_t i = c->first; i < c->first + c->n; i++) {
		if (!r->sample[i].ok)
			continue;
		for (size_t k = r->sample[i].first[GB_REPORT_FIGURES]; k != GB_NO_ROW;
		     k = next[k]) {
			struct value one = { gb_csv_get_double(t, k, x),
					     gb_csv_get_double(t, k, v) };

			if (isfinite(one.x) && isfinite(one.v) && one.v > 0 &&
			    !strcmp(gb_csv_get(t, k, s), series) &&
			    !strcmp(gb_csv_get(t, k, m), METRIC))
				(*out)[n++] = one;
		}
	}
	if (n)
		qsort(*out, n, sizeof(**out), by_x);
	return n;
}

static void make_line(const struct gb_report *r, const struct gb_report_cell *c,
		      const char *series, const char *name, struct gb_line *l)
{
	struct value *v;
	size_t n = collect(r, c, series, &v);
	double *same = calloc(n + 1, sizeof(*same));

	GB_BUG_ON(!same);
	memset(l, 0, sizeof(*l));
	snprintf(l->name, sizeof(l->name), "%s", name);
	for (size_t i = 0, k; i < n; i += k) {
		for (k = 0; i + k < n && !by_x(&v[i], &v[i + k]); k++)
			same[k] = v[i + k].v;
		gb_line_add(l, v[i].x, same, k);
	}
	free(same);
	free(v);
}

/* --- what is to be seen ------------------------------------------------------------------------ */

struct marks {
	struct gb_plot *p;
	size_t n;
};

static void sentence(struct gb_plot *p, const char *text)
{
	gb_text_printf(&p->caption, "%s%s", p->caption.len ? " " : "", text);
}

static void mark(struct marks *m, double x, double y, const char *text)
{
	if (m->n == MARKS)
		return;
	m->n++;
	gb_plot_element(m->p, "MarkX", m->n, x);
	gb_plot_element(m->p, "MarkY", m->n, y);
	gb_plot_element_text(m->p, "MarkText", m->n, text);
}

static void say_crossing(struct marks *m, const struct gb_line *base, const struct gb_line *l)
{
	double x = gb_line_crossing(base, l);
	char text[240], size[40];
	const struct gb_line *after;

	if (isnan(x))
		return;
	after = gb_line_lower_at_end(base, l);
	gb_human_size(size, sizeof(size), x);
	snprintf(text, sizeof(text), "from %.30s on %.79s costs less than %.79s", size, after->name,
		 after == l ? base->name : l->name);
	mark(m, x, gb_line_between(base, x), text);
	text[0] = 'F';
	sentence(m->p, text);
	gb_text_add(&m->p->caption, ".");
}

/* Where a call ends although others go on. */
static void say_end(struct marks *m, const struct gb_line *l, double most)
{
	const struct gb_point *end = l->n ? &l->v[l->n - 1] : NULL;
	char text[240], size[40];

	if (!end || !(end->x < most))
		return;
	snprintf(text, sizeof(text), "%.79s ends at %.30s", l->name,
		 gb_human_size(size, sizeof(size), end->x));
	mark(m, end->x, end->y, text);
	sentence(m->p, text);
	gb_text_add(&m->p->caption, ".");
}

/* How many times @base @other costs, at the smallest of the sizes that matter and at the
 * largest that both serve. */
static void say_ratio(struct gb_plot *p, const struct gb_line *base,
		      const struct gb_line *other)
{
	double first = NAN, last = NAN, at = NAN;
	char small[40], large[40];

	for (size_t i = 0; i < base->n; i++) {
		double y = gb_line_between(other, base->v[i].x);

		if (base->v[i].x < 4096 || isnan(y))
			continue;
		if (isnan(first)) {
			first = y / base->v[i].y;
			gb_human_size(small, sizeof(small), base->v[i].x);
		}
		last = y / base->v[i].y;
		at = base->v[i].x;
	}
	if (isnan(last))
		return;
	gb_text_printf(&p->caption, "%s%s costs %.3g times %s at %s and %.3g times at %s.",
		       p->caption.len ? " " : "", other->name, first, base->name, small, last,
		       gb_human_size(large, sizeof(large), at));
}

static void findings(struct gb_plot *p, const struct gb_line l[CALLS])
{
	struct marks m = { p, 0 };
	double most = 0;

	gb_plot_array(p, "MarkX", MARKS);
	gb_plot_array(p, "MarkY", MARKS);
	gb_plot_array(p, "MarkText", MARKS);
	for (size_t i = 0; i < CALLS; i++)
		if (l[i].n && l[i].v[l[i].n - 1].x > most)
			most = l[i].v[l[i].n - 1].x;
	say_ratio(p, &l[BASE], &l[VMALLOC]);
	for (size_t i = 0; i < CALLS; i++)
		if (l[i].contender && i != BASE)
			say_crossing(&m, &l[BASE], &l[i]);
	say_end(&m, &l[BASE], most);
	gb_plot_set_number(p, "marks", (double)m.n);
}

/* --- the plot -------------------------------------------------------------------------------------- */

static const struct gb_report_cell *cell_of(const struct gb_report_cell *const *c, size_t n,
					    const char *backend)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(c[i]->backend, backend))
			return c[i];
	return NULL;
}

/* Where kmalloc changes places with these is worth a word.  The others are what kmalloc
 * itself is made of, or does more. */
static int contends(size_t i)
{
	return i == BASE || i == VMALLOC || i == GLIBC || i == JEMALLOC;
}

int gb_plot_sizes(const struct gb_plot_scope *s, struct gb_plot *p)
{
	static const size_t style[CALLS] = { 0, 5, 7, 1, 3, 4, 2 };
	const struct gb_report_cell *c[GB_MAX_SERIES];
	struct gb_line all[CALLS] = { 0 }, some[CALLS];
	size_t n = gb_plot_cells(s, c), lines = 0, points = 0, look[CALLS];

	if (strcmp(s->workload, "size-sweep"))
		return 0;
	for (size_t i = 0; i < CALLS; i++) {
		const struct gb_report_cell *one = cell_of(c, n, calls[i].backend);

		if (one)
			make_line(s->r, one, calls[i].series, calls[i].name, &all[i]);
		if (!all[i].n)
			continue;
		all[i].contender = contends(i);
		points = all[i].n > points ? all[i].n : points;
		look[lines] = style[i];
		some[lines++] = all[i];
	}
	if (points > 2) {
		gb_lines_write(p, some, lines, look, "size of the block", 1);
		gb_plot_heading(s, c[0], &p->title);
		findings(p, all);
		p->height = 520;
	}
	gb_lines_free(all, CALLS);
	return points > 2;
}
