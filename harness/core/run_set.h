/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The runs that a command line names, as directories.  A directory stays what it is; of an
 * SQLite database (gfpbench export --format=sqlite) every run becomes a directory in a
 * temporary folder, oldest first, with the CSV files and manifest.json it was made from, so
 * that whatever reads runs reads databases too.  "FILE:PATTERN" takes only the runs whose
 * id or label matches the shell pattern.
 *
 * Layer: core.
 */
#ifndef GB_CORE_RUN_SET_H
#define GB_CORE_RUN_SET_H

#include <stddef.h>

#include "base/error.h"

struct gb_run_set {
	char **path;        /* directories of runs, as named; [n] */
	size_t n;
	size_t unpacked;    /* how many of them came out of databases */
	char folder[512];   /* temporary, removed by gb_run_set_close(); "" = none */
};

/* GB_EXIT_USAGE when a database is no such one or holds no run that matches;
 * GB_EXIT_HARNESS when built without SQLite or when the folder cannot be made.  Whether a
 * plain argument is a run at all is left to its reader. */
int gb_run_set_open(const char *const *args, size_t n, struct gb_run_set *s,
		    struct gb_error *e) GB_MUST_CHECK;
/* Also after a failed open. */
void gb_run_set_close(struct gb_run_set *s);
/* Append a directory: for the reader of databases. */
void gb_run_set_add(struct gb_run_set *s, const char *path);

/* One database: import_sqlite.c, or import_sqlite_absent.c.  @pattern may be NULL. */
int gb_import_sqlite(const char *database, const char *pattern, struct gb_run_set *s,
		     struct gb_error *e) GB_MUST_CHECK;

#endif
