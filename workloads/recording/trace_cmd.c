/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * trace-cmd report (kernel-model 8.3).  Its events look like the kernel's: 2.x without
 * flags, 3.x with (migrate-disable as a digit, perhaps a lock depth behind), -l as the
 * latency form with full times; ftrace_text.c reads all of these.  Its own are lines
 * between the events:
 *
 *	version = 6
 *	cpus=4
 *	CPU 2 is empty
 *	CPU:1 [EVENTS DROPPED]
 */
#include "recording/line.h"

#include <string.h>

enum gb_line_kind gb_line_trace_cmd(struct gb_line_parser *parser, const char *p,
				    const char *end, struct gb_line *l)
{
	uint64_t n;
	const char *q;

	(void)parser;
	(void)l;
	if (GB_STARTS(p, end, "cpus=")) {
		q = gb_scan_uint(p + 5, end, &n);
		return q == end ? GB_LINE_REMARK : GB_LINE_UNKNOWN;
	}
	if (GB_STARTS(p, end, "version = "))
		return GB_LINE_REMARK;
	if (!GB_STARTS(p, end, "CPU"))
		return GB_LINE_UNKNOWN;
	q = gb_scan_uint(gb_skip_blanks(p + 3 + (p + 3 < end && p[3] == ':'), end), end,
			 &n);
	if (!q)
		return GB_LINE_UNKNOWN;
	q = gb_skip_blanks(q, end);
	if (GB_STARTS(q, end, "is empty"))
		return GB_LINE_REMARK;
	if (GB_STARTS(q, end, "[") && memmem(q, (size_t)(end - q), "EVENTS", 6))
		return GB_LINE_LOST;
	return GB_LINE_UNKNOWN;
}
