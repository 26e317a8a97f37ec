/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The cells of a live gate.  Each side's plan is made for itself; made from the same
 * request, they differ in the backend only, so cell i of one is compared with cell i of
 * the other.  Sentinels are cells of the first plan against a second copy of the same
 * files.
 */
#include "core/gate/live.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

#include "core/gate/data.h"

#define TIMEOUT_NS     UINT64_C(20000000000)
#define DECAY_TIME_NS  UINT64_C(10000000000)
#define INTERVAL_NS    UINT64_C(10000000)

/* --- both plans, side by side --------------------------------------------------- */

/* A list's comma is escaped: "preload:/a,b.so". */
static char *as_list(const char *spec)
{
	char *out = calloc(2, strlen(spec) + 1), *p = out;

	GB_BUG_ON(!out);
	for (; *spec; spec++) {
		if (*spec == ',')
			*p++ = '\\';
		*p++ = *spec;
	}
	return out;
}

static int plan_side(struct gb_gate_live *g, int s, struct gb_error *e)
{
	struct gb_plan_request q = g->q->plan;
	char *list = as_list(g->party[s].backend);

	q.backends = list;
	q.threads = q.threads ? q.threads : "1";
	q.runs = 1;
	q.shard = q.shards = 1;
	q.duration_ns = 1;
	q.interval_ns = INTERVAL_NS;
	(void)!gb_plan_make(&q, &g->plan[s], e);
	free(list);
	return -e->code;
}

/* For the manifest: one list of cells, both sides of each in a row. */
static void join_plans(struct gb_gate_live *g)
{
	struct gb_plan *a = &g->plan[0], *b = &g->plan[1], *both = &g->both;
	struct gb_sha256 hash;

	*both = (struct gb_plan){ .nr_cells = a->nr_cells + b->nr_cells, .runs = 1,
				  .seed = a->seed };
	both->cells = calloc(both->nr_cells + 1, sizeof(*both->cells));
	GB_BUG_ON(!both->cells);
	for (size_t i = 0; i < both->nr_cells; i++) {
		both->cells[i] = i % 2 ? b->cells[i / 2] : a->cells[i / 2];
		both->cells[i].group = i / 2;
	}
	gb_sha256_init(&hash);
	gb_sha256_add(&hash, a->hash, strlen(a->hash));
	gb_sha256_add(&hash, b->hash, strlen(b->hash));
	gb_sha256_hex(&hash, both->hash);
}

static const char *missing(const struct gb_gate_live *g, size_t i)
{
	for (int s = 0; s < 2; s++)
		if (g->plan[s].cells[i].unavailable[0])
			return g->plan[s].cells[i].unavailable;
	return NULL;
}

void gb_gate_note(const struct gb_gate_live *g, const char *text)
{
	if (g->q->warn)
		g->q->warn(text, g->q->arg);
}

static void name_cell(struct gb_gate_live_cell *c, size_t number)
{
	const struct gb_cell *cell = &c->plan[0]->cell;

	snprintf(c->id, sizeof(c->id), "%s%02zu-%.60s-t%llu", c->sentinel ? "s" : "c",
		 number,
		 cell->workload, (unsigned long long)cell->threads);
}

static void fill_sides(struct gb_gate_live *g, struct gb_gate_live_cell *c)
{
	c->copy[0] = &g->copy[GB_GATE_COPY_A];
	c->copy[1] = &g->copy[c->sentinel ? GB_GATE_COPY_S : GB_GATE_COPY_B];
	for (int s = 0; s < 2; s++) {
		c->side[s] = c->plan[s]->cell;
		c->side[s].backend = c->copy[s]->backend;
	}
	c->apart = g->q->apart;
}

static struct gb_gate_live_cell *add_cell(struct gb_gate_live *g, size_t i, int sentinel)
{
	struct gb_gate_live_cell *c = &g->cell[g->cells++];

	c->sentinel = sentinel;
	c->plan[0] = &g->plan[0].cells[i];
	c->plan[1] = &g->plan[!sentinel].cells[i];
	name_cell(c, sentinel ? g->sentinels : i);
	fill_sides(g, c);
	return c;
}

static int add_cells(struct gb_gate_live *g, struct gb_error *e)
{
	size_t *there = calloc(g->plan[0].nr_cells + 1, sizeof(*there)), n = 0;
	char text[600];

	GB_BUG_ON(!there);
	for (size_t i = 0; i < g->plan[0].nr_cells && !e->code; i++) {
		const char *why = missing(g, i);

		if (!why) {
			add_cell(g, i, 0);
			there[n++] = i;
		} else if (g->plan[0].cells[i].named || g->plan[1].cells[i].named) {
			gb_fail(e, GB_EXIT_HARNESS, "leave it out with -w", "%s: %s",
				g->plan[0].cells[i].cell.workload, why);
		} else {
			snprintf(text, sizeof(text), "%s is left out: %s",
				 g->plan[0].cells[i].cell.workload, why);
			gb_gate_note(g, text);
		}
	}
	if (!e->code && n == 0)
		gb_fail(e, GB_EXIT_HARNESS, NULL, "no cell can be measured");
	/* spread over the list: the first, the last, then between */
	for (; !e->code && g->sentinels < g->q->config.sentinels; g->sentinels++)
		add_cell(g, there[g->sentinels * (n - 1) /
				  (g->q->config.sentinels > 1 ? g->q->config.sentinels - 1 : 1)],
			 1);
	free(there);
	return -e->code;
}

static void define(struct gb_gate_live_cell *c)
{
	struct gb_cell cell = c->plan[0]->cell;
	char **args, none[] = "";
	struct gb_sha256 s;

	cell.backend = none;
	args = gb_cell_args(&cell, NULL);
	gb_sha256_init(&s);
	for (size_t i = 0; args[i]; i++)
		gb_sha256_add(&s, args[i], strlen(args[i]) + 1);
	gb_sha256_hex(&s, c->definition);
	gb_cell_args_free(args);
}

int gb_gate_cells_make(struct gb_gate_live *g, struct gb_error *e)
{
	if (plan_side(g, 0, e) || plan_side(g, 1, e))
		return -e->code;
	GB_BUG_ON(g->plan[0].nr_cells != g->plan[1].nr_cells);
	join_plans(g);
	g->cell = calloc(g->plan[0].nr_cells + g->q->config.sentinels + 1,
			 sizeof(*g->cell));
	GB_BUG_ON(!g->cell);
	if (add_cells(g, e))
		return -e->code;
	for (size_t i = 0; i < g->cells; i++)
		define(&g->cell[i]);
	return 0;
}

void gb_gate_cells_free(struct gb_gate_live *g)
{
	free(g->cell);
	free(g->both.cells);
	for (int s = 0; s < 2; s++)
		gb_plan_free(&g->plan[s]);
}

/* --- where and how -------------------------------------------------------------- */

/* Single-threaded pairs change cores, so that a core's luck is nobody's. */
static uint32_t core_for(uint64_t pair)
{
	cpu_set_t set;
	uint64_t nth;

	if (sched_getaffinity(0, sizeof(set), &set))
		return UINT32_MAX;
	nth = pair % (uint64_t)CPU_COUNT(&set);
	for (uint32_t core = 0; core < CPU_SETSIZE; core++)
		if (CPU_ISSET(core, &set) && nth-- == 0)
			return core;
	return UINT32_MAX;
}

void gb_gate_plan_pair(const struct gb_gate_live *g, const struct gb_gate_live_cell *c,
		       uint64_t pair, struct gb_gate_pair_plan *p)
{
	*p = (struct gb_gate_pair_plan){
		.chunk = c->chunk,
		.latency_chunk = c->latency_chunk,
		.slices = g->q->config.slices,
		.core = c->side[0].threads == 1 ? core_for(pair) : UINT32_MAX,
		.apart = c->apart,
		.decay = g->q->decay,
		.timeout_ns = g->q->timeout_ns ? g->q->timeout_ns : TIMEOUT_NS,
	};
	p->timeout_ns += g->q->decay ? DECAY_TIME_NS : 0;
	for (int s = 0; s < 2; s++) {
		p->cell[s] = &c->side[s];
		p->copy[s] = c->copy[s];
	}
}
