/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * One pair of processes: started together, taking turns (slices.h), watched to their
 * ends. Or one alone: a pilot, which finds out how large a slice must be.
 *
 * Layer: core.  Main thread only (runners die with the thread that started them).
 */
#ifndef GB_CORE_GATE_PAIR_H
#define GB_CORE_GATE_PAIR_H

#include "core/gate/side.h"
#include "core/slices.h"
#include "core/spawn.h"

#define GB_GATE_WARM_SLICES 3
#define GB_GATE_LATENCY_SLICES 3

struct gb_gate_pair_plan {
	const struct gb_cell *cell[2];      /* backend: of the copy */
	const struct gb_gate_copy *copy[2];
	uint64_t seed;         /* of the workload; equal for both */
	uint64_t order;        /* seed of the order of turns and of the paddings */
	uint64_t chunk;        /* operations per worker and slice */
	uint64_t latency_chunk; /* of slices with every call timed; 0: none of these */
	size_t slices;
	uint32_t core;         /* UINT32_MAX: anywhere */
	int apart;             /* process pairing: one after the other */
	int decay;             /* watch the resident set after everything was freed */
	uint64_t timeout_ns;   /* for one process */
};

struct gb_gate_pair_side {
	struct gb_sample sample;
	struct gb_slices_side slices;
	uint64_t env_pad;
	uint64_t rss_decay_bytes[3]; /* 0.1, 1, 5 s after; GB_UNKNOWN: not measured */
};

/* What was measured; release with gb_gate_pair_free in any case. */
struct gb_gate_pair_run {
	struct gb_gate_pair_side side[2];
	struct gb_gate_turns {
		uint32_t nr;
		struct gb_turn turn[GB_SLICES_TURNS];
	} turns[2]; /* as each side had them */
	uint64_t steal_ticks, psi_cpu_some_us; /* of the machine, meanwhile; GB_UNKNOWN */
};

/* Errors are those of the harness itself; how the processes ended is in their samples. */
int gb_gate_pair_run(const struct gb_gate_pair_plan *p, struct gb_gate_pair_run *out,
		     struct gb_error *e) GB_MUST_CHECK;
void gb_gate_pair_free(struct gb_gate_pair_run *r);

/* Side @s alone: its slices.chunk, latency_allocs and parked_cpu_ns mean something when its
 * sample is ok.  @target_ns: how long a slice should take. */
int gb_gate_pilot(const struct gb_gate_pair_plan *p, int s, uint64_t target_ns,
		  struct gb_gate_pair_run *out, struct gb_error *e) GB_MUST_CHECK;

#endif
