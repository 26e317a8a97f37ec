/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Curves that a workload reports itself, in figures.csv: series, x, metric, value.  One
 * plot for each metric and, where the names of the series have two words ("kmalloc hot"),
 * for each second word; a line for each first word and backend.  A point is the median of
 * the samples.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report/index.h"
#include "core/report/lines.h"

#define MAX_LINES  12
#define MAX_TOPICS 32
#define MIN_POINTS 3
#define MAX_GROUPS 2 /* of one metric: more say little that is new, and cost a plot each */

/* What x is: workloads that we know say it better than the file can. */
static const struct {
	const char *workload, *x;
	int bytes;
} known[] = {
	{ "size-sweep", "size", 1 },
	{ "pressure", "free pages", 0 },
};

/* One plot: a metric and a group of series. */
struct topic {
	const char *metric, *group;
};

static const char *group_of(const char *series)
{
	const char *space = strrchr(series, ' ');

	return space ? space + 1 : "";
}

struct cursor {
	const struct gb_csv_table *t;
	const size_t *next;
	size_t row;
	int series, x, metric, value;
};

static struct cursor start(const struct gb_report *r, const struct gb_report_sample *s)
{
	const struct gb_csv_table *t = &r->run[s->run].table[GB_REPORT_FIGURES];

	return (struct cursor){ t, r->run[s->run].next[GB_REPORT_FIGURES],
				s->ok ? s->first[GB_REPORT_FIGURES] : GB_NO_ROW,
				gb_csv_column(t, "series"), gb_csv_column(t, "x"),
				gb_csv_column(t, "metric"), gb_csv_column(t, "value") };
}

static int of_topic(const struct cursor *c, const struct topic *t)
{
	return !strcmp(gb_csv_get(c->t, c->row, c->metric), t->metric) &&
	       !strcmp(group_of(gb_csv_get(c->t, c->row, c->series)), t->group) &&
	       !isnan(gb_csv_get_double(c->t, c->row, c->x)) &&
	       !isnan(gb_csv_get_double(c->t, c->row, c->value));
}

/* Counts are what ratios are made of, no curves of their own. */
static int is_count(const char *metric)
{
	size_t n = strlen(metric);

	return n > 6 && !strcmp(metric + n - 6, "_count");
}

/* --- topics ------------------------------------------------------------------------------------ */

static int is_new(const struct topic *have, size_t n, const struct topic *t)
{
	size_t groups = 0;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(have[i].metric, t->metric))
			continue;
		if (!strcmp(have[i].group, t->group))
			return 0;
		groups++;
	}
	return groups < MAX_GROUPS;
}

static size_t add_topics(const struct gb_report *r, const struct gb_report_cell *c,
			 struct topic out[MAX_TOPICS], size_t n)
{
	for (size_t i = c->first; i < c->first + c->n; i++) {
		struct cursor k = start(r, &r->sample[i]);

		for (; k.row != GB_NO_ROW; k.row = k.next[k.row]) {
			struct topic t = { gb_csv_get(k.t, k.row, k.metric),
					   group_of(gb_csv_get(k.t, k.row, k.series)) };

			if (!is_count(t.metric) && of_topic(&k, &t) && is_new(out, n, &t) &&
			    n < MAX_TOPICS)
				out[n++] = t;
		}
	}
	return n;
}

/* --- lines --------------------------------------------------------------------------------------- */

struct value {
	size_t line;
	double x, v;
};

struct values {
	struct value *v;
	size_t n;
	struct gb_index names;
	struct gb_line line[GB_MAX_SERIES];
	size_t lines, left_out;
	const char *call;
};

static size_t line_of(struct values *x, const struct gb_report_cell *c, const char *series,
		      const char *group)
{
	size_t len = strlen(series) - (*group ? strlen(group) + 1 : 0), i;
	struct gb_line l = { .contender = 0 };

	snprintf(l.name, sizeof(l.name), "%.*s%s%s", (int)len, series, len ? " " : "", c->backend);
	i = gb_index_add(&x->names, l.name, x->names.used);
	if (i < x->lines)
		return i;
	if (x->lines == MAX_LINES) {
		x->left_out = x->names.used - x->lines;
		return MAX_LINES;
	}
	/* Allocators are compared in the same call: the first that the file has. */
	if (!x->call)
		x->call = series;
	l.contender = !gb_plot_is_null(c) && !strncmp(series, x->call, len) &&
		      (!x->call[len] || x->call[len] == ' ');
	x->line[x->lines++] = l;
	return i;
}

static void collect(const struct gb_report *r, const struct gb_report_cell *c,
		    const struct topic *t, struct values *out)
{
	for (size_t i = c->first; i < c->first + c->n; i++) {
		struct cursor k = start(r, &r->sample[i]);

		for (; k.row != GB_NO_ROW; k.row = k.next[k.row]) {
			size_t line;

			if (!of_topic(&k, t))
				continue;
			line = line_of(out, c, gb_csv_get(k.t, k.row, k.series), t->group);
			if (line == MAX_LINES)
				continue;
			if ((out->n & (out->n - 1)) == 0) {
				out->v = reallocarray(out->v, out->n ? 2 * out->n : 1,
						      sizeof(*out->v));
				GB_BUG_ON(!out->v);
			}
			out->v[out->n++] = (struct value){
				line, gb_csv_get_double(k.t, k.row, k.x),
				gb_csv_get_double(k.t, k.row, k.value) };
		}
	}
}

static int by_line_and_x(const void *a, const void *b)
{
	const struct value *p = a, *q = b;

	if (p->line != q->line)
		return p->line < q->line ? -1 : 1;
	return (p->x > q->x) - (p->x < q->x);
}

/* Values of equal line and x make a point.  The length of the longest line; 0 when every
 * value is 0, which takes no picture to see. */
static size_t make_points(struct values *x)
{
	double *same = calloc(x->n + 1, sizeof(*same)), sum = 0;
	size_t points = 0;

	GB_BUG_ON(!same);
	if (x->n)
		qsort(x->v, x->n, sizeof(*x->v), by_line_and_x);
	for (size_t i = 0, n; i < x->n; i += n) {
		for (n = 0; i + n < x->n && !by_line_and_x(&x->v[i], &x->v[i + n]); n++) {
			same[n] = x->v[i + n].v;
			sum += fabs(same[n]);
		}
		gb_line_add(&x->line[x->v[i].line], x->v[i].x, same, n);
	}
	free(same);
	for (size_t i = 0; i < x->lines; i++)
		points = x->line[i].n > points ? x->line[i].n : points;
	return sum > 0 ? points : 0;
}

/* "atomic_failure_ratio": for people without the underscores.  In ns the axis tells. */
static const char *ytitle(const char *metric, char *buf, size_t n)
{
	size_t len = strlen(metric);

	snprintf(buf, n, "%s", metric);
	if (len > 3 && len < n && !strcmp(metric + len - 3, "_ns"))
		buf[len - 3] = '\0';
	for (char *c = buf; *c; c++)
		*c = *c == '_' ? ' ' : *c;
	return buf;
}

/* Where a ratio is 0 from some x on, the rest is a flat line: the picture ends soon after. */
static void cut_flat_end(struct gb_plot *p, const struct values *x)
{
	double last = 0, end = 0;

	for (size_t i = 0; i < x->lines; i++)
		for (size_t k = 0; k < x->line[i].n; k++) {
			const struct gb_point *at = &x->line[i].v[k];

			last = at->y > 0 && at->x > last ? at->x : last;
			end = at->x > end ? at->x : end;
		}
	if (last > 0 && 3 * last < end)
		gb_plot_set_number(p, "last_x", 2 * last);
}

static void write_plot(const struct gb_plot_scope *s, struct gb_plot *p, const struct topic *t,
		       const struct gb_report_cell *c, struct values *x)
{
	static const size_t style[GB_MAX_SERIES] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	size_t metric = strlen(t->metric);
	int ns = metric > 3 && !strcmp(t->metric + metric - 3, "_ns"), bytes = 0;
	const char *title = "x";
	char words[80];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(s->workload, known[i].workload)) {
			title = known[i].x;
			bytes = known[i].bytes;
		}
	gb_lines_write(p, x->line, x->lines, style, title, bytes);
	if (metric > 6 && !strcmp(t->metric + metric - 6, "_ratio"))
		cut_flat_end(p, x);
	gb_plot_set_text(p, "ytitle", ytitle(t->metric, words, sizeof(words)));
	gb_plot_set_number(p, "nanoseconds", ns);
	gb_plot_heading(s, c, &p->title);
	gb_text_printf(&p->title, ": %s by %s%s%s", t->metric, title, *t->group ? ", " : "",
		       t->group);
	if (ns)
		gb_lines_crossings(p, x->line, x->lines, bytes);
	else
		gb_plot_set_number(p, "crossings", 0);
	if (x->left_out)
		gb_text_printf(&p->caption, " %zu more lines are in figures.csv.", x->left_out);
	p->height = 440;
}

/* The highest point, for what is no cost. */
static void say_highest(struct gb_plot *p, const struct values *x)
{
	const struct gb_line *who = NULL;
	struct gb_point top = { 0 };

	for (size_t i = 0; i < x->lines; i++)
		for (size_t k = 0; k < x->line[i].n; k++)
			if (!who || x->line[i].v[k].y > top.y) {
				who = &x->line[i];
				top = x->line[i].v[k];
			}
	if (who)
		gb_text_printf(&p->caption, "Highest: %.3g, %s at %.4g.", top.y, who->name, top.x);
}

int gb_plot_curve(const struct gb_plot_scope *s, struct gb_plot *p)
{
	const struct gb_report_cell *c[GB_MAX_SERIES];
	size_t n = gb_plot_cells(s, c), topics = 0;
	struct topic topic[MAX_TOPICS];
	struct values *x;
	int any;

	for (size_t i = 0; i < n; i++)
		topics = add_topics(s->r, c[i], topic, topics);
	if (s->nth >= topics)
		return 0;
	x = calloc(1, sizeof(*x));
	GB_BUG_ON(!x);
	for (size_t i = 0; i < n; i++)
		collect(s->r, c[i], &topic[s->nth], x);
	any = make_points(x) >= MIN_POINTS;
	if (any) {
		write_plot(s, p, &topic[s->nth], c[0], x);
		if (!p->caption.len)
			say_highest(p, x);
	}
	gb_lines_free(x->line, x->lines);
	gb_index_free(&x->names);
	free(x->v);
	free(x);
	return any;
}
