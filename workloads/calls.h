/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Calls other than the heap's alloc and free (caches, mempools, pages, RCU), counted, timed
 * and hashed as those are: a workload that uses them has the same columns as any.
 *
 * With it come the types that such calls take: struct rcu_head, shrinker, zone_info.
 *
 * Layer: workloads.  Not together with liburcu's headers.
 */
#ifndef GB_WORKLOADS_CALLS_H
#define GB_WORKLOADS_CALLS_H

#define GFPKERNEL_INTERNAL     /* the contexts are machine/cpu.h's */
#define GFPKERNEL_NO_RCU_NAMES /* they are members of gb_kernel_ops */
#include "kernel/gfpkernel.h"
#include "kernel_ops.h"
#include "workload.h"

/* The block that @call makes, or NULL; @size and @gfp are what it asks for. */
#define GB_CALL_ALLOC(t, c, full, bytes, mask, call)                                     \
	({                                                                               \
		struct gb_thread *call_t = (t);                                          \
		void *call_p;                                                            \
		if (full) {                                                              \
			uint64_t call_0, call_1;                                         \
			gb_mix(&call_t->count[c], (bytes) * 8 + gb_gfp_class(mask));     \
			call_0 = gb_clock_begin();                                       \
			call_p = (call);                                                 \
			call_1 = gb_clock_end();                                         \
			gb_record(call_t, GB_OP_ALLOC, c, gb_gfp_class(mask),            \
				  call_1 - call_0);                                      \
		} else {                                                                 \
			call_p = (call);                                                 \
		}                                                                        \
		gb_count_alloc(call_t, c, call_p, bytes, mask);                          \
	})

/* One block of @bytes, given back by @call; no part of the checksum (workload.h:
 * gb_free_unordered), unless the caller mixes it in. */
#define GB_CALL_FREE(t, c, full, bytes, call)                                            \
	do {                                                                             \
		struct gb_thread *call_t = (t);                                          \
		call_t->count[c].frees++;                                                \
		call_t->count[c].freed_bytes += (bytes);                                 \
		if (full) {                                                              \
			uint64_t call_0 = gb_clock_begin();                              \
			call;                                                            \
			gb_record(call_t, GB_OP_FREE, c, GB_GFP_NONE,                    \
				  gb_clock_end() - call_0);                              \
		} else {                                                                 \
			call;                                                            \
		}                                                                        \
	} while (0)

#endif
