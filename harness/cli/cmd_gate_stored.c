/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench gate --stored and gfpbench gate trend: today's build against the past. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "core/gate/stored.h"
#include "core/gate/trend.h"
#include "core/plan.h"
#include "core/run_set.h"

static int has_ci_reports(const struct gb_cli *o)
{
	return o->junit || o->markdown || o->strict || !strcmp(o->format, "junit") ||
	       !strcmp(o->format, "markdown") || !strcmp(o->format, "github");
}

/* stdout as asked for; --json FILE besides. */
static int print(const struct gb_cli *o, const struct gb_text *text,
		 const struct gb_text *json,
		 struct gb_error *e)
{
	if (o->json && gb_text_save(json, o->json, e) < 0)
		return (int)e->code;
	if (text->data)
		fputs(text->data, stdout);
	return 0;
}

/* --- against stored runs -------------------------------------------------------- */

static int print_stored(const struct gb_cli *o, const struct gb_gate_data *d,
			const struct gb_gate_stored *s, struct gb_error *e)
{
	struct gb_text t = { 0 }, json = { 0 };
	int code;

	if (!o->quiet)
		gb_print_warning("against stored runs: second class, no verdict of a gate");
	gb_gate_stored_json(d, s, &json);
	if (!strcmp(o->format, "table"))
		gb_gate_stored_table(s, &t);
	else if (!strcmp(o->format, "csv"))
		gb_gate_stored_csv(d, s, &t);
	else if (!strcmp(o->format, "json"))
		gb_text_add(&t, json.data);
	code = print(o, &t, &json, e);
	gb_text_free(&t);
	gb_text_free(&json);
	return code ? code : (int)s->exit;
}

int cmd_gate_stored(const struct gb_cli *o, const struct gb_gate_data *d,
		    struct gb_error *e)
{
	char **dir = gb_list_split(o->stored);
	struct gb_run_set set = { 0 };
	struct gb_gate_stored s;
	size_t n = 0;
	int code;

	while (dir[n])
		n++;
	if (has_ci_reports(o))
		(void)!gb_fail(e, GB_EXIT_USAGE,
			       "--format=table, csv, json or none; --json FILE",
			       "a comparison with stored runs is second class: it has no "
			       "reports for continuous integration, and is not --strict");
	else if (!gb_run_set_open((const char *const *)dir, n, &set, e))
		(void)!gb_gate_against_stored(d, set.path, set.n, o->baseline_gate != 0,
					      &s, e);
	code = (int)e->code;
	if (!code) {
		code = print_stored(o, d, &s, e);
		gb_gate_stored_free(&s);
	}
	gb_run_set_close(&set);
	gb_list_free(dir);
	return code;
}

/* --- the trend ------------------------------------------------------------------ */

static int print_trend(const struct gb_cli *o, const struct gb_gate_trend *t,
		       struct gb_error *e)
{
	struct gb_text text = { 0 }, json = { 0 };
	int code;

	if (t->slower && !o->quiet)
		gb_print_warning("%zu cells became slower over these runs", t->slower);
	gb_gate_trend_json(t, &json);
	if (!strcmp(o->format, "table"))
		gb_gate_trend_table(t, &text);
	else if (!strcmp(o->format, "csv"))
		gb_gate_trend_csv(t, &text);
	else if (!strcmp(o->format, "json"))
		gb_text_add(&text, json.data);
	code = print(o, &text, &json, e);
	gb_text_free(&text);
	gb_text_free(&json);
	return code;
}

int cmd_gate_trend(const struct gb_cli *o, struct gb_error *e)
{
	struct gb_run_set set = { 0 };
	struct gb_gate_trend t;
	int code;

	if (has_ci_reports(o))
		(void)!gb_fail(e, GB_EXIT_USAGE,
			       "--format=table, csv, json or none; --json FILE",
			       "a trend warns only: it has no reports for continuous "
			       "integration, and is not --strict");
	else if (o->nr_args < 2)
		(void)!gb_fail(e, GB_EXIT_USAGE,
			       "gfpbench gate trend RUN... or DATABASE[:PATTERN]",
			       "no runs given");
	else if (!gb_run_set_open((const char *const *)o->args + 1, o->nr_args - 1, &set,
				  e))
		(void)!gb_gate_trend(set.path, set.n, &t, e);
	code = (int)e->code;
	if (!code) {
		code = print_trend(o, &t, e);
		gb_gate_trend_free(&t);
	}
	gb_run_set_close(&set);
	return code;
}
