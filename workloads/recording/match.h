/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * From events to operations on objects: which allocation does a free belong to?  Takes
 * events in the order of time from any source and fills the recording's arrays, counts
 * and warnings.
 *
 * Layer: workloads/recording.
 */
#ifndef GB_RECORDING_MATCH_H
#define GB_RECORDING_MATCH_H

#include "recording/kmem_event.h"
#include "recording/recording.h"

struct gb_live {
	uint64_t ptr; /* 0: empty slot */
	uint32_t object;
	uint32_t size;
};

struct gb_matcher {
	struct gb_recording *rec;
	/* live objects by pointer: open addressing, at most half full, power of two */
	struct gb_vector table;
	size_t table_mask, live;
	uint64_t live_bytes;
	/* [cpu]: object of the last alloc event there, + 1; 0: none, or it failed */
	struct gb_vector last_alloc;
	/* cache names by hash: number, 0 = empty */
	struct gb_vector name_table;
	size_t name_mask, names_len;
	uint64_t unknown_masks, backward, backward_max_ns;
	int full; /* GB_RECORDING_MAX_OPS reached */
};

/* 0, or GB_EXIT_HARNESS without memory (also of gb_match_event). */
int gb_match_begin(struct gb_matcher *m, struct gb_recording *r,
		   struct gb_error *e) GB_MUST_CHECK;
int gb_match_event(struct gb_matcher *m, const struct gb_kmem_event *ev,
		   struct gb_error *e) GB_MUST_CHECK;
/* Counts of what was left over, CPU ranks, warnings; releases the matcher. */
void gb_match_end(struct gb_matcher *m);
void gb_match_free(struct gb_matcher *m);

#endif
