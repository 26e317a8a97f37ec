/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "recording/line.h"

#include <string.h>

#include "recording/recording.h"

#include "machine/cpu.h"

struct format {
	const char *name;
	enum gb_line_kind (*parse)(struct gb_line_parser *parser, const char *p,
				   const char *end, struct gb_line *l);
};

static const struct format formats[] = {
	{ "ftrace", gb_line_ftrace },
	{ "trace-cmd", gb_line_trace_cmd },
	{ "perf script", gb_line_perf_script },
};

const char *gb_line_flags(const char *p, const char *end, struct gb_line *l)
{
	const char *start = p;

	while (p < end && !gb_is_blank(*p)) {
		if (*p == ':' || p - start >= 8)
			return NULL;
		p++;
	}
	if (p - start < 4 || p == end)
		return NULL;
	switch (start[2]) {
	case 'H':
		l->nested = 1;
		/* fall through */
	case 'h':
	case 'z':
	case 'Z':
		l->context = GB_HARDIRQ;
		break;
	case 's':
		l->context = GB_SOFTIRQ;
		break;
	}
	return p;
}

const char *gb_line_time(const char *p, const char *end, struct gb_line *l)
{
	uint64_t whole, fraction = 0, scale = 1000000000;

	p = gb_scan_uint(p, end, &whole);
	if (!p || p == end)
		return NULL;
	if (*p != '.') {
		l->time_ns = whole;
		return *p == ':' ? p + 1 : NULL;
	}
	for (p++; p < end && gb_is_digit(*p); p++) {
		if (scale > 1) {
			scale /= 10;
			fraction += (uint64_t)(*p - '0') * scale;
		}
	}
	if (p == end || *p != ':' || whole > UINT64_MAX / 1000000000 - 1)
		return NULL;
	l->time_ns = whole * 1000000000 + fraction;
	return p + 1;
}

const char *gb_line_event(const char *p, const char *end, struct gb_line *l)
{
	const char *name = gb_skip_blanks(p, end);

	for (p = name; p < end && !gb_is_blank(*p); p++)
		if (*p == '<' || *p == '>' || *p == '(')
			return NULL;
	if (p - name < 2 || p[-1] != ':')
		return NULL;
	l->event = name;
	l->event_len = (size_t)(p - 1 - name);
	l->body = gb_skip_blanks(p, end);
	while (end > l->body && gb_is_blank(end[-1]))
		end--;
	l->body_len = (size_t)(end - l->body);
	return end;
}

/* What stands before '[' must end in "-PID", "-PID (TGID)" or " PID[/TID]". */
static int pid_before(const char *p, const char *bracket, char before)
{
	const char *q = bracket, *digits;

	while (q > p && gb_is_blank(q[-1]))
		q--;
	if (before == '-' && q > p && q[-1] == ')') {
		for (q--;
		     q > p && (gb_is_digit(q[-1]) || gb_is_blank(q[-1]) || q[-1] == '-');
		     q--)
			;
		if (q == p || q[-1] != '(')
			return 0;
		for (q--; q > p && gb_is_blank(q[-1]); q--)
			;
	}
	if (q == bracket)
		return 0;
	for (digits = q; q > p && gb_is_digit(q[-1]); q--)
		;
	if (q < digits && before == ' ' && q > p && q[-1] == '/') {
		for (digits = --q; q > p && gb_is_digit(q[-1]); q--)
			;
	}
	return q < digits && q > p &&
	       (q[-1] == before || (before == ' ' && q[-1] == '\t'));
}

/* "[CPU] [FLAGS] TIME: EVENT: BODY" */
static const char *after_bracket(const char *p, const char *end, struct gb_line *l)
{
	const char *q;
	uint64_t cpu;

	p = gb_scan_uint(p + 1, end, &cpu);
	if (!p || p == end || *p != ']' || cpu >= GB_RECORDING_MAX_CPUS)
		return NULL;
	l->cpu = (unsigned int)cpu;
	l->context = GB_PROCESS;
	l->nested = 0;
	p = gb_skip_blanks(p + 1, end);
	q = gb_line_time(p, end, l);
	if (!q) {
		p = gb_line_flags(p, end, l);
		if (!p)
			return NULL;
		q = gb_line_time(gb_skip_blanks(p, end), end, l);
	}
	return q ? gb_line_event(q, end, l) : NULL;
}

/* A command may hold anything, "[0]" and "-1 [000]" too: the first column that makes the
 * rest of the line an event is the right one. */
enum gb_line_kind gb_line_bracketed(const char *p, const char *end, char before,
				    struct gb_line *l)
{
	const char *start = p;

	while ((p = memchr(p, '[', (size_t)(end - p)))) {
		if (pid_before(start, p, before) && after_bracket(p, end, l))
			return GB_LINE_EVENT;
		start = p++;
	}
	return GB_LINE_UNKNOWN;
}

enum gb_line_kind gb_line_parse(struct gb_line_parser *parser, const char *p, size_t n,
				struct gb_line *l)
{
	const char *end = p + n, *text = gb_skip_blanks(p, end);
	enum gb_line_kind kind;

	if (text == end) {
		parser->callchain = 0;
		return GB_LINE_REMARK;
	}
	if (*text == '#')
		return GB_LINE_REMARK;
	for (unsigned int i = 0; i < GB_ARRAY_SIZE(formats); i++) {
		unsigned int row = (parser->last + i) % GB_ARRAY_SIZE(formats);

		kind = formats[row].parse(parser, p, end, l);
		if (kind == GB_LINE_UNKNOWN)
			continue;
		if (kind == GB_LINE_EVENT)
			parser->last = row;
		if (!*parser->format)
			parser->format = formats[row].name;
		return kind;
	}
	return GB_LINE_UNKNOWN;
}
