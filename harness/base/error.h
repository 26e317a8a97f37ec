/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The one error idiom of the project.
 *
 * A function that can fail for a reason that a person must read takes a
 * `struct gb_error *` as its last argument, fills it once, where the cause is known,
 * and returns a negative enum gb_exit.  Callers pass the error up untouched; only
 * harness/cli prints it ("gfpbench: error: WHAT", then "  hint: WHAT TO DO") and exits.
 * The first error wins: a filled struct is never overwritten.
 *
 * Layer: base.  Callers guarantee a zeroed struct (GB_ERROR_INIT).
 */
#ifndef GB_BASE_ERROR_H
#define GB_BASE_ERROR_H

#include <stdarg.h>

/* Exit codes of the command line; see docs/man/gfpbench.1, EXIT STATUS. */
enum gb_exit {
	GB_EXIT_OK = 0,        /* all that was asked for was done */
	GB_EXIT_FAULT = 1,     /* what was tested is at fault */
	GB_EXIT_USAGE = 2,     /* the caller is: option, name, unit, malformed input */
	GB_EXIT_HARNESS = 3,   /* the harness or the machine is */
	GB_EXIT_UNDECIDED = 4, /* gate --strict only */
	GB_EXIT_SIGINT = 130,
	GB_EXIT_SIGTERM = 143,
};

struct gb_error {
	enum gb_exit code; /* GB_EXIT_OK: nothing went wrong */
	char what[400];
	char hint[400]; /* may be empty */
};

#define GB_ERROR_INIT { .code = GB_EXIT_OK }
#define GB_MUST_CHECK __attribute__((warn_unused_result))
#define GB_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Fill @e unless it is filled already; returns -code.  @hint may be NULL; it is
 * printed as it is (no formatting).  Not from interrupts. */
int gb_fail(struct gb_error *e, enum gb_exit code, const char *hint, const char *fmt, ...)
	GB_PRINTF(4, 5);

/* As gb_fail, with a formatted hint set afterwards; no effect when @e is empty. */
void gb_hint(struct gb_error *e, const char *fmt, ...) GB_PRINTF(2, 3);

/* As gb_fail, and appends ": " and strerror(@err). */
int gb_fail_errno(struct gb_error *e, enum gb_exit code, int err, const char *hint,
		  const char *fmt, ...) GB_PRINTF(5, 6);

/* A broken invariant of ours: prints file and line on stderr with write(2), aborts. */
_Noreturn void gb_bug(const char *file, int line, const char *fmt, ...) GB_PRINTF(3, 4);
#define GB_BUG(...) gb_bug(__FILE__, __LINE__, __VA_ARGS__)
#define GB_BUG_ON(c) \
	do { \
		if (__builtin_expect(!!(c), 0)) \
			GB_BUG("%s", #c); \
	} while (0)

#endif
