/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The parent's side of a sample: start a runner, watch it, end it when its time is up,
 * and say how it ended.
 *
 * Layer: core.  Main thread only (the runner dies with the thread that started it).
 */
#ifndef GB_CORE_SPAWN_H
#define GB_CORE_SPAWN_H

#include <sys/resource.h>

#include "cell.h"
#include "result.h"

/* Environment of a runner: the directory for its trace; unset: none is wanted. */
#define GB_TRACE_DIR "GFPBENCH_TRACE"

/* Why we ended a runner. */
enum gb_cause { GB_CAUSE_NONE, GB_CAUSE_TIMEOUT, GB_CAUSE_INTERRUPT };

/* One row of memory.csv and the rows of pressure.csv that go with it. */
struct gb_memory_sample {
	double t_ms;
	uint32_t phase;
	uint64_t live_bytes, rss_bytes;
	struct gb_backend_memory memory;
	struct gb_backend_pressure pressure;
};

struct gb_sample {
	/* in */
	const struct gb_cell *cell;
	struct gb_sample_spec spec;
	const struct gb_backend_location *location;
	uint64_t timeout_ns;
	uint64_t stall_ns;    /* hung when nothing is done for so long; 0 = wait for timeout */
	int stall_any;        /* by any one CPU, not by all together */
	const char *program;  /* NULL: this program (/proc/self/exe) */
	void (*tick)(const struct gb_sample *s, void *arg); /* every interval; may be NULL */
	void *tick_arg;
	int control_fd;       /* becomes GB_SLICES_FD of the runner; 0 = none */
	char *const *variables; /* "K=V", come first in its environment; NULL = none */

	/* out */
	enum gb_status status;
	char error[800];
	int exit_signal;      /* 0 = none */
	char started_at[32];  /* UTC, ISO 8601 */
	double wall_s;
	struct rusage usage;
	uint64_t spawned_ns;  /* CLOCK_MONOTONIC; a runner may spoil the page's own */
	struct gb_result *page; /* sealed or not: see status */
	int measured;         /* the final part of the page may be believed */
	struct gb_memory_sample *memory; /* time series */
	size_t nr_memory, max_memory;
	uint64_t rss_peak_bytes; /* as sampled */
	char *output;         /* what the runner wrote on stdout and stderr; never NULL */

	/* private */
	int pid, pidfd, page_fd, output_fd;
	size_t instants; /* of 0.1, 1 and 5 s after free-all that have been taken */
	int freed_seen;  /* a sample was taken after everything was freed */
	uint64_t next_sample_ns;
	uint64_t stalled_ns;  /* how long when it was ended for it; 0 = it was not */
	uint64_t progress[GB_MAX_CPUS], progress_ns[GB_MAX_CPUS];
};

/* Run one sample to its end.  Errors are those of the harness itself (cannot fork...);
 * whatever happens to the runner is in status.  Release with gb_sample_free() in any
 * case. */
int gb_sample_run(struct gb_sample *s, struct gb_error *e) GB_MUST_CHECK;
/* The same in two steps, for who watches several at once: after a start that went well,
 * whoever reaps the process (s->pid) hands its status to gb_sample_end. */
int gb_sample_start(struct gb_sample *s, struct gb_error *e) GB_MUST_CHECK;
void gb_sample_end(struct gb_sample *s, int wait_status, enum gb_cause killed_for);
/* A sample that cannot run here: status unavailable with @reason. */
void gb_sample_unavailable(struct gb_sample *s, const char *reason);
void gb_sample_free(struct gb_sample *s);

/* classify.c: from wait status and page to status and error. */
void gb_sample_classify(struct gb_sample *s, int wait_status, enum gb_cause killed_for);

#endif
