/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * perf script (kernel-model 8.3): no flags, so every operation is the process's.
 *
 *	%16s %7d [%03d] %12s: %*s: body        kmem:kmalloc; 6 or 9 digits (--ns)
 *	        ffffffff811a2b3c kmalloc_trace+0x1c ([kernel.kallsyms])
 *	(a blank line ends the callchain)
 *
 * Recordings of a single task may lack the CPU column: CPU 0 then.
 */
#include "recording/line.h"

#include <string.h>

#include "machine/cpu.h"

static int is_hex(char c)
{
	return gb_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* An indented address; only looked for behind an event. */
static int is_callchain(const char *p, const char *end)
{
	const char *q = gb_skip_blanks(p, end), *start = q;

	while (q < end && is_hex(*q))
		q++;
	return start > p && q > start && (q == end || gb_is_blank(*q));
}

/* "comm PID TIME: group:event: body" */
static enum gb_line_kind without_cpu(const char *p, const char *end, struct gb_line *l)
{
	const char *q = p;
	uint64_t pid;

	while ((q = memchr(q, ' ', (size_t)(end - q)))) {
		const char *r;

		q = gb_skip_blanks(q, end);
		r = gb_scan_uint(q, end, &pid);
		if (!r || r == end || !gb_is_blank(*r))
			continue;
		l->cpu = 0;
		l->context = GB_PROCESS;
		l->nested = 0;
		r = gb_line_time(gb_skip_blanks(r, end), end, l);
		if (r && gb_line_event(r, end, l) && memchr(l->event, ':', l->event_len))
			return GB_LINE_EVENT;
	}
	return GB_LINE_UNKNOWN;
}

enum gb_line_kind gb_line_perf_script(struct gb_line_parser *parser, const char *p,
				      const char *end, struct gb_line *l)
{
	enum gb_line_kind kind;

	if (parser->callchain && is_callchain(p, end))
		return GB_LINE_REMARK;
	kind = gb_line_bracketed(p, end, ' ', l);
	if (kind == GB_LINE_UNKNOWN)
		kind = without_cpu(p, end, l);
	parser->callchain = kind == GB_LINE_EVENT;
	return kind;
}
