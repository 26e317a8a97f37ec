/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Pieces of text that all writers of a judgement share. */
#include <math.h>
#include <string.h>

#include "base/number.h"

#include "core/gate/output.h"

static void add_formatted(struct gb_text *out, const char *fmt, double v)
{
	char buf[64];

	gb_text_add(out, gb_number_printf(buf, sizeof(buf), fmt, v));
}

void gb_gate_number(double v, struct gb_text *out)
{
	if (isfinite(v))
		add_formatted(out, "%.9g", v);
	else
		gb_text_add(out, "null");
}

double gb_gate_theta(const struct gb_gate_result *r, double value)
{
	return r->series->higher_is_better ? -value : value;
}

/* Rates in percentage points, everything else in its own unit. */
static void add_difference(const struct gb_gate_result *r, double v, struct gb_text *out)
{
	if (r->series->metric.scale == GB_GATE_DIFFERENCE) {
		add_formatted(out, "%+.3g pp", v * 100);
	} else {
		add_formatted(out, "%+.4g ", v);
		gb_text_add(out, r->series->metric.unit);
	}
}

void gb_gate_change(const struct gb_gate_result *r, double value, struct gb_text *out)
{
	double v = gb_gate_theta(r, value);

	if (!r->tested || isnan(v))
		gb_text_add(out, "-");
	else if (r->difference)
		add_difference(r, v, out);
	else
		add_formatted(out, fabs(expm1(v)) < 1 ? "%+.2f%%" : "%+.0f%%",
			      expm1(v) * 100);
}

void gb_gate_interval(const struct gb_gate_result *r, struct gb_text *out)
{
	double lo = r->series->higher_is_better ? r->test.hi : r->test.lo;
	double hi = r->series->higher_is_better ? r->test.lo : r->test.hi;

	if (!r->tested)
		return;
	gb_text_add(out, "[");
	gb_gate_change(r, lo, out);
	gb_text_add(out, ", ");
	gb_gate_change(r, hi, out);
	gb_text_add(out, "]");
}

void gb_gate_amount(const struct gb_gate_result *r, double value, struct gb_text *out)
{
	if (isnan(value)) {
		gb_text_add(out, "-");
		return;
	}
	if (r->series->metric.scale == GB_GATE_DIFFERENCE) {
		add_formatted(out, "%.3g %%", value * 100);
		return;
	}
	add_formatted(out, fabs(value) < 1e4 ? "%.4g " : "%.0f ", value);
	gb_text_add(out, r->series->metric.unit);
}

void gb_gate_sentence(const struct gb_gate_result *r, struct gb_text *out)
{
	gb_text_printf(out, "%s", r->series->metric.name);
	if (r->tested) {
		gb_text_add(out, " ");
		gb_gate_change(r, r->test.theta, out);
		gb_text_add(out, " ");
		gb_gate_interval(r, out);
		if (!r->exact)
			add_formatted(out, ", adjusted p = %.2g", r->p_red);
		gb_text_printf(out, ", %zu pairs", r->test.used);
	}
	if (r->tested && !r->exact && !r->difference)
		add_formatted(out, ", detectable %.2g%%", expm1(r->test.mde) * 100);
	if (*r->reason)
		gb_text_printf(out, "%s%s", r->tested ? "; " : ": ", r->reason);
}

static void add_count(const struct gb_gate_judgement *j, enum gb_gate_verdict v,
		      const char **separator, struct gb_text *out)
{
	if (!j->count[v])
		return;
	gb_text_printf(out, "%s%zu %s", *separator, j->count[v], gb_gate_verdict_name[v]);
	*separator = ", ";
}

void gb_gate_headline(const struct gb_gate_judgement *j, struct gb_text *out)
{
	static const char *const word[] = {
		[GB_EXIT_OK] = "pass",
		[GB_EXIT_FAULT] = "fail",
		[GB_EXIT_USAGE] = "invalid",
		[GB_EXIT_HARNESS] = "invalid",
		[GB_EXIT_UNDECIDED] = "undecided",
	};
	const char *separator = ": ";

	gb_text_add(out, word[j->exit]);
	if (*j->invalid) {
		gb_text_printf(out, ": %s", j->invalid);
		separator = "; ";
	}
	for (int v = 0; v < GB_GATE_VERDICTS; v++)
		add_count(j, (enum gb_gate_verdict)v, &separator, out);
	if (j->identical)
		gb_text_add(out, " (both sides are identical: nothing was compared)");
}

void gb_gate_geomean(const struct gb_gate_judgement *j, struct gb_text *out)
{
	add_formatted(out, "%.4f [", j->geomean);
	add_formatted(out, "%.4f, ", j->geomean_lo);
	add_formatted(out, "%.4f]", j->geomean_hi);
}

double gb_gate_cell_seconds(const struct gb_gate_cell *c)
{
	double sum = 0;

	for (size_t i = 0; i < c->pairs; i++) {
		double longer = fmax(c->pair[i].side[GB_GATE_A].wall_ns,
				     c->pair[i].side[GB_GATE_B].wall_ns);

		sum += isnan(longer) ? 0 : longer;
	}
	return sum * 1e-9;
}

double gb_gate_worst_mde(const struct gb_gate_judgement *j)
{
	double worst = NAN;

	for (size_t i = 0; i < j->results; i++) {
		const struct gb_gate_result *r = &j->result[i];

		if (r->tested && r->series->gated &&
		    r->series->metric.source == GB_GATE_FROM_SLICES)
			worst = fmax(worst, expm1(r->test.mde));
	}
	return worst;
}
