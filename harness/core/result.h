/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The result page: memory shared by the parent and one runner (a memfd, so that it
 * outlives a crash of the runner and never touches a file system).
 *
 * Three parts with three rules.
 *   given  written by the parent before the runner exists, read by the runner
 *   live   written by the runner while it works, word by word, relaxed: the parent samples
 *          it for progress and time series; it may be stale by a chunk (about 1 ms)
 *   final  written once by the runner's main thread after all workers have ended, then
 *          sealed: the checksum covers it, `sealed` is stored last (release).  The parent
 *          believes final only when it is sealed and the checksum holds, so a runner that
 *          died half way cannot pass off half a result.
 *
 * Layer: core.
 */
#ifndef GB_CORE_RESULT_H
#define GB_CORE_RESULT_H

#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

#include "machine/event.h"
#include "machine/watch.h"

#include "backend.h"
#include "workload.h"

#define GB_RESULT_MAGIC   UINT64_C(0x67665062656e6368)
#define GB_RESULT_VERSION 1
#define GB_RESULT_FD      3 /* where the runner finds it */

enum gb_phase {
	GB_PHASE_SETUP, GB_PHASE_WARMUP, GB_PHASE_THROUGHPUT, GB_PHASE_LATENCY,
	GB_PHASE_WATCH, GB_PHASE_FREED, GB_PHASE_DECAY, GB_PHASE_END, GB_NR_PHASES
};
extern const char *const gb_phase_name[GB_NR_PHASES];

enum gb_status {
	GB_ST_OK, GB_ST_FAILED, GB_ST_CRASHED, GB_ST_HUNG, GB_ST_CORRUPT, GB_ST_INTERRUPTED,
	GB_ST_UNAVAILABLE, GB_ST_UNTRUSTWORTHY, GB_NR_STATUS
};
extern const char *const gb_status_name[GB_NR_STATUS];
/* The status whose name is @text, or -1. */
int gb_status_parse(const char *text);

enum gb_irq_mode { GB_IRQ_MODE_NONE, GB_IRQ_MODE_GUARDED, GB_IRQ_MODE_NATIVE };
extern const char *const gb_irq_mode_name[];
enum gb_gfp_mode { GB_GFP_MODE_NONE, GB_GFP_MODE_EMULATED, GB_GFP_MODE_NATIVE };
extern const char *const gb_gfp_mode_name[];

/* One per worker; written by it alone, calls by the main thread too. */
struct gb_live {
	GB_ALIGNED_LINE uint64_t ops;
	int64_t live_bytes;      /* allocated less freed by this CPU: may be negative */
	int64_t live_peak_bytes; /* largest sum over all CPUs that this one saw */
	uint64_t irqs;
	uint64_t calls;          /* allocations and frees of its life, all phases; a moment old */
};

/* Numbers of a finished sample; GB_UNKNOWN = not measured. */
struct gb_sample_result {
	uint32_t outcome;            /* enum gb_status: ok, failed, corrupt, unavailable, ... */
	uint32_t irq_mode, gfp_mode, watch_mode, verified, oversubscribed;
	uint64_t ops_count;
	double ops_per_s;            /* NaN: not measured */
	uint64_t plan_ops;           /* of the workload's own plan: what --ops limits */
	uint64_t throughput_ns;      /* how long that phase took, by the wall clock */
	uint64_t requested_bytes;
	uint64_t atomic_allocs, atomic_failures, sleeping_allocs, sleeping_failures;
	uint64_t sleeps, direct_reclaims;
	uint64_t irq_count, irq_lost, irq_off_max_ns;
	double irq_per_s;
	uint64_t atomic_syscalls;
	char atomic_syscall_names[512];
	uint64_t rss_peak_bytes, idle_rss_bytes, held_peak_bytes, live_peak_bytes;
	uint64_t minor_faults, major_faults, voluntary_switches, involuntary_switches;
	double timer_overhead_ratio;
	uint64_t checksum, corrupt;
	int64_t leaked_bytes;        /* live after free-all: a bug of the workload */
	uint64_t first_op_ns;        /* from spawn to the first operation */
	uint64_t prefault_ns;        /* of that, touching memory in advance */
	uint64_t custom[4];
	char backend_version[128];
	char backend_origin[4096];
};

#define GB_RESULT_MAP (64 << 10)

struct gb_result {
	/* given */
	uint64_t magic;
	uint32_t version, nr_threads;
	uint64_t bytes;
	struct gb_clock clock;
	uint64_t spawned_ns;         /* CLOCK_MONOTONIC */
	int32_t parent_pid;
	char preload[4096];          /* file that must serve malloc, or "" */

	/* live */
	uint32_t phase;              /* enum gb_phase */
	uint64_t freed_ns;           /* when everything was freed; 0: not yet */
	uint32_t freed_seen;         /* by the parent: it has looked since */
	struct gb_backend_memory memory;
	uint64_t held_peak_bytes;    /* by the backend's own account, or GB_UNKNOWN */
	int64_t live_bytes;          /* what the main thread saw at its last look, ... */
	int64_t live_peak_bytes;     /* ... and at most */
	struct gb_backend_pressure pressure;
	struct gb_live live[GB_MAX_CPUS];
	struct gb_event_ring events;
	char map[GB_RESULT_MAP];     /* /proc/self/maps before the first operation, or "" */

	/* final */
	struct gb_error error;
	struct gb_sample_result r;
	struct gb_histograms latency;
	struct gb_figures figures;
	struct gb_claim_rows claims;
	uint64_t checksum;
	uint32_t sealed;
};

/* A fresh page, given part filled in; @fd is the memfd (close-on-exec).  NULL on failure. */
struct gb_result *gb_result_new(int *fd, unsigned int nr_threads, struct gb_error *e);
/* In the runner: map the page behind @fd and check that it is one. */
struct gb_result *gb_result_attach(int fd, struct gb_error *e);
void gb_result_unmap(struct gb_result *p);
void gb_result_seal(struct gb_result *p);
/* 1: sealed and whole; 0: not sealed; -1: sealed, but the checksum is wrong. */
int gb_result_check(const struct gb_result *p);
/* The parent may read all of it, however a runner spoilt it before it died: texts end. */
void gb_result_end_texts(struct gb_result *p);
/* CPUs that the live part has entries of. */
unsigned int gb_result_cpus(const struct gb_result *p);
/* Sums over the live part. */
uint64_t gb_result_live_ops(const struct gb_result *p);
/* Of all phases; brought up to date after each piece of work, and each interval. */
uint64_t gb_result_live_calls(const struct gb_result *p);
uint64_t gb_result_live_irqs(const struct gb_result *p);
/* Brought up to date each interval, with the backend's figures. */
uint64_t gb_result_live_bytes(const struct gb_result *p);

#endif
