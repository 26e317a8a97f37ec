/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Any malloc library, by file: preload:FILE[:name=NAME].  The parent looks into the file
 * without loading it, the runner is started with it in LD_PRELOAD, and proves before it
 * measures that malloc comes from there.
 *
 * The backend column shows NAME, or "preload:" and the file's own name: never another
 * backend's name, so that no row can pass for something that it is not.
 */
#include "malloc_family.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_check.h"

#define SUFFIX   ":name="
#define MAX_NAME 64

struct target {
	char file[4096];
	char name[MAX_NAME + 1]; /* "" when not given */
};

static int taken(const char *name)
{
	for (const struct gb_backend *const *b = gb_backends; *b; b++)
		if (!strcmp((*b)->name, name))
			return 1;
	return 0;
}

static int set_name(struct target *t, const char *name, struct gb_error *e)
{
	size_t len = strlen(name);

	if (!len || len > MAX_NAME ||
	    strspn(name,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-") !=
		    len)
		return gb_fail(e, GB_EXIT_USAGE,
			       "a name has 1 to 64 letters, digits or any of . _ + -",
			       "backend preload: bad name '%.80s'", name);
	if (taken(name))
		return gb_fail(e, GB_EXIT_USAGE, "choose another name",
			       "backend preload: '%s' is the name of another backend",
			       name);
	strcpy(t->name, name);
	return 0;
}

/* The name follows the last ":name=": a file may have a colon in its path. */
static int split(const char *argument, struct target *t, struct gb_error *e)
{
	const char *suffix = NULL;
	size_t len;

	for (const char *s = argument; (s = strstr(s, SUFFIX)); s++)
		suffix = s;
	len = suffix ? (size_t)(suffix - argument) : strlen(argument);
	if (!len || len >= sizeof(t->file))
		return gb_fail(e, GB_EXIT_USAGE,
			       "write preload:FILE or preload:FILE:name=NAME",
			       "backend preload: no file in '%.100s'", argument);
	memcpy(t->file, argument, len);
	t->file[len] = '\0';
	t->name[0] = '\0';
	return suffix ? set_name(t, suffix + strlen(SUFFIX), e) : 0;
}

/* Absolute, because the runner may start elsewhere, and fit for LD_PRELOAD, whose
 * separators cannot be quoted. */
static int resolve(const struct target *t, char *path, struct gb_error *e)
{
	if (!realpath(t->file, path))
		return gb_fail_errno(e, GB_EXIT_USAGE, errno,
				     "give the path of a malloc library",
				     "backend preload: %.250s", t->file);
	if (strpbrk(path, ": \t\n"))
		return gb_fail(
			e, GB_EXIT_USAGE, "copy it to a path without them",
			"backend preload: LD_PRELOAD cannot name a path with spaces or "
			"colons: %.200s",
			path);
	return 0;
}

static int locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	struct target t;
	char path[PATH_MAX];
	int ret = split(argument, &t, e);

	if (!ret)
		ret = resolve(&t, path, e);
	if (!ret)
		ret = gb_elf_check(path, gb_malloc_names, e);
	if (ret)
		return ret;
	*l = (struct gb_backend_location){ .version = "" };
	snprintf(l->preload, sizeof(l->preload), "%s", path);
	if (t.name[0])
		snprintf(l->label, sizeof(l->label), "%s", t.name);
	else
		snprintf(l->label, sizeof(l->label), "preload:%.100s",
			 strrchr(t.file, '/') ? strrchr(t.file, '/') + 1 : t.file);
	return 0;
}

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	struct target t;
	int ret = split(c->argument, &t, e);

	return ret ? ret : gb_malloc_start(t.file, h, e);
}

const struct gb_backend gb_backend_preload = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "preload",
	.summary = "any malloc library, put under the runner with LD_PRELOAD",
	.detail =
		"FILE is a shared object that defines malloc, free, calloc, realloc,\n"
		"aligned_alloc, posix_memalign and malloc_usable_size.  It is loaded into the\n"
		"runner alone, as a program would meet it, and the runner proves that malloc\n"
		"comes from it before it measures.  NAME is what the backend column shows.",
	.caps = GB_MALLOC_CAPS,
	.argument_help = "FILE[:name=NAME]",
	.locate = locate,
	.start = start,
	.version = gb_malloc_version,
	.origin = gb_malloc_origin_path,
};
