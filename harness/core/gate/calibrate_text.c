/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* A calibration as table, CSV and JSON. */
#include <math.h>

#include "base/number.h"

#include "core/gate/calibrate.h"
#include "core/gate/output.h"

static void percent(struct gb_text *out, const char *fmt, double v)
{
	char buf[GB_NUMBER_SIZE];

	gb_text_add(out, gb_number_printf(buf, sizeof(buf), fmt, v * 100));
}

static void plain(struct gb_text *out, const char *fmt, double v)
{
	char buf[GB_NUMBER_SIZE];

	gb_text_add(out, gb_number_printf(buf, sizeof(buf), fmt, v));
}

/* A sentinel is a cell again, the baseline against its copy. */
static void name(const struct gb_gate_cell *c, struct gb_text *out)
{
	if (c->sentinel)
		gb_text_printf(out, "sentinel %-21.21s ", c->name);
	else
		gb_text_printf(out, "%-30.30s ", c->name);
}

/* What is bought with more slices, and with more pairs. */
static void spread_table(const struct gb_gate_calibrations *c, struct gb_text *out)
{
	gb_text_printf(out, "\n%-30s %6s %7s %8s %8s %8s\n", "cell", "ICC", "second%",
		       "slice%", "slices", "pairs");
	for (size_t i = 0; i < c->cells; i++) {
		const struct gb_gate_calibration *k = &c->cell[i];

		name(k->cell, out);
		plain(out, "%6.2f ", k->icc);
		percent(out, "%+7.2f ", expm1(k->slot));
		percent(out, "%8.2f ", k->slice_sd);
		if (isinf(k->slices))
			gb_text_printf(out, "%8s ", "more");
		else
			plain(out, "%8.0f ", k->slices);
		plain(out, "%8.0f\n", k->pairs_needed);
	}
	gb_text_add(out,
		    "\n(ICC: share of the variance that belongs to whole pairs; second: "
		    "cost of coming\nsecond; slices: beyond which more hardly help; "
		    "pairs: for the red margin)\n");
}

static void builds_line(const struct gb_gate_calibrations *c, struct gb_text *out)
{
	double most = 0;

	for (size_t i = 0; i < c->cells; i++)
		if (!c->cell[i].cell->sentinel)
			most = fmax(most, c->cell[i].margin);
	gb_text_printf(out,
		       "%zu builds of one source; margin: at least twice their spread.  "
		       "For all cells:\n  --rules margin=",
		       c->builds);
	percent(out, "%.2g%%\n", most);
}

static void canary_lines(const struct gb_gate_calibrations *c, struct gb_text *out)
{
	size_t hidden = 0;

	for (size_t i = 0; i < c->cells; i++)
		for (size_t k = 0; k < c->canaries; k++)
			if (c->cell[i].canary[k] < GB_GATE_CANARY_LEAST) {
				percent(out,
					hidden++ ? ", %.0f%% of " :
						   "hidden losses: %.0f%% of ",
					c->cell[i].canary[k]);
				percent(out, "%+.3g%% were read in",
					expm1(c->injected[k]));
				gb_text_printf(out, "\n  %.76s", c->cell[i].cell->name);
			}
	if (hidden)
		gb_text_add(out, "\n  (longer --slice, or --pairing process)\n");
}

/* Builds, and what was read of known losses. */
static void runs_table(const struct gb_gate_calibrations *c, struct gb_text *out)
{
	gb_text_printf(out, "\n%-30s %8s %8s", "cell", "builds%", "margin%");
	for (size_t k = 0; k < c->canaries; k++)
		percent(out, " %+6.3g%%", expm1(c->injected[k]));
	gb_text_add(out, "\n");
	for (size_t i = 0; i < c->cells; i++) {
		const struct gb_gate_calibration *k = &c->cell[i];

		if (k->cell->sentinel)
			continue;
		gb_text_printf(out, "%-30.30s ", k->cell->name);
		if (isnan(k->build_sd))
			gb_text_printf(out, "%8s ", "-");
		else
			percent(out, "%8.2f ", k->build_sd);
		percent(out, "%8.2f", k->margin);
		for (size_t n = 0; n < c->canaries; n++)
			if (isnan(k->canary[n]))
				gb_text_printf(out, " %7s", "-");
			else
				plain(out, " %7.2f", k->canary[n]);
		gb_text_add(out, "\n");
	}
	if (c->canaries)
		gb_text_add(out, "\n(below +N%: what was read of a loss of N %, "
				 "as its share)\n");
	if (c->builds)
		builds_line(c, out);
	canary_lines(c, out);
}

void gb_gate_calibration_table(const struct gb_gate_calibrations *c, struct gb_text *out)
{
	gb_text_printf(out, "%-30s %5s %7s %6s %6s %6s %6s %6s\n", "cell", "pairs",
		       "shift%", "sd%", "far%", "lag 1", "MDE%", "MDE%");
	for (size_t i = 0; i < c->cells; i++) {
		const struct gb_gate_calibration *k = &c->cell[i];

		name(k->cell, out);
		gb_text_printf(out, "%5zu ", k->pairs);
		percent(out, "%+7.2f ", expm1(k->theta));
		percent(out, "%6.2f ", k->sd);
		percent(out, "%6.1f ", k->outliers);
		plain(out, "%+6.2f ", k->lag1);
		percent(out, "%6.2f ", expm1(k->mde_first));
		percent(out, "%6.2f\n", expm1(k->mde_last));
	}
	gb_text_add(out,
		    "\n(MDE: detectable change at the first and at the last look)\n");
	spread_table(c, out);
	if (c->builds || c->canaries)
		runs_table(c, out);
	gb_text_printf(out, "\n%zu blocks of %d pairs: uniform: p = ", c->blocks,
		       GB_GATE_BLOCK);
	plain(out, "%.3g", c->uniformity);
	gb_text_add(out, "; as many slower as faster: p = ");
	plain(out, "%.3g\n", c->balance);
	gb_text_printf(out, "calibration: %s\n",
		       c->trustworthy ?
			       "sound" :
			       "the machine or the order of measuring favours a side");
}

static void field(struct gb_text *out, double v)
{
	gb_text_add(out, ",");
	if (isfinite(v))
		gb_gate_number(v, out);
}

void gb_gate_calibration_csv(const struct gb_gate_data *d,
			     const struct gb_gate_calibrations *c, struct gb_text *out)
{
	gb_text_add(out,
		    "run_id,cell_id,pairs,shift_ln,sd_ln,outliers_ratio,lag1,slice_sd_ln,"
		    "detectable_first_ln,detectable_last_ln,blocks_slower,"
		    "blocks_faster,icc,second_ln,slices,pairs_needed,build_sd_ln,margin");
	for (size_t k = 0; k < c->canaries; k++)
		plain(out, ",canary_%.6g", expm1(c->injected[k]));
	gb_text_add(out, "\n");
	for (size_t i = 0; i < c->cells; i++) {
		const struct gb_gate_calibration *k = &c->cell[i];

		gb_text_printf(out, "%s,%s,%zu", d->run_id, k->cell->id, k->pairs);
		field(out, k->theta);
		field(out, k->sd);
		field(out, k->outliers);
		field(out, k->lag1);
		field(out, k->slice_sd);
		field(out, k->mde_first);
		field(out, k->mde_last);
		gb_text_printf(out, ",%zu,%zu", k->slower, k->faster);
		field(out, k->icc);
		field(out, k->slot);
		field(out, k->slices);
		field(out, k->pairs_needed);
		field(out, k->build_sd);
		field(out, k->margin);
		for (size_t n = 0; n < c->canaries; n++)
			field(out, k->canary[n]);
		gb_text_add(out, "\n");
	}
}

static void member(struct gb_text *out, const char *name, double v)
{
	gb_text_printf(out, ",\"%s\":", name);
	gb_gate_number(v, out);
}

static void canaries_json(const struct gb_gate_calibrations *c,
			  const struct gb_gate_calibration *k, struct gb_text *out)
{
	gb_text_add(out, ",\"canaries\":[");
	for (size_t n = 0; n < c->canaries; n++) {
		gb_text_add(out, n ? ",{\"injected\":" : "{\"injected\":");
		gb_gate_number(expm1(c->injected[n]), out);
		member(out, "read_ratio", k->canary[n]);
		gb_text_add(out, "}");
	}
	gb_text_add(out, "]");
}

void gb_gate_calibration_json(const struct gb_gate_data *d,
			      const struct gb_gate_calibrations *c, struct gb_text *out)
{
	gb_text_add(out, "{\"run_id\":");
	gb_text_json(out, d->run_id);
	gb_text_add(out, ",\"hw_id\":");
	gb_text_json(out, d->hw_id);
	gb_text_printf(out, ",\"blocks\":%zu,\"block_pairs\":%d", c->blocks,
		       GB_GATE_BLOCK);
	gb_text_printf(out, ",\"builds\":%zu", c->builds);
	member(out, "p_uniform", c->uniformity);
	member(out, "p_balanced", c->balance);
	gb_text_printf(out, ",\"sound\":%s,\"cells\":[",
		       c->trustworthy ? "true" : "false");
	for (size_t i = 0; i < c->cells; i++) {
		const struct gb_gate_calibration *k = &c->cell[i];

		gb_text_printf(out, "%s\n{\"cell_id\":", i ? "," : "");
		gb_text_json(out, k->cell->id);
		gb_text_add(out, ",\"cell\":");
		gb_text_json(out, k->cell->name);
		gb_text_printf(
			out, ",\"pairs\":%zu,\"blocks_slower\":%zu,\"blocks_faster\":%zu",
			k->pairs, k->slower, k->faster);
		member(out, "shift_ln", k->theta);
		member(out, "sd_ln", k->sd);
		member(out, "outliers_ratio", k->outliers);
		member(out, "lag1", k->lag1);
		member(out, "slice_sd_ln", k->slice_sd);
		member(out, "detectable_first_ln", k->mde_first);
		member(out, "detectable_last_ln", k->mde_last);
		member(out, "icc", k->icc);
		member(out, "second_ln", k->slot);
		member(out, "slices", k->slices);
		member(out, "pairs_needed", k->pairs_needed);
		member(out, "build_sd_ln", k->build_sd);
		member(out, "margin", k->margin);
		canaries_json(c, k, out);
		gb_text_add(out, "}");
	}
	gb_text_add(out, "]}\n");
}
