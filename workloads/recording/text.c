/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Text recordings: lines -> events.  A line that cannot be used costs a count, never the
 * recording.
 */
#include "recording/reader.h"

#include <string.h>

static void malformed(struct gb_reader *rd)
{
	rd->rec->metric[GB_REC_MALFORMED_LINES]++;
}

/* The last line has no LF.  Cut in its pointer, it would name another object. */
static int is_cut(const struct gb_reader *rd, const struct gb_kmem_event *ev)
{
	return ev->ends_in_ptr && ev->ptr_len < rd->ptr_len_max;
}

static int take_line(struct gb_reader *rd, const char *p, size_t n, int unfinished,
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

static void warn(struct gb_reader *rd)
{
	struct gb_recording *r = rd->rec;

	if (rd->unfinished && !rd->stream->damage)
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

static int read_text(struct gb_reader *rd, struct gb_error *e)
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
	warn(rd);
	return 0;
}

static int is_text(const unsigned char *head, size_t n)
{
	(void)head;
	(void)n;
	return 1;
}

const struct gb_source gb_source_text = {
	.name = "text",
	.recognises = is_text,
	.read = read_text,
};
