/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A file as a stream of bytes or lines, plain or compressed; the first bytes decide, not
 * the name.  Damaged or truncated data is no error: the stream ends where the sound part
 * ends, and `damage` says why.
 *
 * Layer: workloads/recording.  The stream is a few hundred KiB: gb_stream_open maps it.
 */
#ifndef GB_RECORDING_STREAM_H
#define GB_RECORDING_STREAM_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

#define GB_STREAM_INPUT  ((size_t)64 << 10)
#define GB_STREAM_WINDOW ((size_t)256 << 10)
/* A longer line is no event of any format: it is skipped, in bounded memory. */
#define GB_STREAM_LINE_MAX ((size_t)64 << 10)

struct gb_stream;

/* A way of compressing: one file, one descriptor, one row in stream.c.  A build without
 * the library has the same descriptor with open() that says so. */
struct gb_codec {
	const char *name;
	unsigned char magic[8];
	size_t magic_len;
	/* s->codec_state is the codec's own. */
	int (*open)(struct gb_stream *s, struct gb_error *e);
	/* Up to @n bytes into @out: the number, 0 at the end; -1 when the data is
	 * damaged, with s->damage set. */
	ssize_t (*read)(struct gb_stream *s, unsigned char *out, size_t n);
	void (*close)(struct gb_stream *s);
};
extern const struct gb_codec gb_codec_gzip, gb_codec_xz, gb_codec_zstd;

struct gb_stream {
	int fd;
	const struct gb_codec *codec; /* NULL: plain */
	void *codec_state;
	const char *damage; /* NULL, or what ended the stream early */
	int read_errno;
	int input_ended, ended;
	/* compressed (or plain) bytes not yet consumed */
	size_t in_pos, in_len;
	/* decoded bytes not yet handed out */
	size_t pos, len;
	unsigned char in[GB_STREAM_INPUT];
	unsigned char window[GB_STREAM_WINDOW];
};

/* GB_EXIT_USAGE when @path cannot be opened, is a folder or a device, or needs a library
 * that this build lacks.  Close what it returns; NULL on error. */
struct gb_stream *gb_stream_open(const char *path, struct gb_error *e);
void gb_stream_close(struct gb_stream *s);
const char *gb_stream_compression(const struct gb_stream *s);
/* The next decoded bytes without consuming them, at most @n (<= GB_STREAM_LINE_MAX). */
size_t gb_stream_peek(struct gb_stream *s, const unsigned char **head, size_t n);
/* Exactly the bytes a binary format needs; fewer at the end. */
size_t gb_stream_bytes(struct gb_stream *s, void *out, size_t n);

enum gb_stream_line { GB_LINE_END, GB_LINE_WHOLE, GB_LINE_UNFINISHED, GB_LINE_TOO_LONG };
/* The next line without its end (LF or CRLF); valid until the next call.  UNFINISHED: the
 * last one, with no LF.  TOO_LONG: skipped, no text. */
enum gb_stream_line gb_stream_line(struct gb_stream *s, const char **line, size_t *len);

/* For codecs: make sure that compressed input is there; 0 at its end. */
size_t gb_stream_fill_input(struct gb_stream *s);

#endif
