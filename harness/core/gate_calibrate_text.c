/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* A calibration as table, CSV and JSON. */
#include <math.h>

#include "base/number.h"

#include "core/gate_calibrate.h"
#include "core/gate_output.h"

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

void gb_gate_calibration_table(const struct gb_gate_calibrations *c, struct gb_text *out)
{
	gb_text_printf(out, "%-30s %5s %7s %6s %6s %6s %6s %6s\n", "cell", "pairs",
		       "shift%", "sd%", "far%", "lag 1", "MDE%", "MDE%");
	for (size_t i = 0; i < c->cells; i++) {
		const struct gb_gate_calibration *k = &c->cell[i];

		gb_text_printf(out, "%-30.30s %5zu ", k->cell->name, k->pairs);
		percent(out, "%+7.2f ", expm1(k->theta));
		percent(out, "%6.2f ", k->sd);
		percent(out, "%6.1f ", k->outliers);
		plain(out, "%+6.2f ", k->lag1);
		percent(out, "%6.2f ", expm1(k->mde_first));
		percent(out, "%6.2f\n", expm1(k->mde_last));
	}
	gb_text_add(out,
		    "\n(MDE: detectable change at the first and at the last look)\n");
	gb_text_printf(out, "%zu blocks of %d pairs: p-values uniform: p = ", c->blocks,
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
		    "blocks_faster\n");
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
		gb_text_printf(out, ",%zu,%zu\n", k->slower, k->faster);
	}
}

static void member(struct gb_text *out, const char *name, double v)
{
	gb_text_printf(out, ",\"%s\":", name);
	gb_gate_number(v, out);
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
		gb_text_add(out, "}");
	}
	gb_text_add(out, "]}\n");
}
