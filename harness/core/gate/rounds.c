/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The order of measuring.  A round is one pair of every cell that is not decided, in an
 * order of its own, so that a bad minute of the machine hits every cell a little and none
 * altogether.  After the rounds that are looks, what is on disk so far is read back as
 * any judge would read it, and the cells that are decided leave; the time that they
 * would have taken is the others'.  Sentinels stay until the last round: they watch the
 * machine, not the allocator.
 *
 * A cell is decided by its time; its other figures are taken along.  Whoever wants to
 * look longer at those names them with --metrics.
 */
#include "core/gate/live.h"

#include <stdlib.h>

#include "base/rng.h"

#include "core/gate/data.h"
#include "core/gate/faults.h"
#include "core/gate/series.h"
#include "core/signals.h"

#define RERUNS 3

/* --- is it decided? ------------------------------------------------------------- */

/* Figures that more pairs of a few would not decide are no reason to go on. */
static int series_decided(const struct gb_gate_live *g, const struct gb_gate_data *d,
			  const struct gb_gate_series *s)
{
	struct gb_gate_figures f;
	struct gb_gate_test t;
	int decided;

	gb_gate_figures(d, s, &f);
	decided = f.gap || f.exact;
	if (!decided) {
		gb_gate_test(f.d, f.pairs, &f.rule, &d->config, &t);
		decided = gb_gate_decided(&t, &f.rule, &d->config, g->family);
	}
	gb_gate_figures_free(&f);
	return decided;
}

static int waits_for(const struct gb_gate_live *g, const struct gb_gate_series *s)
{
	return s->gated && (g->q->metrics || s->metric.source == GB_GATE_FROM_SLICES);
}

static int cell_decided(const struct gb_gate_live *g, const struct gb_gate_data *d,
			const char *id)
{
	char ignored[200];

	for (size_t i = 0; i < d->nr_series; i++) {
		const struct gb_gate_series *s = &d->series[i];
		const struct gb_gate_cell *c = &d->cell[s->cell];
		enum gb_gate_fault_verdict faults;

		if (strcmp(c->id, id) != 0)
			continue;
		faults = gb_gate_faults(c, ignored, sizeof(ignored));
		if (faults == GB_GATE_CANDIDATE_BROKEN ||
		    faults == GB_GATE_BASELINE_BROKEN)
			return 1;
		if (waits_for(g, s) && !series_decided(g, d, s))
			return 0;
	}
	return 1;
}

static int look(struct gb_gate_live *g, struct gb_error *e)
{
	struct gb_gate_data d;

	if (gb_gate_save_manifest(g, 0, e) || gb_gate_read(g->dir.path, &d, e) < 0)
		return -e->code;
	for (size_t i = 0; i < g->cells; i++)
		if (!g->cell[i].sentinel && !g->cell[i].done)
			g->cell[i].done = cell_decided(g, &d, g->cell[i].id);
	gb_gate_free(&d);
	return 0;
}

static int is_look(const struct gb_gate_config *c, uint64_t round)
{
	for (size_t i = 0; i < c->looks; i++)
		if (c->look[i] == round)
			return 1;
	return 0;
}

/* --- one pair ------------------------------------------------------------------- */

static int is_fault(enum gb_status s)
{
	return s == GB_ST_FAILED || s == GB_ST_CRASHED || s == GB_ST_HUNG || s == GB_ST_CORRUPT;
}

static unsigned int faults(const struct gb_gate_pair_run *r)
{
	return (unsigned int)is_fault(r->side[0].sample.status) |
	       (unsigned int)is_fault(r->side[1].sample.status) << 1;
}

/* Neither side at fault, and yet nothing to compare: no further pair will mend that. */
static int hopeless(const struct gb_gate_pair_run *r)
{
	const struct gb_sample *a = &r->side[0].sample, *b = &r->side[1].sample;

	if (a->status == GB_ST_OK && b->status == GB_ST_OK)
		return a->page->r.checksum != b->page->r.checksum;
	return !faults(r);
}

/* The same seed again: does the same side fail again?  Once is enough to know. */
static int rerun(struct gb_gate_live *g, struct gb_gate_live_cell *c, uint64_t round,
		 const struct gb_gate_pair_plan *p, unsigned int faulty, struct gb_error *e)
{
	for (uint64_t attempt = 1; attempt <= RERUNS && !gb_interrupted(); attempt++) {
		unsigned int again;

		if (!gb_gate_pair_run(p, &g->run, e) && !gb_interrupted())
			(void)!gb_gate_record(g, c, round, attempt, p, e);
		again = faults(&g->run) & faulty;
		gb_gate_pair_free(&g->run);
		if (e->code)
			return -e->code;
		if (again) {
			c->out = 1;
			break;
		}
	}
	return 0;
}

static uint64_t pair_seed(const struct gb_gate_live *g, const struct gb_gate_live_cell *c,
			  uint64_t what)
{
	struct gb_rng r = gb_rng_seed(g->q->config.seed * 4 + what,
				      (uint64_t)(c - g->cell) * 100003 + c->pairs);

	return gb_rng_next(&r) >> 1;
}

static int pair(struct gb_gate_live *g, struct gb_gate_live_cell *c, uint64_t round,
		struct gb_error *e)
{
	struct gb_gate_pair_plan p;
	unsigned int faulty;

	gb_gate_plan_pair(g, c, c->pairs + (uint64_t)(c - g->cell), &p);
	p.seed = pair_seed(g, c, 0);
	p.order = pair_seed(g, c, 1);
	if (!gb_gate_pair_run(&p, &g->run, e) && !gb_interrupted())
		(void)!gb_gate_record(g, c, round, 0, &p, e);
	faulty = faults(&g->run);
	c->out |= hopeless(&g->run);
	for (int s = 0; s < 2; s++)
		g->restless += g->run.side[s].slices.restless;
	gb_gate_pair_free(&g->run);
	if (!e->code && faulty && !gb_interrupted())
		(void)!rerun(g, c, round, &p, faulty, e);
	c->pairs += !gb_interrupted();
	return -e->code;
}

/* --- rounds --------------------------------------------------------------------- */

static size_t undecided(const struct gb_gate_live *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->cells; i++)
		n += !g->cell[i].sentinel && !g->cell[i].done && !g->cell[i].out;
	return n;
}

static int wants_pair(const struct gb_gate_live *g, const struct gb_gate_live_cell *c)
{
	return !c->out && (!c->done || g->rounds <= g->q->pairs);
}

static int any_left(const struct gb_gate_live *g)
{
	for (size_t i = 0; i < g->cells; i++)
		if (!g->cell[i].out)
			return 1;
	return 0;
}

/* Even when every cell is out because the candidate crashes: without its sentinels a run
 * says nothing, and a crash must be said. */
static int goes_on(const struct gb_gate_live *g)
{
	const struct gb_gate_config *c = &g->q->config;

	if (g->rounds < g->q->pairs || g->rounds < c->look[0])
		return any_left(g);
	return g->rounds < c->look[c->looks - 1] && undecided(g);
}

static int time_is_up(struct gb_gate_live *g)
{
	g->out_of_time |= g->q->max_time_ns &&
			  gb_monotonic_ns() - g->start_ns >= g->q->max_time_ns;
	return g->out_of_time || gb_interrupted();
}

static void shuffle(size_t *v, size_t n, struct gb_rng *rng)
{
	for (size_t i = 0; i < n; i++)
		v[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t k = gb_rng_below(rng, i), t = v[i - 1];

		v[i - 1] = v[k];
		v[k] = t;
	}
}

static int one_round(struct gb_gate_live *g, uint64_t round, size_t *order,
		     struct gb_error *e)
{
	struct gb_rng rng = gb_rng_seed(g->q->config.seed, 500000 + round);

	shuffle(order, g->cells, &rng);
	if (gb_gate_copies_renew(g, round, e))
		return -e->code;
	for (size_t i = 0; i < g->cells && !time_is_up(g); i++)
		if (wants_pair(g, &g->cell[order[i]]) &&
		    pair(g, &g->cell[order[i]], round, e))
			return -e->code;
	return gb_gate_writer_sync(&g->writer, e);
}

int gb_gate_rounds(struct gb_gate_live *g, struct gb_error *e)
{
	const struct gb_gate_config *c = &g->q->config;
	size_t *order = calloc(g->cells + 1, sizeof(*order));

	GB_BUG_ON(!order);
	while (goes_on(g) && !time_is_up(g)) {
		if (one_round(g, ++g->rounds, order, e))
			break;
		if (g->q->progress)
			g->q->progress(g, g->q->arg);
		if (is_look(c, g->rounds) && !time_is_up(g) && look(g, e))
			break;
	}
	free(order);
	return -e->code;
}
