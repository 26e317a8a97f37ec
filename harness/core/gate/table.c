/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The judgement for a terminal of 80 columns, and as CSV. */
#include <math.h>
#include <string.h>

#include "base/number.h"

#include "core/gate/columns.h"
#include "core/gate/output.h"

#define NAME_WIDTH 36

static const char *color_of(enum gb_gate_verdict v)
{
	switch (v) {
	case GB_GATE_FAILED:
	case GB_GATE_REGRESSED:
		return "\033[1;31m";
	case GB_GATE_INVALID:
		return "\033[1;35m";
	case GB_GATE_WARN:
	case GB_GATE_INCONCLUSIVE:
	case GB_GATE_SKIPPED:
		return "\033[33m";
	case GB_GATE_IMPROVED:
	case GB_GATE_UNCHANGED:
	case GB_GATE_VERDICTS:
		break;
	}
	return "\033[32m";
}

/* Left-justified; what is cut lies near the front: threads and metric are at the end. */
static void add_column(struct gb_text *out, const char *s, size_t width)
{
	size_t n = strlen(s), head = (width - 2) / 3;

	if (n <= width)
		gb_text_printf(out, "%-*s", (int)width, s);
	else
		gb_text_printf(out, "%.*s..%s", (int)head, s, s + n - (width - 2 - head));
}

static void add_right(struct gb_text *out, const struct gb_text *cell, int width)
{
	gb_text_printf(out, " %*s", width, cell->data ? cell->data : "");
}

static void add_name(const struct gb_gate_result *r, struct gb_text *out)
{
	struct gb_text t = { 0 };

	gb_text_printf(&t, "%s %s", r->cell->name, r->series->metric.name);
	add_column(out, t.data, NAME_WIDTH);
	gb_text_free(&t);
}

static void add_figures(const struct gb_gate_result *r, struct gb_text *out)
{
	struct gb_text change = { 0 }, interval = { 0 }, mde = { 0 };
	char buf[GB_NUMBER_SIZE];

	gb_gate_change(r, r->test.theta, &change);
	if (r->tested && !r->difference) {
		const struct gb_gate_test *t = &r->test;
		double lo = r->series->higher_is_better ? -t->hi : t->lo;
		double hi = r->series->higher_is_better ? -t->lo : t->hi;

		gb_text_printf(
			&interval, "%s",
			gb_number_printf(buf, sizeof(buf), "%+.1f", expm1(lo) * 100));
		gb_text_printf(
			&interval, "..%s",
			gb_number_printf(buf, sizeof(buf), "%+.1f", expm1(hi) * 100));
		gb_text_printf(
			&mde, "%s",
			gb_number_printf(buf, sizeof(buf), "%.1f", expm1(t->mde) * 100));
	}
	add_right(out, &change, 8);
	add_right(out, &interval, 12);
	add_right(out, &mde, 4);
	if (r->tested)
		gb_text_printf(out, " %3zu", r->test.used);
	gb_text_free(&change);
	gb_text_free(&interval);
	gb_text_free(&mde);
}

static void add_line(const struct gb_gate_result *r, const char *name, int color,
		     struct gb_text *out)
{
	gb_text_printf(out, "%s%-12s%s ", color ? color_of(r->verdict) : "", name,
		       color ? "\033[0m" : "");
	add_name(r, out);
	add_figures(r, out);
	gb_text_add(out, "\n");
	if (*r->reason)
		gb_text_printf(out, "             %s\n", r->reason);
	if (r->tested && r->test.bimodal)
		gb_text_add(out,
			    "             bimodal: median and Hodges-Lehmann disagree\n");
	if (r->worth_a_look && r->verdict >= GB_GATE_INCONCLUSIVE)
		gb_text_add(out,
			    "             worth a look (no verdict follows from it)\n");
}

static void add_summary(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
			struct gb_text *out)
{
	char buf[GB_NUMBER_SIZE];

	if (j->geomean_cells) {
		gb_text_add(out, "geometric mean of times B/A: ");
		gb_gate_geomean(j, out);
		gb_text_printf(out, ", %zu cells\n", j->geomean_cells);
	}
	gb_text_printf(out, "%zu gated figures at family error rate %s; sentinels: %s\n",
		       j->family, gb_number_printf(buf, sizeof(buf), "%g",
						   d->config.alpha),
		       j->alarm     ? "FIRED" :
		       j->sentinels ? "quiet" :
				      "none");
	gb_text_add(out, "verdict: ");
	gb_gate_headline(j, out);
	gb_text_add(out, "\n");
}

void gb_gate_table(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		   int color, struct gb_text *out)
{
	gb_text_printf(out, "A (baseline)   %s\nB (candidate)  %s\n\n",
		       d->side[GB_GATE_A].spec, d->side[GB_GATE_B].spec);
	gb_text_printf(out, "%-12s %-*s %8s %12s %4s %3s\n", "verdict", NAME_WIDTH,
		       "cell, metric", "B/A", "95 %", "MDE%", "n");
	for (size_t i = 0; i < j->results; i++)
		add_line(&j->result[i],
			 j->result[i].series->gated ?
				 gb_gate_verdict_name[j->result[i].verdict] :
				 "(reported)",
			 color, out);
	for (size_t i = 0; i < j->sentinels; i++)
		add_line(&j->sentinel[i],
			 j->sentinel[i].verdict == GB_GATE_INVALID ? "SENTINEL" :
								     "(sentinel)",
			 color, out);
	gb_text_add(out, "\n");
	add_summary(d, j, out);
}

/* --- CSV ---------------------------------------------------------------------- */

static void add_field(struct gb_text *out, const char *s)
{
	gb_text_add(out, ",");
	if (!strpbrk(s, ",\"\r\n")) {
		gb_text_add(out, s);
		return;
	}
	gb_text_add(out, "\"");
	for (; *s; s++)
		gb_text_printf(out, *s == '"' ? "\"%c" : "%c", *s);
	gb_text_add(out, "\"");
}

static void add_value(struct gb_text *out, int known, double v)
{
	gb_text_add(out, ",");
	if (known && isfinite(v))
		gb_gate_number(v, out);
}

static void add_csv_row(const struct gb_gate_data *d, const struct gb_gate_result *r,
			struct gb_text *out)
{
	const struct gb_gate_test *t = &r->test;
	int swap = r->series->higher_is_better;

	gb_text_add(out, GB_SCHEMA_VERSION);
	add_field(out, d->run_id);
	add_field(out, r->cell->id);
	add_field(out, r->cell->name);
	add_field(out, r->series->metric.name);
	add_field(out, r->series->metric.unit);
	add_field(out, r->cell->sentinel ? "sentinel" : r->series->gated ? "yes" : "no");
	add_field(out, gb_gate_verdict_name[r->verdict]);
	add_field(out, r->difference ? "difference" : "ln_ratio");
	add_value(out, 1, r->median_a);
	add_value(out, 1, r->median_b);
	add_value(out, r->tested, gb_gate_theta(r, t->theta));
	add_value(out, r->tested, gb_gate_theta(r, swap ? t->hi : t->lo));
	add_value(out, r->tested, gb_gate_theta(r, swap ? t->lo : t->hi));
	add_value(out, r->tested && !r->exact, r->p_red);
	add_value(out, r->tested, t->mde);
	gb_text_printf(out, ",%zu", t->used);
	add_field(out, r->reason);
	gb_text_add(out, "\n");
}

void gb_gate_csv(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		 struct gb_text *out)
{
	gb_text_add(out,
		    "schema_version,run_id,cell_id,cell,metric,unit,gated,verdict,scale,"
		    "median_a,median_b,change,change_lo,change_hi,p_adjusted,"
		    "detectable_change,pairs,reason\n");
	for (size_t i = 0; i < j->results; i++)
		add_csv_row(d, &j->result[i], out);
	for (size_t i = 0; i < j->sentinels; i++)
		add_csv_row(d, &j->sentinel[i], out);
}
