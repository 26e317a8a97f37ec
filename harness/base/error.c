/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fill(struct gb_error *e, enum gb_exit code, const char *hint, const char *fmt,
		va_list ap)
{
	if (e->code != GB_EXIT_OK)
		return -(int)e->code; /* the first error wins */
	e->code = code;
	vsnprintf(e->what, sizeof(e->what), fmt, ap);
	snprintf(e->hint, sizeof(e->hint), "%s", hint ? hint : "");
	return -(int)code;
}

int gb_fail(struct gb_error *e, enum gb_exit code, const char *hint, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = fill(e, code, hint, fmt, ap);
	va_end(ap);
	return ret;
}

void gb_hint(struct gb_error *e, const char *fmt, ...)
{
	va_list ap;

	if (e->code == GB_EXIT_OK)
		return;
	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
}

int gb_fail_errno(struct gb_error *e, enum gb_exit code, int err, const char *hint,
		  const char *fmt, ...)
{
	int first = e->code == GB_EXIT_OK;
	size_t len;
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = fill(e, code, hint, fmt, ap);
	va_end(ap);
	if (first) {
		len = strlen(e->what);
		snprintf(e->what + len, sizeof(e->what) - len, ": %s", strerror(err));
	}
	return ret;
}

void gb_bug(const char *file, int line, const char *fmt, ...)
{
	char text[512];
	size_t len;
	va_list ap;

	snprintf(text, sizeof(text), "gfpbench: bug: %s:%d: ", file, line);
	len = strlen(text);
	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - len - 1, fmt, ap);
	va_end(ap);
	len = strlen(text);
	text[len++] = '\n';
	if (write(STDERR_FILENO, text, len) < 0)
		abort(); /* nobody listens; the core dump still tells */
	abort();
}
