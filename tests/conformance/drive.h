/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A workload driven through its hooks without the runner, for tests: its threads are
 * emulated CPUs with their backend, hand-overs make successors, and interrupts are run at
 * fixed places (between two run calls), so that what should be the same in every run is
 * the same.
 */
#ifndef GB_TESTS_CONFORMANCE_DRIVE_H
#define GB_TESTS_CONFORMANCE_DRIVE_H

#include "workload.h"

#define DRIVE_MAX_THREADS 4

/* Hooks may be NULL. */
struct drive {
	const struct gb_backend *backend; /* started */
	uint64_t ops;       /* of a thread; a finite workload's is its pass */
	uint64_t chunk;     /* operations between two interrupts */
	int in_step;        /* the threads meet after each chunk: what they find of each
			     * other's is then no matter of chance */
	void (*begin)(struct gb_thread *t);    /* first on each pthread that is t's CPU */
	void (*running)(int yes);              /* before the first chunk, after the last */
	void (*after)(const struct gb_run *r); /* each chunk and its interrupt */
};

/* r->threads: mapped and seeded, with @r's heap; and given back. */
void drive_make_threads(struct gb_run *r);
void drive_free_threads(struct gb_run *r);
/* All threads from set-up to clean-up.  0 when one could not be set up; *@done is a hash of
 * what each says to have done. */
int drive_threads(struct gb_run *r, const struct drive *d, uint64_t *done);
/* It has an option without default, so it cannot be driven by its table row alone. */
int drive_lacks_option(const struct gb_workload *w);

#endif
