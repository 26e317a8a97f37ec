/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int gb_temporary_folder(const char *name, char *path, size_t n, struct gb_error *e)
{
	const char *given = getenv("TMPDIR"), *place = given && *given ? given : "/tmp";
	int len = snprintf(path, n, "%s/gfpbench-%s-XXXXXX", place, name);

	errno = ENAMETOOLONG;
	if (len > 0 && (size_t)len < n && mkdtemp(path))
		return 0;
	path[0] = '\0';
	return gb_fail_errno(e, GB_EXIT_HARNESS, errno,
			     "set TMPDIR to a folder with room that may be written to",
			     "cannot make a temporary folder in %s", place);
}
