/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* What the kinds of plots are made of: series and their look, variables, data, headings. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/atomic.h"
#include "base/number.h"

#include "core/cell.h"
#include "core/report/plot.h"

/*
 * Okabe and Ito's palette, told apart by colour-blind eyes too, and one more.  Dash and
 * point differ as well, so that a grey print still tells the series apart.  The page maps
 * these very colours to brighter ones on a dark ground.
 */
static const char *const palette[] = {
	"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d00", "#606060",
};
#define MAX_NAME 28 /* of a series, in a plot; captions and tables have the whole */
static const int dashes[] = { 1, 2, 4, 3, 5, 6, 7, 8 }; /* 6 on: scripts/plot/style.gp */
static const int points[] = { 7, 5, 9, 13, 11, 6, 4, 8 };

/* Inside double quotes gnuplot expands backslashes; backquotes run commands. */
static void quoted(struct gb_text *t, const char *s)
{
	gb_text_add(t, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		gb_text_addn(t, c == '"' || c == '\\' || c == '`' || c < 0x20 ? "'" : s, 1);
	}
	gb_text_add(t, "\"");
}

void gb_plot_set_text(struct gb_plot *p, const char *name, const char *value)
{
	gb_text_printf(&p->vars, "%s = ", name);
	quoted(&p->vars, value);
	gb_text_add(&p->vars, "\n");
}

static void add_number(struct gb_text *t, double v)
{
	char buf[GB_NUMBER_SIZE];

	gb_text_add(t, isfinite(v) ? gb_number_printf(buf, sizeof(buf), "%.7g", v) : "NaN");
}

void gb_plot_set_number(struct gb_plot *p, const char *name, double value)
{
	gb_text_printf(&p->vars, "%s = ", name);
	add_number(&p->vars, value);
	gb_text_add(&p->vars, "\n");
}

void gb_plot_array(struct gb_plot *p, const char *name, size_t n)
{
	gb_text_printf(&p->vars, "array %s[%zu]\n", name, n);
}

void gb_plot_element_text(struct gb_plot *p, const char *name, size_t i, const char *value)
{
	gb_text_printf(&p->vars, "%s[%zu] = ", name, i);
	quoted(&p->vars, value);
	gb_text_add(&p->vars, "\n");
}

void gb_plot_element(struct gb_plot *p, const char *name, size_t i, double value)
{
	gb_text_printf(&p->vars, "%s[%zu] = ", name, i);
	add_number(&p->vars, value);
	gb_text_add(&p->vars, "\n");
}

size_t gb_plot_series(struct gb_plot *p, const char *name, size_t style)
{
	/* The second round of colours has other dashes and points than the first. */
	size_t i = ++p->series, n = GB_ARRAY_SIZE(palette), k = (style + 3 * (style / n)) % n;
	char shown[MAX_NAME];

	if (i == 1)
		for (int a = 0; a < 4; a++)
			gb_plot_array(p, (const char *[]){ "Name", "Color", "Dash", "Point" }[a],
				      GB_MAX_SERIES);
	snprintf(shown, sizeof(shown), "%s", name);
	gb_plot_element_text(p, "Name", i, shown);
	gb_plot_element_text(p, "Color", i, palette[style % n]);
	gb_text_printf(&p->vars, "Dash[%zu] = %d; Point[%zu] = %d\n", i, dashes[k], i,
		       points[k]);
	return i;
}

size_t gb_plot_style(const struct gb_plot_scope *s, const struct gb_report_cell *c)
{
	return gb_report_backend(s->r, c->backend);
}

void gb_plot_field(struct gb_plot *p, const char *text, int more)
{
	gb_text_add(&p->data, "\"");
	for (; *text; text++)
		gb_text_addn(&p->data,
			     *text == '"' || (unsigned char)*text < 0x20 ? "'" :
			     *text == ','				 ? ";" :
									   text, 1);
	gb_text_add(&p->data, more ? "\"," : "\"\n");
}

void gb_plot_value(struct gb_plot *p, double v, int more)
{
	char buf[GB_NUMBER_SIZE];

	if (isfinite(v))
		gb_text_add(&p->data, gb_number_printf(buf, sizeof(buf), "%.7g", v));
	gb_text_add(&p->data, more ? "," : "\n");
}

size_t gb_plot_cells(const struct gb_plot_scope *s,
		     const struct gb_report_cell *out[GB_MAX_SERIES])
{
	double most = 0;
	size_t n = 0;

	for (size_t i = s->first; i < s->end; i++)
		if (s->r->cell[i].run == s->run && s->r->cell[i].ok && s->r->cell[i].cpus > most)
			most = s->r->cell[i].cpus;
	for (size_t i = s->first; i < s->end && n < GB_MAX_SERIES; i++) {
		const struct gb_report_cell *c = &s->r->cell[i];

		if (c->run == s->run && c->ok && !(c->cpus < most))
			out[n++] = c;
	}
	return n;
}

void gb_plot_which_run(const struct gb_plot_scope *s, struct gb_text *t)
{
	if (s->r->runs > 1)
		gb_text_printf(t, ", run %zu (%s)", s->run + 1, s->r->run[s->run].id);
}

void gb_plot_heading(const struct gb_plot_scope *s, const struct gb_report_cell *c,
		     struct gb_text *t)
{
	char params[80] = "";

	if (s->params)
		gb_params_short(c->workload, c->params, params, sizeof(params));
	gb_text_printf(t, "%s%s%s", c->workload, params[0] ? " " : "", params);
	gb_text_printf(t, ", %s thread%s", c->threads, strcmp(c->threads, "1") ? "s" : "");
	gb_plot_which_run(s, t);
}

int gb_plot_is_null(const struct gb_report_cell *c)
{
	return !strcmp(c->backend, "null");
}
