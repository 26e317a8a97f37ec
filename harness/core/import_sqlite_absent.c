/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Built without SQLite: the same entry, which says so. */
#include "run_set.h"

int gb_import_sqlite(const char *database, const char *pattern, struct gb_run_set *s,
		     struct gb_error *e)
{
	(void)pattern;
	(void)s;
	return gb_fail(e, GB_EXIT_HARNESS, "install libsqlite3-dev and build again",
		       "cannot read %s: this gfpbench was built without SQLite", database);
}
