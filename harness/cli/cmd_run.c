/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * gfpbench run: options to a plan, plan to rows, rows to a table.
 *
 * --resume takes the options from the manifest of the run, so the plan must come out the
 * same; its hash says whether it did.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "cmd.h"
#include "core/execute.h"
#include "core/manifest.h"
#include "core/signals.h"
#include "job_options.h"
#include "plan_view.h"
#include "progress.h"
#include "summary.h"

struct job {
	const struct gb_cli *screen; /* how to talk: always this command line */
	const struct gb_cli *o;      /* what to measure: this one's, or the resumed one's */
	struct gb_job options;       /* with what job files say */
	struct gb_plan_request q, *sets;
	struct gb_plan plan;
	struct gb_rundir dir;
	struct gb_manifest manifest;
	struct gb_rows rows;
	unsigned char *done;         /* by sample id */
};

/* --- options to a request ---------------------------------------------------------------- */

static int conflict(const char *a, const char *b, const char *hint, struct gb_error *e)
{
	return gb_fail(e, GB_EXIT_USAGE, hint, "--%s and --%s cannot be given together", a, b);
}

static int check_conflicts(const struct gb_cli *o, struct gb_error *e)
{
	static const char *const not_with_resume[] = {
		"backend", "workload", "threads", "runs", "duration", "ops", "warmup", "irq-rate",
		"irq-law", "ram", "seed", "order", "pin", "no-pin", "interval", "rss-decay",
		"timeout", "trace", "output", "label", "shard", "config",
	};

	if (gb_cli_is_set(o, "ops") && o->ops != GB_OPS_AUTO && gb_cli_is_set(o, "duration"))
		return conflict("ops", "duration", "equal work: --ops; equal time: --duration", e);
	if (o->pin && o->no_pin)
		return conflict("pin", "no-pin", "pinning is the default", e);
	if (o->quiet && o->verbose)
		return conflict("quiet", "verbose", "choose one", e);
	if (o->output && o->label)
		return conflict("output", "label", "--label is for directories that are named by us", e);
	if (o->resume && o->nr_args)
		return gb_fail(e, GB_EXIT_USAGE,
			       "a resumed run keeps the job files that it was started with",
			       "--resume and a job file cannot be given together");
	for (size_t i = 0; o->resume && i < GB_ARRAY_SIZE(not_with_resume); i++)
		if (gb_cli_is_set(o, not_with_resume[i]))
			return conflict("resume", not_with_resume[i],
					"a resumed run keeps the options that it was started with", e);
	if (o->label)
		return gb_label_check(o->label, e);
	return 0;
}

static int parse_shard(const char *text, struct gb_plan_request *q, struct gb_error *e)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	char first[24];

	q->shard = q->shards = 1;
	if (!text)
		return 0;
	if (!slash || slash - text >= (long)sizeof(first))
		return gb_fail(e, GB_EXIT_USAGE, "for example --shard=2/4", "--shard: '%s' is not I/N",
			       text);
	snprintf(first, sizeof(first), "%.*s", (int)(slash - text), text);
	if (gb_parse_uint(slash + 1, "--shard", 1, 10000, &q->shards, e))
		return -e->code;
	return gb_parse_uint(first, "--shard", 1, q->shards, &q->shard, e);
}

static int make_request(const struct gb_cli *o, struct gb_plan_request *q, struct gb_error *e)
{
	*q = (struct gb_plan_request){
		.backends = o->backend,
		.workloads = o->workload,
		.threads = o->threads,
		.runs = o->runs,
		.seed = o->seed,
		.ops = o->ops,
		.equal_work = !o->ops && !gb_cli_is_set(o, "duration"),
		.duration_ns = o->duration_ns,
		.warmup_ns = o->warmup_ns,
		.irq_rate_hz = o->irq_rate_hz,
		.irq_law = !strcmp(o->irq_law, "poisson") ? GB_IRQ_POISSON : GB_IRQ_FIXED,
		.ram_bytes = o->ram_bytes,
		.interval_ns = o->interval_ns,
		.pin = !o->no_pin,
		.timeout_ns = o->timeout_ns,
		.sequential = !strcmp(o->order, "sequential"),
		.rss_decay = o->rss_decay != 0,
	};
	return parse_shard(o->shard, q, e);
}

/* Tracepoints are the emulated kernel's. */
static int check_trace(const struct gb_cli *o, const struct gb_plan *p, struct gb_error *e)
{
	for (size_t i = 0; o->trace && i < p->nr_cells; i++)
		if (!p->cells[i].ref.backend->trace)
			return gb_fail(e, GB_EXIT_USAGE, "for example -b slab or -b pages",
				       "--trace: %s has no tracepoints", p->cells[i].cell.backend);
	return 0;
}

/* --- the run -------------------------------------------------------------------------------- */

static int open_dir(struct job *j, const struct gb_manifest_past *past, struct gb_error *e)
{
	uint64_t n = j->plan.nr_cells * j->plan.runs + 1;

	j->done = calloc(n, 1);
	GB_BUG_ON(!j->done);
	if (!past)
		return gb_rundir_make(j->o->output, j->o->label, &j->dir, e) ||
		       gb_rundir_lock(&j->dir, e);
	if (gb_rundir_open(j->screen->resume, &j->dir, e) || gb_rundir_lock(&j->dir, e))
		return -e->code;
	if (strcmp(past->plan_hash, j->plan.hash))
		return gb_fail(e, GB_EXIT_USAGE,
			       "another machine, another number of usable CPUs, or another gfpbench?",
			       "%s: its plan can no longer be made as it was", j->dir.path);
	for (size_t g = 0; g < past->groups && g < j->plan.groups; g++)
		if (past->frozen[g])
			gb_plan_set_work(&j->plan, g, past->frozen[g]);
	return gb_rows_resume(j->dir.path, j->done, n, e);
}

static int begin(struct job *j, const struct gb_manifest_past *past, struct gb_error *e)
{
	struct gb_manifest *m = &j->manifest;

	m->dir = &j->dir;
	m->plan = &j->plan;
	m->request = &j->q;
	m->argc = j->o->argc;
	m->argv = j->o->argv;
	m->label = j->o->label;
	m->exit_code = -1;
	gb_manifest_begin(m);
	if (past)
		snprintf(m->started_at, sizeof(m->started_at), "%s", past->started_at);
	if (gb_manifest_write(m, e))
		return -e->code;
	return gb_rows_open(&j->rows, j->dir.path, j->dir.id, e);
}

static int verdict_code(const struct gb_verdict *v, const struct gb_error *e)
{
	if (gb_interrupted())
		return gb_interrupted_exit();
	if (e->code)
		return (int)e->code;
	return gb_verdict_exit(v);
}

/* Also when something went wrong: what is on disk is described. */
static int finish(struct job *j, struct gb_verdict *v, struct gb_error *e)
{
	struct gb_error late = GB_ERROR_INIT;

	(void)!gb_rows_close(&j->rows, e);
	if (!gb_verdict_read(j->dir.path, &j->plan, v, &late))
		memcpy(j->manifest.by_status, v->by_status, sizeof(v->by_status));
	j->manifest.complete = !e->code && !v->by_status[GB_ST_INTERRUPTED] &&
			       v->rows == j->plan.nr_items;
	j->manifest.exit_code = verdict_code(v, e);
	if (!late.code)
		(void)!gb_manifest_write(&j->manifest, &late);
	if (late.code && !e->code)
		*e = late;
	return j->manifest.exit_code;
}

/* In full the first time, by ids when the run before said the same. */
static void say_noise(const struct job *j)
{
	const struct gb_noise *v = j->manifest.noise;
	int known = gb_noise_told_before(j->dir.path, &j->manifest.machine, v), any = 0;

	for (size_t i = 0; i < GB_NR_NOISE; i++) {
		if (v[i].state != GB_NOISE_NOISY)
			continue;
		if (known)
			fprintf(stderr, "%s %s", any ? "" : "noise as in the run before:", v[i].id);
		else
			fprintf(stderr, "%s %s\n", v[i].id, v[i].text);
		any = 1;
	}
	if (known && any)
		fputs(" (gfpbench doctor)\n", stderr);
}

static void say_result(const struct job *j, const struct gb_verdict *v)
{
	if (j->screen->quiet)
		return;
	say_noise(j);
	if (v->first_fault[0])
		gb_print_warning("%s", v->first_fault);
	fprintf(stderr, "%s: %llu of %zu samples ok%s\n", j->dir.path,
		(unsigned long long)v->by_status[GB_ST_OK], j->plan.nr_items,
		v->by_status[GB_ST_UNAVAILABLE] ? " (some backends cannot run here)" : "");
	if (!j->manifest.complete)
		fprintf(stderr, "  finish it with: gfpbench run --resume %s\n", j->dir.path);
	else
		fprintf(stderr, "  next: gfpbench report %s\n", j->dir.path);
}

static int keep_work(void *arg, struct gb_error *e)
{
	const struct job *j = arg;

	return gb_manifest_write(&j->manifest, e);
}

static int measure(struct job *j, const struct gb_manifest_past *past, struct gb_error *e)
{
	struct gb_progress progress;
	struct gb_verdict v = { .rows = 0 };
	struct gb_execution x = {
		.plan = &j->plan,
		.rows = &j->rows,
		.max_time_ns = j->screen->max_time_ns,
		.frozen = keep_work,
		.frozen_arg = j,
	};
	int code;

	if (open_dir(j, past, e) || begin(j, past, e)) {
		gb_rundir_discard(&j->dir);
		return 0;
	}
	if (j->o->trace)
		setenv(GB_TRACE_DIR, j->dir.path, 1);
	x.done = j->done;
	gb_progress_begin(&progress, j->screen, &j->plan, &j->dir, j->done);
	x.view = gb_progress_view(&progress);
	(void)!gb_execute(&x, e);
	gb_progress_end(&progress);
	code = finish(j, &v, e);
	if (!e->code)
		(void)!gb_summary_print(j->dir.path, gb_format_parse(j->screen->format), e);
	say_result(j, &v);
	return e->code && !gb_interrupted() ? (int)e->code : code;
}

/* One request for the run, and one for each cell set. */
static int make_requests(struct job *j, struct gb_error *e)
{
	if (gb_job_make(j->o, &j->options, e))
		return -e->code;
	j->o = &j->options.whole;
	if (make_request(j->o, &j->q, e) || (j->o->label && gb_label_check(j->o->label, e)))
		return -e->code;
	j->sets = calloc(j->options.sets, sizeof(*j->sets));
	GB_BUG_ON(!j->sets);
	for (size_t i = 0; i < j->options.sets; i++)
		if (make_request(&j->options.set[i], &j->sets[i], e))
			return -e->code;
	j->q.set = j->sets;
	j->q.sets = j->options.sets;
	return 0;
}

/* What the workloads found while they were planned, each once. */
static void say_notes(const struct gb_plan *p)
{
	const char *last = "";

	for (size_t i = 0; i < p->nr_cells; i++) {
		if (!p->cells[i].note[0] || !strcmp(p->cells[i].note, last))
			continue;
		last = p->cells[i].note;
		gb_print_warning("%s", last);
	}
}

static int plan_and_go(struct job *j, const struct gb_manifest_past *past, struct gb_error *e)
{
	int code = 0;

	if (make_requests(j, e) || gb_plan_make(&j->q, &j->plan, e)) {
		free(j->sets);
		gb_job_free(&j->options);
		return 0;
	}
	say_notes(&j->plan);
	if (check_trace(j->o, &j->plan, e)) {
		code = 0;
	} else if (j->screen->dry_run) {
		gb_plan_print(&j->plan, &j->q, gb_format_parse(j->screen->format));
	} else {
		gb_signals_install();
		gb_clock_init();
		code = measure(j, past, e);
	}
	free(j->done);
	gb_plan_free(&j->plan);
	free(j->sets);
	gb_job_free(&j->options);
	return code;
}

static int resume(struct job *j, struct gb_error *e)
{
	struct gb_manifest_past past = { 0 };
	struct gb_cli o = { 0 };
	char *dir = NULL;
	struct gb_cli screen = *j->screen;
	int code = 0;

	if (gb_rundir_open(screen.resume, &j->dir, e) || gb_manifest_read(screen.resume, &past, e))
		return 0;
	/* Relative names in the old options mean what they meant then. */
	dir = realpath(screen.resume, NULL);
	screen.resume = dir ? dir : screen.resume;
	if (past.cwd[0] && chdir(past.cwd))
		gb_print_warning("cannot go to %s, where the run was started", past.cwd);
	j->screen = &screen;
	j->o = &o;
	if (past.argc < 2)
		gb_fail(e, GB_EXIT_USAGE, NULL, "%s: its manifest has no command line", screen.resume);
	else if (!gb_cli_parse(past.argc, past.argv, GB_VERB_RUN, "run", &o, e))
		code = plan_and_go(j, &past, e);
	gb_cli_free(&o);
	gb_manifest_past_free(&past);
	free(dir);
	return code;
}

int cmd_run(const struct gb_cli *o, struct gb_error *e)
{
	static struct job j;

	if (check_conflicts(o, e))
		return 0;
	j.screen = j.o = o;
	return o->resume ? resume(&j, e) : plan_and_go(&j, NULL, e);
}
