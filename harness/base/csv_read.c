/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The file is read whole and unquoted in place: a field shrinks or keeps its length, so
 * every field is a pointer into the one storage block.  CRLF line ends and a byte-order
 * mark (spreadsheets write both) are accepted.
 */
#include "csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "text.h"

#define LARGEST_FILE ((size_t)1 << 32)
#define MOST_COLUMNS 4096

struct reader {
	char *at, *end; /* the unread part */
	size_t line;
	char **field; /* every field so far, header included */
	size_t fields, cap;
};

enum ending { COMMA, LINE, TORN, BAD_QUOTE };

static void keep(struct reader *r, char *field)
{
	if (r->fields == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 1024;
		r->field = realloc(r->field, r->cap * sizeof(*r->field));
		GB_BUG_ON(!r->field);
	}
	r->field[r->fields++] = field;
}

/* Whether a line ends at @p; its length there (LF or CRLF), else 0. */
static size_t line_end(const struct reader *r, const char *p)
{
	if (p < r->end && *p == '\n')
		return 1;
	return r->end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

/* Takes the comma or line end at @p, behind a field that ends (and is closed) at @stop. */
static enum ending take_separator(struct reader *r, char *p, char *stop)
{
	size_t n = line_end(r, p);

	if (p >= r->end)
		return TORN;
	if (*p != ',' && !n)
		return BAD_QUOTE;
	r->at = p + (n ? n : 1);
	*stop = '\0';
	return n ? LINE : COMMA;
}

static enum ending read_quoted(struct reader *r)
{
	char *p = r->at + 1, *out = p;
	size_t lines = 0;
	enum ending how;

	keep(r, p);
	for (; p < r->end; p++) {
		if (*p == '"') {
			if (p + 1 == r->end || p[1] != '"')
				break;
			p++;
		}
		lines += *p == '\n';
		*out++ = *p;
	}
	how = p >= r->end ? TORN : take_separator(r, p + 1, out);
	if (how != BAD_QUOTE)
		r->line += lines;
	return how;
}

static enum ending read_field(struct reader *r)
{
	char *p = r->at;

	if (p < r->end && *p == '"')
		return read_quoted(r);
	keep(r, p);
	while (p < r->end && *p != ',' && !line_end(r, p))
		p++;
	return take_separator(r, p, p);
}

/* One line: its number of fields in *@n, or a negative error; *@torn when it has no end,
 * in which case its fields are dropped. */
static int read_line(struct reader *r, const char *path, size_t *n, int *torn,
		     struct gb_error *e)
{
	size_t first = r->fields;
	enum ending how;

	r->line++;
	while ((how = read_field(r)) == COMMA)
		;
	*n = r->fields - first;
	*torn = how == TORN;
	if (how == TORN)
		r->fields = first;
	if (how == BAD_QUOTE)
		return gb_fail(e, GB_EXIT_USAGE,
			       "a quote within a quoted field is doubled",
			       "%s:%zu: text after a closing quote", path, r->line);
	return 0;
}

static int check_header(const struct reader *r, const char *path, struct gb_error *e)
{
	if (r->fields > MOST_COLUMNS)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "%s:1: more than %d columns", path,
			       MOST_COLUMNS);
	for (size_t i = 0; i < r->fields; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(r->field[i], r->field[j]))
				return gb_fail(e, GB_EXIT_USAGE, NULL,
					       "%s:1: two columns are called '%s'", path,
					       r->field[i]);
	return 0;
}

static int read_header(struct reader *r, struct gb_csv_table *t, struct gb_error *e)
{
	int torn, ret;

	if (r->at == r->end)
		return gb_fail(e, GB_EXIT_USAGE, NULL,
			       "%s: empty, not even a header line", t->path);
	ret = read_line(r, t->path, &t->columns, &torn, e);
	if (ret)
		return ret;
	if (torn)
		return gb_fail(e, GB_EXIT_USAGE,
			       "the file was cut off while it was written",
			       "%s: its header line has no end", t->path);
	return check_header(r, t->path, e);
}

static int read_rows(struct reader *r, struct gb_csv_table *t, struct gb_error *e)
{
	size_t n, line;
	int ret;

	while (r->at < r->end && !t->torn) {
		line = r->line + 1;
		ret = read_line(r, t->path, &n, &t->torn, e);
		if (ret)
			return ret;
		if (!t->torn && n != t->columns)
			return gb_fail(e, GB_EXIT_USAGE, NULL,
				       "%s:%zu: %zu fields, but the header names %zu",
				       t->path, line, n, t->columns);
		t->rows += !t->torn;
	}
	return 0;
}

static int read_table(struct reader *r, struct gb_csv_table *t, size_t len,
		      struct gb_error *e)
{
	const char *nul = memchr(t->storage, '\0', len);
	int ret;

	if (nul)
		return gb_fail(e, GB_EXIT_USAGE, NULL,
			       "%s: no CSV: a zero byte at offset %zu", t->path,
			       (size_t)(nul - t->storage));
	if (len >= 3 && !memcmp(r->at, "\xef\xbb\xbf", 3))
		r->at += 3;
	ret = read_header(r, t, e);
	return ret ? ret : read_rows(r, t, e);
}

int gb_csv_read(const char *path, struct gb_csv_table *t, struct gb_error *e)
{
	struct reader r = { 0 };
	size_t len;
	int ret;

	*t = (struct gb_csv_table){ 0 };
	ret = gb_read_file(path, LARGEST_FILE, &t->storage, &len, e);
	if (ret)
		return ret;
	t->path = strdup(path);
	GB_BUG_ON(!t->path);
	r.at = t->storage;
	r.end = t->storage + len;
	ret = read_table(&r, t, len, e);
	t->name = r.field;
	t->field = r.field ? r.field + t->columns : NULL;
	if (ret)
		gb_csv_free(t);
	return ret;
}

void gb_csv_free(struct gb_csv_table *t)
{
	free(t->path);
	free(t->name); /* and with it t->field, the rest of the same block */
	free(t->storage);
	*t = (struct gb_csv_table){ 0 };
}

int gb_csv_column(const struct gb_csv_table *t, const char *name)
{
	for (size_t i = 0; i < t->columns; i++)
		if (!strcmp(t->name[i], name))
			return (int)i;
	return -1;
}

double gb_csv_get_double(const struct gb_csv_table *t, size_t row, int col)
{
	double v;

	return gb_number_parse(gb_csv_get(t, row, col), &v) ? NAN : v;
}

int gb_csv_get_u64(const struct gb_csv_table *t, size_t row, int col, uint64_t *out)
{
	const char *p = gb_csv_get(t, row, col);
	uint64_t v = 0;

	if (!*p)
		return -1;
	for (; *p; p++) {
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -1;
	}
	*out = v;
	return 0;
}
