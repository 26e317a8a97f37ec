/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What a gate run measured, as its directory has it: four CSV files and the object "gate"
 * of manifest.json.  Nothing here judges; but nothing that is incomplete gets through.
 *
 * Rows may come in any order: everything is keyed by cell, pair, attempt, side and slice,
 * and a key that appears twice is malformed.  manifest.json says how many rows each file
 * had when it was closed, so that rows lost at a line's end are noticed too.
 *
 * Layer: core.  All memory belongs to struct gb_gate_data.
 */
#ifndef GB_CORE_GATE_DATA_H
#define GB_CORE_GATE_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#include "core/gate/config.h"
#include "core/gate/metric.h"

enum { GB_GATE_A, GB_GATE_B, GB_GATE_SIDES };

/* How a process ended; the words are those of samples.csv. */
enum gb_gate_end {
	GB_GATE_END_OK,
	GB_GATE_END_FAULT,   /* failed, crashed, hung, corrupt: the allocator's doing */
	GB_GATE_END_NOTHING, /* interrupted, unavailable, untrustworthy: nobody's */
};

struct gb_gate_process {
	int present;
	enum gb_gate_end end;
	char *status, *error;
	char *checksum; /* "" = none */
	int oversubscribed;
	double wall_ns;               /* life of the process; NaN: not measured */
	double value[GB_GATE_VALUES]; /* NaN: not measured */
};

/* Merged over contexts when it is made from several histograms; sorted by lo. */
struct gb_gate_bucket {
	uint64_t lo, hi, count;
	char op[16], context[16];
};

struct gb_gate_pair {
	uint64_t number;
	struct gb_gate_process side[GB_GATE_SIDES];
	unsigned int reruns; /* attempts after the first */
	unsigned int rerun_faults[GB_GATE_SIDES];
	double *ns_per_op[GB_GATE_SIDES]; /* [slices of the cell], NaN: none */
	signed char *slot;     /* [slices]: B came 0 = first, 1 = second; -1: not known */
	struct gb_gate_bucket *bucket[GB_GATE_SIDES];
	size_t buckets[GB_GATE_SIDES];
};

struct gb_gate_cell {
	char *id, *name; /* name: "pairs:size=64/t2/native", for people */
	char *allocator, *workload, *params, *threads, *irq_mode, *pairing;
	char *definition; /* hash of everything that makes it this cell */
	int sentinel;
	size_t slices;
	struct gb_gate_pair *pair; /* ascending by number */
	size_t pairs, pairs_cap;
};

/* One figure to judge: a metric of a cell. */
struct gb_gate_series {
	size_t cell;
	struct gb_gate_metric metric;
	int gated, higher_is_better;
	double margin, floor;
};

struct gb_gate_side {
	char *spec, *identity; /* identity: hash of everything that could differ */
	char *anchor;          /* hash that a rebuilt gfpbench leaves as it was, where the
				* allocator is no part of it (core/gate/side.h) */
	char *version;
};

struct gb_gate_data {
	char *run_id, *hw_id;
	char *environment; /* kernel, C library, huge pages, governor: for stored runs */
	char *program_version, *started_at, *label; /* of gfpbench; of the run; "" = none */
	struct gb_gate_config config;
	struct gb_gate_side side[GB_GATE_SIDES];
	struct gb_gate_cell *cell;
	size_t cells;
	struct gb_gate_series *series;
	size_t nr_series;
	char *untrusted; /* why the whole run cannot be judged; NULL: it can */
};

/*
 * Read and check a directory.  Missing or incomplete files are GB_EXIT_HARNESS, malformed
 * ones GB_EXIT_USAGE.  On success everything that rows refer to exists; whether there is
 * enough of it is the judge's business.
 */
int gb_gate_read(const char *dir, struct gb_gate_data *d,
		 struct gb_error *e) GB_MUST_CHECK;
void gb_gate_free(struct gb_gate_data *d);

/* Both sides are, bit for bit, the same thing. */
int gb_gate_identical(const struct gb_gate_data *d);

#endif
