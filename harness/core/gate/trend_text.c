/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* A trend as table, CSV and JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

#include "core/gate/output.h"
#include "core/gate/trend.h"

static const char *verdict(const struct gb_gate_trend_cell *c)
{
	const struct gb_change *last = &c->change[c->changes ? c->changes - 1 : 0];

	if (c->n < 2 * GB_GATE_TREND_LEAST)
		return "short";
	return !c->changes ? "steady" : last->after > last->before ? "slower" : "faster";
}

static const char *percent(char *buf, size_t n, double ln)
{
	return gb_number_printf(buf, n, "%+.1f%%", expm1(ln) * 100);
}

/* --- table ---------------------------------------------------------------- */

/* One character a run, from the lowest to the highest ratio: the shape at a glance. */
static void shape(const struct gb_gate_trend *t, const struct gb_gate_trend_cell *c,
		  struct gb_text *out)
{
	static const char *const step[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	size_t first = t->runs > 60 ? t->runs - 60 : 0;
	double lo = INFINITY, hi = -INFINITY;

	for (size_t i = first; i < t->runs; i++) {
		lo = fmin(lo, c->theta[i]);
		hi = fmax(hi, c->theta[i]);
	}
	/* what is no change is not blown up */
	hi = fmax(hi, lo + GB_GATE_TREND_MAGNITUDE);
	gb_text_add(out, "           ");
	for (size_t i = first; i < t->runs; i++) {
		double part = (c->theta[i] - lo) / (hi - lo) * 7.999;

		gb_text_add(out, isnan(part) ? " " : step[(size_t)part]);
	}
	gb_text_add(out, "\n");
}

static void change_line(const struct gb_gate_trend *t, const struct gb_change *k,
			struct gb_text *out)
{
	const struct gb_gate_trend_run *r = &t->run[k->at];
	char by[GB_NUMBER_SIZE], p[GB_NUMBER_SIZE];

	gb_text_printf(out, "           %s since %.20s%s%.30s (%.40s), p = %s\n",
		       percent(by, sizeof(by), k->after - k->before), r->started_at,
		       *r->label ? ", " : "", r->label, r->run_id,
		       gb_number_printf(p, sizeof(p), "%.1g", k->p));
}

static void left_out(const struct gb_gate_trend *t, struct gb_text *out)
{
	if (t->all > t->runs)
		gb_text_add(out, "\nleft out:\n");
	for (size_t i = t->runs; i < t->all; i++) {
		const struct gb_gate_trend_run *r = &t->run[i];
		const char *slash = strrchr(r->path, '/');

		gb_text_printf(out, "  %.60s: %s\n",
			       r->run_id ? r->run_id :
			       slash     ? slash + 1 :
					   r->path,
			       r->left_out);
	}
}

void gb_gate_trend_table(const struct gb_gate_trend *t, struct gb_text *out)
{
	char now[GB_NUMBER_SIZE];

	gb_text_printf(out, "trend of %zu runs from %s to %s\nratios to %s\n\n", t->runs,
		       t->run[0].started_at, t->run[t->runs - 1].started_at, t->anchor);
	gb_text_printf(out, "%-10s %-44s %5s %9s\n", "verdict", "cell, time", "runs",
		       "B/A now");
	for (size_t i = 0; i < t->cells; i++) {
		const struct gb_gate_trend_cell *c = &t->cell[i];

		gb_text_printf(out, "%-10s %-44.44s %5zu %9s\n", verdict(c), c->name,
			       c->n, percent(now, sizeof(now), c->level));
		shape(t, c, out);
		for (size_t k = 0; k < c->changes; k++)
			change_line(t, &c->change[k], out);
	}
	left_out(t, out);
	gb_text_printf(out,
		       "\ntrend: %zu of %zu cells slower, %zu faster than before their "
		       "last change\n",
		       t->slower, t->cells, t->faster);
}

/* --- for programs --------------------------------------------------------- */

/* The level that run @i belongs to. */
static double level_at(const struct gb_gate_trend_cell *c, size_t i)
{
	double level = c->changes ? c->change[0].before : c->level;

	for (size_t k = 0; k < c->changes && c->change[k].at <= i; k++)
		level = c->change[k].after;
	return level;
}

static int changes_at(const struct gb_gate_trend_cell *c, size_t i)
{
	for (size_t k = 0; k < c->changes; k++)
		if (c->change[k].at == i)
			return 1;
	return 0;
}

static void field(struct gb_text *out, const char *s)
{
	int quote = strpbrk(s, ",\"\n\r") != NULL;

	gb_text_add(out, quote ? "\"" : "");
	for (; *s; s++) {
		if (*s == '"')
			gb_text_add(out, "\"");
		gb_text_addn(out, s, 1);
	}
	gb_text_add(out, quote ? "\"," : ",");
}

void gb_gate_trend_csv(const struct gb_gate_trend *t, struct gb_text *out)
{
	gb_text_add(out, "run_id,started_at,label,cell,definition_hash,ratio_ln,level_ln,"
			 "change\n");
	for (size_t i = 0; i < t->runs; i++)
		for (size_t k = 0; k < t->cells; k++) {
			const struct gb_gate_trend_cell *c = &t->cell[k];

			field(out, t->run[i].run_id);
			field(out, t->run[i].started_at);
			field(out, t->run[i].label);
			field(out, c->name);
			field(out, c->definition);
			if (!isnan(c->theta[i]))
				gb_gate_number(c->theta[i], out);
			gb_text_add(out, ",");
			gb_gate_number(level_at(c, i), out);
			gb_text_printf(out, ",%s\n", changes_at(c, i) ? "yes" : "no");
		}
}

static void named(struct gb_text *out, const char *before, const char *value)
{
	gb_text_add(out, before);
	gb_text_json(out, value ? value : "");
}

static void number(struct gb_text *out, const char *before, double v)
{
	gb_text_add(out, before);
	gb_gate_number(v, out);
}

static void cell_json(const struct gb_gate_trend *t, const struct gb_gate_trend_cell *c,
		      struct gb_text *out)
{
	named(out, "{\"cell\":", c->name);
	named(out, ",\"definition_hash\":", c->definition);
	named(out, ",\"verdict\":", verdict(c));
	number(out, ",\"level_ln\":", c->level);
	gb_text_add(out, ",\"ratio_ln\":[");
	for (size_t i = 0; i < t->runs; i++)
		number(out, i ? "," : "", c->theta[i]);
	gb_text_add(out, "],\"changes\":[");
	for (size_t i = 0; i < c->changes; i++) {
		const struct gb_change *k = &c->change[i];

		named(out, i ? ",{\"run_id\":" : "{\"run_id\":", t->run[k->at].run_id);
		number(out, ",\"before_ln\":", k->before);
		number(out, ",\"after_ln\":", k->after);
		number(out, ",\"p\":", k->p);
		gb_text_add(out, "}");
	}
	gb_text_add(out, "]}");
}

static void run_json(const struct gb_gate_trend_run *r, struct gb_text *out)
{
	named(out, "{\"run_id\":", r->run_id);
	named(out, ",\"started_at\":", r->started_at);
	named(out, ",\"label\":", r->label);
	named(out, ",\"version\":", r->version);
	if (r->left_out)
		named(out, ",\"left_out\":", r->left_out);
	gb_text_add(out, "}");
}

void gb_gate_trend_json(const struct gb_gate_trend *t, struct gb_text *out)
{
	named(out, "{\"anchor\":", t->anchor);
	gb_text_printf(out, ",\"slower\":%zu,\"faster\":%zu,\"runs\":[", t->slower,
		       t->faster);
	for (size_t i = 0; i < t->runs; i++) {
		gb_text_add(out, i ? ",\n" : "\n");
		run_json(&t->run[i], out);
	}
	gb_text_add(out, "],\"left_out\":[");
	for (size_t i = t->runs; i < t->all; i++) {
		gb_text_add(out, i > t->runs ? ",\n" : "\n");
		run_json(&t->run[i], out);
	}
	gb_text_add(out, "],\"cells\":[");
	for (size_t i = 0; i < t->cells; i++) {
		gb_text_add(out, i ? ",\n" : "\n");
		cell_json(t, &t->cell[i], out);
	}
	gb_text_add(out, "]}\n");
}
