/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Test Anything Protocol for C tests, small enough to read: one header, no library.
 * A test prints "ok N - NAME" or "not ok N - NAME" and "# ..." diagnostics; a skip is
 * "ok N - NAME # SKIP reason", which automake's driver counts as skipped, not failed.
 *
 * main() ends with `return tap_done();`, which prints the plan.
 */
#ifndef GB_TESTS_TAP_H
#define GB_TESTS_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failures;

__attribute__((format(printf, 2, 3), unused)) static int tap_ok(int good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	tap_failures += !good;
	return good;
}

__attribute__((format(printf, 1, 2), unused)) static void tap_diag(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

__attribute__((unused)) static void tap_skip(const char *name, const char *reason)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, name, reason);
	fflush(stdout);
}

/* CHECK(condition): the condition is the name. */
#define CHECK(c) tap_ok(!!(c), "%s:%d %s", __FILE__, __LINE__, #c)

__attribute__((unused)) static int tap_eq_u64(unsigned long long got,
					      unsigned long long want, const char *name)
{
	if (!tap_ok(got == want, "%s", name))
		tap_diag("got %llu, want %llu", got, want);
	return got == want;
}

__attribute__((unused)) static int tap_eq_text(const char *got, const char *want,
					       const char *name)
{
	int good = got && want && !strcmp(got, want);

	if (!tap_ok(good, "%s", name))
		tap_diag("got '%s', want '%s'", got ? got : "(null)", want ? want : "(null)");
	return good;
}

__attribute__((unused)) static int tap_done(void)
{
	if (!tap_count) /* "1..0" would count as a skip of all */
		tap_ok(0, "something was tested");
	printf("1..%d\n", tap_count);
	return tap_failures != 0;
}

#endif
