/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the files of the side-by-side benchmark share; see peers.c.
 */
#ifndef GB_TESTS_BENCH_PEERS_H
#define GB_TESTS_BENCH_PEERS_H

#include "backend.h"

/* One slice, as the child measured it; per operation, an operation being an allocation or
 * a free. */
struct peers_slice {
	double wall_ns;
	double cpu_ns;      /* of the whole process */
	double held_bytes;  /* by the allocator now; NaN: unknown */
};

/* Life of a child: one allocator, one row.  Reads a byte from stdin for each slice of that
 * many milliseconds, writes a struct peers_slice; ends at the end of stdin.  @backend:
 * a backend's spec, "floor" or "floor-fine". */
int peers_child(const char *backend, unsigned int threads, const char *workload);

/* The least that an allocator for one context can do: a stack of pointers for each thread
 * and size class, and nothing else.  Not safe from interrupts, gives nothing back.  @fine:
 * four classes for each power of two. */
int peers_floor_start(int fine, struct gb_heap *h, struct gb_error *e);

#endif
