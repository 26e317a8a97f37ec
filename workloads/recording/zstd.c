/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Recordings in zstd frames, one or several.  The allocation hooks stand in the section
 * of zstd.h that is promised for static linking only; their form has not changed
 * since 1.3, and the shared library exports them.
 */
#define ZSTD_STATIC_LINKING_ONLY
#include "recording/stream.h"

#include <zstd.h>

#include "recording/vector.h"

static void *hook_alloc(void *opaque, size_t n)
{
	(void)opaque;
	return gb_library_alloc(n);
}

static void hook_free(void *opaque, void *p)
{
	(void)opaque;
	gb_library_free(p);
}

struct state {
	ZSTD_DCtx *context;
	size_t hint; /* what the last call returned: 0 = at the end of a frame */
};

static int zstd_open(struct gb_stream *s, struct gb_error *e)
{
	ZSTD_customMem hooks = { hook_alloc, hook_free, NULL };
	struct state *z = gb_library_alloc(sizeof(*z));

	if (z)
		z->context = ZSTD_createDCtx_advanced(hooks);
	if (!z || !z->context) {
		gb_library_free(z);
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no memory for zstd");
	}
	s->codec_state = z;
	return 0;
}

/* The end of the input inside a frame means that the file was cut off.  The library's own
 * limit on the window (128 MiB) bounds the memory. */
static ssize_t zstd_read(struct gb_stream *s, unsigned char *out, size_t n)
{
	struct state *z = s->codec_state;
	ZSTD_outBuffer o = { out, n, 0 };

	while (!o.pos && !s->damage) {
		int at_end = !gb_stream_fill_input(s);
		ZSTD_inBuffer i = { s->in, s->in_len, s->in_pos };

		if (at_end && !z->hint)
			return 0;
		z->hint = ZSTD_decompressStream(z->context, &o, &i);
		s->in_pos = i.pos;
		if (ZSTD_isError(z->hint))
			s->damage = ZSTD_getErrorName(z->hint);
		else if (at_end && !o.pos && !s->damage)
			s->damage = "the zstd data ends in the middle of a frame";
	}
	return o.pos ? (ssize_t)o.pos : -1;
}

static void zstd_close(struct gb_stream *s)
{
	struct state *z = s->codec_state;

	ZSTD_freeDCtx(z->context);
	gb_library_free(z);
}

const struct gb_codec gb_codec_zstd = {
	.name = "zstd",
	.magic = { 0x28, 0xb5, 0x2f, 0xfd },
	.magic_len = 4,
	.open = zstd_open,
	.read = zstd_read,
	.close = zstd_close,
};
