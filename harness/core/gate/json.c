/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gate.json: every number of the report, for machines. */
#include <math.h>
#include <string.h>

#include "core/gate/columns.h"
#include "core/gate/output.h"

static void comma(struct gb_text *t)
{
	char last = t->len ? t->data[t->len - 1] : '{';

	if (last != '{' && last != '[')
		gb_text_add(t, ",");
}

static void key(struct gb_text *t, const char *name)
{
	comma(t);
	gb_text_json(t, name);
	gb_text_add(t, ":");
}

static void text(struct gb_text *t, const char *name, const char *value)
{
	key(t, name);
	gb_text_json(t, value);
}

static void number(struct gb_text *t, const char *name, double value)
{
	key(t, name);
	gb_gate_number(value, t);
}

static void count(struct gb_text *t, const char *name, size_t value)
{
	key(t, name);
	gb_text_printf(t, "%zu", value);
}

static void flag(struct gb_text *t, const char *name, int value)
{
	key(t, name);
	gb_text_add(t, value ? "true" : "false");
}

static void add_test(struct gb_text *t, const struct gb_gate_result *r)
{
	const struct gb_gate_test *s = &r->test;

	count(t, "pairs_measured", s->pairs);
	count(t, "pairs_used", s->used);
	number(t, "change", gb_gate_theta(r, s->theta));
	number(t, "change_lo",
	       gb_gate_theta(r, r->series->higher_is_better ? s->hi : s->lo));
	number(t, "change_hi",
	       gb_gate_theta(r, r->series->higher_is_better ? s->lo : s->hi));
	number(t, "coverage", s->coverage);
	number(t, "hodges_lehmann", gb_gate_theta(r, s->hodges_lehmann));
	number(t, "robust_sd", s->sd);
	number(t, "detectable_change", s->mde);
	flag(t, "bimodal", s->bimodal);
	flag(t, "exact", r->exact);
	number(t, "p_regressed", s->p_red);
	number(t, "p_regressed_adjusted", r->p_red);
	number(t, "p_warn_adjusted", r->p_warn);
	number(t, "p_improved_adjusted", r->p_better);
	number(t, "p_equivalence", s->p_equal);
	number(t, "p_two_sided", s->p_two_sided);
	number(t, "margin", r->rule.margin);
	number(t, "warn", r->rule.warn);
	number(t, "band", r->rule.band);
}

static void add_result(struct gb_text *t, const struct gb_gate_result *r)
{
	comma(t);
	gb_text_add(t, "\n{");
	text(t, "cell_id", r->cell->id);
	text(t, "cell", r->cell->name);
	text(t, "allocator", r->cell->allocator);
	text(t, "workload", r->cell->workload);
	text(t, "params", r->cell->params);
	text(t, "threads", r->cell->threads);
	text(t, "irq_mode", r->cell->irq_mode);
	text(t, "pairing", r->cell->pairing);
	text(t, "metric", r->series->metric.name);
	text(t, "unit", r->series->metric.unit);
	text(t, "direction", r->series->higher_is_better ? "higher" : "lower");
	flag(t, "gated", r->series->gated);
	text(t, "verdict", gb_gate_verdict_name[r->verdict]);
	text(t, "reason", r->reason);
	text(t, "scale", r->difference ? "difference" : "ln_ratio");
	number(t, "median_a", r->median_a);
	number(t, "median_b", r->median_b);
	flag(t, "worth_a_look", r->worth_a_look);
	number(t, "cell_seconds", gb_gate_cell_seconds(r->cell));
	if (r->tested)
		add_test(t, r);
	gb_text_add(t, "}");
}

static void add_results(struct gb_text *t, const char *name,
			const struct gb_gate_result *r, size_t n)
{
	key(t, name);
	gb_text_add(t, "[");
	for (size_t i = 0; i < n; i++)
		add_result(t, &r[i]);
	gb_text_add(t, "]");
}

static void add_setting(const char *name, const char *value, void *arg)
{
	text(arg, name, value);
}

static void add_side(struct gb_text *t, const char *name, const struct gb_gate_side *s)
{
	key(t, name);
	gb_text_add(t, "{");
	text(t, "spec", s->spec);
	text(t, "identity", s->identity);
	text(t, "version", s->version);
	gb_text_add(t, "}");
}

static void add_run(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		    struct gb_text *t)
{
	struct gb_text headline = { 0 };

	gb_gate_headline(j, &headline);
	text(t, "schema_version", GB_SCHEMA_VERSION);
	text(t, "run_id", d->run_id);
	text(t, "hw_id", d->hw_id);
	text(t, "verdict", headline.data);
	count(t, "exit_code", (size_t)j->exit);
	text(t, "invalid", j->invalid);
	flag(t, "identical", j->identical);
	flag(t, "sentinel_alarm", j->alarm);
	count(t, "gated_figures", j->family);
	number(t, "attainable_p", j->attainable_p);
	number(t, "geomean", j->geomean);
	number(t, "geomean_lo", j->geomean_lo);
	number(t, "geomean_hi", j->geomean_hi);
	count(t, "geomean_cells", j->geomean_cells);
	gb_text_free(&headline);
}

void gb_gate_json(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		  struct gb_text *t)
{
	gb_text_add(t, "{");
	add_run(d, j, t);
	key(t, "counts");
	gb_text_add(t, "{");
	for (int v = 0; v < GB_GATE_VERDICTS; v++)
		count(t, gb_gate_verdict_name[v], j->count[v]);
	gb_text_add(t, "}");
	add_side(t, "baseline", &d->side[GB_GATE_A]);
	add_side(t, "candidate", &d->side[GB_GATE_B]);
	key(t, "config");
	gb_text_add(t, "{");
	gb_gate_config_each(&d->config, add_setting, t);
	gb_text_add(t, "}");
	add_results(t, "results", j->result, j->results);
	add_results(t, "sentinels", j->sentinel, j->sentinels);
	gb_text_add(t, "}\n");
}
