/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What stderr shows while a run goes on: a bar with an ETA on a terminal, a line for each
 * finished sample otherwise (no control characters).
 */
#ifndef GB_CLI_PROGRESS_H
#define GB_CLI_PROGRESS_H

#include "core/execute.h"
#include "core/rundir.h"
#include "options.h"

struct gb_progress {
	const struct gb_plan *plan;
	int bar, lines, color, verbose;
	size_t total, finished, failed;
	double planned_s, planned_done_s; /* estimates: of all, of what is done */
	uint64_t start_ns, last_draw_ns;
};

void gb_progress_begin(struct gb_progress *p, const struct gb_cli *o,
		       const struct gb_plan *plan, const struct gb_rundir *dir,
		       const unsigned char *done);
struct gb_execution_view gb_progress_view(struct gb_progress *p);
void gb_progress_end(struct gb_progress *p);

#endif
