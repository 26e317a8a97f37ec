/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench gate calibrate: what runs of known truth say about the machine. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "core/gate/calibrate.h"
#include "core/plan.h"
#include "core/run_set.h"

static int add_builds(const struct gb_cli *o, const struct gb_gate_data *d,
		      struct gb_gate_calibrations *c, struct gb_error *e)
{
	char **dir = gb_list_split(o->relinked);
	struct gb_run_set set = { 0 };
	size_t n = 0;

	while (dir[n])
		n++;
	if (!gb_run_set_open((const char *const *)dir, n, &set, e))
		(void)!gb_gate_calibrate_builds(d, set.path, set.n, c, e);
	gb_run_set_close(&set);
	gb_list_free(dir);
	return -(int)e->code;
}

static int print(const struct gb_cli *o, const struct gb_gate_data *d,
		 const struct gb_gate_calibrations *c, struct gb_error *e)
{
	struct gb_text t = { 0 }, json = { 0 };

	gb_gate_calibration_json(d, c, &json);
	if (!strcmp(o->format, "csv"))
		gb_gate_calibration_csv(d, c, &t);
	else if (!strcmp(o->format, "json"))
		gb_text_add(&t, json.data);
	else if (!strcmp(o->format, "table"))
		gb_gate_calibration_table(c, &t);
	if (o->json)
		(void)!gb_text_save(&json, o->json, e);
	if (!e->code && t.data)
		fputs(t.data, stdout);
	gb_text_free(&t);
	gb_text_free(&json);
	return -(int)e->code;
}

static int check(const struct gb_cli *o, const struct gb_gate_data *d, struct gb_error *e)
{
	if (o->junit || o->markdown || !strcmp(o->format, "junit") ||
	    !strcmp(o->format, "markdown") || !strcmp(o->format, "github"))
		return gb_fail(e, GB_EXIT_USAGE,
			       "--format=table, csv, json or none; --json FILE",
			       "a calibration is no verdict: it has no such report");
	/* Sides that differ would put their difference into the noise floor. */
	if (!gb_gate_identical(d) && !o->no_identity)
		return gb_fail(e, GB_EXIT_USAGE,
			       "--no-identity: they are two builds of the same source",
			       "calibration needs equal sides");
	return 0;
}

int cmd_gate_calibrate(const struct gb_cli *o, const struct gb_gate_data *d,
		       struct gb_error *e)
{
	struct gb_gate_calibrations c;
	int code;

	if (check(o, d, e) < 0 || gb_gate_calibrate(d, &c, e) < 0)
		return (int)e->code;
	code = c.trustworthy ? GB_EXIT_OK : GB_EXIT_HARNESS;
	if ((o->relinked && add_builds(o, d, &c, e) < 0) ||
	    (o->canary && gb_gate_calibrate_canaries(d, o->canary, &c, e) < 0) ||
	    print(o, d, &c, e) < 0)
		code = (int)e->code;
	gb_gate_calibrations_free(&c);
	return code;
}
