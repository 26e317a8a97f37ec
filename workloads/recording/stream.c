/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Two buffers: `in` holds bytes of the file, `window` decoded text.  A line is handed out
 * in place; only the unfinished rest of a window is moved to its front, at most once per
 * refill, so the cost is linear in the length of the text.
 */
#include "recording/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/map.h"

static const struct gb_codec *const codecs[] = {
	&gb_codec_gzip,
	&gb_codec_xz,
	&gb_codec_zstd,
};

size_t gb_stream_fill_input(struct gb_stream *s)
{
	ssize_t n;

	if (s->in_pos < s->in_len)
		return s->in_len - s->in_pos;
	s->in_pos = s->in_len = 0;
	if (s->input_ended)
		return 0;
	do
		n = read(s->fd, s->in, sizeof(s->in));
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		s->read_errno = errno;
		s->damage = strerror(errno);
	}
	if (n <= 0) {
		s->input_ended = 1;
		return 0;
	}
	s->in_len = (size_t)n;
	return s->in_len;
}

static ssize_t plain_read(struct gb_stream *s, unsigned char *out, size_t n)
{
	size_t have = gb_stream_fill_input(s);

	if (n > have)
		n = have;
	memcpy(out, s->in + s->in_pos, n);
	s->in_pos += n;
	return (ssize_t)n;
}

/* Move what is left to the front and decode more behind it; 0 when nothing came. */
static size_t fill_window(struct gb_stream *s)
{
	ssize_t n;

	if (s->ended)
		return 0;
	if (s->pos) {
		memmove(s->window, s->window + s->pos, s->len - s->pos);
		s->len -= s->pos;
		s->pos = 0;
	}
	if (s->len == sizeof(s->window))
		return 0;
	n = s->codec ? s->codec->read(s, s->window + s->len, sizeof(s->window) - s->len) :
		       plain_read(s, s->window + s->len, sizeof(s->window) - s->len);
	if (n <= 0) {
		s->ended = 1;
		return 0;
	}
	s->len += (size_t)n;
	return (size_t)n;
}

static int choose_codec(struct gb_stream *s, struct gb_error *e)
{
	size_t have = gb_stream_fill_input(s);

	for (size_t i = 0; i < GB_ARRAY_SIZE(codecs); i++) {
		const struct gb_codec *c = codecs[i];

		if (have < c->magic_len || memcmp(s->in, c->magic, c->magic_len))
			continue;
		if (c->open(s, e))
			return -(int)e->code;
		s->codec = c;
		break;
	}
	return 0;
}

static int open_file(const char *path, struct gb_error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return gb_fail_errno(e, GB_EXIT_USAGE, errno,
				     "name a file that can be read", "recording %s",
				     path),
		       -1;
	if (!fstat(fd, &st) &&
	    (S_ISDIR(st.st_mode) || S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))) {
		gb_fail(e, GB_EXIT_USAGE,
			"a recording is the text of ftrace, trace-cmd report "
			"or perf script in a file, plain or .zst, .gz, .xz",
			"recording %s is a %s", path,
			S_ISDIR(st.st_mode) ? "folder" : "device");
		close(fd);
		return -1;
	}
	return fd;
}

struct gb_stream *gb_stream_open(const char *path, struct gb_error *e)
{
	int fd = open_file(path, e);
	struct gb_stream *s;

	if (fd < 0)
		return NULL;
	s = gb_map_lazy(sizeof(*s));
	if (!s) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "memory for reading %s",
			      path);
		close(fd);
		return NULL;
	}
	s->fd = fd;
	if (choose_codec(s, e)) {
		gb_hint(e, "decompress %s first, or build gfpbench with that library",
			path);
		gb_stream_close(s);
		return NULL;
	}
	if (s->read_errno) {
		gb_fail_errno(e, GB_EXIT_USAGE, s->read_errno,
			      "name a file that can be read", "recording %s", path);
		gb_stream_close(s);
		return NULL;
	}
	return s;
}

void gb_stream_close(struct gb_stream *s)
{
	if (!s)
		return;
	if (s->codec)
		s->codec->close(s);
	close(s->fd);
	gb_unmap(s, sizeof(*s));
}

const char *gb_stream_compression(const struct gb_stream *s)
{
	return s->codec ? s->codec->name : "none";
}

size_t gb_stream_peek(struct gb_stream *s, const unsigned char **head, size_t n)
{
	while (s->len - s->pos < n && fill_window(s))
		;
	*head = s->window + s->pos;
	return s->len - s->pos < n ? s->len - s->pos : n;
}

size_t gb_stream_bytes(struct gb_stream *s, void *out, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t have = s->len - s->pos, take = have < n - done ? have : n - done;

		memcpy((char *)out + done, s->window + s->pos, take);
		s->pos += take;
		done += take;
		if (done < n && !fill_window(s))
			break;
	}
	return done;
}

/* Drop everything up to and with the next LF. */
static void skip_line(struct gb_stream *s)
{
	for (;;) {
		unsigned char *start = s->window + s->pos;
		unsigned char *lf = memchr(start, '\n', s->len - s->pos);

		if (lf) {
			s->pos += (size_t)(lf - start) + 1;
			return;
		}
		s->pos = s->len;
		if (!fill_window(s))
			return;
	}
}

enum gb_stream_line gb_stream_line(struct gb_stream *s, const char **line, size_t *len)
{
	enum gb_stream_line kind = GB_LINE_WHOLE;
	size_t looked = 0, n;
	unsigned char *lf;

	*line = NULL;
	*len = 0;
	for (;;) {
		lf = memchr(s->window + s->pos + looked, '\n', s->len - s->pos - looked);
		looked = s->len - s->pos;
		if (lf || looked > GB_STREAM_LINE_MAX || !fill_window(s))
			break;
	}
	if (!lf && looked <= GB_STREAM_LINE_MAX)
		kind = looked ? GB_LINE_UNFINISHED : GB_LINE_END;
	n = lf ? (size_t)(lf - (s->window + s->pos)) : looked;
	if (n > GB_STREAM_LINE_MAX) {
		skip_line(s);
		return GB_LINE_TOO_LONG;
	}
	*line = (const char *)s->window + s->pos;
	s->pos += lf ? n + 1 : n;
	*len = n && (*line)[n - 1] == '\r' ? n - 1 : n;
	return kind;
}
