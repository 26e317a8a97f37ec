/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The directory of a run: results/<UTC>-<host>-<label>-<id>/, or the one asked for.
 * Never one that holds a run already.  Layer: core.
 */
#ifndef GB_CORE_RUNDIR_H
#define GB_CORE_RUNDIR_H

#include "base/error.h"

struct gb_rundir {
	char path[3500];
	char id[256];      /* run_id: the last component */
	int fresh;         /* made by us, nothing in it yet */
	int latest;        /* results/latest points to it, ... */
	char before[256];  /* ... and before to this; "" = to nothing */
};

/* Make it.  @output: the directory itself, or NULL for a new one under results/ (and
 * results/latest points to it).  @label may be NULL. */
int gb_rundir_make(const char *output, const char *label, struct gb_rundir *d,
		   struct gb_error *e) GB_MUST_CHECK;
/* An existing run, to be finished. */
int gb_rundir_open(const char *path, struct gb_rundir *d, struct gb_error *e) GB_MUST_CHECK;
/* Nobody else may write into it (a second --resume, or one of a run that still goes on) until
 * this process ends, however it does.  GB_EXIT_USAGE when somebody does already; where the
 * file system knows no locks it goes without. */
int gb_rundir_lock(const struct gb_rundir *d, struct gb_error *e) GB_MUST_CHECK;
/* Undo a make when nothing was written. */
void gb_rundir_discard(struct gb_rundir *d);
/* A label is made of letters, digits, '.', '_' and '-'. */
int gb_label_check(const char *label, struct gb_error *e) GB_MUST_CHECK;

#endif
