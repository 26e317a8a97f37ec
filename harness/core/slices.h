/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Two runners that take turns: the page that they and the gate share.
 *
 * A pair of runners (baseline A, candidate B) lives at the same time, but only one of them
 * works.  The page holds a plan of turns, made by the gate before they start, and a token,
 * the number of the turn that is on.  A runner waits until the token has reached its next
 * turn, does one slice (a fixed number of operations), parks all of its threads, writes
 * down what it took and adds one to the token.  The gate takes no part in that: it only
 * watches whether both are alive.  When one of them is not, the gate sets `alone`, and the
 * other goes through its turns without waiting.
 *
 * Parked means: no worker has a command, no timer is armed, and no other thread of the
 * process (kswapd, RCU, an allocator's helper) has used the processor for a while.  What a
 * side used nevertheless while it was parked is in parked_cpu_ns.
 *
 * With chunk 0 a runner is a pilot: alone, it finds out how many operations make a slice.
 *
 * Protection: plan and the given part are written before the runners start; token, ready
 * and alone are atomic (release by who changes them, acquire by who waits, futex words);
 * side[i] is written by its runner, and read by the gate when that has ended.
 *
 * Layer: core.
 */
#ifndef GB_CORE_SLICES_H
#define GB_CORE_SLICES_H

#include <stdint.h>

#include "base/error.h"

#define GB_SLICES_MAGIC   UINT64_C(0x6766702d736c6963)
#define GB_SLICES_VERSION 2
#define GB_SLICES_FD      4         /* where a runner finds the page */
#define GB_SLICES_SIDE    "GB_SIDE" /* variable: A or B; set = take turns */

#define GB_SLICES_MAX     512 /* timed slices of a side */
/* Timed calls of either kind that are enough in one slice of latencies: three of them hold
 * what a 99.9th percentile needs, and timing every call is slow. */
#define GB_SLICES_CALLS   44000
#define GB_SLICES_TURNS   (2 * (GB_SLICES_MAX + 64))

enum gb_turn_kind {
	GB_TURN_WARM,    /* not recorded */
	GB_TURN_TIMED,   /* no timestamps inside: time per operation */
	GB_TURN_LATENCY, /* every call timed: histograms */
};

struct gb_turn {
	uint8_t side, kind, slot; /* slot 1: second of its round */
	uint16_t slice;           /* of GB_TURN_TIMED */
};

/* What one slice took; times in nanoseconds. */
struct gb_slice {
	uint64_t ops;
	uint64_t wall_ns; /* mean over workers of their own time, less waits for others */
	uint64_t cpu_ns, t_start_ns;
	uint64_t minflt, majflt, nvcsw, nivcsw;
};

struct gb_slices_side {
	struct gb_slice slice[GB_SLICES_MAX];
	uint64_t warmup_ns;      /* from the start of the process to the first turn */
	uint64_t rss_end_bytes;  /* after the last slice, nothing freed */
	uint64_t parked_ns, parked_cpu_ns; /* of all its turns */
	uint64_t restless;       /* slices after which its threads did not come to rest */
	uint64_t chunk;          /* pilot: operations per worker that fill target_ns */
	uint64_t latency_chunk;  /* pilot: and that are enough for latencies */
	uint64_t latency_allocs, latency_frees; /* pilot: fewest timed in one of these */
};

struct gb_slices {
	/* given */
	uint64_t magic;
	uint32_t version;
	uint32_t runners;        /* that will come: 1 or 2 */
	uint64_t bytes;
	uint64_t chunk;          /* operations per worker and slice; 0: pilot */
	uint64_t latency_chunk;  /* the same, of slices with every call timed */
	uint64_t target_ns;      /* pilot: how long a slice should take */
	uint32_t core;           /* all threads of both sides there; UINT32_MAX: anywhere */
	uint32_t nr_turns;
	struct gb_turn turn[GB_SLICES_TURNS];

	/* live; atomic */
	uint32_t ready, token, alone;

	struct gb_slices_side side[2];
};

/* Parent: a fresh page; @fd (close-on-exec) is what runners inherit.  NULL on failure. */
struct gb_slices *gb_slices_new(int *fd, struct gb_error *e);
void gb_slices_unmap(struct gb_slices *s);
/* Parent: one runner is gone; the other need not wait for it any more. */
void gb_slices_leave_alone(struct gb_slices *s);

/* Everything that two builds must have in common for their runners to be compared, as one
 * line without LF; malloc'ed. */
char *gb_slices_protocol(void);

/* --- in the runner (runner_slices.c) ---------------------------------------- */

struct gb_runner;
struct gb_worker;

/* Map the page when GB_SLICES_SIDE is set, and go to its core; 0 also when it is not. */
int gb_slices_attach(struct gb_runner *r, struct gb_error *e) GB_MUST_CHECK;
/* All turns, from the main thread, in place of the phases of a plain sample. */
int gb_slices_run(struct gb_runner *r) GB_MUST_CHECK;
/* A worker's part of a slice.  1: handover. */
int gb_slices_work(struct gb_worker *w, int full);

#endif
