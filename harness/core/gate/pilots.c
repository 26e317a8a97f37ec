/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Before the rounds.  A pilot of each side finds how many operations fill a slice, and
 * the smaller of the two numbers is used for both.  It also tells which figures there
 * will be: a percentile is only put up for judgement where enough values will lie beyond
 * it.
 */
#include "core/gate/live.h"

#include <stdio.h>
#include <string.h>

#include "core/gate/data.h"
#include "core/signals.h"

#define SLICE_1_NS UINT64_C(2000000)
#define SLICE_N_NS UINT64_C(5000000)
#define RESTLESS   0.02 /* share of a core that a parked side may use */
#define ENOUGH     1.2  /* times what a percentile needs */
#define MOST_NAMES 64   /* bits of struct gb_gate_live.found */

/* What both pilots saw. */
struct sight {
	int sides;              /* that ended well */
	uint64_t chunk, latency_chunk;
	uint64_t calls[2];      /* timed in a slice: allocations, frees */
	double share[GB_NR_OPS][GB_NR_CONTEXTS]; /* of an operation's calls, by context */
	int atomic, irqs, restless;
};

/* The smaller share of the two sides. */
static void look_at_contexts(const struct gb_histograms *l, struct sight *v)
{
	for (int op = 0; op < GB_NR_OPS; op++) {
		uint64_t n[GB_NR_CONTEXTS] = { 0 }, all = 0;

		for (int c = 0; c < GB_NR_CONTEXTS; c++) {
			for (int g = 0; g < GB_NR_GFP_CLASSES; g++)
				n[c] += l->h[op][c][g].count;
			all += n[c];
		}
		for (int c = 0; c < GB_NR_CONTEXTS; c++) {
			double share = all ? (double)n[c] / (double)all : 0;

			if (v->sides == 1 || share < v->share[op][c])
				v->share[op][c] = share;
		}
	}
}

static void look_at(const struct gb_gate_pair_side *side, struct sight *v)
{
	const struct gb_sample_result *r = &side->sample.page->r;
	const struct gb_slices_side *s = &side->slices;

	v->sides++;
	look_at_contexts(&side->sample.page->latency, v);
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

/* The names in --metrics, of which one at least is always had. */
static char **named(const struct gb_gate_live *g)
{
	return gb_list_split(g->q->metrics ? g->q->metrics : "time");
}

/* Where it stands in --metrics; -1: nowhere. */
static int named_at(const struct gb_gate_live *g, const char *name)
{
	char **list = named(g);
	int at = -1;

	for (int i = 0; list[i] && at < 0; i++)
		if (!strcmp(list[i], name))
			at = i;
	gb_list_free(list);
	return at;
}

static int add_metric(struct gb_gate_live *g, struct gb_gate_live_cell *c,
		      const struct gb_gate_metric *m, int gated, struct gb_error *e)
{
	struct gb_gate_key k = gb_gate_live_key(g, c, -1);
	struct gb_gate_cell_row row = {
		.allocator = c->copy[1]->location.label,
		.unit = m->unit,
		.metric = m->name,
		.pairing = c->apart ? "process" : "lockstep",
		.definition_hash = c->definition,
		.hw_id = g->manifest.machine.hw_id,
		.gated = gated,
		.sentinel = c->sentinel,
		.margin = m->margin,
		.floor = m->floor,
		.slices = g->q->config.slices,
	};

	c->gated += (size_t)gated;
	return gb_gate_write_cell(&g->writer, &k, &row, e);
}

/* What every cell is looked at for, where there is such a figure. */
static const struct {
	const char *name;
	int usual; /* may turn the verdict unless --metrics says otherwise */
} common[] = {
	{ "time", 1 },
	{ "held_peak", 1 },
	{ "rss_peak", 1 },
	{ "rss_end", 1 },
	{ "minor_faults", 1 },
	{ "atomic_failure_rate", 1 },
	{ "irq_off_max", 0 }, /* a maximum */
	{ "rss_100ms", 1 },
	{ "rss_1s", 1 },
	{ "rss_5s", 1 },
	{ "alloc_p50", 1 },
	{ "free_p50", 1 },
	{ "alloc_p99", 1 },
	{ "free_p99", 1 },
	{ "alloc_p999", 1 },
	{ "free_p999", 1 },
};

static int is_common(const char *name)
{
	for (size_t i = 0; i < GB_ARRAY_SIZE(common); i++)
		if (!strcmp(name, common[i].name))
			return 1;
	return 0;
}

/* Will a process have enough values beyond the percentile?  How often interrupts come the
 * pilot cannot tell: the judge counts them. */
static int enough_values(const struct gb_gate_metric *m, const struct sight *v)
{
	int op = 0;
	double share = 0;

	while (strcmp(m->op, gb_op_name[op]) != 0)
		op++;
	for (int c = 0; c < GB_NR_CONTEXTS; c++)
		if (!*m->context || !strcmp(m->context, gb_context_name[c]))
			share += v->share[op][c];
	if (op == GB_OP_IRQ_ENTRY)
		return share > 0;
	return (double)v->calls[op] * share * GB_GATE_LATENCY_SLICES * (1 - m->quantile) >=
	       ENOUGH * GB_GATE_MIN_EXCEEDANCES;
}

static int has_figure(const struct gb_gate_live *g, const struct gb_gate_metric *m,
		      const struct sight *v)
{
	if (m->source == GB_GATE_FROM_SLICES)
		return 1;
	/* A side whose pilot failed is judged by that. */
	if (v->sides < 2)
		return 0;
	if (m->source == GB_GATE_FROM_HISTOGRAM)
		return enough_values(m, v);
	if (!strcmp(m->name, "atomic_failure_rate"))
		return v->atomic;
	if (!strcmp(m->name, "irq_off_max"))
		return v->irqs;
	return g->q->decay || (strcmp(m->name, "rss_100ms") != 0 &&
			       strcmp(m->name, "rss_1s") != 0 && strcmp(m->name, "rss_5s") != 0);
}

static int offer(struct gb_gate_live *g, struct gb_gate_live_cell *c,
		 const struct sight *v,
		 const char *name, int usual, struct gb_error *e)
{
	int at = named_at(g, name), gated;
	struct gb_gate_metric m;

	if (gb_gate_metric(name, &m, e) < 0 || !has_figure(g, &m, v))
		return -e->code;
	gated = g->q->metrics ? at >= 0 : usual && m.gated;
	if (at >= 0)
		g->found |= UINT64_C(1) << at;
	/* Nobody may have asked for its time, but a side that crashes must be told. */
	return add_metric(g, c, &m, gated || v->sides < 2, e);
}

static int add_metrics(struct gb_gate_live *g, struct gb_gate_live_cell *c,
		       const struct sight *v, struct gb_error *e)
{
	char **list = named(g);

	for (size_t i = 0; i < GB_ARRAY_SIZE(common) && !e->code; i++)
		(void)!offer(g, c, v, common[i].name, common[i].usual, e);
	for (size_t i = 0; list[i] && !e->code; i++)
		if (!is_common(list[i]) && named_at(g, list[i]) == (int)i) /* once */
			(void)!offer(g, c, v, list[i], 0, e);
	gb_list_free(list);
	return -e->code;
}

/* As its cell, which stands before it; without latencies, which it is not judged by. */
static int prepare_sentinel(struct gb_gate_live *g, struct gb_gate_live_cell *c,
			    struct gb_error *e)
{
	const struct gb_gate_live_cell *like = g->cell;
	struct gb_gate_metric m;

	while (like->plan[0] != c->plan[0])
		like++;
	c->chunk = like->chunk;
	c->apart = like->apart;
	if (gb_gate_metric("time", &m, e) < 0)
		return -e->code;
	return add_metric(g, c, &m, 0, e);
}

static int prepare_cell(struct gb_gate_live *g, struct gb_gate_live_cell *c,
			struct gb_error *e)
{
	char text[300];
	struct sight v;

	if (c->sentinel)
		return prepare_sentinel(g, c, e);
	if (pilots(g, c, &v, e))
		return -e->code;
	if (v.sides < 2)
		g->found = UINT64_MAX; /* nobody knows what it would have had */
	/* Without a pilot the pairs will show what is wrong with the side. */
	c->chunk = v.sides ? v.chunk : 1000;
	c->latency_chunk = v.latency_chunk < c->chunk && v.sides ? v.latency_chunk : c->chunk;
	if (v.restless && !c->apart) {
		c->apart = 1;
		snprintf(text, sizeof(text),
			 "%.100s: threads of a side work while it is parked: its processes run "
			 "one after the other", c->id);
		gb_gate_note(g, text);
	}
	return add_metrics(g, c, &v, e);
}

static int check_names(const struct gb_gate_live *g, struct gb_error *e)
{
	char **list = named(g);
	struct gb_gate_metric m;

	for (size_t i = 0; list[i] && !e->code; i++)
		if (i == MOST_NAMES)
			gb_fail(e, GB_EXIT_USAGE, NULL, "--metrics: more than %d names",
				MOST_NAMES);
		else
			(void)!gb_gate_metric(list[i], &m, e);
	gb_list_free(list);
	return -e->code;
}

/* A figure that was named and that no cell has would silently not be judged. */
static int check_found(const struct gb_gate_live *g, struct gb_error *e)
{
	char **list = named(g);

	for (size_t i = 0; list[i] && !e->code; i++)
		if (!(g->found >> i & 1))
			gb_fail(e, GB_EXIT_HARNESS,
				"percentiles take calls enough, figures of interrupts a workload "
				"with interrupts, rss_1s and the like --rss-decay",
				"no cell has the figure %s", list[i]);
	gb_list_free(list);
	return -e->code;
}

int gb_gate_cells_prepare(struct gb_gate_live *g, struct gb_error *e)
{
	const struct gb_gate_config *config = &g->q->config;

	if (check_names(g, e) || gb_gate_copies_renew(g, 0, e))
		return -e->code;
	for (size_t i = 0; i < g->cells && !gb_interrupted(); i++) {
		if (prepare_cell(g, &g->cell[i], e))
			return -e->code;
		g->family += g->cell[i].gated;
	}
	if (gb_interrupted())
		return 0;
	if (check_found(g, e))
		return -e->code;
	if (g->family == 0)
		return gb_fail(e, GB_EXIT_HARNESS, "choose others with --metrics",
			       "no cell has a figure that may turn the verdict");
	return gb_gate_can_fire(config, g->family, config->look[config->looks - 1], e);
}
