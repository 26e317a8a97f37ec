/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Recordings in xz streams, one or several. */
#include "recording/stream.h"

#include <lzma.h>

#include "recording/vector.h"

/* xz -9 needs 65 MiB to decompress. */
#define XZ_MEMORY_LIMIT (UINT64_C(256) << 20)

struct state {
	lzma_stream z;
	lzma_allocator hooks;
	int finished;
};

static void *hook_alloc(void *opaque, size_t items, size_t size)
{
	(void)opaque;
	return gb_library_alloc(items * size);
}

static void hook_free(void *opaque, void *p)
{
	(void)opaque;
	gb_library_free(p);
}

static int xz_open(struct gb_stream *s, struct gb_error *e)
{
	struct state *x = gb_library_alloc(sizeof(*x));

	if (x) {
		x->hooks = (lzma_allocator){ hook_alloc, hook_free, NULL };
		x->z = (lzma_stream)LZMA_STREAM_INIT;
		x->z.allocator = &x->hooks;
	}
	if (!x ||
	    lzma_stream_decoder(&x->z, XZ_MEMORY_LIMIT, LZMA_CONCATENATED) != LZMA_OK) {
		gb_library_free(x);
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no memory for liblzma");
	}
	s->codec_state = x;
	return 0;
}

static const char *xz_damage(lzma_ret r)
{
	switch (r) {
	case LZMA_MEMLIMIT_ERROR:
		return "the xz data needs more than 256 MiB to decompress";
	case LZMA_BUF_ERROR:
		return "the xz data ends too early";
	default:
		return "the xz data is damaged";
	}
}

static ssize_t xz_read(struct gb_stream *s, unsigned char *out, size_t n)
{
	struct state *x = s->codec_state;
	lzma_ret r;

	x->z.next_out = out;
	x->z.avail_out = n;
	while (x->z.avail_out == n && !s->damage && !x->finished) {
		int at_end = !gb_stream_fill_input(s);

		x->z.next_in = s->in + s->in_pos;
		x->z.avail_in = s->in_len - s->in_pos;
		r = lzma_code(&x->z, at_end ? LZMA_FINISH : LZMA_RUN);
		s->in_pos = s->in_len - x->z.avail_in;
		if (r == LZMA_STREAM_END)
			x->finished = 1;
		else if (r != LZMA_OK && !s->damage)
			s->damage = xz_damage(r);
	}
	if (x->z.avail_out < n)
		return (ssize_t)(n - x->z.avail_out);
	return s->damage ? -1 : 0;
}

static void xz_close(struct gb_stream *s)
{
	struct state *x = s->codec_state;

	lzma_end(&x->z);
	gb_library_free(x);
}

const struct gb_codec gb_codec_xz = {
	.name = "xz",
	.magic = { 0xfd, '7', 'z', 'X', 'Z', 0x00 },
	.magic_len = 6,
	.open = xz_open,
	.read = xz_read,
	.close = xz_close,
};
