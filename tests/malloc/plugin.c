/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* A library for tests/malloc/startup to load: it allocates in its constructor, keeps some in
 * a thread-local variable of its own, and frees in its destructor. */
#include <stdlib.h>
#include <string.h>

__attribute__((visibility("default"))) char *plugin_get(void);

static __thread char
	local[3000]; /* too large for the static block: allocated by the loader */
static char *made, *other;

__attribute__((constructor)) static void load(void)
{
	made = strdup("from the plugin's constructor");
	other = malloc(100000);
	local[2999] = 1;
}

__attribute__((destructor)) static void unload(void)
{
	free(other);
}

char *plugin_get(void)
{
	char *p = made;

	made = NULL;
	return local[2999] <= 1 ? p : NULL;
}
