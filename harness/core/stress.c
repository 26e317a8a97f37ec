/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Each child is a sample like those of a run: a pair from the plan, in turn, through
 * check:, and every second time through check:fault:.  What else varies is drawn from the
 * child's seed (the seed of the stress plus the child's number): threads, interrupts from
 * none to many, fixed or Poisson, physical memory, and for a malloc the limit of the
 * address space.  So a child can be repeated alone, by the command that its evidence names.
 *
 * The heartbeat is the counters of the result page, which process context brings up to
 * date after each piece of work: a child in which no CPU gets one done for a while is hung,
 * whatever it is doing, taking interrupts included.
 */
#include "stress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/sanitizer.h"
#include "base/text.h"
#include "signals.h"

#define CHILD_NS     UINT64_C(1500000000) /* of a child's throughput phase, at most */
#define INJECTED     "fault:p=0.002:"
#define LIMIT_SPACE  "GFPBENCH_LIMIT_SPACE"

/* --- the plan -------------------------------------------------------------------------- */

static void add_spec(struct gb_text *t, const char *before, const char *spec)
{
	if (t->len)
		gb_text_add(t, ",");
	gb_text_add(t, before);
	for (; *spec; spec++)
		gb_text_printf(t, "%s%c", *spec == ',' ? "\\" : "", *spec);
}

static void add_backend(struct gb_text *t, const char *spec)
{
	if (!strncmp(spec, "check:", 6)) {
		add_spec(t, "", spec);
		return;
	}
	add_spec(t, "check:", spec);
	add_spec(t, "check:" INJECTED, spec);
}

static void default_backends(struct gb_text *t)
{
	for (const struct gb_backend *const *b = gb_backends; *b; b++)
		if (!(*b)->argument_help && (*b)->caps & GB_CAP_CONTENTS)
			add_backend(t, (*b)->name);
}

static void name_backends(const char *list, struct gb_text *t)
{
	char **names = gb_list_split(list ? list : "all");

	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], "all"))
			default_backends(t);
		else
			add_backend(t, names[i]);
	gb_list_free(names);
}

int gb_stress_plan(const struct gb_stress_request *q, struct gb_stress *s, struct gb_error *e)
{
	struct gb_text backends = { 0 };
	struct gb_plan_request p = {
		.workloads = q->workloads ? q->workloads : "stress",
		.threads = q->threads ? q->threads : "1,2,4",
		.runs = 1,
		.seed = q->seed,
		.duration_ns = CHILD_NS,
		.irq_rate_hz = q->irq_rate_hz >= 0 ? q->irq_rate_hz : 0, /* pick_rate() */
		.interval_ns = 50000000,
		.timeout_ns = q->timeout_ns,
		.shard = 1,
		.shards = 1,
	};
	int ret;

	name_backends(q->backends, &backends);
	p.backends = backends.data;
	ret = gb_plan_make(&p, &s->plan, e);
	for (size_t i = 0; !ret && i < s->plan.nr_cells; i++)
		ret = gb_plan_check_ram(&s->plan.cells[i], q->ram_bytes, e);
	gb_text_free(&backends);
	return ret;
}

/* --- one child ---------------------------------------------------------------------------- */

static double pick_rate(const struct gb_stress_request *q, const struct gb_plan_cell *c,
			struct gb_rng *rng)
{
	/* A handler that takes 10 us takes half a millisecond under the thread sanitizer:
	 * at the full rate a CPU would have time for nothing else. */
	static const double slower = GB_TSAN ? 50 : 1;
	static const double rates[] = { 0, 1000, 5000, 20000 };
	double rate = rates[gb_rng_below(rng, GB_ARRAY_SIZE(rates))] / slower;

	if (q->irq_rate_hz >= 0)
		return q->irq_rate_hz;
	return c->ref.caps & GB_CAP_ATOMIC ? rate : 0;
}

static uint64_t pick_ram(const struct gb_stress_request *q, struct gb_rng *rng)
{
	static const uint64_t sizes[] = { 0, 0, 48, 64, 128 };
	uint64_t size = sizes[gb_rng_below(rng, GB_ARRAY_SIZE(sizes))] << 20;

	return q->ram_bytes ? q->ram_bytes : size;
}

/* Malloc backends only: how much it may map beyond what it has at the start. */
static void pick_space(const struct gb_plan_cell *c, struct gb_rng *rng)
{
	char text[32];
	uint64_t r = gb_rng_next(rng);

	unsetenv(LIMIT_SPACE);
	if (!(c->ref.caps & GB_CAP_MALLOC) || r % 4)
		return;
	snprintf(text, sizeof(text), "%llu", 32 + (unsigned long long)(r >> 32) % 224);
	setenv(LIMIT_SPACE, text, 1);
}

static void vary(const struct gb_stress_request *q, uint64_t seed, uint64_t left_ns,
		 struct gb_plan_cell *c)
{
	struct gb_rng rng = gb_rng_seed(seed, 77);

	c->cell.irq_rate_hz = pick_rate(q, c, &rng);
	c->cell.irq_law = gb_rng_next(&rng) & 1 ? GB_IRQ_POISSON : GB_IRQ_FIXED;
	c->cell.ram_bytes = pick_ram(q, &rng);
	c->cell.duration_ns = left_ns / 2 < CHILD_NS ? left_ns / 2 + 1000000 : CHILD_NS;
	pick_space(c, &rng);
}

static void repeat_command(const struct gb_plan_cell *c, uint64_t seed, struct gb_text *t)
{
	const struct gb_cell *cell = &c->cell;
	const char *space = getenv(LIMIT_SPACE);
	struct gb_text workload = { 0 };

	if (space)
		gb_text_printf(t, LIMIT_SPACE "=%s ", space);
	gb_text_printf(&workload, "%s%s%s", cell->workload, cell->params[0] ? ":" : "",
		       cell->params);
	gb_text_add(t, "gfpbench run -b ");
	gb_text_shell(t, cell->backend, 1);
	gb_text_add(t, " -w ");
	gb_text_shell(t, workload.data, 1);
	gb_text_printf(t, " -t %llu -r 1 --seed %llu --irq-rate %.17g --irq-law %s -d %lluus "
		       "--no-pin --interval 50ms", (unsigned long long)cell->threads,
		       (unsigned long long)seed, cell->irq_rate_hz,
		       cell->irq_law == GB_IRQ_POISSON ? "poisson" : "fixed",
		       (unsigned long long)cell->duration_ns / 1000);
	if (cell->ram_bytes)
		gb_text_printf(t, " --ram %lluk", (unsigned long long)cell->ram_bytes >> 10);
	gb_text_free(&workload);
}

static int is_fault(enum gb_status s)
{
	return s == GB_ST_FAILED || s == GB_ST_CRASHED || s == GB_ST_HUNG || s == GB_ST_CORRUPT;
}

static int keep_fault(struct gb_stress *s, const struct gb_plan_cell *c,
		      const struct gb_sample *sample, uint64_t seed, struct gb_error *e)
{
	struct gb_stress_fault f = { .number = ++s->faults, .cell = c, .sample = sample };
	struct gb_text repeat = { 0 };

	repeat_command(c, seed, &repeat);
	f.repeat = repeat.data;
	if (!gb_stress_keep(&f, s->dir.path, e) && s->on_fault)
		s->on_fault(&f, s->arg);
	gb_text_free(&repeat);
	return -(int)e->code;
}

static void add_up(struct gb_stress *s, const struct gb_sample *sample)
{
	s->children++;
	s->by_status[sample->status]++;
	if (!sample->page)
		return;
	s->ops += gb_result_live_ops(sample->page);
	if (sample->measured)
		s->ops += sample->page->r.ops_count;
	s->irqs += gb_result_live_irqs(sample->page);
}

static int one_child(const struct gb_stress_request *q, struct gb_stress *s, uint64_t number,
		     uint64_t left_ns, struct gb_error *e)
{
	uint64_t seed = q->seed + number - 1;
	struct gb_plan_cell c = s->plan.cells[(number - 1) % s->plan.nr_cells];
	struct gb_plan one = { .cells = &c, .nr_cells = 1, .runs = 1 };
	struct gb_plan_item item = { .spec = { .id = number, .rep = number, .block = 1, .watch = 1,
		.keep_map = 1,
		.seed = gb_plan_sample_seed(seed, &c.cell, 1) } };
	struct gb_sample sample = {
		.cell = &c.cell,
		.spec = item.spec,
		.location = &c.location,
		.timeout_ns = c.timeout_ns,
		.stall_ns = q->stall_ns,
	};

	vary(q, seed, left_ns, &c);
	if (c.unavailable[0])
		gb_sample_unavailable(&sample, c.unavailable);
	else
		(void)!gb_sample_run(&sample, e);
	if (!e->code)
		(void)!gb_rows_write(&s->rows, &one, &item, &sample, e);
	if (!e->code)
		add_up(s, &sample);
	if (!e->code && is_fault(sample.status))
		(void)!keep_fault(s, &c, &sample, seed, e);
	gb_sample_free(&sample);
	return -(int)e->code;
}

int gb_stress_run(const struct gb_stress_request *q, struct gb_stress *s, struct gb_error *e)
{
	uint64_t start = gb_monotonic_ns(), gone = 0;

	for (uint64_t n = 1; gone < q->duration_ns && !gb_interrupted(); n++) {
		if (one_child(q, s, n, q->duration_ns - gone, e))
			break;
		gone = gb_monotonic_ns() - start;
		/* Nothing here can be run: time would only be passed. */
		if (n == s->plan.nr_cells && s->by_status[GB_ST_UNAVAILABLE] == n)
			break;
	}
	unsetenv(LIMIT_SPACE);
	return -(int)e->code;
}
