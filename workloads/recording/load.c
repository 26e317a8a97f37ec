/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Reading a recording: stream -> source -> matcher.  The kinds of files are rows of a
 * table that look at the first bytes (decompressed).
 */
#include "recording/recording.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/atomic.h"
#include "recording/reader.h"
#include "recording/vector.h"

void gb_recording_warn(struct gb_recording *r, const char *fmt, ...)
{
	va_list ap;

	if (r->nr_warnings == GB_RECORDING_MAX_WARNINGS)
		return;
	va_start(ap, fmt);
	vsnprintf(r->warning[r->nr_warnings++], sizeof(r->warning[0]), fmt, ap);
	va_end(ap);
}

/* Text has no magic: it comes last. */
static const struct gb_source *const sources[] = {
	&gb_source_program, &gb_source_text,
};

static int read_source(struct gb_reader *rd, struct gb_error *e)
{
	const unsigned char *head;
	size_t n = gb_stream_peek(rd->stream, &head, GB_SOURCE_HEAD);

	for (size_t i = 0; i < GB_ARRAY_SIZE(sources); i++)
		if (sources[i]->recognises(head, n))
			return sources[i]->read(rd, e);
	return gb_fail(e, GB_EXIT_USAGE, "gfpbench record --help",
		       "no known kind of recording");
}

static int no_event(const char *path, struct gb_reader *rd, struct gb_error *e)
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

static int load(const char *path, struct gb_reader *rd, struct gb_error *e)
{
	struct gb_recording *r = rd->rec;

	if (gb_match_begin(&rd->matcher, r, e) || read_source(rd, e))
		return -(int)e->code;
	if (!r->metric[GB_REC_EVENTS])
		return no_event(path, rd, e);
	if (rd->stream->damage)
		gb_recording_warn(r, "damaged: %s; what came before is used",
				  rd->stream->damage);
	gb_match_end(&rd->matcher);
	return 0;
}

int gb_recording_load(const char *path, struct gb_recording *r, struct gb_error *e)
{
	char resolved[4096];
	struct gb_reader *rd;
	int ret;

	*r = (struct gb_recording){ .format = "", .compression = "none" };
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
	*r = (struct gb_recording){ .format = "", .compression = "none" };
}
