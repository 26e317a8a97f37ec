/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Guarantees of the writer:
 *   A. The file holds whole rows only: a row goes out in one write(2), and when that write
 *      falls short and cannot be finished, what did get out is cut off again.
 *   B. One process writes a file at a time (a run's folder is its own), hence A's cut
 *      never hits a stranger's row.
 *   C. What an earlier, killed process left unfinished is cut off on opening.
 */
#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "number.h"
#include "text.h"

struct gb_csv {
	int fd;
	int owned; /* opened here: closed, cut and synced here */
	char *path;
	size_t columns;
	size_t fields;       /* of the row being built */
	struct gb_text row;  /* the row being built */
	struct gb_text held; /* finished rows not yet written */
};

static const char space_hint[] =
	"free some space there, or choose another place with -o; finished rows are kept";

static size_t count_columns(const char *header)
{
	size_t n = 1;

	for (; *header; header++)
		n += *header == ',';
	return n;
}

static struct gb_csv *new_csv(int fd, const char *path, const char *header)
{
	struct gb_csv *c = calloc(1, sizeof(*c));

	GB_BUG_ON(!c);
	c->fd = fd;
	c->columns = count_columns(header);
	c->path = strdup(path);
	GB_BUG_ON(!c->path);
	return c;
}

static void destroy(struct gb_csv *c)
{
	if (c->owned)
		close(c->fd);
	gb_text_free(&c->row);
	gb_text_free(&c->held);
	free(c->path);
	free(c);
}

static int write_failed(struct gb_csv *c, size_t written, int err, struct gb_error *e)
{
	struct stat st;

	/* A. */
	if (c->owned && written && !fstat(c->fd, &st) && S_ISREG(st.st_mode) &&
	    ftruncate(c->fd, st.st_size - (off_t)written))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, space_hint,
				     "%s: an unfinished row could not be removed",
				     c->path);
	return gb_fail_errno(e, GB_EXIT_HARNESS, err,
			     err == ENOSPC || err == EDQUOT || err == EFBIG ? space_hint :
									      NULL,
			     "%s", c->path);
}

static int write_out(struct gb_csv *c, const char *p, size_t n, struct gb_error *e)
{
	size_t done = 0;

	while (done < n) {
		ssize_t put = write(c->fd, p + done, n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return write_failed(c, done, errno, e);
		done += (size_t)put;
	}
	return 0;
}

static int write_header(struct gb_csv *c, const char *header, struct gb_error *e)
{
	struct gb_text line = { 0 };
	int ret;

	gb_text_printf(&line, "%s\n", header);
	ret = write_out(c, line.data, line.len, e);
	gb_text_free(&line);
	return ret;
}

/* Length of the part of @text that ends with a finished row: quotes may hide an LF. */
static size_t finished_part(const char *text, size_t len)
{
	size_t end = 0;
	int quoted = 0;

	for (size_t i = 0; i < len; i++) {
		quoted ^= text[i] == '"';
		if (text[i] == '\n' && !quoted)
			end = i + 1;
	}
	return end;
}

/* C, and the header's check.  *@fresh: the file needs a header. */
static int continue_file(struct gb_csv *c, const char *header, int *fresh,
			 struct gb_error *e)
{
	size_t len, keep, header_len = strlen(header);
	char *text;
	int ret = gb_read_file(c->path, (size_t)1 << 32, &text, &len, e);

	if (ret)
		return ret;
	keep = finished_part(text, len);
	*fresh = keep == 0;
	if (keep && (keep <= header_len || strncmp(text, header, header_len) ||
		     text[header_len] != '\n'))
		ret = gb_fail(e, GB_EXIT_USAGE,
			      "it was written by another version or is no file of ours",
			      "%s: its header line is not the one expected", c->path);
	else if (keep < len && ftruncate(c->fd, (off_t)keep))
		ret = gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "%s", c->path);
	free(text);
	return ret;
}

struct gb_csv *gb_csv_open(const char *path, const char *header, struct gb_error *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	struct gb_csv *c;
	struct stat st;
	int fresh = 1;

	if (fd < 0) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno,
			      errno == ENOSPC ? space_hint : NULL, "%s", path);
		return NULL;
	}
	c = new_csv(fd, path, header);
	c->owned = 1;
	if ((!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 &&
	     continue_file(c, header, &fresh, e)) ||
	    (fresh && write_header(c, header, e))) {
		destroy(c);
		return NULL;
	}
	return c;
}

struct gb_csv *gb_csv_fd(int fd, const char *header, struct gb_error *e)
{
	struct gb_csv *c =
		new_csv(fd, fd == STDOUT_FILENO ? "standard output" : "output", header);

	if (write_header(c, header, e)) {
		destroy(c);
		return NULL;
	}
	return c;
}

/* Begins a field. */
static struct gb_text *field(struct gb_csv *c)
{
	if (c->fields++)
		gb_text_add(&c->row, ",");
	return &c->row;
}

void gb_csv_text(struct gb_csv *c, const char *value)
{
	struct gb_text *row = field(c);

	if (!value)
		return;
	if (!value[strcspn(value, ",\"\r\n")]) {
		gb_text_add(row, value);
		return;
	}
	gb_text_add(row, "\"");
	for (; *value; value++)
		gb_text_addn(row, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
	gb_text_add(row, "\"");
}

void gb_csv_u64(struct gb_csv *c, uint64_t value)
{
	gb_text_printf(field(c), "%" PRIu64, value);
}

void gb_csv_i64(struct gb_csv *c, int64_t value)
{
	gb_text_printf(field(c), "%" PRId64, value);
}

void gb_csv_double(struct gb_csv *c, double value)
{
	char buf[GB_NUMBER_SIZE];
	struct gb_text *row = field(c);

	if (!isnan(value))
		gb_text_add(row, gb_number_format(buf, sizeof(buf), value));
}

void gb_csv_empty(struct gb_csv *c)
{
	field(c);
}

int gb_csv_row_held(struct gb_csv *c, struct gb_error *e)
{
	(void)e;
	if (c->fields != c->columns)
		GB_BUG("%s: a row of %zu fields under a header of %zu", c->path,
		       c->fields, c->columns);
	gb_text_add(&c->row, "\n");
	gb_text_addn(&c->held, c->row.data, c->row.len);
	c->row.len = 0;
	c->fields = 0;
	return 0;
}

int gb_csv_row(struct gb_csv *c, struct gb_error *e)
{
	int ret = gb_csv_row_held(c, e);

	return ret ? ret : gb_csv_flush(c, 0, e);
}

int gb_csv_flush(struct gb_csv *c, int sync, struct gb_error *e)
{
	int ret = 0;

	if (c->held.len)
		ret = write_out(c, c->held.data, c->held.len, e);
	c->held.len = 0;
	/* EINVAL, EROFS: a device or pipe, which has nothing to sync. */
	if (!ret && sync && c->owned && fdatasync(c->fd) && errno != EINVAL &&
	    errno != EROFS)
		ret = gb_fail_errno(e, GB_EXIT_HARNESS, errno, space_hint, "%s", c->path);
	return ret;
}

uint64_t gb_csv_bytes(const struct gb_csv *c)
{
	struct stat st;

	return c->owned && !fstat(c->fd, &st) && S_ISREG(st.st_mode) ? (uint64_t)st.st_size :
								       UINT64_MAX;
}

void gb_csv_take_back(struct gb_csv *c, uint64_t bytes)
{
	c->held.len = 0;
	/* the caller has failed already, and a reader can tell a row that is cut off */
	if (gb_csv_bytes(c) > bytes)
		(void)!ftruncate(c->fd, (off_t)bytes);
}

int gb_csv_close(struct gb_csv *c, struct gb_error *e)
{
	int ret = gb_csv_flush(c, 0, e);

	if (c->owned) {
		c->owned = 0;
		if (close(c->fd) && !ret)
			ret = gb_fail_errno(e, GB_EXIT_HARNESS, errno, space_hint, "%s",
					    c->path);
	}
	destroy(c);
	return ret;
}
