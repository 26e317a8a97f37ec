/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "wrapper.h"

#include <stdio.h>
#include <string.h>

const char *gb_wrapper_inner(const char *argument)
{
	for (;;) {
		size_t n = strcspn(argument, ":");

		if (!argument[n] || !memchr(argument, '=', n))
			return argument;
		argument += n + 1;
	}
}

int gb_wrapper_options(const char *argument, char *buf, size_t n, struct gb_error *e)
{
	size_t len = (size_t)(gb_wrapper_inner(argument) - argument);

	if (len > n)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "the options before '%.80s' are too long",
			       gb_wrapper_inner(argument));
	memcpy(buf, argument, len);
	buf[len ? len - 1 : 0] = '\0';
	return 0;
}

int gb_wrapped_locate(const char *name, const char *argument, struct gb_backend_location *l,
		      struct gb_error *e)
{
	const char *inner = gb_wrapper_inner(argument);
	struct gb_backend_ref ref;
	char label[sizeof(l->label)];
	int ret = gb_backend_parse(inner, &ref, e);

	if (!ret)
		ret = ref.backend->locate(ref.argument, l, e);
	if (ret)
		return ret;
	snprintf(label, sizeof(label), "%s", l->label[0] ? l->label : inner);
	/* The options are part of what was measured. */
	snprintf(l->label, sizeof(l->label), "%s:%.*s%.90s", name, (int)(inner - argument),
		 argument, label);
	return 0;
}

int gb_wrapped_start(struct gb_wrapped *w, const struct gb_backend_config *c,
		     struct gb_error *e)
{
	struct gb_backend_config inside = *c;
	int ret = gb_backend_parse(gb_wrapper_inner(c->argument), &w->ref, e);

	if (ret)
		return ret;
	inside.argument = w->ref.argument;
	return w->ref.backend->start(&inside, &w->heap, e);
}
