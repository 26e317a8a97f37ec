/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Reading a recording: stream -> lines -> events -> operations.  Kinds of files are rows
 * of a table that look at the first bytes; text, which has no magic, is the last row.
 */
#include "recording/recording.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/atomic.h"
#include "recording/match.h"
#include "recording/stream.h"
#include "recording/vector.h"

/* What a reader works with: about 8 KiB of memo, so it is mapped, too. */
struct reader {
	struct gb_stream *stream;
	struct gb_recording *rec;
	struct gb_matcher matcher;
	struct gb_gfp_memo memo;
	struct gb_line_parser parser;
	uint64_t lost_remarks;
	unsigned int ptr_len_max; /* longest pointer text so far */
	int unfinished;           /* the last line was cut off */
};

struct source {
	int (*recognises)(const unsigned char *head, size_t n);
	int (*read)(struct reader *rd, struct gb_error *e);
};

void gb_recording_warn(struct gb_recording *r, const char *fmt, ...)
{
	va_list ap;

	if (r->nr_warnings == GB_RECORDING_MAX_WARNINGS)
		return;
	va_start(ap, fmt);
	vsnprintf(r->warning[r->nr_warnings++], sizeof(r->warning[0]), fmt, ap);
	va_end(ap);
}

/* --- text -------------------------------------------------------------------------- */

static void malformed(struct reader *rd)
{
	rd->rec->metric[GB_REC_MALFORMED_LINES]++;
}

/* The last line has no LF.  Cut in its pointer, it would name another object. */
static int is_cut(const struct reader *rd, const struct gb_kmem_event *ev)
{
	return ev->ends_in_ptr && ev->ptr_len < rd->ptr_len_max;
}

static int take_line(struct reader *rd, const char *p, size_t n, int unfinished,
		     struct gb_error *e)
{
	struct gb_kmem_event ev;
	struct gb_line l;

	switch (gb_line_parse(&rd->parser, p, n, &l)) {
	case GB_LINE_EVENT:
		break;
	case GB_LINE_LOST:
		rd->lost_remarks++;
		return 0;
	case GB_LINE_REMARK:
		return 0;
	default:
		malformed(rd);
		return 0;
	}
	gb_kmem_parse(&l, &rd->memo, &ev);
	if (unfinished && (is_cut(rd, &ev) || ev.mask.unknown)) {
		malformed(rd);
		return 0;
	}
	if (ev.ptr_len > rd->ptr_len_max)
		rd->ptr_len_max = ev.ptr_len;
	return gb_match_event(&rd->matcher, &ev, e);
}

static int read_text(struct reader *rd, struct gb_error *e)
{
	const unsigned char *head;
	enum gb_stream_line kind;
	const char *p;
	size_t n;

	if (gb_stream_peek(rd->stream, &head, 3) == 3 &&
	    !memcmp(head, "\xef\xbb\xbf", 3)) {
		unsigned char mark[3];

		gb_stream_bytes(rd->stream, mark, sizeof(mark));
	}
	while ((kind = gb_stream_line(rd->stream, &p, &n)) != GB_LINE_END) {
		rd->unfinished = kind == GB_LINE_UNFINISHED;
		if (kind == GB_LINE_TOO_LONG)
			malformed(rd);
		else if (take_line(rd, p, n, rd->unfinished, e))
			return -(int)e->code;
		if (rd->matcher.full)
			break;
	}
	rd->rec->format = rd->parser.format;
	return 0;
}

static int is_text(const unsigned char *head, size_t n)
{
	(void)head;
	(void)n;
	return 1;
}

static const struct source sources[] = {
	{is_text, read_text},
};

/* --- any kind ------------------------------------------------------------------------
 */

static int read_source(struct reader *rd, struct gb_error *e)
{
	const unsigned char *head;
	size_t n = gb_stream_peek(rd->stream, &head, 16);

	for (size_t i = 0; i < GB_ARRAY_SIZE(sources); i++)
		if (sources[i].recognises(head, n))
			return sources[i].read(rd, e);
	return gb_fail(e, GB_EXIT_USAGE, NULL, "no known kind of recording");
}

static void warn_of_damage(struct reader *rd)
{
	struct gb_recording *r = rd->rec;

	if (rd->stream->damage)
		gb_recording_warn(r, "damaged: %s; what came before is used",
				  rd->stream->damage);
	else if (rd->unfinished)
		gb_recording_warn(r, "the last line has no end: the file may be cut off");
	if (r->metric[GB_REC_MALFORMED_LINES])
		gb_recording_warn(r, "%llu malformed lines left out",
				  (unsigned long long)r->metric[GB_REC_MALFORMED_LINES]);
	if (rd->lost_remarks)
		gb_recording_warn(
			r,
			"events were lost while recording, at %llu places: frees and "
			"allocations are missing",
			(unsigned long long)rd->lost_remarks);
}

static int no_event(const char *path, struct reader *rd, struct gb_error *e)
{
	static const char hint[] =
		"record with: trace-cmd record -e kmem CMD, then trace-cmd "
		"report > FILE; or the text of /sys/kernel/tracing/trace or "
		"of perf script, plain or .zst, .gz, .xz";

	if (rd->stream->damage)
		return gb_fail(e, GB_EXIT_USAGE, hint, "recording %s holds no event (%s)",
			       path, rd->stream->damage);
	return gb_fail(e, GB_EXIT_USAGE, hint, "recording %s holds no event", path);
}

static int load(const char *path, struct reader *rd, struct gb_error *e)
{
	struct gb_recording *r = rd->rec;

	if (gb_match_begin(&rd->matcher, r, e) || read_source(rd, e))
		return -(int)e->code;
	if (!r->metric[GB_REC_EVENTS])
		return no_event(path, rd, e);
	warn_of_damage(rd);
	gb_match_end(&rd->matcher);
	return 0;
}

int gb_recording_load(const char *path, struct gb_recording *r, struct gb_error *e)
{
	char resolved[4096];
	struct reader *rd;
	int ret;

	*r = (struct gb_recording){.format = "", .compression = "none"};
	if (gb_recording_path(path, resolved, sizeof(resolved), e))
		return -(int)e->code;
	rd = gb_library_alloc(sizeof(*rd));
	if (!rd)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "memory for reading %s",
			       resolved);
	rd->rec = r;
	rd->parser.format = "";
	rd->stream = gb_stream_open(resolved, e);
	if (rd->stream) {
		r->compression = gb_stream_compression(rd->stream);
		ret = load(resolved, rd, e);
		gb_match_free(&rd->matcher);
		gb_stream_close(rd->stream);
	} else {
		ret = -(int)e->code;
	}
	gb_library_free(rd);
	return ret;
}

void gb_recording_free(struct gb_recording *r)
{
	gb_vector_free(&r->ops);
	gb_vector_free(&r->cpus);
	gb_vector_free(&r->times);
	gb_vector_free(&r->ranks);
	gb_vector_free(&r->names);
	gb_vector_free(&r->name_offsets);
	*r = (struct gb_recording){.format = "", .compression = "none"};
}
