/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The C library's malloc: what a program gets when nobody chooses.  Nothing is preloaded;
 * start() proves that nothing else was either (an LD_PRELOAD in the caller's environment
 * would otherwise be measured under this name).
 */
#include "malloc_family.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdio.h>

static int locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	(void)argument;
	(void)e;
	*l = (struct gb_backend_location){ .label = "glibc" };
	snprintf(l->version, sizeof(l->version), "%s", gnu_get_libc_version());
	return 0;
}

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	void *p = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
	Dl_info info;

	(void)c;
	if (!p || !dladdr(p, &info))
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "cannot tell where the C library lies");
	return gb_malloc_start(info.dli_fname, h, e);
}

const struct gb_backend gb_backend_glibc = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "glibc",
	.summary = "the C library's malloc",
	.detail =
		"malloc and free of the C library that this program runs on, called as any\n"
		"program calls them.  It must not be entered from an interrupt: with interrupts\n"
		"its calls run guarded.",
	.caps = GB_MALLOC_CAPS,
	.locate = locate,
	.start = start,
	.version = gb_malloc_version,
	.origin = gb_malloc_origin_path,
};
