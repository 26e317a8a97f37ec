/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * jemalloc, when the machine has it: found at run time, preloaded into the runner, never
 * linked (linking would replace malloc for the whole process, this one included) and never
 * opened with dlopen (its thread-local storage does not fit behind a started program).
 *
 * GFPBENCH_JEMALLOC names the file; otherwise the folders that the loader searches are
 * looked through for libjemalloc.so.2, and a file of another machine is passed over.
 */
#include "malloc_family.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "elf_check.h"

#define FILE_NAME "libjemalloc.so.2"
#define HINT      "Debian: apt-get install libjemalloc2; or set GFPBENCH_JEMALLOC=FILE"

static int usable(const char *path)
{
	struct gb_error ignored = GB_ERROR_INIT;

	return !gb_elf_check(path, gb_malloc_names, &ignored);
}

/* First usable file that @pattern matches. */
static int try_pattern(const char *pattern, char *path)
{
	glob_t g;
	int found = 0;

	if (glob(pattern, 0, NULL, &g))
		return 0;
	for (size_t i = 0; i < g.gl_pathc && !found; i++)
		found = usable(g.gl_pathv[i]) && realpath(g.gl_pathv[i], path);
	globfree(&g);
	return found;
}

static int try_folder(const char *folder, size_t len, char *path)
{
	char file[PATH_MAX];

	if (!len || len + sizeof(FILE_NAME) + 1 > sizeof(file))
		return 0;
	snprintf(file, sizeof(file), "%.*s/" FILE_NAME, (int)len, folder);
	return usable(file) && realpath(file, path);
}

static int try_list(const char *list, char *path)
{
	while (list && *list) {
		size_t len = strcspn(list, ":");

		if (try_folder(list, len, path))
			return 1;
		list += len + (list[len] == ':');
	}
	return 0;
}

/* The folders in one file of /etc/ld.so.conf.d: one a line, '#' starts a comment. */
static int try_conf(const char *conf, char *path)
{
	FILE *f = fopen(conf, "re");
	char line[PATH_MAX];
	int found = 0;

	if (!f)
		return 0;
	while (!found && fgets(line, sizeof(line), f))
		found = line[0] == '/' &&
			try_folder(line, strcspn(line, " \t#\r\n"), path);
	fclose(f);
	return found;
}

static int try_loader_folders(char *path)
{
	glob_t g;
	int found = 0;

	if (glob("/etc/ld.so.conf.d/*.conf", 0, NULL, &g))
		return 0;
	for (size_t i = 0; i < g.gl_pathc && !found; i++)
		found = try_conf(g.gl_pathv[i], path);
	globfree(&g);
	return found;
}

static int search(char *path)
{
	static const char *const patterns[] = {
		"/usr/lib/*-linux-gnu/" FILE_NAME, "/lib/*-linux-gnu/" FILE_NAME,
		"/usr/lib64/" FILE_NAME,           "/usr/lib/" FILE_NAME,
		"/usr/local/lib/" FILE_NAME,       "/usr/local/lib64/" FILE_NAME,
	};

	if (try_list(getenv("LD_LIBRARY_PATH"), path) || try_loader_folders(path))
		return 1;
	for (size_t i = 0; i < GB_ARRAY_SIZE(patterns); i++)
		if (try_pattern(patterns[i], path))
			return 1;
	return 0;
}

/* A named file that cannot be used makes the backend unavailable here, as if it were not
 * installed; the library that was not asked for is never used instead. */
static int find(char *path, struct gb_error *e)
{
	const char *named = getenv("GFPBENCH_JEMALLOC");
	struct gb_error why = GB_ERROR_INIT;

	if (named && *named) {
		if (realpath(named, path) && strpbrk(path, ": \t\n"))
			return gb_fail(
				e, GB_EXIT_HARNESS, "copy it to a path without them",
				"GFPBENCH_JEMALLOC: LD_PRELOAD cannot name a path with "
				"spaces or colons");
		if (!gb_elf_check(named, gb_malloc_names, &why))
			return 0;
		return gb_fail(e, GB_EXIT_HARNESS, HINT, "GFPBENCH_JEMALLOC: %.300s",
			       why.what);
	}
	if (!search(path))
		return gb_fail(e, GB_EXIT_HARNESS, HINT, FILE_NAME " not found");
	return 0;
}

static int locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	char path[PATH_MAX];
	int ret = find(path, e);

	(void)argument;
	if (ret)
		return ret;
	*l = (struct gb_backend_location){ .label = "jemalloc" };
	snprintf(l->preload, sizeof(l->preload), "%s", path);
	return 0;
}

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	char path[PATH_MAX];
	int ret = find(path, e);

	(void)c;
	return ret ? ret : gb_malloc_start(path, h, e);
}

const struct gb_backend gb_backend_jemalloc = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "jemalloc",
	.summary = "jemalloc, found at run time and preloaded",
	.detail =
		"libjemalloc.so.2 as the distribution ships it, preloaded into the runner.\n"
		"GFPBENCH_JEMALLOC=FILE chooses another build.  It must not be entered from an\n"
		"interrupt: with interrupts its calls run guarded.",
	.caps = GB_MALLOC_CAPS,
	.locate = locate,
	.start = start,
	.version = gb_malloc_version,
	.origin = gb_malloc_origin_path,
};
