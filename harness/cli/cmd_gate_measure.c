/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench gate --baseline ... --candidate ...: options to a request, and who is told what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "core/gate/live.h"
#include "core/signals.h"

#define CALIBRATION_PAIRS 112 /* seven blocks of 16 */

static int make_request(const struct gb_cli *o, int calibrating,
			struct gb_gate_request *q,
			struct gb_error *e)
{
	*q = (struct gb_gate_request){
		.baseline = o->baseline,
		.candidate = o->candidate ? o->candidate : o->baseline,
		.metrics = o->metrics,
		.config = gb_gate_defaults,
		.slice_ns = o->slice_ns,
		.max_time_ns = o->max_time_ns,
		.timeout_ns = o->timeout_ns,
		.apart = !strcmp(o->pairing, "process"),
		.decay = o->rss_decay != 0,
		.pairs = o->pairs ? o->pairs : calibrating ? CALIBRATION_PAIRS : 0,
		.output = o->output,
		.label = o->label,
		.argc = o->argc,
		.argv = o->argv,
	};
	q->plan = (struct gb_plan_request){
		.workloads = o->workload,
		.threads = o->threads,
		.seed = o->seed,
		.irq_rate_hz = o->irq_rate_hz,
		.irq_law = !strcmp(o->irq_law, "poisson") ? GB_IRQ_POISSON : GB_IRQ_FIXED,
		.ram_bytes = o->ram_bytes,
		.pin = 1,
	};
	q->config.seed = o->seed;
	q->config.no_identity = o->no_identity != 0;
	if (o->output && o->label)
		return gb_fail(e, GB_EXIT_USAGE,
			       "--label is for directories that are named by us",
			       "--output and --label cannot be given together");
	if (o->label && gb_label_check(o->label, e))
		return -(int)e->code;
	if (gb_gate_config_set_all(&q->config, o->rules, e) < 0)
		return -(int)e->code;
	if (q->config.slices > GB_SLICES_MAX)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "--rules: more than %d slices",
			       GB_SLICES_MAX);
	return 0;
}

/* --- what is said meanwhile ----------------------------------------------------- */

struct screen {
	int bar, lines;
};

static void on_round(const struct gb_gate_live *g, void *arg)
{
	const struct screen *s = arg;
	size_t left = 0;

	for (size_t i = 0; i < g->cells; i++)
		left += !g->cell[i].sentinel && !g->cell[i].done && !g->cell[i].out;
	if (s->bar)
		fprintf(stderr, "\rround %llu  %zu of %zu cells undecided  %.0f s \033[K",
			(unsigned long long)g->rounds, left, g->cells - g->sentinels,
			(double)(gb_monotonic_ns() - g->start_ns) * 1e-9);
	else if (s->lines && g->rounds % 8 == 0)
		fprintf(stderr, "round %llu  %zu of %zu cells undecided\n",
			(unsigned long long)g->rounds, left, g->cells - g->sentinels);
}

static void on_warning(const char *text, void *arg)
{
	const struct screen *s = arg;

	if (s->bar)
		fputs("\r\033[K", stderr);
	if (s->bar || s->lines)
		gb_print_warning("%s", text);
}

static void begin_screen(const struct gb_cli *o, struct screen *s)
{
	const char *term = getenv("TERM");
	int terminal = isatty(STDERR_FILENO) && (!term || strcmp(term, "dumb") != 0);

	s->bar = !o->quiet && (!strcmp(o->progress, "always") ||
			       (!strcmp(o->progress, "auto") && terminal));
	s->lines = !o->quiet && !s->bar && strcmp(o->progress, "never") != 0;
}

int cmd_gate_measure(const struct gb_cli *o, int calibrating, struct gb_rundir *dir,
		     struct gb_error *e)
{
	struct gb_gate_request q;
	struct screen s;

	begin_screen(o, &s);
	if (make_request(o, calibrating, &q, e))
		return -(int)e->code;
	q.progress = on_round;
	q.warn = on_warning;
	q.arg = &s;
	gb_signals_install();
	gb_clock_init();
	(void)!gb_gate_live(&q, dir, e);
	if (s.bar)
		fputs("\r\033[K", stderr);
	if (dir->path[0] && !o->quiet)
		fprintf(stderr, "%s\n  judge again: gfpbench gate --from %s\n", dir->path,
			dir->path);
	return -(int)e->code;
}
