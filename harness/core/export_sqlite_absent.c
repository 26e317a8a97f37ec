/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Built without SQLite: the same entry, which says so. */
#include "export.h"

int gb_export_sqlite(const char *const *runs, size_t n, const char *database,
		     struct gb_error *e)
{
	(void)runs;
	(void)n;
	return gb_fail(e, GB_EXIT_HARNESS,
		       "install libsqlite3-dev and build again, or use --format=json or csv",
		       "cannot write %s: this gfpbench was built without SQLite", database);
}
