/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the files of the runner share: runner.c (the life of a sample), phases.c (what each
 * phase does), workers.c (threads, start line, handover), runner_memory.c (what the
 * process holds).  Private to them.
 *
 * Workers obey commands: the main thread stores r->command, then adds one to r->turn and
 * wakes them (release); each worker that has finished adds one to r->done (release).  So
 * everything that is written between two commands needs no lock.
 */
#ifndef GB_CORE_RUNNER_INT_H
#define GB_CORE_RUNNER_INT_H

#include <pthread.h>

#include "cell.h"
#include "result.h"
#include "slices.h"

enum gb_command {
	GB_CMD_SETUP, GB_CMD_WARMUP, GB_CMD_RUN, GB_CMD_LATENCY, GB_CMD_WATCH,
	GB_CMD_SLICE, GB_CMD_SLICE_FULL, GB_CMD_CLEANUP, GB_CMD_EXIT
};

struct gb_runner;

/* One emulated CPU, through all pthreads that play it in turn. */
struct gb_worker {
	struct gb_runner *runner;
	struct gb_thread *t;
	unsigned int id;
	pthread_t pthread;           /* who plays it now; changes only inside a command */
	pthread_t predecessor;
	int has_predecessor;
	int in_command;              /* the successor goes on where this one stopped */
	uint32_t seen_turn;
	int timer_started;           /* by the current pthread */
	uint64_t chunk;              /* operations per call of run */
	uint64_t start_ticks;
	/* sums over the passes of a phase; the main thread resets them between commands */
	uint64_t ops, busy_ticks, wait_base;
	uint64_t armed_ticks;
	struct gb_irq_stats irq;
	/* warm-up */
	uint64_t warm_ops, warm_hash;
	int warm_finished;
	uint64_t first_op_ns;        /* CLOCK_MONOTONIC; 0 = none yet */
	uint64_t prefault_ns;        /* spent by then on touching memory in advance */
	/* a slice (slices.h), through all of its commands */
	uint64_t slice_ops, slice_start, slice_ticks, slice_wait_base;
	int slice_started, slice_finished, pass_ended;
	struct gb_error error;
};

struct gb_runner {
	struct gb_cell cell;
	struct gb_sample_spec sample;
	const struct gb_workload *workload;
	struct gb_backend_ref ref;
	struct gb_heap heap;
	void *options;
	struct gb_run run;
	struct gb_worker *workers;
	struct gb_result *page;
	int irqs;                    /* interrupts are wanted in measured phases */
	int backend_started, budget, workload_set_up;
	uint64_t idle_rss_bytes, idle_mapped_bytes;

	/* commands; see above */
	uint32_t command, turn, done;
	uint32_t arrived;            /* at the start line of this command */
	uint32_t stop;               /* the workload's stop flag */
	uint32_t warm_left;          /* CPUs whose warm-up is not complete */
	uint64_t ops_limit;          /* of this command, all CPUs; 0 = none */

	/* turns with another runner; NULL = a plain sample */
	struct gb_slices *slices;
	unsigned int side;
	uint64_t slice_chunk;        /* operations of a worker in this slice */
	uint32_t slice_left;         /* workers that have not done theirs */
};

/* --- workers.c ------------------------------------------------------------- */

int gb_workers_start(struct gb_runner *r, struct gb_error *e) GB_MUST_CHECK;
/* Give a command and wait until every worker has carried it out.  @limit_ns > 0: the stop
 * flag is raised after that time.  Returns 0, or -1 when a worker has failed (its error
 * goes to r->page->error). */
int gb_workers_command(struct gb_runner *r, enum gb_command c, uint64_t limit_ns)
	GB_MUST_CHECK;
/* Give GB_CMD_EXIT and join everybody. */
void gb_workers_join(struct gb_runner *r);

/* --- phases.c -------------------------------------------------------------- */

/* A worker's part of a command.  1: the pthread must end and a successor go on. */
int gb_phase_execute(struct gb_worker *w, enum gb_command c);
/* Stop the calling pthread's timer before it goes offline. */
void gb_phase_disarm(struct gb_worker *w);
/* Main thread, any time: publish how many calls the workers have made, and what is live. */
void gb_phases_look(struct gb_runner *r);
/* The measured phases in order, from the main thread. */
int gb_phases_run(struct gb_runner *r) GB_MUST_CHECK;

/* --- runner_memory.c --------------------------------------------------------- */

/* Publish what the backend says it holds; the main thread, every interval. */
void gb_runner_sample(struct gb_runner *r);
void gb_runner_idle(struct gb_runner *r);
/* The memory map into the result page: addresses of stacks mean nothing without, and who
 * looks at the process from outside may come after the first fault. */
void gb_runner_keep_map(struct gb_runner *r);
/* Peaks into the final part, before the histograms are merged. */
void gb_runner_peaks(struct gb_runner *r);
uint64_t gb_statm_rss(int pid); /* bytes; 0 = self; GB_UNKNOWN when unreadable */

#endif
