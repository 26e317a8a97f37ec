/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The kernel's own text: /sys/kernel/tracing/trace and trace_pipe (kernel-model 8.3).
 *
 *	%16s-%-7d [(tgid)] [%03d] FLAGS SECS.USECS: event: body
 *	%8.8s-%-7d %3dFLAGS %4dus! : event: body               (latency-format)
 *
 * FLAGS are 4 letters up to about 5.15, 5 since, none when irq-info is off; the tgid
 * column comes with the record-tgid option.
 */
#include "recording/line.h"

#include <string.h>

#include "recording/recording.h"

#include "machine/cpu.h"

/* " 12us+: ": relative microseconds, then a mark for a long delay. */
static const char *latency_time(const char *p, const char *end, struct gb_line *l)
{
	uint64_t us;

	p = gb_scan_uint(p, end, &us);
	if (!p || !GB_STARTS(p, end, "us"))
		return NULL;
	p += 2;
	if (p < end && strchr("+!#*@$", *p) && *p)
		p++;
	p = gb_skip_blanks(p, end);
	l->time_ns = us * 1000;
	return p < end && *p == ':' ? p + 1 : NULL;
}

/* "PID CPUFLAGS TIME: EVENT", from the first digit of PID. */
static const char *latency_columns(const char *p, const char *end, struct gb_line *l)
{
	uint64_t pid, cpu;
	const char *q;

	p = gb_scan_uint(p, end, &pid);
	if (!p || p == end || !gb_is_blank(*p))
		return NULL;
	p = gb_scan_uint(gb_skip_blanks(p, end), end, &cpu);
	if (!p || p == end || gb_is_blank(*p) || cpu >= GB_RECORDING_MAX_CPUS)
		return NULL;
	l->cpu = (unsigned int)cpu;
	l->context = GB_PROCESS;
	l->nested = 0;
	p = gb_line_flags(p, end, l);
	if (!p)
		return NULL;
	p = gb_skip_blanks(p, end);
	q = latency_time(p, end, l);
	if (!q)
		q = gb_line_time(p, end, l); /* trace-cmd report -l: full time */
	return q ? gb_line_event(q, end, l) : NULL;
}

static enum gb_line_kind latency_form(const char *p, const char *end, struct gb_line *l)
{
	while ((p = memchr(p, '-', (size_t)(end - p)))) {
		if (latency_columns(++p, end, l))
			return GB_LINE_EVENT;
	}
	return GB_LINE_UNKNOWN;
}

/* "CPU:1 [LOST 42 EVENTS]", and the stacks that a stack-trace trigger prints. */
static enum gb_line_kind remark(const char *p, const char *end)
{
	if (GB_STARTS(p, end, "CPU:") && memchr(p, '[', (size_t)(end - p)) &&
	    memmem(p, (size_t)(end - p), " EVENTS]", 8))
		return GB_LINE_LOST;
	if (GB_STARTS(gb_skip_blanks(p, end), end, "=> "))
		return GB_LINE_REMARK;
	return GB_LINE_UNKNOWN;
}

enum gb_line_kind gb_line_ftrace(struct gb_line_parser *parser, const char *p,
				 const char *end, struct gb_line *l)
{
	enum gb_line_kind kind = gb_line_bracketed(p, end, '-', l);

	(void)parser;
	if (kind == GB_LINE_UNKNOWN)
		kind = latency_form(p, end, l);
	if (kind == GB_LINE_UNKNOWN)
		kind = remark(p, end);
	return kind;
}
