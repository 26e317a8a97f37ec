/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The bundled recording is found without configuration from a source tree (beside the
 * program, or one folder up from a build folder), from an installed tree that was moved
 * (../share), and from the one that was configured.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording/recording.h"

#define BUNDLED "recordings/connect-small.trace.zst"

/* The folder of the running program; "." when the system will not say. */
static void program_folder(char *out, size_t n)
{
	ssize_t len = readlink("/proc/self/exe", out, n - 1);
	char *slash;

	if (len < 0)
		len = 0;
	out[len] = '\0';
	slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
	else
		snprintf(out, n, ".");
}

static int found(char *out, size_t n, const char *folder, const char *below)
{
	int len = snprintf(out, n, "%s%s/" BUNDLED, folder, below);

	return len > 0 && (size_t)len < n && !access(out, R_OK);
}

static int bundled(char *out, size_t n, struct gb_error *e)
{
	static const char *const below[] = { "/data", "/../data", "/../share/gfpbench",
					     "/../../data" };
	char folder[PATH_MAX];

	program_folder(folder, sizeof(folder));
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		if (found(out, n, folder, below[i]))
			return 0;
	if (found(out, n, GB_PKGDATADIR, ""))
		return 0;
	return gb_fail(
		e, GB_EXIT_HARNESS, "set GFPBENCH_RECORDING to its path, or name a file",
		"the bundled recording was found neither beside the program nor in %s",
		GB_PKGDATADIR);
}

int gb_recording_path(const char *path, char *out, size_t n, struct gb_error *e)
{
	if (!strcmp(path, "@bundled") || !*path) {
		path = getenv("GFPBENCH_RECORDING");
		if (!path || !*path)
			return bundled(out, n, e);
	}
	if (snprintf(out, n, "%s", path) >= (int)n)
		return gb_fail(e, GB_EXIT_USAGE, "move it to a folder with a shorter name",
			       "the path of the recording is too long");
	return 0;
}
