/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Recordings in gzip members, one or several. */
#include "recording/stream.h"

#include <zlib.h>

#include "recording/vector.h"

struct state {
	z_stream z;
	int member_ended;
};

static voidpf hook_alloc(voidpf opaque, uInt items, uInt size)
{
	(void)opaque;
	return gb_library_alloc((size_t)items * size);
}

static void hook_free(voidpf opaque, voidpf p)
{
	(void)opaque;
	gb_library_free(p);
}

static int gzip_open(struct gb_stream *s, struct gb_error *e)
{
	struct state *g = gb_library_alloc(sizeof(*g));

	if (g) {
		g->z.zalloc = hook_alloc;
		g->z.zfree = hook_free;
	}
	/* 15 bits of window, + 16: a gzip header is required */
	if (!g || inflateInit2(&g->z, 15 + 16) != Z_OK) {
		gb_library_free(g);
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no memory for zlib");
	}
	s->codec_state = g;
	return 0;
}

static int next_member(struct state *g)
{
	g->member_ended = 0;
	return inflateReset(&g->z);
}

static ssize_t gzip_read(struct gb_stream *s, unsigned char *out, size_t n)
{
	struct state *g = s->codec_state;
	int r = Z_OK;

	g->z.next_out = out;
	g->z.avail_out = (uInt)n;
	while (g->z.avail_out == n && !s->damage) {
		int at_end = !gb_stream_fill_input(s);

		if (at_end && g->member_ended)
			return 0;
		if (g->member_ended)
			r = next_member(g);
		g->z.next_in = s->in + s->in_pos;
		g->z.avail_in = (uInt)(s->in_len - s->in_pos);
		if (r == Z_OK)
			r = inflate(&g->z, Z_NO_FLUSH);
		s->in_pos = s->in_len - g->z.avail_in;
		if (r == Z_STREAM_END) {
			g->member_ended = 1;
			r = Z_OK;
		} else if (r != Z_OK && r != Z_BUF_ERROR) {
			s->damage = "the gzip data is damaged";
		} else if (at_end && g->z.avail_out == n && !s->damage) {
			s->damage = "the gzip data ends too early";
		} else {
			r = Z_OK;
		}
	}
	return g->z.avail_out < n ? (ssize_t)(n - g->z.avail_out) : -1;
}

static void gzip_close(struct gb_stream *s)
{
	struct state *g = s->codec_state;

	inflateEnd(&g->z);
	gb_library_free(g);
}

const struct gb_codec gb_codec_gzip = {
	.name = "gzip",
	.magic = { 0x1f, 0x8b },
	.magic_len = 2,
	.open = gzip_open,
	.read = gzip_read,
	.close = gzip_close,
};
