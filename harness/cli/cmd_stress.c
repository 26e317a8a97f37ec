/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * gfpbench stress: faults as they come on stderr, the sum on stdout, rows and evidence in
 * the directory of the run.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "core/manifest.h"
#include "core/signals.h"
#include "core/stress.h"

#define STALL_NS UINT64_C(20000000000)

static void on_fault(const struct gb_stress_fault *f, void *arg)
{
	const struct gb_cli *o = arg;

	if (o->quiet)
		return;
	fprintf(stderr, "fault %llu: %s %s t=%llu: %s: %s\n", (unsigned long long)f->number,
		f->cell->location.label, f->cell->cell.workload,
		(unsigned long long)f->cell->cell.threads,
		gb_status_name[f->sample->status], f->sample->error);
	fprintf(stderr, "  repeat: %s\n", f->repeat);
}

static int named_missing(const struct gb_stress *s)
{
	for (size_t i = 0; i < s->plan.nr_cells; i++)
		if (s->plan.cells[i].named && s->plan.cells[i].unavailable[0])
			return 1;
	return 0;
}

static int code_of(const struct gb_stress *s, const struct gb_error *e)
{
	if (gb_interrupted())
		return gb_interrupted_exit();
	if (e->code)
		return (int)e->code;
	if (s->by_status[GB_ST_UNTRUSTWORTHY] || named_missing(s) ||
	    s->by_status[GB_ST_UNAVAILABLE] == s->children)
		return GB_EXIT_HARNESS;
	return s->faults ? GB_EXIT_FAULT : GB_EXIT_OK;
}

static void print_csv(const struct gb_stress *s)
{
	printf("metric,value\nsamples,%llu\nops,%llu\ninterrupts,%llu\nfaults,%llu\n",
	       (unsigned long long)s->children, (unsigned long long)s->ops,
	       (unsigned long long)s->irqs, (unsigned long long)s->faults);
	for (int i = 0; i < GB_NR_STATUS; i++)
		printf("%s,%llu\n", gb_status_name[i], (unsigned long long)s->by_status[i]);
}

static void print_sum(const struct gb_stress *s, const char *format)
{
	if (!strcmp(format, "csv"))
		print_csv(s);
	else if (strcmp(format, "none"))
		printf("%s: %llu samples, %llu checked operations, %llu interrupts, %llu fault%s%s\n",
		       s->faults ? "FAULTY" : "sound", (unsigned long long)s->children,
		       (unsigned long long)s->ops, (unsigned long long)s->irqs,
		       (unsigned long long)s->faults, s->faults == 1 ? "" : "s",
		       s->by_status[GB_ST_UNAVAILABLE] ? " (some backends cannot run here)" : "");
}

static void fill_manifest(struct gb_manifest *m, const struct gb_cli *o,
			  const struct gb_stress *s, const struct gb_plan_request *q)
{
	m->dir = &s->dir;
	m->plan = &s->plan;
	m->request = q;
	m->argc = o->argc;
	m->argv = o->argv;
	m->label = o->label;
	m->exit_code = -1;
	gb_manifest_begin(m);
}

static int carry_out(const struct gb_stress_request *q, const struct gb_cli *o,
		     struct gb_stress *s, struct gb_error *e)
{
	static struct gb_manifest m;
	struct gb_plan_request shown = { .backends = q->backends, .workloads = q->workloads,
					 .threads = q->threads, .runs = 1, .seed = q->seed,
					 .irq_rate_hz = q->irq_rate_hz, .ram_bytes = q->ram_bytes,
					 .shard = 1, .shards = 1 };
	struct gb_error late = GB_ERROR_INIT;

	if (gb_rundir_make(o->output, o->label ? o->label : o->output ? NULL : "stress", &s->dir, e))
		return 0;
	fill_manifest(&m, o, s, &shown);
	if (gb_manifest_write(&m, e) || gb_rows_open(&s->rows, s->dir.path, s->dir.id, e)) {
		gb_rundir_discard(&s->dir);
		return 0;
	}
	(void)!gb_stress_run(q, s, e);
	(void)!gb_rows_close(&s->rows, e);
	memcpy(m.by_status, s->by_status, sizeof(s->by_status));
	m.complete = !e->code && !gb_interrupted();
	m.exit_code = code_of(s, e);
	if (gb_manifest_write(&m, &late) && !e->code)
		*e = late;
	if (!e->code) {
		print_sum(s, o->format);
		if (!o->quiet)
			fprintf(stderr, "%s%s\n", s->dir.path,
				s->faults ? "/faults/ has the evidence" : "");
	}
	return m.exit_code;
}

int cmd_stress(const struct gb_cli *o, struct gb_error *e)
{
	static struct gb_stress s;
	struct gb_stress_request q = {
		.backends = o->backend,
		.workloads = o->workload,
		.threads = o->threads,
		.duration_ns = o->duration_ns,
		.seed = o->seed,
		.ram_bytes = o->ram_bytes,
		.irq_rate_hz = o->irq_rate_hz,
		.stall_ns = STALL_NS,
		.timeout_ns = o->timeout_ns,
	};
	int code = 0;

	if (o->nr_args)
		return gb_fail(e, GB_EXIT_USAGE, "name workloads with -w, backends with -b",
			       "unexpected argument '%.80s'", o->args[0]);
	s.on_fault = on_fault;
	s.arg = (void *)(uintptr_t)o;
	if (o->label && gb_label_check(o->label, e))
		return 0;
	if (!gb_stress_plan(&q, &s, e)) {
		gb_signals_install();
		gb_clock_init();
		code = carry_out(&q, o, &s, e);
	}
	gb_plan_free(&s.plan);
	return code;
}
