/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Taking up an interrupted run: which samples are complete, and removal of what belongs to
 * none.  A file is rewritten beside itself and renamed, so a second interruption loses
 * nothing.
 */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "columns.h"

/* Killed before a file's header was on disk: it is opened as a new one. */
static int has_header(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[8192]; /* no header of ours is as long */
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	return got > 0 && memchr(text, '\n', (size_t)got);
}

static int mark(const char *dir, unsigned char *done, size_t n, struct gb_error *e)
{
	struct gb_csv_table t;
	char path[4096];
	int id_col, status_col;

	snprintf(path, sizeof(path), "%s/samples.csv", dir);
	if (gb_csv_read(path, &t, e))
		return -e->code;
	id_col = gb_csv_column(&t, "sample_id");
	status_col = gb_csv_column(&t, "status");
	for (size_t i = 0; i < t.rows; i++) {
		uint64_t id;

		if (gb_csv_get_u64(&t, i, id_col, &id) || id >= n)
			continue;
		done[id] = strcmp(gb_csv_get(&t, i, status_col), "interrupted") != 0;
	}
	gb_csv_free(&t);
	return 0;
}

static int copy_row(struct gb_csv *out, const struct gb_csv_table *t, size_t row,
		    struct gb_error *e)
{
	for (size_t c = 0; c < t->columns; c++)
		gb_csv_text(out, gb_csv_get(t, row, (int)c));
	return gb_csv_row_held(out, e);
}

static int keep_complete(const struct gb_csv_table *t, const char *path, const char *header,
			 const unsigned char *done, size_t n, struct gb_error *e)
{
	int id_col = gb_csv_column(t, "sample_id");
	char tmp[4200];
	struct gb_csv *out;

	snprintf(tmp, sizeof(tmp), "%s.part", path);
	unlink(tmp);
	out = gb_csv_open(tmp, header, e);
	if (!out)
		return -e->code;
	for (size_t i = 0; i < t->rows && !e->code; i++) {
		uint64_t id;

		if (!gb_csv_get_u64(t, i, id_col, &id) && id < n && done[id])
			(void)!copy_row(out, t, i, e);
	}
	if (!e->code)
		(void)!gb_csv_flush(out, 1, e);
	(void)!gb_csv_close(out, e);
	if (!e->code && rename(tmp, path))
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot replace %s", path);
	if (e->code)
		unlink(tmp);
	return -e->code;
}

static int has_orphans(const struct gb_csv_table *t, const unsigned char *done, size_t n)
{
	int id_col = gb_csv_column(t, "sample_id");

	for (size_t i = 0; i < t->rows; i++) {
		uint64_t id;

		if (gb_csv_get_u64(t, i, id_col, &id) || id >= n || !done[id])
			return 1;
	}
	return t->torn;
}

static int prune(const char *dir, const struct gb_csv_file *f, const unsigned char *done,
		 size_t n, struct gb_error *e)
{
	struct gb_csv_table t;
	char path[4096], *header;

	snprintf(path, sizeof(path), "%s/%s", dir, f->name);
	if (!has_header(path))
		return 0;
	if (gb_csv_read(path, &t, e))
		return -e->code;
	header = gb_csv_file_header(f);
	if (has_orphans(&t, done, n))
		(void)!keep_complete(&t, path, header, done, n, e);
	free(header);
	gb_csv_free(&t);
	return -e->code;
}

int gb_rows_resume(const char *dir, unsigned char *done, size_t n, struct gb_error *e)
{
	char path[4096];

	memset(done, 0, n);
	snprintf(path, sizeof(path), "%s/samples.csv", dir);
	if (has_header(path) && mark(dir, done, n, e))
		return -e->code;
	for (int i = 0; i < GB_ROW_FILES; i++)
		if (prune(dir, &gb_csv_files[i], done, n, e))
			return -e->code;
	return 0;
}
