/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "latency_pick.h"

#include <math.h>
#include <string.h>

#include "base/atomic.h"

void gb_latency_pick_init(struct gb_latency_pick *p, const struct gb_csv_table *latency)
{
	static const char *const names[] = { "count", "p50_ns", "p99_ns", "p999_ns" };

	p->process = p->hardirq = p->entry = (struct gb_latency_row){ 0, NAN, NAN, NAN };
	p->table = latency;
	p->op = gb_csv_column(latency, "op");
	p->context = gb_csv_column(latency, "context");
	for (size_t i = 0; i < GB_ARRAY_SIZE(names); i++)
		p->columns[i] = gb_csv_column(latency, names[i]);
}

void gb_latency_pick_row(struct gb_latency_pick *p, size_t row)
{
	const char *op = gb_csv_get(p->table, row, p->op);
	const char *context = gb_csv_get(p->table, row, p->context);
	struct gb_latency_row *best = NULL;
	double count = gb_csv_get_double(p->table, row, p->columns[0]);

	if (!strcmp(op, "irq_entry"))
		best = &p->entry;
	else if (!strcmp(op, "alloc") && !strcmp(context, "process"))
		best = &p->process;
	else if (!strcmp(op, "alloc") && !strcmp(context, "hardirq"))
		best = &p->hardirq;
	if (!best || !(count > best->count))
		return;
	best->count = count;
	best->p50 = gb_csv_get_double(p->table, row, p->columns[1]);
	best->p99 = gb_csv_get_double(p->table, row, p->columns[2]);
	best->p999 = gb_csv_get_double(p->table, row, p->columns[3]);
}
