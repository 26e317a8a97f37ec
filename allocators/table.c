/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The table of backends and what is derived from it: parsing of specs, the check that a
 * descriptor is complete, names of capabilities.
 *
 * A spec is NAME, or NAME:ARGUMENT for a backend that takes one, NAME:KEY=VALUE:... for one
 * with options.  A wrapper's argument is itself a spec, with its own KEY=VALUE: before it, so
 * "check:fault:p=0.1:glibc" parses from the left.  A wrapper never adds an ability to what it
 * wraps: its caps say what it passes through, and the effective set is the intersection, plus
 * GB_CAP_WRAPPER.
 */
#include "backend.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/parse.h"
#include "wrapper.h"

extern const struct gb_backend gb_backend_checking;
extern const struct gb_backend gb_backend_failing;
extern const struct gb_backend gb_backend_glibc;
extern const struct gb_backend gb_backend_jemalloc;
extern const struct gb_backend gb_backend_kvmalloc;
extern const struct gb_backend gb_backend_null;
extern const struct gb_backend gb_backend_pages;
extern const struct gb_backend gb_backend_preload;
extern const struct gb_backend gb_backend_slab;
extern const struct gb_backend gb_backend_vmalloc;

const struct gb_backend *const gb_backends[] = {
	&gb_backend_slab,
	&gb_backend_pages,
	&gb_backend_vmalloc,
	&gb_backend_kvmalloc,
	&gb_backend_glibc,
	&gb_backend_jemalloc,
	&gb_backend_preload,
	&gb_backend_null,
	&gb_backend_checking,
	&gb_backend_failing,
	NULL,
};

static const struct gb_backend *find(const char *name, size_t len)
{
	for (const struct gb_backend *const *b = gb_backends; *b; b++) {
		if (strlen((*b)->name) == len && !memcmp((*b)->name, name, len))
			return *b;
	}
	return NULL;
}

static int unknown(const char *name, size_t len, struct gb_error *e)
{
	const char *names[GB_ARRAY_SIZE(gb_backends)];
	char text[64];
	size_t n = 0;
	const char *near;
	int ret;

	snprintf(text, sizeof(text), "%.*s", (int)(len < 60 ? len : 60), name);
	while (gb_backends[n]) {
		names[n] = gb_backends[n]->name;
		n++;
	}
	ret = gb_fail(e, GB_EXIT_USAGE, "gfpbench list backends shows what there is",
		      "unknown backend '%s'", text);
	near = gb_nearest(text, names, n);
	if (near)
		gb_hint(e, "did you mean '%s'? gfpbench list backends shows all", near);
	return ret;
}

static int check_options(const struct gb_backend *b, const char *argument, struct gb_error *e)
{
	char owner[80];
	void *values = calloc(1, b->options_size);
	int ret;

	if (!values)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no memory");
	snprintf(owner, sizeof(owner), "backend %s", b->name);
	ret = gb_options_parse(b->options, values, owner, argument, e);
	gb_options_free(b->options, values);
	free(values);
	return ret;
}

static int check_argument(const struct gb_backend *b, const char *argument,
			  struct gb_error *e)
{
	int ret = 0;

	if (b->options)
		return check_options(b, argument, e);
	if (b->argument_help && !*argument) {
		ret = gb_fail(e, GB_EXIT_USAGE, NULL, "backend %s needs an argument",
			      b->name);
		gb_hint(e, "write %s:%s", b->name, b->argument_help);
	} else if (!b->argument_help && *argument) {
		ret = gb_fail(e, GB_EXIT_USAGE, NULL,
			      "backend %s takes no argument, but was given '%.80s'",
			      b->name, argument);
		gb_hint(e, "write %s", b->name);
	}
	return ret;
}

int gb_backend_parse(const char *spec, struct gb_backend_ref *ref, struct gb_error *e)
{
	size_t len = strcspn(spec, ":");
	const char *argument = spec[len] ? spec + len + 1 : "";
	const struct gb_backend *b = find(spec, len);
	int ret;

	if (!b)
		return unknown(spec, len, e);
	ret = check_argument(b, argument, e);
	if (ret)
		return ret;
	if (strlen(argument) >= sizeof(ref->argument))
		return gb_fail(e, GB_EXIT_USAGE, NULL,
			       "the argument of backend %s is too long", b->name);
	if (b->caps & GB_CAP_WRAPPER) {
		/* the inner one's caps */
		ret = gb_backend_parse(gb_wrapper_inner(argument), ref, e);
		if (ret)
			return ret;
		ref->caps = (ref->caps & b->caps) | GB_CAP_WRAPPER;
	} else {
		ref->caps = b->caps;
		ref->max_block_bytes = b->max_block_bytes;
	}
	ref->backend = b;
	strcpy(ref->argument, argument);
	return 0;
}

static int good_name(const char *s)
{
	if (!s || !islower((unsigned char)*s))
		return 0;
	for (; *s; s++) {
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) &&
		    *s != '-')
			return 0;
	}
	return 1;
}

const char *gb_backend_check(const struct gb_backend *b)
{
	if (b->interface != GB_BACKEND_INTERFACE)
		return "was built for another version of the backend interface";
	if (!good_name(b->name))
		return "has no name of lower-case letters, digits and dashes";
	if (!b->summary || !*b->summary || strchr(b->summary, '\n'))
		return "has no one-line summary";
	if (!b->detail || !*b->detail)
		return "has no detail for 'show'";
	if (!b->locate || !b->start)
		return "lacks locate or start";
	if (!b->version || !b->origin)
		return "lacks version or origin: its rows could not say what they measured";
	if (!b->cpu_online != !b->cpu_offline)
		return "has only one of cpu_online and cpu_offline";
	if ((b->caps & GB_CAP_WRAPPER) && !b->argument_help)
		return "is a wrapper that takes no argument";
	if ((b->caps & GB_CAP_IRQ_SAFE) && !(b->caps & GB_CAP_ATOMIC))
		return "claims irq-safe without atomic";
	return NULL;
}

static const struct {
	uint32_t bit;
	const char *name;
} capabilities[] = {
	{ GB_CAP_IRQ_SAFE, "irq-safe" },
	{ GB_CAP_ATOMIC, "atomic" },
	{ GB_CAP_GFP, "gfp" },
	{ GB_CAP_CONTENTS, "contents" },
	{ GB_CAP_MALLOC, "malloc" },
	{ GB_CAP_WRAPPER, "wrapper" },
	{ GB_CAP_ZERO, "zero" },
	{ GB_CAP_ALIGNED, "aligned" },
	{ GB_CAP_REALLOC, "realloc" },
	{ GB_CAP_USABLE, "usable" },
	{ GB_CAP_CONTIGUOUS, "contiguous" },
	{ GB_CAP_KERNEL, "kernel" },
	{ GB_CAP_LARGE, "large" },
};

char *gb_capability_names(uint32_t caps, char *buf, size_t n)
{
	size_t used = 0;

	if (n)
		buf[0] = '\0';
	for (size_t i = 0; i < GB_ARRAY_SIZE(capabilities); i++) {
		if (caps & capabilities[i].bit && used < n)
			used += (size_t)snprintf(buf + used, n - used, "%s%s",
						 used ? "," : "", capabilities[i].name);
	}
	return buf;
}
