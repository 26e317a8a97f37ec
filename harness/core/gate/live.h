/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Measuring for the gate: two specs in, a directory out that gb_gate_read() takes.
 *
 *   side   what a spec means, copies of its files
 *   pair   one pair of processes
 *   cells  the cells: plans of both sides side by side, sentinels
 *   pilots how much a slice is, and which figures a cell will have
 *   record a pair as rows
 *   rounds the order of pairs, looks, reruns, the budget of time
 *   live   the whole, and its manifest
 *
 * Layer: core.  Main thread only.
 */
#ifndef GB_CORE_GATE_LIVE_H
#define GB_CORE_GATE_LIVE_H

#include "base/rng.h"

#include "core/gate/config.h"
#include "core/gate/pair.h"
#include "core/gate/side.h"
#include "core/gate/write.h"
#include "core/manifest.h"
#include "core/plan.h"
#include "core/rundir.h"

struct gb_gate_live;

struct gb_gate_request {
	const char *baseline, *candidate; /* specs */
	struct gb_plan_request plan;      /* threads NULL: as few as each workload takes */
	const char *metrics;              /* what may turn the verdict; NULL: the usual */
	struct gb_gate_config config;
	uint64_t slice_ns;                /* 0: 2 ms, 5 ms with several threads */
	uint64_t max_time_ns, timeout_ns; /* 0: none; 20 s for a process */
	int apart, decay;
	uint64_t pairs;                   /* of every cell, decided or not; 0: as needed */
	const char *output, *label;
	int argc;
	char **argv;
	/* for who owns the screen; may be NULL */
	void (*progress)(const struct gb_gate_live *g, void *arg);
	void (*warn)(const char *text, void *arg);
	void *arg;
};

enum { GB_GATE_COPY_A, GB_GATE_COPY_B, GB_GATE_COPY_S, GB_GATE_COPIES };

struct gb_gate_live_cell {
	char id[96];
	const struct gb_plan_cell *plan[2];
	const struct gb_gate_copy *copy[2];
	struct gb_cell side[2];  /* backend: the copy's; other strings belong to the plan */
	int sentinel, apart;
	uint64_t chunk, latency_chunk;
	char definition[65];
	size_t gated;            /* figures of it that may turn the verdict */
	size_t pairs;
	int done; /* no more pairs are needed */
	int out;  /* no more pairs would help */
};

struct gb_gate_live {
	const struct gb_gate_request *q;
	struct gb_gate_party party[2];
	char folder[4096];
	struct gb_gate_copy copy[GB_GATE_COPIES];
	struct gb_plan plan[2], both;
	struct gb_gate_live_cell *cell;
	size_t cells, family, sentinels;
	struct gb_rundir dir;
	struct gb_gate_writer writer;
	struct gb_manifest manifest;
	uint64_t start_ns, rounds, restless;
	double clock_drift;
	int out_of_time;
	uint64_t found; /* of the names in --metrics: some cell has it */
	struct gb_gate_pair_run run; /* the pair that is measured now */
};

/* All of it.  On success the directory is complete or says that it is not, and *@dir names
 * it; interrupted (gb_interrupted()) is success too. */
int gb_gate_live(const struct gb_gate_request *q, struct gb_rundir *dir,
		 struct gb_error *e)
	GB_MUST_CHECK;

/* --- between the files above ---------------------------------------------------- */

int gb_gate_cells_make(struct gb_gate_live *g, struct gb_error *e) GB_MUST_CHECK;
/* To who owns the screen. */
void gb_gate_note(const struct gb_gate_live *g, const char *text);
/* Pilots; rows of gate-cells.csv. */
int gb_gate_cells_prepare(struct gb_gate_live *g, struct gb_error *e) GB_MUST_CHECK;
void gb_gate_cells_free(struct gb_gate_live *g);
int gb_gate_copies_renew(struct gb_gate_live *g, uint64_t round,
			 struct gb_error *e) GB_MUST_CHECK;
/* A plan for pair @pair of @c, without seeds. */
void gb_gate_plan_pair(const struct gb_gate_live *g, const struct gb_gate_live_cell *c,
		       uint64_t pair, struct gb_gate_pair_plan *p);

int gb_gate_record(struct gb_gate_live *g, const struct gb_gate_live_cell *c,
		   uint64_t round,
		   uint64_t attempt, const struct gb_gate_pair_plan *p, struct gb_error *e)
	GB_MUST_CHECK;
/* The key columns of a cell's rows; @side -1: of no side. */
struct gb_gate_key gb_gate_live_key(const struct gb_gate_live *g,
				    const struct gb_gate_live_cell *c, int side);

int gb_gate_rounds(struct gb_gate_live *g, struct gb_error *e) GB_MUST_CHECK;
/* The manifest as things stand; the judge refuses it until @complete. */
int gb_gate_save_manifest(struct gb_gate_live *g, int complete,
			  struct gb_error *e) GB_MUST_CHECK;

#endif
