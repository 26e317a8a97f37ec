/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Joining shards or repetitions of one plan, made on several machines, into one run.
 * Every row keeps its run_id, so each is still tied to the machine it came from; the
 * manifest keeps all parts' manifests.  Layer: core.
 */
#ifndef GB_CORE_MERGE_H
#define GB_CORE_MERGE_H

#include <stddef.h>

#include "base/error.h"

struct gb_merge {
	const char *const *runs;
	size_t nr_runs;
	const char *output;      /* directory to make; NULL: a new one under results/ */
	const char *label;
	/* out */
	char path[4096];
	size_t samples, planned;
	int machines_differ;     /* the parts' hw_id are not all the same */
};

/* GB_EXIT_USAGE: plans differ, a sample is in two parts, a part is no run or of another
 * schema; nothing is left behind then. */
int gb_merge_runs(struct gb_merge *m, struct gb_error *e) GB_MUST_CHECK;

#endif
