/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * From what was asked to what is done: cells (backend x workload x parameters x threads),
 * each repeated, in an order, with seeds.
 *
 * Order "blocks": one repetition of every cell is a block, shuffled by the seed, so that
 * slow drift of the machine hits all backends alike.  Seeds depend on workload, parameters,
 * threads, repetition and the plan's seed, never on the backend or on what else is in the
 * plan: every backend of a comparison sees the same stream.  A shard takes whole
 * comparisons (all backends of one workload, parameters, threads and repetition), so that
 * figures that are compared come from one machine.
 *
 * Layer: core.
 */
#ifndef GB_CORE_PLAN_H
#define GB_CORE_PLAN_H

#include "backend.h"
#include "cell.h"
#include "workload.h"

/* Of all shards together: a day and a half even if none took longer than its start. */
#define GB_PLAN_MAX_SAMPLES 2000000u

struct gb_plan_request {
	const char *backends, *workloads, *threads; /* lists; NULL = default */
	uint64_t runs, seed;
	uint64_t ops;              /* GB_OPS_AUTO: calibrated; 0 = by duration */
	uint64_t duration_ns, warmup_ns;
	int equal_work;            /* ops is 0 because nobody said: GB_OPS_AUTO where backends
				    * are compared */
	double irq_rate_hz;        /* < 0: the workload's own */
	enum gb_irq_law irq_law;
	uint64_t ram_bytes, interval_ns, pin;
	uint64_t timeout_ns;       /* 0 = derived */
	int sequential, rss_decay;
	uint64_t shard, shards;    /* 1..shards */
	/* Cell sets, each with lists and conditions of its own (job files); NULL: the
	 * request itself is the only one.  runs, seed, order, shard, pin, timeout and
	 * rss_decay are the request's. */
	const struct gb_plan_request *set;
	size_t sets;
};

struct gb_plan_cell {
	struct gb_cell cell;
	struct gb_backend_ref ref;
	struct gb_backend_location location;
	const struct gb_workload *workload;
	int named;                 /* asked for by name: its absence is an error */
	char unavailable[400];     /* why, or "" */
	size_t group;              /* comparison it belongs to */
	uint64_t peak_live_bytes, max_block_bytes;
	char note[240];            /* what the workload's plan wants known, or "" */
	uint64_t timeout_ns;
};

struct gb_plan_item {
	size_t cell;
	struct gb_sample_spec spec;
};

struct gb_plan {
	struct gb_plan_cell *cells;
	size_t nr_cells, groups;
	struct gb_plan_item *items; /* in order; this shard's only */
	size_t nr_items;
	uint64_t all_items;         /* of all shards */
	uint64_t runs, seed;
	char hash[65];              /* of what is measured; equal for all shards */
	/* By group: calibrated work; 0 = not (yet); GB_OPS_AUTO = none could be found, so by
	 * time.  Not part of the hash: it is measured.  freeze.c fills it. */
	uint64_t *frozen;
	double estimate_s;
	uint64_t peak_bytes;        /* largest declared peak of one cell */
};

/* GB_EXIT_USAGE: something asked for does not exist, or the plan would be too large. */
int gb_plan_make(const struct gb_plan_request *q, struct gb_plan *p, struct gb_error *e)
	GB_MUST_CHECK;
void gb_plan_free(struct gb_plan *p);
/* The seed of repetition @rep of @c in a plan with @seed. */
uint64_t gb_plan_sample_seed(uint64_t seed, const struct gb_cell *c, uint64_t rep);

/* Split "a,b\,c" at commas; malloc'ed, NULL-terminated; gb_list_free. */
char **gb_list_split(const char *text);
void gb_list_free(char **list);

/* plan_cells.c: expand the three lists into cells. */
int gb_plan_expand(const struct gb_plan_request *q, struct gb_plan *p, struct gb_error *e)
	GB_MUST_CHECK;
/* Can the emulated kernel of @c's backend, if it has one, have so much RAM?  0: its default.
 * GB_EXIT_USAGE. */
int gb_plan_check_ram(const struct gb_plan_cell *c, uint64_t ram_bytes, struct gb_error *e)
	GB_MUST_CHECK;
/* plan_check.c: ask the workload itself, in a child of its own (it may read files). */
int gb_plan_ask(struct gb_plan_cell *c, struct gb_error *e) GB_MUST_CHECK;
/* Can the machine start @n emulated CPUs and the helpers of a backend?  GB_EXIT_HARNESS. */
int gb_plan_try_threads(unsigned int n, struct gb_error *e) GB_MUST_CHECK;

/* freeze.c: how much work @group's first backend that can does in its duration; from then on
 * that of all its cells.  An error is the harness's own.  Interrupted: nothing changes. */
int gb_plan_freeze(struct gb_plan *p, size_t group, const char *program,
		   struct gb_error *e) GB_MUST_CHECK;
/* The same, known from before. */
void gb_plan_set_work(struct gb_plan *p, size_t group, uint64_t ops);

#endif
