/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Correctness first: one checked child after the other, each under other conditions,
 * until the time is up.
 *
 * Layer: core.
 */
#ifndef GB_CORE_STRESS_H
#define GB_CORE_STRESS_H

#include "rows.h"
#include "rundir.h"

struct gb_stress_request {
	const char *backends, *workloads, *threads; /* lists; NULL = default */
	uint64_t duration_ns, seed, ram_bytes;      /* ram: 0 = varies */
	double irq_rate_hz;                         /* < 0: varies */
	uint64_t stall_ns;                          /* heartbeat */
	uint64_t timeout_ns;                        /* of one child; 0 = derived */
};

struct gb_stress_fault {
	uint64_t number; /* from 1: faults/NUMBER/ */
	const struct gb_plan_cell *cell;
	const struct gb_sample *sample;
	const char *repeat; /* the command that does it again; the caller's */
};

struct gb_stress {
	struct gb_plan plan; /* every pair of backend and workload */
	struct gb_rundir dir;
	struct gb_rows rows;
	uint64_t by_status[GB_NR_STATUS];
	uint64_t children, ops, irqs, faults;
	void (*on_fault)(const struct gb_stress_fault *f, void *arg); /* may be NULL */
	void *arg;
};

/* The plan: names are checked, nothing is run. */
int gb_stress_plan(const struct gb_stress_request *q, struct gb_stress *s,
		   struct gb_error *e) GB_MUST_CHECK;
/* Run children until the time is up or a signal comes; s->dir and s->rows are open. */
int gb_stress_run(const struct gb_stress_request *q, struct gb_stress *s,
		  struct gb_error *e) GB_MUST_CHECK;

/* stress_evidence.c: keep what is known of a fault in DIR/faults/NUMBER/. */
int gb_stress_keep(const struct gb_stress_fault *f, const char *dir,
		   struct gb_error *e) GB_MUST_CHECK;

#endif
