/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Synthetic gate runs: directories as the live gate writes them, with known truth inside.
 * Shared by the unit tests and by the program make_gate_data for the shell tests.
 */
#ifndef GB_TESTS_GATE_DATA_H
#define GB_TESTS_GATE_DATA_H

#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "base/rng.h"

struct gate_data_spec {
	uint64_t cells, pairs, slices, sentinels, seed;
	double effect;         /* true change of cell 0's time, 0.05 = 5 % slower */
	double drift;          /* the same of every sentinel */
	double sd, outliers;   /* of a pair's log ratio; share of pairs off by +-50 % */
	uint64_t memory_extra; /* bytes that the candidate holds more, cell 0 */
	double tail;           /* change of the candidate's p99, cell 0 */
	uint64_t tail_values;  /* latencies per process; 0 = no latency metric */
	double failure_rate;   /* of the candidate's atomic allocations, cell 0 */
	double irq_off;        /* change of the candidate's interrupt-off time, cell 0 */
	uint64_t crash_a,
		crash_b;     /* first this many pairs of cell 0 end so on that side */
	uint64_t reproduced; /* these come back when run again */
	uint64_t mismatch;   /* checksums of cell 0 differ */
	uint64_t identical, no_identity, complete, foreign_cell, oversubscribed;
	uint64_t gate_all; /* gate memory, tails, failures and interrupts too */
	const char *build_mode, *looks, *run_id;
};

extern const struct gb_option gate_data_options[];

/* A normal variate. */
double gate_data_normal(struct gb_rng *rng);
/* A pair's log ratio: contaminated normal around ln(1+effect). */
double gate_data_ratio(const struct gate_data_spec *s, double effect, struct gb_rng *rng);
/* Writes the five files into @dir, which exists. */
int gate_data_make(const char *dir, const struct gate_data_spec *s, struct gb_error *e);
/* Digests and seal of @dir as it is now, so that what a test has edited gets past them.  Files
 * that cannot be read keep theirs. */
int gate_data_seal(const char *dir, struct gb_error *e);

#endif
