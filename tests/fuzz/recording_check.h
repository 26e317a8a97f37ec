/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the fuzz targets of the two kinds of recordings have in common.  Whatever the bytes
 * are, the reader returns, and what it returns is sound: every operation is the allocation
 * of a new object or the one free of an object allocated before it, and the counts agree
 * with the operations.  What it refuses is the caller's fault and comes with a hint.
 */
#ifndef GB_TESTS_FUZZ_RECORDING_CHECK_H
#define GB_TESTS_FUZZ_RECORDING_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "recording/recording.h"

#include "machine/cpu.h"

#define MUST(c) \
	do { \
		if (!(c)) \
			abort(); \
	} while (0)

static inline void check_operations(const struct gb_recording *r)
{
	const uint64_t *n = r->metric;
	uint64_t allocs = 0, frees = 0, implicit = 0;
	uint8_t *state = calloc(r->nr_objects + 1, 1);

	MUST(state);
	for (size_t i = 0; i < r->nr_ops; i++) {
		const struct gb_recorded_op *op = &r->op[i];
		int is_free = !!(op->flags & GB_RECORDED_FREE);

		MUST(op->object < r->nr_objects && state[op->object]++ == is_free);
		MUST(op->context < GB_NR_CONTEXTS && op->cache < r->nr_caches);
		MUST(r->cpu_rank[r->cpu[i]] < r->nr_cpus);
		allocs += !is_free;
		frees += is_free;
		implicit += !!(op->flags & GB_RECORDED_IMPLICIT);
	}
	MUST(allocs == n[GB_REC_ALLOCS] && implicit == n[GB_REC_IMPLICIT_FREES]);
	MUST(frees == n[GB_REC_FREES] + implicit && allocs - frees == n[GB_REC_LEAKED]);
	MUST(n[GB_REC_EVENTS] >= allocs + n[GB_REC_FREES]);
	free(state);
}

/* The file behind @fd. */
static inline void check_recording(int fd)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_recording r;
	struct gb_text t = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (gb_recording_load(path, &r, &e)) {
		MUST(e.code == GB_EXIT_USAGE && e.what[0] && e.hint[0]);
	} else {
		check_operations(&r);
		gb_recording_show(&r, GB_RECORDING_CSV, &t);
		gb_recording_show(&r, GB_RECORDING_TABLE, &t);
		gb_text_free(&t);
	}
	gb_recording_free(&r);
}

#endif
