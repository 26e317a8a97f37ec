/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "number.h"

/* Room for @n more bytes and the NUL. */
static void reserve(struct gb_text *t, size_t n)
{
	size_t cap = t->cap ? t->cap : 64;

	while (cap - t->len <= n)
		GB_BUG_ON(__builtin_mul_overflow(cap, 2, &cap));
	if (cap == t->cap)
		return;
	t->data = realloc(t->data, cap);
	GB_BUG_ON(!t->data);
	t->cap = cap;
}

void gb_text_addn(struct gb_text *t, const char *s, size_t n)
{
	reserve(t, n);
	memcpy(t->data + t->len, s, n);
	t->len += n;
	t->data[t->len] = '\0';
}

void gb_text_add(struct gb_text *t, const char *s)
{
	gb_text_addn(t, s, strlen(s));
}

void gb_text_printf(struct gb_text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	GB_BUG_ON(n < 0);
	reserve(t, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(t->data + t->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->len += (size_t)n;
}

/*
 * Bytes of the UTF-8 character at @s, or 0 when it is none: overlong forms, surrogates
 * and what lies beyond U+10FFFF are none either (RFC 3629).
 */
static size_t utf8_length(const unsigned char *s)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static const char *json_escape(unsigned char c, char buf[8])
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\t':
		return "\\t";
	case '\r':
		return "\\r";
	}
	if (c >= 0x20 && c != 0x7f)
		return NULL;
	snprintf(buf, 8, "\\u%04x", c);
	return buf;
}

static const char *xml_escape(unsigned char c, char buf[8])
{
	(void)buf;
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\n':
	case '\t':
		return NULL;
	}
	/* No XML document may hold these, escaped or not. */
	return c < 0x20 || c == 0x7f ? REPLACEMENT : NULL;
}

static void add_escaped(struct gb_text *t, const char *s,
			const char *(*escape)(unsigned char c, char buf[8]))
{
	const char *as;
	char buf[8];
	size_t n;

	for (; *s; s += n) {
		n = utf8_length((const unsigned char *)s);
		as = n == 1 ? escape((unsigned char)*s, buf) :
		     n == 0 ? REPLACEMENT :
			      NULL;
		if (as)
			gb_text_add(t, as);
		else
			gb_text_addn(t, s, n);
		n = n ? n : 1;
	}
}

void gb_text_json(struct gb_text *t, const char *s)
{
	gb_text_add(t, "\"");
	add_escaped(t, s, json_escape);
	gb_text_add(t, "\"");
}

void gb_text_xml(struct gb_text *t, const char *s)
{
	add_escaped(t, s, xml_escape);
}

void gb_text_shell(struct gb_text *t, const char *s, int list)
{
	if (*s && !strpbrk(s, " ,'\"\\$`*?;&|<>()[]{}~#!\t\n")) {
		gb_text_add(t, s);
		return;
	}
	gb_text_add(t, "'");
	for (; *s; s++) {
		if (*s == '\'')
			gb_text_add(t, "'\\''");
		else if (*s == ',' && list)
			gb_text_add(t, "\\,");
		else
			gb_text_addn(t, s, 1);
	}
	gb_text_add(t, "'");
}

void gb_text_double(struct gb_text *t, double v)
{
	char buf[GB_NUMBER_SIZE];

	/* JSON knows neither NaN nor infinity. */
	gb_text_add(t, isfinite(v) ? gb_number_format(buf, sizeof(buf), v) : "null");
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

static const char disk_hint[] = "free some space there, or name another place";

/* A device or a pipe cannot be renamed over, and a link is its owner's (/dev/stdout is one,
 * to whatever file it was redirected): written through. */
static int save_through(const struct gb_text *t, const char *path, struct gb_error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int err;

	if (fd < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "%s", path);
	err = write_all(fd, t->data ? t->data : "", t->len);
	if (close(fd) && !err)
		err = -errno;
	return err ? gb_fail_errno(e, GB_EXIT_HARNESS, -err, disk_hint, "%s", path) : 0;
}

/* The new name must survive a crash as well; file systems that cannot sync a folder
 * answer EINVAL, and there is nothing more to do. */
static void sync_folder(const char *path)
{
	char *folder = strdup(path), *slash;
	int fd;

	GB_BUG_ON(!folder);
	slash = strrchr(folder, '/');
	if (slash)
		slash[1] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

static int save_by_rename(const struct gb_text *t, const char *path,
			  const char *temporary)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, t->data ? t->data : "", t->len);
	if (!err && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

int gb_text_save(const struct gb_text *t, const char *path, struct gb_error *e)
{
	struct gb_text temporary = { 0 };
	struct stat st;
	int err, full;

	if (!lstat(path, &st) && !S_ISREG(st.st_mode))
		return save_through(t, path, e);
	gb_text_printf(&temporary, "%s.%ld.tmp", path, (long)getpid());
	err = save_by_rename(t, path, temporary.data);
	gb_text_free(&temporary);
	full = err == -ENOSPC || err == -EFBIG || err == -EDQUOT;
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, -err, full ? disk_hint : NULL, "%s", path);
	sync_folder(path);
	return 0;
}

void gb_text_free(struct gb_text *t)
{
	free(t->data);
	*t = (struct gb_text){ 0 };
}

static int read_all(int fd, size_t limit, struct gb_text *t)
{
	ssize_t got;

	for (;;) {
		reserve(t, 65536);
		got = read(fd, t->data + t->len, 65536);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		t->len += (size_t)got;
		if (t->len > limit)
			return -EFBIG;
	}
	t->data[t->len] = '\0';
	return got < 0 ? -errno : 0;
}

int gb_read_file(const char *path, size_t limit, char **data, size_t *len,
		 struct gb_error *e)
{
	struct gb_text t = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0) /* a name that cannot be opened is the caller's doing */
		return gb_fail_errno(e, GB_EXIT_USAGE, errno, NULL, "%s", path);
	err = read_all(fd, limit, &t);
	close(fd);
	if (!err) {
		*data = t.data;
		*len = t.len;
		return 0;
	}
	gb_text_free(&t);
	if (err == -EFBIG)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "%s: larger than %zu bytes", path,
			       limit);
	return gb_fail_errno(e, err == -EISDIR ? GB_EXIT_USAGE : GB_EXIT_HARNESS, -err,
			     NULL, "%s", path);
}
