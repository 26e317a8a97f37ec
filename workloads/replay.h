/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What replay's two halves share: replay_deal.c takes a recording apart before the clock
 * runs, replay.c asks for it again.
 *
 * Layer: workloads; for replay alone.
 */
#ifndef GB_WORKLOADS_REPLAY_H
#define GB_WORKLOADS_REPLAY_H

#include "recording/recording.h"
#include "workload.h"

struct gb_replay_options {
	const char *file;
	double pace;
};

/* Each worker's operations have that many zeroes behind them: two cache lines, of which the
 * loop reads ahead.  They stand for process context, which ends every interrupt. */
#define GB_REPLAY_AHEAD 8

struct gb_replay_worker {
	/* own CPU, its interrupts too; current while an interrupt runs and between calls */
	GB_ALIGNED_LINE const struct gb_recorded_op *next;
	const struct gb_recorded_op *end;
	uintptr_t *slot;     /* all workers': struct gb_replay */
	uint32_t left;       /* operations that the running interrupt may still do */
	uint32_t finished;   /* this pass, and the budget knows */
	const uint64_t *due; /* [operation]: ns after the start; NULL: not paced */
	const struct gb_recorded_op *first;
	struct gb_thread *t;
	struct gb_replay *shared;
	/* plan and setup */
	size_t nr_ops;
	uint64_t last_ns;
	int64_t balance, highest; /* bytes allocated here less bytes freed here */
};

/* The run's data. */
struct gb_replay {
	struct gb_recording rec; /* from plan to setup */
	size_t nr_objects, nr_ops;
	struct gb_recorded_op *op; /* all workers', GB_REPLAY_AHEAD behind each one's last */
	uint64_t *due;
	uintptr_t *slot; /* [object]; what is in it: replay.c */
	uint32_t *size;  /* [object] */
	uint64_t start_ticks; /* atomic: of this pass, set by the first to come; 0: none */
	unsigned int nr_workers;
	uint32_t left; /* atomic: workers that have not cleaned up yet */
	struct gb_replay_worker worker[];
};

/* The hooks of the workload. */
int gb_replay_plan(struct gb_run *r, struct gb_error *e) GB_MUST_CHECK;
int gb_replay_setup(struct gb_run *r, struct gb_error *e) GB_MUST_CHECK;
void gb_replay_cleanup(struct gb_run *r);

#endif
