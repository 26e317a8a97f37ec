/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * May an allocator be entered from an interrupt?  Tried, in a watched child, unguarded.
 *
 * Layer: core.
 */
#ifndef GB_CORE_PROBE_H
#define GB_CORE_PROBE_H

#include "backend.h"
#include "spawn.h"

struct gb_probe_request {
	const char *backend;
	uint64_t tries, irqs;     /* at most so many interrupts a try */
	uint64_t duration_ns;     /* at most so long a try */
	uint64_t threads, seed;
	double irq_rate_hz;       /* per CPU */
};

enum gb_probe_verdict { GB_PROBE_SURVIVED, GB_PROBE_DEADLOCKED, GB_PROBE_CRASHED,
			GB_PROBE_CORRUPTED };
extern const char *const gb_probe_verdict_name[];

struct gb_probe_try {
	uint64_t number, seed;
	const char *params;       /* of the workload: what was mixed */
	uint64_t threads;
	enum gb_probe_verdict verdict;
	uint64_t irqs;            /* until then */
	double seconds;
	char detail[400];
};

struct gb_probe {
	struct gb_backend_ref ref;
	struct gb_backend_location location;
	struct gb_probe_try try[256];
	size_t nr_tries;
	/* from a guarded run with the watcher armed */
	uint64_t syscalls;        /* GB_UNKNOWN: not watched */
	char syscall_names[512];
};

#define GB_PROBE_MAX_TRIES 256

/* @after, when not NULL, hears of each try as it ends.  Errors are the caller's (unknown
 * backend) or the harness's (it is not installed, no try could be made). */
int gb_probe_run(const struct gb_probe_request *q, struct gb_probe *p,
		 void (*after)(const struct gb_probe_try *t, void *arg), void *arg,
		 struct gb_error *e) GB_MUST_CHECK;

#endif
