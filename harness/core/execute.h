/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Carry out a plan: one runner after the other, a row for each.  Layer: core. */
#ifndef GB_CORE_EXECUTE_H
#define GB_CORE_EXECUTE_H

#include "rows.h"

/* What the owner of the screen wants to hear; all may be NULL. */
struct gb_execution_view {
	void (*before)(void *arg, size_t index, const struct gb_plan_item *item);
	void (*tick)(void *arg, size_t index, const struct gb_sample *s);
	void (*after)(void *arg, size_t index, const struct gb_plan_item *item,
		      const struct gb_sample *s);
	void *arg;
};

struct gb_execution {
	struct gb_plan *plan;      /* its work is calibrated on the way */
	/* a group's work was calibrated: keep it for a run that resumes this one */
	int (*frozen)(void *arg, struct gb_error *e);
	void *frozen_arg;
	struct gb_rows *rows;
	const unsigned char *done; /* by sample id: skip; NULL = none */
	uint64_t max_time_ns;      /* of the whole; 0 = none */
	const char *program;       /* NULL = this one */
	struct gb_execution_view view;
	size_t current;            /* private */
};

/* Stops early, without error, when interrupted or out of time.  An error is the harness's
 * own (no runner can be started, the rows cannot be written). */
int gb_execute(struct gb_execution *x, struct gb_error *e) GB_MUST_CHECK;

/* What samples.csv of @dir says, for the exit code: precedence of contract. */
struct gb_verdict {
	uint64_t by_status[GB_NR_STATUS];
	uint64_t rows;
	uint64_t named_unavailable;
	char first_fault[400];   /* "glibc pairs t=2 rep 1: crashed: ..." */
};
int gb_verdict_read(const char *dir, const struct gb_plan *p, struct gb_verdict *v,
		    struct gb_error *e) GB_MUST_CHECK;
enum gb_exit gb_verdict_exit(const struct gb_verdict *v);

#endif
