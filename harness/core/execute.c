/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "execute.h"

#include <stdio.h>
#include <string.h>

#include "signals.h"

static void on_tick(const struct gb_sample *s, void *arg)
{
	struct gb_execution *x = arg;

	if (x->view.tick)
		x->view.tick(x->view.arg, x->current, s);
}

static int run_item(struct gb_execution *x, const struct gb_plan_item *item,
		    struct gb_error *e)
{
	const struct gb_plan_cell *c = &x->plan->cells[item->cell];
	struct gb_sample s = {
		.cell = &c->cell,
		.spec = item->spec,
		.location = &c->location,
		.timeout_ns = c->timeout_ns,
		.program = x->program,
		.tick = on_tick,
		.tick_arg = x,
	};

	if (c->unavailable[0])
		gb_sample_unavailable(&s, c->unavailable);
	else
		(void)!gb_sample_run(&s, e);
	if (!e->code)
		(void)!gb_rows_write(x->rows, x->plan, item, &s, e);
	if (!e->code && x->view.after)
		x->view.after(x->view.arg, x->current, item, &s);
	gb_sample_free(&s);
	return -e->code;
}

static int has_work(struct gb_execution *x, const struct gb_plan_item *item,
		    struct gb_error *e)
{
	const struct gb_plan_cell *c = &x->plan->cells[item->cell];

	if (c->unavailable[0] || c->cell.ops != GB_OPS_AUTO)
		return 1;
	if (gb_plan_freeze(x->plan, c->group, x->program, e) || gb_interrupted())
		return 0;
	return !x->frozen || !x->frozen(x->frozen_arg, e);
}

int gb_execute(struct gb_execution *x, struct gb_error *e)
{
	uint64_t start = gb_monotonic_ns();

	for (size_t i = 0; i < x->plan->nr_items; i++) {
		const struct gb_plan_item *item = &x->plan->items[i];

		if (gb_interrupted())
			return 0;
		if (x->max_time_ns && gb_monotonic_ns() - start > x->max_time_ns)
			return 0;
		if (x->done && x->done[item->spec.id])
			continue;
		x->current = i;
		if (x->view.before)
			x->view.before(x->view.arg, i, item);
		if (!has_work(x, item, e))
			return -e->code;
		if (run_item(x, item, e))
			return -e->code;
	}
	return 0;
}

static void note_fault(struct gb_verdict *v, const struct gb_csv_table *t, size_t row)
{
	if (v->first_fault[0])
		return;
	snprintf(v->first_fault, sizeof(v->first_fault), "%.60s %.40s t=%.8s rep %.8s: %.16s: %.200s",
		 gb_csv_get(t, row, gb_csv_column(t, "backend")),
		 gb_csv_get(t, row, gb_csv_column(t, "workload")),
		 gb_csv_get(t, row, gb_csv_column(t, "threads")),
		 gb_csv_get(t, row, gb_csv_column(t, "rep")),
		 gb_csv_get(t, row, gb_csv_column(t, "status")),
		 gb_csv_get(t, row, gb_csv_column(t, "error")));
}

static int was_named(const struct gb_plan *p, uint64_t id)
{
	size_t cell = id ? (id - 1) / p->runs : 0;

	return cell < p->nr_cells && p->cells[cell].named;
}

int gb_verdict_read(const char *dir, const struct gb_plan *p, struct gb_verdict *v,
		    struct gb_error *e)
{
	struct gb_csv_table t;
	char path[4096];

	memset(v, 0, sizeof(*v));
	snprintf(path, sizeof(path), "%s/samples.csv", dir);
	if (gb_csv_read(path, &t, e)) {
		/* Ours, and gone or spoilt: not the caller's fault. */
		e->code = GB_EXIT_HARNESS;
		return -e->code;
	}
	for (size_t i = 0; i < t.rows; i++) {
		int s = gb_status_parse(gb_csv_get(&t, i, gb_csv_column(&t, "status")));
		uint64_t id = 0;

		if (s < 0 || gb_csv_get_u64(&t, i, gb_csv_column(&t, "sample_id"), &id))
			continue;
		v->rows++;
		v->by_status[s]++;
		if (s == GB_ST_UNAVAILABLE && was_named(p, id))
			v->named_unavailable++;
		if (s != GB_ST_OK && (s != GB_ST_UNAVAILABLE || was_named(p, id)))
			note_fault(v, &t, i);
	}
	gb_csv_free(&t);
	return 0;
}

enum gb_exit gb_verdict_exit(const struct gb_verdict *v)
{
	if (v->by_status[GB_ST_UNTRUSTWORTHY] || v->named_unavailable ||
	    (v->rows && v->by_status[GB_ST_UNAVAILABLE] == v->rows))
		return GB_EXIT_HARNESS;
	if (v->by_status[GB_ST_FAILED] || v->by_status[GB_ST_CRASHED] ||
	    v->by_status[GB_ST_HUNG] || v->by_status[GB_ST_CORRUPT])
		return GB_EXIT_FAULT;
	return GB_EXIT_OK;
}
