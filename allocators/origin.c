/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Who serves malloc?  A preload that the loader refused is only a warning on stderr, and
 * the program would silently measure the C library.  So the runner asks the loader, for
 * every function that a backend may call, which file its definition lies in, and all
 * seven must lie in one.
 *
 * Under a sanitizer malloc is the sanitizer's whatever was asked for.  That is reported
 * as it is (path, and o->sanitizer set) and is no error: such builds test correctness,
 * and whoever writes rows marks them untrustworthy.
 */
#include "backend.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZER_MALLOC 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZER_MALLOC 1
#endif
#ifndef SANITIZER_MALLOC
#define SANITIZER_MALLOC 0
#endif

/* In the order of struct gb_malloc_origin's documentation. */
const char *const gb_malloc_names[] = {
	"malloc",
	"free",
	"calloc",
	"realloc",
	"aligned_alloc",
	"posix_memalign",
	"malloc_usable_size",
	NULL,
};

static int same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* The loader names the executable as it was started; a path that moves with the working
 * directory is no answer. */
static void set_path(struct gb_malloc_origin *o, const char *name)
{
	char real[PATH_MAX];

	snprintf(o->path, sizeof(o->path), "%s", realpath(name, real) ? real : name);
}

static int file_of(const char *function, const char **file, struct gb_error *e)
{
	void *p = dlsym(RTLD_DEFAULT, function);
	Dl_info info;

	if (!p)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "this process has no %s",
			       function);
	if (!dladdr(p, &info) || !info.dli_fname)
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "the loader does not know which file %s lies in",
			       function);
	*file = info.dli_fname;
	return 0;
}

/* --- versions ------------------------------------------------------------------ */

static void dotted(char *buf, size_t n, int v)
{
	if (v >= 100 && v < 1000) /* mimalloc: one digit each */
		snprintf(buf, n, "%d.%d.%d", v / 100, v / 10 % 10, v % 10);
	else
		snprintf(buf, n, "%d", v);
}

static int ask_mallctl(char *buf, size_t n)
{
	int (*mallctl)(const char *, void *, size_t *, void *, size_t);
	const char *text = NULL;
	size_t len = sizeof(text);

	mallctl = dlsym(RTLD_DEFAULT, "mallctl");
	if (!mallctl || mallctl("version", &text, &len, NULL, 0) || !text)
		return 0;
	snprintf(buf, n, "%.*s", (int)strcspn(text, "-"), text);
	return 1;
}

static int ask_mimalloc(char *buf, size_t n)
{
	int (*mi_version)(void);

	mi_version = dlsym(RTLD_DEFAULT, "mi_version");
	if (!mi_version)
		return 0;
	dotted(buf, n, mi_version());
	return 1;
}

static int ask_tcmalloc(char *buf, size_t n)
{
	const char *(*tc_version)(int *, int *, const char **);
	const char *patch = "";
	int major = 0, minor = 0;

	tc_version = dlsym(RTLD_DEFAULT, "tc_version");
	if (!tc_version)
		return 0;
	tc_version(&major, &minor, &patch);
	snprintf(buf, n, "%d.%d%s", major, minor, patch ? patch : "");
	return 1;
}

/* "libtbbmalloc_proxy.so.2.8" -> "2.8"; "" when the name has none. */
static void version_in_name(const char *path, char *buf, size_t n)
{
	const char *base = strrchr(path, '/'), *so = strstr(base ? base : path, ".so.");

	snprintf(buf, n, "%s", so ? so + 4 : "");
}

static void set_version(struct gb_malloc_origin *o)
{
	const char *libc = NULL;
	struct gb_error none = GB_ERROR_INIT;
	int (*const ask[])(char *, size_t) = { ask_mallctl, ask_mimalloc, ask_tcmalloc };

	if (!file_of("gnu_get_libc_version", &libc, &none) && same_file(libc, o->path)) {
		snprintf(o->version, sizeof(o->version), "%s", gnu_get_libc_version());
		return;
	}
	if (!o->sanitizer) {
		for (size_t i = 0; i < GB_ARRAY_SIZE(ask); i++)
			if (ask[i](o->version, sizeof(o->version)))
				return;
	}
	version_in_name(o->path, o->version, sizeof(o->version));
}

int gb_malloc_origin(const char *expect, struct gb_malloc_origin *o, struct gb_error *e)
{
	const char *first = NULL, *file;
	int ret;

	*o = (struct gb_malloc_origin){ .sanitizer = SANITIZER_MALLOC };
	for (const char *const *f = gb_malloc_names; *f; f++) {
		ret = file_of(*f, &file, e);
		if (ret)
			return ret;
		if (!first)
			first = file;
		if (strcmp(first, file) && !o->sanitizer)
			return gb_fail(e, GB_EXIT_HARNESS,
				       "the library must define the whole malloc family",
				       "malloc comes from %.120s but %s from %.120s",
				       first, *f, file);
	}
	set_path(o, first);
	if (expect && *expect && !o->sanitizer && !same_file(expect, first))
		return gb_fail(
			e, GB_EXIT_HARNESS,
			"the loader refused the library, or LD_PRELOAD names another",
			"malloc comes from %.150s, not from %.150s", first, expect);
	set_version(o);
	return 0;
}
