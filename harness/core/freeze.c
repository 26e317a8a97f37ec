/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Equal work for all sides of a comparison.
 *
 * Backends that run for equal times do unequal work: the faster one allocates more, ends
 * with another live set and another peak.  So the first backend of a comparison that can run
 * is tried, for a part of the duration; what it would have done in all of it is the work of
 * every backend and every repetition.  A slow one may take several times the duration, and
 * is then stopped (limit_ns): its ops_count says how far it came.
 *
 * The number is measured, so it differs from run to run: the manifest keeps it for a run
 * that is resumed, and it has no part in the plan's hash.
 */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "signals.h"
#include "spawn.h"

void gb_plan_set_work(struct gb_plan *p, size_t group, uint64_t ops)
{
	GB_BUG_ON(group >= p->groups || !ops);
	p->frozen[group] = ops;
	for (size_t i = 0; i < p->nr_cells; i++) {
		struct gb_cell *c = &p->cells[i].cell;

		if (p->cells[i].group != group || c->ops != GB_OPS_AUTO)
			continue;
		c->ops = ops == GB_OPS_AUTO ? 0 : ops;
	}
}

/* 0: it could not be found out. */
static uint64_t work_of(const struct gb_sample *s, uint64_t duration_ns)
{
	const struct gb_sample_result *r = s->page ? &s->page->r : NULL;
	double ops;

	if (s->status != GB_ST_OK || !r->plan_ops || !r->throughput_ns)
		return 0;
	ops = (double)r->plan_ops * (double)duration_ns / (double)r->throughput_ns;
	return ops < 1 ? 1 : (uint64_t)ops;
}

static int try_out(const struct gb_plan *p, const struct gb_plan_cell *c,
		   const char *program, uint64_t *ops, struct gb_error *e)
{
	struct gb_cell cell = c->cell; /* borrows the strings */
	struct gb_sample s = {
		.cell = &cell,
		.spec = { .rep = 1, .block = 1, .calibrate = 1 },
		.location = &c->location,
		.timeout_ns = c->timeout_ns,
		.program = program,
	};

	cell.ops = cell.limit_ns = 0;
	cell.duration_ns = (uint64_t)gb_calibration_ns(&c->cell);
	s.spec.seed = gb_plan_sample_seed(p->seed, &c->cell, 1);
	(void)!gb_sample_run(&s, e);
	if (!e->code)
		*ops = work_of(&s, c->cell.duration_ns);
	gb_sample_free(&s);
	return -e->code;
}

int gb_plan_freeze(struct gb_plan *p, size_t group, const char *program, struct gb_error *e)
{
	uint64_t ops = 0;

	for (size_t i = 0; i < p->nr_cells && !ops; i++) {
		const struct gb_plan_cell *c = &p->cells[i];

		if (c->group != group || c->unavailable[0])
			continue;
		if (try_out(p, c, program, &ops, e))
			return -e->code;
		if (gb_interrupted())
			return 0;
	}
	gb_plan_set_work(p, group, ops ? ops : GB_OPS_AUTO);
	return 0;
}
