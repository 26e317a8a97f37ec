/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Bundled recordings (docs/RECORDINGS.md) are found by name without configuration from a
 * source tree (beside the program, or one folder up from a build folder), from an
 * installed tree that was moved (../share), and from the one that was configured.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording/recording.h"

static const struct {
	const char *name, *file;
} bundled_files[] = {
	{ "@bundled", "connect-small.trace.zst" },
	{ "@gcc", "gcc.gfprec.zst" },
	{ "@git", "git.gfprec.zst" },
	{ "@python3", "python3.gfprec.zst" },
	{ "@sqlite3", "sqlite3.gfprec.zst" },
};
#define NR_BUNDLED (sizeof(bundled_files) / sizeof(bundled_files[0]))

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

static int found(char *out, size_t n, const char *folder, const char *below,
		 const char *file)
{
	int len = snprintf(out, n, "%s%s/recordings/%s", folder, below, file);

	return len > 0 && (size_t)len < n && !access(out, R_OK);
}

static int bundled(const char *file, char *out, size_t n, struct gb_error *e)
{
	static const char *const below[] = { "/data", "/../data", "/../share/gfpbench",
					     "/../../data" };
	char folder[PATH_MAX];

	program_folder(folder, sizeof(folder));
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		if (found(out, n, folder, below[i], file))
			return 0;
	if (found(out, n, GB_PKGDATADIR, "", file))
		return 0;
	return gb_fail(e, GB_EXIT_HARNESS,
		       "set GFPBENCH_RECORDING to its path, or name a file",
		       "the bundled recording %s was found neither beside the program "
		       "nor in %s",
		       file, GB_PKGDATADIR);
}

/* The file of a bundled recording; NULL: the name is a path. */
static const char *bundled_file(const char *name)
{
	for (size_t i = 0; i < NR_BUNDLED; i++)
		if (!strcmp(name, bundled_files[i].name))
			return bundled_files[i].file;
	return NULL;
}

int gb_recording_path(const char *path, char *out, size_t n, struct gb_error *e)
{
	const char *file = bundled_file(*path ? path : "@bundled");

	if (file == bundled_files[0].file && (path = getenv("GFPBENCH_RECORDING")) &&
	    *path)
		file = NULL;
	if (file)
		return bundled(file, out, n, e);
	if (*path == '@' && access(path, F_OK))
		return gb_fail(e, GB_EXIT_USAGE,
			       "those that do: @bundled, @gcc, @git, @python3, @sqlite3",
			       "no recording '%.80s' comes with gfpbench", path);
	if (snprintf(out, n, "%s", path) >= (int)n)
		return gb_fail(e, GB_EXIT_USAGE,
			       "move it to a folder with a shorter name",
			       "the path of the recording is too long");
	return 0;
}
