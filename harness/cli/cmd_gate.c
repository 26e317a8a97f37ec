/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * gfpbench gate: a verdict and an exit code; gfpbench gate calibrate: what a run of equal
 * sides says about the machine; gfpbench gate trend: what many runs say.  The first two
 * measure first (cmd_gate_measure.c) or take a stored
 * run; judging is the same.
 *
 * The directory is only read: reports go where they are asked for, so that judging again,
 * perhaps under other rules, never changes what was measured or said about it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "cmd.h"
#include "core/gate/judge.h"
#include "core/gate/output.h"
#include "core/rundir.h"
#include "core/signals.h"

/* A summary over 1 MiB is dropped whole by GitHub. */
#define SUMMARY_LIMIT 900000

struct job {
	const struct gb_cli *o;
	struct gb_gate_data data;
	struct gb_gate_judgement judgement;
	int github;
};

static const char usage_hint[] = "gfpbench gate --baseline SPEC --candidate SPEC, or "
				 "gfpbench gate --from results/latest";

/* What only says how to measure. */
static int check_live(const struct gb_cli *o, const char *with, struct gb_error *e)
{
	static const char *const live[] = {
		"baseline", "candidate", "workload", "output", "label", "metrics", "rules",
		"pairs",    "pairing",	 "slice",    "seed",   "ram",	"irq-rate",
	};

	for (size_t i = 0; i < GB_ARRAY_SIZE(live); i++)
		if (gb_cli_is_set(o, live[i]))
			return gb_fail(e, GB_EXIT_USAGE,
				       "--what-if judges by other rules",
				       "%s and --%s cannot be given together: a stored "
				       "run is not measured again", with, live[i]);
	return 0;
}

static int choose_action(const struct gb_cli *o, int *calibrate, struct gb_error *e)
{
	const char *const hint = usage_hint;

	*calibrate = o->nr_args > 0 && !strcmp(o->args[0], "calibrate");
	if (o->nr_args > (size_t)*calibrate)
		return gb_fail(e, GB_EXIT_USAGE, hint, "unknown argument '%.60s'",
			       o->args[*calibrate]);
	if (o->from && check_live(o, "--from", e) < 0)
		return -(int)e->code;
	if (o->stored && *calibrate)
		return gb_fail(e, GB_EXIT_USAGE, hint,
			       "--stored and calibrate cannot be given together");
	if (o->baseline_gate && !o->stored)
		return gb_fail(e, GB_EXIT_USAGE, "--stored DIR,DIR,DIR,DIR,DIR",
			       "--baseline-gate without stored runs");
	if ((o->relinked || o->canary) && !*calibrate)
		return gb_fail(e, GB_EXIT_USAGE, "gfpbench gate calibrate --from DIR ...",
			       "--relinked and --canary belong to calibrate");
	if (!o->from && !o->baseline)
		return gb_fail(e, GB_EXIT_USAGE, hint,
			       "no baseline and no stored run given");
	if (!o->from && !o->candidate && !*calibrate)
		return gb_fail(e, GB_EXIT_USAGE, hint, "no candidate given");
	return 0;
}

/* --- reports --------------------------------------------------------------- */

static int use_color(const struct gb_cli *o)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (strcmp(o->color, "auto") != 0)
		return !strcmp(o->color, "always");
	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static void render(const struct job *j, const char *format, struct gb_text *t)
{
	const struct gb_gate_data *d = &j->data;
	const struct gb_gate_judgement *v = &j->judgement;

	if (!strcmp(format, "table"))
		gb_gate_table(d, v, use_color(j->o), t);
	else if (!strcmp(format, "csv"))
		gb_gate_csv(d, v, t);
	else if (!strcmp(format, "json"))
		gb_gate_json(d, v, t);
	else if (!strcmp(format, "junit"))
		gb_gate_junit(d, v, t);
	else if (!strcmp(format, "markdown"))
		gb_gate_markdown(d, v, SUMMARY_LIMIT, t);
	else if (!strcmp(format, "github"))
		gb_gate_annotations(d, v, t);
}

static int save(const struct job *j, const char *path, const char *format,
		struct gb_error *e)
{
	struct gb_text t = { 0 };
	int status;

	if (!path)
		return 0;
	render(j, format, &t);
	status = gb_text_save(&t, path, e);
	gb_text_free(&t);
	return status;
}

/* Appended: other steps of the job write there too. */
static int append_summary(const struct job *j, struct gb_error *e)
{
	const char *path = getenv("GITHUB_STEP_SUMMARY");
	struct gb_text t = { 0 };
	FILE *f;
	int bad;

	if (!j->github || !path || !*path)
		return 0;
	f = fopen(path, "a");
	if (!f)
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "cannot append to the job summary %s", path);
	render(j, "markdown", &t);
	bad = fwrite(t.data, 1, t.len, f) != t.len;
	bad |= fclose(f) != 0;
	gb_text_free(&t);
	return bad ? gb_fail(e, GB_EXIT_HARNESS, NULL, "cannot write the job summary %s",
			     path) :
		     0;
}

/* Commands for GitHub may be on either stream; stdout may hold a report for a program. */
static void print_annotations(const struct job *j)
{
	struct gb_text t = { 0 };
	int table = !strcmp(j->o->format, "table");

	if (!j->github || !strcmp(j->o->format, "github"))
		return;
	render(j, "github", &t);
	fputs(t.data, table ? stdout : stderr);
	gb_text_free(&t);
}

static void warn(const struct job *j)
{
	const struct gb_gate_judgement *v = &j->judgement;

	if (j->o->what_if)
		gb_print_warning("judged by other rules (%s): not the verdict of the run",
				 j->o->what_if);
	if (v->identical)
		gb_print_warning("both sides are identical: nothing was compared "
				 "(--no-identity judges them all the same)");
	if (v->exit == GB_EXIT_OK &&
	    (v->count[GB_GATE_INCONCLUSIVE] || v->count[GB_GATE_SKIPPED]))
		gb_print_warning("%zu figures are undecided, %zu were skipped "
				 "(--strict makes that exit %d)",
				 v->count[GB_GATE_INCONCLUSIVE],
				 v->count[GB_GATE_SKIPPED], GB_EXIT_UNDECIDED);
	if (*v->invalid)
		gb_print_warning("invalid: %s", v->invalid);
}

static int report(const struct job *j, struct gb_error *e)
{
	struct gb_text t = { 0 };

	if (save(j, j->o->junit, "junit", e) < 0 ||
	    save(j, j->o->markdown, "markdown", e) < 0 ||
	    save(j, j->o->json, "json", e) < 0 || append_summary(j, e) < 0)
		return -(int)e->code;
	render(j, j->o->format, &t);
	if (t.data)
		fputs(t.data, stdout);
	gb_text_free(&t);
	print_annotations(j);
	if (!j->o->quiet)
		warn(j);
	return 0;
}

static int trend(const struct gb_cli *o, struct gb_error *e)
{
	static const char *const judging[] = { "from", "stored", "what-if" };

	for (size_t i = 0; i < GB_ARRAY_SIZE(judging); i++)
		if (gb_cli_is_set(o, judging[i]))
			return -gb_fail(e, GB_EXIT_USAGE, "gfpbench gate trend RUN...",
					"trend and --%s cannot be given together", judging[i]);
	return check_live(o, "trend", e) < 0 ? (int)e->code : cmd_gate_trend(o, e);
}

static int judge(struct job *j, struct gb_error *e)
{
	int code;

	gb_gate_judge(&j->data, j->o->strict != 0, &j->judgement);
	code = (int)j->judgement.exit;
	if (report(j, e) < 0)
		code = (int)e->code;
	gb_gate_judgement_free(&j->judgement);
	return code;
}

int cmd_gate(const struct gb_cli *o, struct gb_error *e)
{
	const char *actions = getenv("GITHUB_ACTIONS");
	struct job j = { .o = o };
	struct gb_rundir dir = { .path = "" };
	int calibrating, code;

	if (o->nr_args > 0 && !strcmp(o->args[0], "trend"))
		return trend(o, e);
	j.github = o->github || (actions && !strcmp(actions, "true"));
	if (choose_action(o, &calibrating, e) < 0 ||
	    (!o->from && cmd_gate_measure(o, calibrating, &dir, e) < 0) ||
	    (gb_interrupted() && !o->from))
		return gb_interrupted() ? gb_interrupted_exit() : (int)e->code;
	if (gb_gate_read(o->from ? o->from : dir.path, &j.data, e) < 0)
		return (int)e->code;
	if (o->no_identity)
		j.data.config.no_identity = 1;
	if (gb_gate_config_set_all(&j.data.config, o->what_if, e) < 0)
		code = (int)e->code;
	else if (o->stored)
		code = cmd_gate_stored(o, &j.data, e);
	else
		code = calibrating ? cmd_gate_calibrate(o, &j.data, e) : judge(&j, e);
	gb_gate_free(&j.data);
	return code;
}
