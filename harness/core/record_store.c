/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Where a recording goes: into a new file, plain or through zstd, written whole under
 * another name and renamed, so that a full disk leaves no half file under the right one.
 */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define BUFFER ((size_t)1 << 20)
#define LEVEL 6

struct sink {
	int fd;
	ZSTD_CCtx *zstd; /* NULL: plain */
	unsigned long long written;
	const char *name;
};

static int put(struct sink *s, const void *data, size_t n, struct gb_error *e)
{
	const char *p = data;

	while (n) {
		ssize_t k = write(s->fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
					     "cannot write %s", s->name);
		p += k;
		n -= (size_t)k;
		s->written += (unsigned long long)k;
	}
	return 0;
}

static int put_zstd(struct sink *s, const void *data, size_t n, int last, struct gb_error *e)
{
	static char out[1 << 17];
	ZSTD_inBuffer in = { data, n, 0 };
	size_t left;

	do {
		ZSTD_outBuffer o = { out, sizeof(out), 0 };

		left = ZSTD_compressStream2(s->zstd, &o, &in, last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return gb_fail(e, GB_EXIT_HARNESS, NULL, "zstd: %s", ZSTD_getErrorName(left));
		if (put(s, out, o.pos, e))
			return -(int)e->code;
	} while (last ? left != 0 : in.pos < in.size);
	return 0;
}

static int copy(struct sink *s, int from, unsigned long long bytes, struct gb_error *e)
{
	char *buffer = malloc(BUFFER);
	unsigned long long left = bytes ? bytes : ULLONG_MAX;
	ssize_t n = 0;

	GB_BUG_ON(!buffer);
	while (left && !e->code) {
		n = read(from, buffer, left < BUFFER ? (size_t)left : BUFFER);
		if (n <= 0)
			break;
		left -= (unsigned long long)n;
		(void)!(s->zstd ? put_zstd(s, buffer, (size_t)n, 0, e) : put(s, buffer, (size_t)n, e));
	}
	if (n < 0)
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "reading the recording back");
	if (!e->code && s->zstd)
		(void)!put_zstd(s, NULL, 0, 1, e);
	free(buffer);
	return -(int)e->code;
}

static int finish(struct sink *s, const char *output, struct gb_error *e)
{
	if (fsync(s->fd) && errno != EINVAL)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
				     "cannot write %s", output);
	if (rename(s->name, output))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
				     "cannot make %s", output);
	return 0;
}

static int wants_zstd(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strcmp(name + n - 4, ".zst");
}

/*
 * The cheap way: the recording is already a file of this file system, whose blocks were
 * claimed when they were handed out.  Nobody may write to it any more: a process that did
 * would find its pages cut off.  Not synchronised with the disk, as little as the program's
 * own output was; a second copy and its fsync cost more than the recording itself.
 */
int gb_record_move(struct gb_record *r, const char *path, unsigned long long bytes,
		   const char *output)
{
	if (wants_zstd(output) || truncate(path, (off_t)bytes) || rename(path, output))
		return -1;
	r->bytes = bytes;
	return 0;
}

int gb_record_store(struct gb_record *r, int from, unsigned long long bytes, const char *output,
		    struct gb_error *e)
{
	char temporary[PATH_MAX];
	struct sink s = { .fd = -1, .name = temporary };

	snprintf(temporary, sizeof(temporary), "%s.part", output);
	s.fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (s.fd < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
				     "cannot make %s", temporary);
	if (wants_zstd(output)) {
		s.zstd = ZSTD_createCCtx();
		GB_BUG_ON(!s.zstd);
		ZSTD_CCtx_setParameter(s.zstd, ZSTD_c_compressionLevel, LEVEL);
	}
	if (copy(&s, from, bytes, e) || finish(&s, output, e))
		unlink(temporary);
	ZSTD_freeCCtx(s.zstd);
	close(s.fd);
	r->bytes = s.written;
	return -(int)e->code;
}

/* The file that execvp would take. */
static int find_program(const char *name, char *out, size_t n)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return snprintf(out, n, "%s", name) < (int)n && !access(out, X_OK);
	while (path && *path) {
		size_t len = strcspn(path, ":");

		if (snprintf(out, n, "%.*s/%s", (int)len, path, name) < (int)n && !access(out, X_OK))
			return 1;
		path += len + (path[len] == ':');
	}
	return 0;
}

int gb_record_check(const struct gb_record *r, int preload, struct gb_error *e)
{
	char program[PATH_MAX];
	struct stat st;

	if (!find_program(r->argv[0], program, sizeof(program)) || stat(program, &st) ||
	    S_ISDIR(st.st_mode))
		return gb_fail(e, GB_EXIT_USAGE, "the program and its arguments follow '--'",
			       "cannot run '%s': no such program", r->argv[0]);
	if (preload && st.st_mode & (S_ISUID | S_ISGID))
		return gb_fail(e, GB_EXIT_USAGE,
			       "the loader ignores LD_PRELOAD for it; record a copy without the bit",
			       "%s is setuid or setgid", program);
	return 0;
}
