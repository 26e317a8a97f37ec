/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * One line of a text recording, taken apart.  Each tool's way of printing is a file with
 * one function; line.c tries them, the one that fitted last first, so that a recording
 * costs one attempt a line.  Nothing is copied: the parts point into the line.
 *
 * All of them end in "TIME: EVENT: BODY"; what stands before differs:
 *	ftrace      comm-pid [(tgid)] [cpu] [flags]      latency form: comm-pid cpuflags
 *	trace-cmd   the same; plus its own remarks about CPUs
 *	perf script comm pid[/tid] [cpu]                 callchains on lines of their own
 *
 * Layer: workloads/recording.
 */
#ifndef GB_RECORDING_LINE_H
#define GB_RECORDING_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"

enum gb_line_kind {
	GB_LINE_UNKNOWN, /* not in this format */
	GB_LINE_EVENT,
	GB_LINE_REMARK, /* belongs to the format, says nothing about memory */
	GB_LINE_LOST,   /* a remark that events are missing here */
};

struct gb_line {
	unsigned int cpu;
	uint8_t context; /* enum gb_context */
	uint8_t nested;  /* hardirq in a softirq */
	uint64_t time_ns;
	const char *event, *body;
	size_t event_len, body_len;
};

struct gb_line_parser {
	const char *format; /* name of the format that fitted first; "" until then */
	unsigned int last;  /* row of the one that fitted last */
	int callchain;      /* perf: the lines up to the next blank one */
};

/* Take [@p, @p + @n) apart; blank lines and # headers are remarks. */
enum gb_line_kind gb_line_parse(struct gb_line_parser *parser, const char *p, size_t n,
				struct gb_line *l);

/* The formats; @end is one past the last character. */
enum gb_line_kind gb_line_ftrace(struct gb_line_parser *parser, const char *p,
				 const char *end, struct gb_line *l);
enum gb_line_kind gb_line_trace_cmd(struct gb_line_parser *parser, const char *p,
				    const char *end, struct gb_line *l);
enum gb_line_kind gb_line_perf_script(struct gb_line_parser *parser, const char *p,
				      const char *end, struct gb_line *l);

/* --- pieces; each returns where it stopped, or NULL when it does not fit -------------
 */

/* A line with a "[cpu]" column; @before is what separates the command from the process
 * number: '-' or ' '. */
enum gb_line_kind gb_line_bracketed(const char *p, const char *end, char before,
				    struct gb_line *l);
/* "FLAGS" of 4 and more letters: the third decides the context. */
const char *gb_line_flags(const char *p, const char *end, struct gb_line *l);
/* "SECONDS.FRACTION:" or a plain number of a counting clock, ":" */
const char *gb_line_time(const char *p, const char *end, struct gb_line *l);
/* "EVENT: BODY", to the end of the line */
const char *gb_line_event(const char *p, const char *end, struct gb_line *l);

GB_INLINE int gb_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

GB_INLINE int gb_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

GB_INLINE const char *gb_skip_blanks(const char *p, const char *end)
{
	while (p < end && gb_is_blank(*p))
		p++;
	return p;
}

/* Decimal digits, at least one, at most 18 (no overflow). */
GB_INLINE const char *gb_scan_uint(const char *p, const char *end, uint64_t *v)
{
	const char *start = p;

	for (*v = 0; p < end && gb_is_digit(*p); p++) {
		if (p - start >= 18)
			return NULL;
		*v = *v * 10 + (uint64_t)(*p - '0');
	}
	return p > start ? p : NULL;
}

GB_INLINE int gb_starts_with(const char *p, const char *end, const char *word, size_t n)
{
	return (size_t)(end - p) >= n && !__builtin_memcmp(p, word, n);
}
#define GB_STARTS(p, end, literal) gb_starts_with(p, end, "" literal, sizeof(literal) - 1)

#endif
