/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* A comparison with stored runs as table, CSV and JSON.  Each says that it is one. */
#include <math.h>

#include "base/number.h"

#include "core/gate/output.h"
#include "core/gate/stored.h"

static void percent(struct gb_text *out, const char *fmt, double ln)
{
	char buf[GB_NUMBER_SIZE];

	gb_text_add(out, gb_number_printf(buf, sizeof(buf), fmt, expm1(ln) * 100));
}

void gb_gate_stored_table(const struct gb_gate_stored *s, struct gb_text *out)
{
	gb_text_printf(out, "SECOND CLASS: against %zu stored runs, not side by side\n",
		       s->runs);
	gb_text_printf(out, "stored from %s to %s%s%s%s%s\n\n", s->first, s->last,
		       *s->version ? ", newest: " : "", s->version,
		       *s->label ? ", label " : "", s->label);
	gb_text_printf(out, "%-12s %-28s %8s %8s %17s %5s\n", "verdict", "cell, time",
		       "B/A now", "stored", "change, 95 %", "sd%");
	for (size_t i = 0; i < s->cells; i++) {
		const struct gb_gate_stored_cell *c = &s->cell[i];

		gb_text_printf(out, "%-12s %-28.28s", gb_gate_verdict_name[c->verdict],
			       c->cell->name);
		percent(out, " %+7.2f%%", c->ratio_now);
		percent(out, " %+7.2f%%", c->ratio_stored);
		percent(out, " %+5.1f", c->change);
		percent(out, " %+5.1f..", c->lo);
		percent(out, "%+.1f", c->hi);
		percent(out, " %5.2f\n", c->between_sd);
		if (*c->reason)
			gb_text_printf(out, "             %s\n", c->reason);
	}
	gb_text_printf(out, "\nverdict: %s (against stored runs; %s)\n",
		       s->exit == GB_EXIT_OK    ? "pass" :
		       s->exit == GB_EXIT_FAULT ? "fail" :
						  "invalid",
		       s->may_fail ? "--baseline-gate" :
				     "never red without --baseline-gate");
}

static void field(struct gb_text *out, double v)
{
	gb_text_add(out, ",");
	if (isfinite(v))
		gb_gate_number(v, out);
}

void gb_gate_stored_csv(const struct gb_gate_data *now, const struct gb_gate_stored *s,
			struct gb_text *out)
{
	gb_text_add(out,
		    "run_id,cell_id,verdict,stored_runs,ratio_now_ln,ratio_stored_ln,"
		    "between_sd_ln,change_ln,lo_ln,hi_ln,p_red,p_warn,p_better\n");
	for (size_t i = 0; i < s->cells; i++) {
		const struct gb_gate_stored_cell *c = &s->cell[i];

		gb_text_printf(out, "%s,%s,%s,%zu", now->run_id, c->cell->id,
			       gb_gate_verdict_name[c->verdict], s->runs);
		field(out, c->ratio_now);
		field(out, c->ratio_stored);
		field(out, c->between_sd);
		field(out, c->change);
		field(out, c->lo);
		field(out, c->hi);
		field(out, c->p_red);
		field(out, c->p_warn);
		field(out, c->p_better);
		gb_text_add(out, "\n");
	}
}

static void member(struct gb_text *out, const char *name, double v)
{
	gb_text_printf(out, ",\"%s\":", name);
	gb_gate_number(v, out);
}

static void named(struct gb_text *out, const char *name, const char *value)
{
	gb_text_printf(out, ",\"%s\":", name);
	gb_text_json(out, value);
}

void gb_gate_stored_json(const struct gb_gate_data *now, const struct gb_gate_stored *s,
			 struct gb_text *out)
{
	gb_text_add(out, "{\"run_id\":");
	gb_text_json(out, now->run_id);
	gb_text_printf(out, ",\"second_class\":true,\"stored_runs\":%zu,\"exit_code\":%d",
		       s->runs, (int)s->exit);
	named(out, "stored_first", s->first);
	named(out, "stored_last", s->last);
	named(out, "stored_label", s->label);
	named(out, "stored_version", s->version);
	member(out, "margin", s->margin);
	gb_text_add(out, ",\"cells\":[");
	for (size_t i = 0; i < s->cells; i++) {
		const struct gb_gate_stored_cell *c = &s->cell[i];

		gb_text_printf(out, "%s\n{\"cell_id\":", i ? "," : "");
		gb_text_json(out, c->cell->id);
		named(out, "cell", c->cell->name);
		named(out, "verdict", gb_gate_verdict_name[c->verdict]);
		named(out, "reason", c->reason);
		member(out, "ratio_now_ln", c->ratio_now);
		member(out, "ratio_stored_ln", c->ratio_stored);
		member(out, "between_sd_ln", c->between_sd);
		member(out, "change_ln", c->change);
		member(out, "lo_ln", c->lo);
		member(out, "hi_ln", c->hi);
		member(out, "p_red", c->p_red);
		member(out, "p_warn", c->p_warn);
		member(out, "p_better", c->p_better);
		gb_text_add(out, "}");
	}
	gb_text_add(out, "]}\n");
}
