/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The cells of a live gate.  Each side's plan is made for itself; made from the same
 * request, they differ in the backend only, so cell i of one is compared with cell i of the
 * other.  Sentinels are cells of the first plan against a second copy of the same files.
 *
 * A pilot of each side finds how many operations fill a slice, and the smaller of the two
 * numbers is used for both.  It also tells which figures there will be: a percentile is
 * only put up for judgement where enough values will lie beyond it.
 */
#include "core/gate/live.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

#include "core/gate/data.h"
#include "core/signals.h"

#define SLICE_1_NS     UINT64_C(2000000)
#define SLICE_N_NS     UINT64_C(5000000)
#define TIMEOUT_NS     UINT64_C(20000000000)
#define DECAY_TIME_NS  UINT64_C(10000000000)
#define INTERVAL_NS    UINT64_C(10000000)
#define RESTLESS       0.02 /* share of a core that a parked side may use */
#define ENOUGH         1.2  /* times what a percentile needs */

/* --- both plans, side by side ---------------------------------------------------------------- */

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

static void note(const struct gb_gate_live *g, const char *text)
{
	if (g->q->warn)
		g->q->warn(text, g->q->arg);
}

static void name_cell(struct gb_gate_live_cell *c, size_t number)
{
	const struct gb_cell *cell = &c->plan[0]->cell;

	snprintf(c->id, sizeof(c->id), "%s%02zu-%.60s-t%llu", c->sentinel ? "s" : "c", number,
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
			note(g, text);
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
	g->cell = calloc(g->plan[0].nr_cells + g->q->config.sentinels + 1, sizeof(*g->cell));
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

/* --- where and how ------------------------------------------------------------------------------ */

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

/* --- pilots and metrics --------------------------------------------------------------------------- */

/* What both pilots saw. */
struct sight {
	int sides;              /* that ended well */
	uint64_t chunk, latency_chunk;
	uint64_t calls[2];      /* timed in a slice: allocations, frees */
	int held, atomic, irqs, restless;
	uint32_t irq_mode[2];
};

static void look_at(const struct gb_gate_pair_side *side, struct sight *v)
{
	const struct gb_sample_result *r = &side->sample.page->r;
	const struct gb_slices_side *s = &side->slices;

	v->sides++;
	v->chunk = s->chunk < v->chunk ? s->chunk : v->chunk;
	v->latency_chunk = s->latency_chunk > v->latency_chunk ? s->latency_chunk :
								 v->latency_chunk;
	v->calls[0] = s->latency_allocs < v->calls[0] ? s->latency_allocs : v->calls[0];
	v->calls[1] = s->latency_frees < v->calls[1] ? s->latency_frees : v->calls[1];
	v->atomic |= r->atomic_allocs > 0;
	v->irqs |= r->irq_count > 0;
	v->restless |= (double)s->parked_cpu_ns > RESTLESS * (double)s->parked_ns ||
		       s->restless > 0;
}

static int pilots(struct gb_gate_live *g, struct gb_gate_live_cell *c, struct sight *v,
		  struct gb_error *e)
{
	struct gb_gate_pair_plan p;
	uint64_t target = g->q->slice_ns;

	*v = (struct sight){ .chunk = UINT64_MAX, .calls = { UINT64_MAX, UINT64_MAX } };
	if (!target)
		target = c->side[0].threads == 1 ? SLICE_1_NS : SLICE_N_NS;
	gb_gate_plan_pair(g, c, (uint64_t)(c - g->cell), &p);
	p.decay = 0;
	p.seed = p.order = g->q->config.seed + 1;
	for (int s = 0; s < 2 && !e->code && !gb_interrupted(); s++) {
		if (!gb_gate_pilot(&p, s, target, &g->run, e) &&
		    g->run.side[s].sample.status == GB_ST_OK)
			look_at(&g->run.side[s], v);
		gb_gate_pair_free(&g->run);
	}
	return -e->code;
}

static int wanted(const struct gb_gate_live *g, const struct gb_gate_metric *m, int usual)
{
	const char *list = g->q->metrics;
	size_t n = strlen(m->name);

	if (!list)
		return usual && m->gated;
	for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
		if (!strncmp(list, m->name, n) && (list[n] == ',' || !list[n]))
			return 1;
	return 0;
}

static int add_metric(struct gb_gate_live *g, struct gb_gate_live_cell *c, const char *name,
		      int usual, struct gb_error *e)
{
	struct gb_gate_metric m;
	struct gb_gate_key k = gb_gate_live_key(g, c, -1);
	struct gb_gate_cell_row row;

	if (gb_gate_metric(name, &m, e) < 0)
		return -e->code;
	row = (struct gb_gate_cell_row){
		.allocator = c->copy[1]->location.label,
		.unit = m.unit,
		.metric = name,
		.pairing = c->apart ? "process" : "lockstep",
		.definition_hash = c->definition,
		.hw_id = g->manifest.machine.hw_id,
		.gated = wanted(g, &m, usual) && !c->sentinel,
		.sentinel = c->sentinel,
		.margin = m.margin,
		.floor = m.floor,
		.slices = g->q->config.slices,
	};
	c->gated += (size_t)row.gated;
	return gb_gate_write_cell(&g->writer, &k, &row, e);
}

static int add_latency(struct gb_gate_live *g, struct gb_gate_live_cell *c,
		       const struct sight *v, struct gb_error *e)
{
	static const struct {
		const char *suffix;
		double beyond;
	} quantile[] = { { "p50", 0.5 }, { "p99", 0.01 }, { "p999", 0.001 } };
	static const char *const op[] = { "alloc", "free" };
	char name[48];

	for (size_t q = 0; q < GB_ARRAY_SIZE(quantile); q++)
		for (size_t o = 0; o < GB_ARRAY_SIZE(op); o++) {
			double values = (double)v->calls[o] * GB_GATE_LATENCY_SLICES;

			if (values * quantile[q].beyond < ENOUGH * GB_GATE_MIN_EXCEEDANCES)
				continue;
			snprintf(name, sizeof(name), "%s_%s", op[o], quantile[q].suffix);
			if (add_metric(g, c, name, 1, e))
				return -e->code;
		}
	return 0;
}

static int add_metrics(struct gb_gate_live *g, struct gb_gate_live_cell *c,
		       const struct sight *v, struct gb_error *e)
{
	static const char *const decay[] = { "rss_100ms", "rss_1s", "rss_5s" };

	if (add_metric(g, c, "time", 1, e))
		return -e->code;
	/* A side whose pilot failed is judged by that. */
	if (v->sides < 2)
		return 0;
	if (add_metric(g, c, "held_peak", 1, e) || add_metric(g, c, "rss_end", 1, e) ||
	    add_metric(g, c, "minor_faults", 1, e) ||
	    (v->atomic && add_metric(g, c, "atomic_failure_rate", 1, e)) ||
	    (v->irqs && add_metric(g, c, "irq_off_max", 0, e)) /* a maximum */)
		return -e->code;
	for (size_t i = 0; g->q->decay && i < GB_ARRAY_SIZE(decay); i++)
		if (add_metric(g, c, decay[i], 1, e))
			return -e->code;
	return add_latency(g, c, v, e);
}

/* As its cell, which stands before it; without latencies, which it is not judged by. */
static int prepare_sentinel(struct gb_gate_live *g, struct gb_gate_live_cell *c,
			    struct gb_error *e)
{
	const struct gb_gate_live_cell *like = g->cell;

	while (like->plan[0] != c->plan[0])
		like++;
	c->chunk = like->chunk;
	c->apart = like->apart;
	return add_metric(g, c, "time", 1, e);
}

static int prepare_cell(struct gb_gate_live *g, struct gb_gate_live_cell *c, struct gb_error *e)
{
	char text[300];
	struct sight v;

	if (c->sentinel)
		return prepare_sentinel(g, c, e);
	if (pilots(g, c, &v, e))
		return -e->code;
	/* Without a pilot the pairs will show what is wrong with the side. */
	c->chunk = v.sides ? v.chunk : 1000;
	c->latency_chunk = v.latency_chunk < c->chunk && v.sides ? v.latency_chunk : c->chunk;
	if (v.restless && !c->apart) {
		c->apart = 1;
		snprintf(text, sizeof(text),
			 "%.100s: threads of a side work while it is parked: its processes run "
			 "one after the other", c->id);
		note(g, text);
	}
	return add_metrics(g, c, &v, e);
}

/* A name that no cell has would silently gate nothing. */
static int check_metrics(const struct gb_gate_live *g, struct gb_error *e)
{
	char **list = gb_list_split(g->q->metrics ? g->q->metrics : "time");
	struct gb_gate_metric m;

	for (size_t i = 0; list[i] && !e->code; i++)
		(void)!gb_gate_metric(list[i], &m, e);
	gb_list_free(list);
	return -e->code;
}

int gb_gate_cells_prepare(struct gb_gate_live *g, struct gb_error *e)
{
	const struct gb_gate_config *config = &g->q->config;

	if (check_metrics(g, e) || gb_gate_copies_renew(g, 0, e))
		return -e->code;
	for (size_t i = 0; i < g->cells && !gb_interrupted(); i++) {
		if (prepare_cell(g, &g->cell[i], e))
			return -e->code;
		g->family += g->cell[i].gated;
	}
	if (gb_interrupted())
		return 0;
	if (g->family == 0)
		return gb_fail(e, GB_EXIT_HARNESS, "choose others with --metrics",
			       "no cell has a figure that may turn the verdict");
	return gb_gate_can_fire(config, g->family, config->look[config->looks - 1], e);
}
