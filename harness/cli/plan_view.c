/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "plan_view.h"

#include <stdio.h>

#include "base/parse.h"
#include "core/result.h"

char *gb_duration_text(char *buf, size_t n, double seconds)
{
	unsigned long s = seconds < 0 ? 0 : (unsigned long)(seconds + 0.5);

	if (s >= 3600)
		snprintf(buf, n, "%luh %02lum", s / 3600, s / 60 % 60);
	else if (s >= 60)
		snprintf(buf, n, "%lum %02lus", s / 60, s % 60);
	else
		snprintf(buf, n, "%lu s", s);
	return buf;
}

static const char *mode(const struct gb_plan_cell *c)
{
	if (c->cell.irq_rate_hz <= 0)
		return "none";
	return c->ref.caps & GB_CAP_IRQ_SAFE ? "native" : "guarded";
}

static void add_cell(struct gb_table *t, const struct gb_plan_cell *c, uint64_t runs)
{
	char threads[24], times[24], rate[24];

	snprintf(threads, sizeof(threads), "%llu", (unsigned long long)c->cell.threads);
	snprintf(times, sizeof(times), "%llu", (unsigned long long)runs);
	snprintf(rate, sizeof(rate), "%g", c->cell.irq_rate_hz);
	gb_table_row(t, (const char *[]){ c->cell.workload, c->cell.params, c->location.label,
					  threads, times, rate, mode(c), c->unavailable });
}

void gb_plan_print(const struct gb_plan *p, const struct gb_plan_request *q, enum gb_format f)
{
	static const char *const names[] = { "workload", "params", "backend", "threads", "runs",
					     "irq_hz", "irq_mode", "unavailable" };
	char eta[32], peak[32];
	struct gb_table t;

	gb_table_init(&t, names, 8, "lllrrrll");
	for (size_t i = 0; i < p->nr_cells; i++)
		add_cell(&t, &p->cells[i], p->runs);
	gb_table_print(&t, f);
	gb_table_free(&t);
	if (f != GB_FORMAT_TABLE)
		return;
	printf("\nplan: %zu samples", p->nr_items);
	if (q->shards > 1)
		printf(" (shard %llu of %llu; %llu in all)", (unsigned long long)q->shard,
		       (unsigned long long)q->shards, (unsigned long long)p->all_items);
	printf(" of %zu cells, order %s, about %s, peak memory about %s, seed %llu\n",
	       p->nr_cells, q->sequential ? "sequential" : "blocks",
	       gb_duration_text(eta, sizeof(eta), p->estimate_s),
	       gb_human_size(peak, sizeof(peak), (double)p->peak_bytes),
	       (unsigned long long)p->seed);
	printf("hash: %s\nnothing was run\n", p->hash);
}
