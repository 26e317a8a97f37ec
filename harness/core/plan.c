/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/rng.h"
#include "base/sha256.h"

/* --- seeds and hash ------------------------------------------------------- */

static uint64_t fnv(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

uint64_t gb_plan_sample_seed(uint64_t seed, const struct gb_cell *c, uint64_t rep)
{
	uint64_t h = fnv(fnv(UINT64_C(0xcbf29ce484222325), c->workload), c->params);
	struct gb_rng r = gb_rng_seed(seed ^ h, c->threads * 1000003u + rep);

	return gb_rng_next(&r) >> 1; /* fits a signed 64-bit column of any reader */
}

static void hash_plan(const struct gb_plan_request *q, struct gb_plan *p)
{
	struct gb_sha256 s;
	char tail[200];

	gb_sha256_init(&s);
	for (size_t i = 0; i < p->nr_cells; i++) {
		char **args = gb_cell_args(&p->cells[i].cell, NULL);

		for (size_t k = 0; args[k]; k++)
			gb_sha256_add(&s, args[k], strlen(args[k]) + 1);
		gb_cell_args_free(args);
	}
	snprintf(tail, sizeof(tail), "runs=%llu seed=%llu order=%d decay=%d",
		 (unsigned long long)q->runs, (unsigned long long)q->seed, q->sequential,
		 q->rss_decay);
	gb_sha256_add(&s, tail, strlen(tail));
	gb_sha256_hex(&s, p->hash);
}

/* --- order ---------------------------------------------------------------- */

static void shuffle(size_t *v, size_t n, struct gb_rng *rng)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = gb_rng_below(rng, i), t = v[i - 1];

		v[i - 1] = v[k];
		v[k] = t;
	}
}

static int mine(const struct gb_plan_request *q, const struct gb_plan *p, size_t cell,
		uint64_t rep)
{
	uint64_t unit = p->cells[cell].group + (rep - 1) * p->groups;

	return unit % q->shards == q->shard - 1;
}

static void add_item(const struct gb_plan_request *q, struct gb_plan *p, size_t cell,
		     uint64_t rep, uint64_t block)
{
	const struct gb_plan_cell *c = &p->cells[cell];
	struct gb_plan_item *item = &p->items[p->nr_items];

	p->all_items++;
	if (!mine(q, p, cell, rep))
		return;
	p->nr_items++;
	item->cell = cell;
	item->spec = (struct gb_sample_spec){
		.id = cell * q->runs + rep,
		.rep = rep,
		.block = block,
		.seed = gb_plan_sample_seed(q->seed, &c->cell, rep),
		.watch = rep == 1,
		.decay = rep == 1 &&
			 (q->rss_decay || (c->workload->flags & GB_WL_RSS_DECAY)),
	};
}

static void order_blocks(const struct gb_plan_request *q, struct gb_plan *p)
{
	size_t *order = calloc(p->nr_cells ? p->nr_cells : 1, sizeof(*order));

	GB_BUG_ON(!order);
	for (uint64_t rep = 1; rep <= q->runs; rep++) {
		struct gb_rng rng = gb_rng_seed(q->seed, 1000 + rep);

		for (size_t i = 0; i < p->nr_cells; i++)
			order[i] = i;
		shuffle(order, p->nr_cells, &rng);
		for (size_t i = 0; i < p->nr_cells; i++)
			add_item(q, p, order[i], rep, rep);
	}
	free(order);
}

static void order_sequential(const struct gb_plan_request *q, struct gb_plan *p)
{
	for (size_t i = 0; i < p->nr_cells; i++)
		for (uint64_t rep = 1; rep <= q->runs; rep++)
			add_item(q, p, i, rep, 1);
}

/* --- time ----------------------------------------------------------------- */

#define START_S 0.06 /* start, fixed warm-up, free-all, end: a rough figure for ETAs */

static double sample_estimate(const struct gb_plan *p, const struct gb_plan_item *item)
{
	const struct gb_plan_cell *c = &p->cells[item->cell];
	double timed = (double)c->cell.duration_ns * 1.5;

	if (c->unavailable[0])
		return 0;
	if (c->cell.ops == GB_OPS_AUTO) /* latency: half as many, each timed */
		timed = (double)c->cell.duration_ns * 1.8;
	else if (c->cell.ops) /* 50 ns an operation */
		timed = (double)c->cell.ops * 50 * 1.5 / (double)c->cell.threads;
	timed += (double)c->cell.warmup_ns + (double)gb_still_ns(&c->cell);
	return START_S + timed * 1e-9 +
	       (item->spec.watch ? 0.05 : 0) + (item->spec.decay ? 5.1 : 0);
}

/* Generous: a time limit that is too short makes a slow allocator look hung. */
static uint64_t derived_timeout(const struct gb_cell *c)
{
	uint64_t planned = c->duration_ns * 2 + c->warmup_ns, forever = UINT64_MAX / 100;

	if (c->limit_ns)
		planned = c->limit_ns * 2 + c->warmup_ns;
	else if (c->ops) /* 5 us an operation */
		planned = c->ops < forever / 5000 ? c->ops * 5000 : forever;
	return UINT64_C(30000000000) + 10 * planned;
}

static void estimate(const struct gb_plan_request *q, struct gb_plan *p)
{
	for (size_t i = 0; i < p->nr_cells; i++) {
		struct gb_plan_cell *c = &p->cells[i];

		c->timeout_ns = q->timeout_ns ? q->timeout_ns : derived_timeout(&c->cell);
		if (c->peak_live_bytes > p->peak_bytes)
			p->peak_bytes = c->peak_live_bytes;
	}
	for (size_t i = 0; i < p->nr_items; i++)
		p->estimate_s += sample_estimate(p, &p->items[i]);
	for (size_t i = 0; i < p->nr_cells; i++) /* each comparison once */
		if (p->cells[i].cell.ops == GB_OPS_AUTO &&
		    (!i || p->cells[i - 1].group != p->cells[i].group))
			p->estimate_s +=
				START_S + gb_calibration_ns(&p->cells[i].cell) * 1e-9;
}

/* --- the whole ------------------------------------------------------------ */

/* Refusals would be measured, not allocations. */
static void check_block(struct gb_plan_cell *c)
{
	char most[32], wanted[32];

	if (c->unavailable[0] || !c->ref.max_block_bytes ||
	    c->max_block_bytes <= c->ref.max_block_bytes)
		return;
	snprintf(c->unavailable, sizeof(c->unavailable),
		 "%s serves blocks of up to %s, and %s asks for %s", c->ref.backend->name,
		 gb_format_size(most, sizeof(most), c->ref.max_block_bytes),
		 c->workload->name,
		 gb_format_size(wanted, sizeof(wanted), c->max_block_bytes));
}

/* What plan() says depends on the backend only through its capabilities; cells of a group
 * with equal ones share the answer (a recording is read once, not once a backend). */
static int ask_all(struct gb_plan *p, struct gb_error *e)
{
	for (size_t i = 0; i < p->nr_cells; i++) {
		struct gb_plan_cell *c = &p->cells[i], *same = NULL;

		if (c->unavailable[0])
			continue;
		for (size_t k = i; k-- > 0 && p->cells[k].group == c->group;)
			if (p->cells[k].ref.caps == c->ref.caps &&
			    !p->cells[k].unavailable[0])
				same = &p->cells[k];
		if (!same && gb_plan_ask(c, e))
			return -e->code;
		if (same) {
			c->peak_live_bytes = same->peak_live_bytes;
			c->max_block_bytes = same->max_block_bytes;
		}
		check_block(c);
	}
	return 0;
}

/* Less RAM than a workload holds at its peak would measure failures, not what it is for:
 * an error when the cell was asked for by name, otherwise a row that says so. */
static int check_ram(struct gb_plan *p, struct gb_error *e)
{
	for (size_t i = 0; i < p->nr_cells; i++) {
		struct gb_plan_cell *c = &p->cells[i];
		char peak[32], ram[32];

		if (c->unavailable[0] || !c->cell.ram_bytes ||
		    c->peak_live_bytes <= c->cell.ram_bytes ||
		    (c->workload->flags & GB_WL_PRESSURE))
			continue;
		snprintf(c->unavailable, sizeof(c->unavailable),
			 "%s holds %s at its peak, more than the %s of RAM",
			 c->workload->name,
			 gb_format_size(peak, sizeof(peak), c->peak_live_bytes),
			 gb_format_size(ram, sizeof(ram), c->cell.ram_bytes));
		if (c->named)
			return gb_fail(e, GB_EXIT_USAGE,
				       "give it more with --ram, or smaller parameters",
				       "--ram: %s", c->unavailable);
	}
	return 0;
}

static int try_threads(const struct gb_plan *p, struct gb_error *e)
{
	uint64_t most = 0;

	for (size_t i = 0; i < p->nr_cells; i++)
		if (p->cells[i].cell.threads > most)
			most = p->cells[i].cell.threads;
	return most ? gb_plan_try_threads((unsigned int)most, e) : 0;
}

/* Before a sample of it is planned: the list is memory. */
static int check_samples(const struct gb_plan *p, struct gb_error *e)
{
	uint64_t samples = p->nr_cells * p->runs;

	if (samples <= GB_PLAN_MAX_SAMPLES)
		return 0;
	return gb_fail(e, GB_EXIT_USAGE, "fewer --runs, or a part of the cells at a time",
		       "the plan has %zu cells and %llu runs of each: more than %u samples",
		       p->nr_cells, (unsigned long long)p->runs, GB_PLAN_MAX_SAMPLES);
}

int gb_plan_make(const struct gb_plan_request *q, struct gb_plan *p, struct gb_error *e)
{
	memset(p, 0, sizeof(*p));
	p->runs = q->runs;
	p->seed = q->seed;
	if (gb_plan_expand(q, p, e) || check_samples(p, e) || try_threads(p, e) ||
	    ask_all(p, e) || check_ram(p, e))
		return -e->code;
	p->frozen = calloc(p->groups + 1, sizeof(*p->frozen));
	GB_BUG_ON(!p->frozen);
	p->items = calloc(p->nr_cells * q->runs + 1, sizeof(*p->items));
	GB_BUG_ON(!p->items);
	if (q->sequential)
		order_sequential(q, p);
	else
		order_blocks(q, p);
	estimate(q, p);
	hash_plan(q, p);
	return 0;
}

void gb_plan_free(struct gb_plan *p)
{
	for (size_t i = 0; i < p->nr_cells; i++)
		gb_cell_free(&p->cells[i].cell);
	free(p->cells);
	free(p->items);
	free(p->frozen);
	memset(p, 0, sizeof(*p));
}
