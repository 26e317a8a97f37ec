/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the files of the side-by-side benchmark share; see peers.c.
 */
#ifndef GB_TESTS_BENCH_PEERS_H
#define GB_TESTS_BENCH_PEERS_H

#include <sys/types.h>

#include "backend.h"

/* One slice, as the child measured it; per operation, an operation being an allocation or
 * a free. */
struct peers_slice {
	double wall_ns;
	double cpu_ns;      /* of the whole process */
	double held_bytes;  /* by the allocator now; NaN: unknown */
};

enum { ROLE_SLAB, ROLE_PEER, ROLE_BOUND };

struct allocator {
	const char *name;
	const char *spec;           /* of the backend; NULL: found by its pattern */
	const char *pattern;        /* file to preload */
	int role;
	int asked_for;              /* takes part only when -a names it */
	const char *program;        /* that runs the child; NULL: this one */
	char buffer[1024];
};

struct row {
	const char *title, *workload;
	unsigned int threads;
};

#define MAX_ALLOCATORS 10
#define MAX_ROUNDS     400

/* An allocator in one row's race. */
struct contestant {
	const struct allocator *allocator;
	unsigned int threads;
	pid_t pid;
	int to, from;               /* -1: it has died */
	double wall[MAX_ROUNDS], cpu[MAX_ROUNDS];
	double held;
};

/* What LD_PRELOAD must say to have @a; 0: it is not there, and stderr says why. */
int peers_locate(const struct allocator *a, struct gb_backend_location *l);
/* The slices of all @n contestants of a row, in about @seconds; returns the rounds. */
int peers_race(struct contestant *c, int n, const struct row *row, double seconds);

/* Life of a child: one allocator, one row.  Reads a byte from stdin for each slice of that
 * many milliseconds, writes a struct peers_slice; ends at the end of stdin.  @backend:
 * a backend's spec, "floor" or "floor-fine". */
int peers_child(const char *backend, unsigned int threads, const char *workload);

/* The least that an allocator for one context can do: a stack of pointers for each thread
 * and size class, and nothing else.  Not safe from interrupts, gives nothing back.  @fine:
 * four classes for each power of two. */
int peers_floor_start(int fine, struct gb_heap *h, struct gb_error *e);

#endif
