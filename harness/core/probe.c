/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Each try is a runner of its own in which the guard is left off: process context replaces
 * blocks, timer interrupts land anywhere in that and allocate first, keep what they got
 * for some interrupts, and free what they kept (irq-churn and its burst; a handler that
 * frees before it allocates passes allocators that are broken).  Contents are verified, and
 * the first wrong block ends the try.  The tries differ in seed, sizes and bursts, since
 * each allocator has its own weak spot; threads alternate between one and what was asked.
 *
 * A CPU that neither works nor takes interrupts for STALL_NS is deadlocked.
 */
#include "probe.h"

#include <stdio.h>
#include <string.h>

#include "signals.h"

#define STALL_NS  UINT64_C(3000000000)
#define WATCH_RUN UINT64_C(50000000)

const char *const gb_probe_verdict_name[] = { "survived", "deadlocked", "crashed", "corrupted" };

/* What the tries mix, in turn. */
static const char *const mixes[] = {
	"slots=1024:size_min=8:size_max=8192:burst_min=1:burst_max=16:burst_size_min=64:"
	"burst_size_max=2048:keep=4",
	"slots=256:size_min=64:size_max=64:burst_min=1:burst_max=4:burst_size_min=64:"
	"burst_size_max=64:keep=4",
	"slots=64:size_min=8:size_max=256:burst_min=4:burst_max=32:burst_size_min=8:"
	"burst_size_max=256:keep=16",
	"slots=512:size_min=1024:size_max=8192:burst_min=1:burst_max=4:burst_size_min=64:"
	"burst_size_max=65536:keep=2",
};

static enum gb_probe_verdict verdict_of(enum gb_status s)
{
	switch (s) {
	case GB_ST_OK:
		return GB_PROBE_SURVIVED;
	case GB_ST_HUNG:
		return GB_PROBE_DEADLOCKED;
	case GB_ST_CORRUPT:
		return GB_PROBE_CORRUPTED;
	default:
		return GB_PROBE_CRASHED;
	}
}

static void fill_cell(const struct gb_probe_request *q, const char *params, uint64_t threads,
		      struct gb_cell *c)
{
	*c = (struct gb_cell){
		.backend = (char *)(uintptr_t)q->backend,
		.workload = (char *)(uintptr_t)"irq-churn",
		.params = (char *)(uintptr_t)params,
		.threads = threads,
		/* A third more follows as the latency phase. */
		.duration_ns = q->duration_ns * 2 / 3 + 1000000,
		.irq_rate_hz = q->irq_rate_hz,
		.irq_law = GB_IRQ_POISSON,
		.interval_ns = 20000000,
		.pin = 1,
	};
}

static int one_try(const struct gb_probe_request *q, struct gb_probe *p, uint64_t number,
		   struct gb_error *e)
{
	struct gb_probe_try *t = &p->try[p->nr_tries];
	struct gb_cell cell;
	struct gb_sample s = {
		.cell = &cell,
		.location = &p->location,
		.timeout_ns = q->duration_ns * 10 + UINT64_C(30000000000),
		.stall_ns = STALL_NS,
		.stall_any = 1,
		.spec = { .id = number, .rep = number, .block = number, .unguarded = q->irqs,
			  .seed = q->seed + number },
	};

	t->number = number;
	t->seed = q->seed + number;
	t->params = mixes[(number - 1) % GB_ARRAY_SIZE(mixes)];
	t->threads = number % 2 ? q->threads : 1;
	fill_cell(q, t->params, t->threads, &cell);
	(void)!gb_sample_run(&s, e);
	if (!e->code && s.status == GB_ST_UNTRUSTWORTHY)
		gb_fail(e, GB_EXIT_HARNESS, NULL, "%.300s", s.error);
	if (!e->code && s.status != GB_ST_INTERRUPTED) {
		t->verdict = verdict_of(s.status);
		t->irqs = gb_result_live_irqs(s.page);
		t->seconds = s.wall_s;
		snprintf(t->detail, sizeof(t->detail), "%.390s", s.error);
		p->nr_tries++;
	}
	gb_sample_free(&s);
	return -(int)e->code;
}

/* The same work with the guard on where it is needed, and the watcher. */
static int watch_syscalls(const struct gb_probe_request *q, struct gb_probe *p,
			  struct gb_error *e)
{
	struct gb_cell cell;
	struct gb_sample s = {
		.cell = &cell,
		.location = &p->location,
		.timeout_ns = UINT64_C(60000000000),
		.stall_ns = UINT64_C(20000000000),
		.spec = { .id = 1, .rep = 1, .block = 1, .watch = 1, .seed = q->seed },
	};

	p->syscalls = GB_UNKNOWN;
	fill_cell(q, mixes[0], q->threads, &cell);
	cell.duration_ns = WATCH_RUN;
	if (!gb_sample_run(&s, e) && s.measured) {
		p->syscalls = s.page->r.atomic_syscalls;
		memcpy(p->syscall_names, s.page->r.atomic_syscall_names, sizeof(p->syscall_names));
	}
	gb_sample_free(&s);
	return -(int)e->code;
}

int gb_probe_run(const struct gb_probe_request *q, struct gb_probe *p,
		 void (*after)(const struct gb_probe_try *t, void *arg), void *arg,
		 struct gb_error *e)
{
	memset(p, 0, sizeof(*p));
	if (gb_backend_parse(q->backend, &p->ref, e) ||
	    p->ref.backend->locate(p->ref.argument, &p->location, e))
		return -(int)e->code;
	if (!p->location.label[0])
		snprintf(p->location.label, sizeof(p->location.label), "%.120s", q->backend);
	if (!(p->ref.caps & GB_CAP_ATOMIC))
		return gb_fail(e, GB_EXIT_USAGE, "gfpbench list backends shows who is",
			       "backend %s is not for atomic context at all", q->backend);
	for (uint64_t i = 1; i <= q->tries && !gb_interrupted(); i++) {
		size_t before = p->nr_tries;

		if (one_try(q, p, i, e))
			return -(int)e->code;
		if (after && p->nr_tries > before)
			after(&p->try[before], arg);
	}
	return gb_interrupted() ? 0 : watch_syscalls(q, p, e);
}
