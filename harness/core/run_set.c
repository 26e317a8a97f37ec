/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "run_set.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/temporary.h"

void gb_run_set_add(struct gb_run_set *s, const char *path)
{
	s->path = realloc(s->path, (s->n + 1) * sizeof(*s->path));
	GB_BUG_ON(!s->path);
	s->path[s->n] = strdup(path);
	GB_BUG_ON(!s->path[s->n]);
	s->n++;
}

static int is_database(const char *path)
{
	char head[16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC), yes;

	yes = fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) &&
	      !memcmp(head, "SQLite format 3", sizeof(head));
	if (fd >= 0)
		close(fd);
	return yes;
}

/* "FILE:PATTERN" when FILE is a database: the part behind the last colon that makes one. */
static const char *split(const char *arg, char *file, size_t n)
{
	for (const char *p = arg + strlen(arg); p > arg; p--)
		if (*p == ':' && (size_t)(p - arg) < n) {
			snprintf(file, n, "%.*s", (int)(p - arg), arg);
			if (is_database(file))
				return p + 1;
		}
	return NULL;
}

static int make_folder(struct gb_run_set *s, struct gb_error *e)
{
	if (s->folder[0])
		return 0;
	return gb_temporary_folder("runs", s->folder, sizeof(s->folder), e);
}

static int add_argument(struct gb_run_set *s, const char *arg, struct gb_error *e)
{
	char file[PATH_MAX];
	const char *pattern = NULL;
	size_t before = s->n;

	snprintf(file, sizeof(file), "%s", arg);
	if (!is_database(file)) {
		pattern = split(arg, file, sizeof(file));
		if (!pattern) {
			gb_run_set_add(s, arg);
			return 0;
		}
	}
	if (make_folder(s, e) || gb_import_sqlite(file, pattern, s, e))
		return -(int)e->code;
	s->unpacked += s->n - before;
	return 0;
}

int gb_run_set_open(const char *const *args, size_t n, struct gb_run_set *s,
		    struct gb_error *e)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < n; i++)
		if (add_argument(s, args[i], e))
			return -(int)e->code;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	remove(path);
	return 0;
}

void gb_run_set_close(struct gb_run_set *s)
{
	if (s->folder[0])
		nftw(s->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; i < s->n; i++)
		free(s->path[i]);
	free(s->path);
	memset(s, 0, sizeof(*s));
}
