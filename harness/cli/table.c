/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wrap.h"

enum gb_format gb_format_parse(const char *name)
{
	static const char *const names[] = { "table", "csv", "json", "markdown", "none" };

	for (int i = 0; i < 5; i++)
		if (!strcmp(name, names[i]))
			return (enum gb_format)i;
	GB_BUG("format %s", name);
}

void gb_table_init(struct gb_table *t, const char *const *names, size_t columns,
		   const char *align)
{
	memset(t, 0, sizeof(*t));
	t->name = names;
	t->columns = columns;
	t->right = align;
}

void gb_table_row(struct gb_table *t, const char *const *cells)
{
	if (t->rows == t->max_rows) {
		t->max_rows = t->max_rows ? 2 * t->max_rows : 16;
		t->cell = realloc(t->cell, t->max_rows * t->columns * sizeof(*t->cell));
		GB_BUG_ON(!t->cell);
	}
	for (size_t i = 0; i < t->columns; i++)
		t->cell[t->rows * t->columns + i] = strdup(cells[i] ? cells[i] : "");
	t->rows++;
}

void gb_table_free(struct gb_table *t)
{
	for (size_t i = 0; i < t->rows * t->columns; i++)
		free(t->cell[i]);
	free(t->cell);
	t->cell = NULL;
	t->rows = 0;
}

static size_t width(const struct gb_table *t, size_t col)
{
	size_t w = strlen(t->name[col]);

	for (size_t r = 0; r < t->rows; r++) {
		size_t n = strlen(t->cell[r * t->columns + col]);

		w = n > w ? n : w;
	}
	return w;
}

/* --- for people: aligned, and within the terminal -------------------------------------- */

static size_t row_lines(const struct gb_table *t, const size_t *w, char *const *cells)
{
	size_t lines = 1;

	for (size_t i = 0; i < t->columns; i++) {
		size_t n = gb_wrap_lines(cells[i], w[i]);

		lines = n > lines ? n : lines;
	}
	return lines;
}

static size_t table_lines(const struct gb_table *t, const size_t *w)
{
	size_t lines = 0;

	for (size_t r = 0; r < t->rows; r++)
		lines += row_lines(t, w, &t->cell[r * t->columns]);
	return lines;
}

#define LAST_WIDTH 20 /* of the last column, where a longer word stands out by itself */

/* No word is cut, and none moves the columns behind it. */
static size_t least_width(const struct gb_table *t, size_t col)
{
	size_t least = strlen(t->name[col]);

	if (col == t->columns - 1)
		return least > LAST_WIDTH ? least : LAST_WIDTH;

	for (size_t r = 0; r < t->rows; r++) {
		size_t n = gb_wrap_longest(t->cell[r * t->columns + col]);

		least = n > least ? n : least;
	}
	return least;
}

/* Take a column's width from the one that makes the table grow least; 0: none has any. */
static int take_one(const struct gb_table *t, size_t *w)
{
	size_t best = t->columns, least = 0;

	for (size_t i = 0; i < t->columns; i++) {
		size_t lines;

		if (t->right[i] == 'r' || w[i] <= least_width(t, i))
			continue;
		w[i]--;
		lines = table_lines(t, w);
		w[i]++;
		if (best < t->columns && (lines > least || (lines == least && w[i] <= w[best])))
			continue;
		best = i;
		least = lines;
	}
	if (best == t->columns)
		return 0;
	w[best]--;
	return 1;
}

static void fit(const struct gb_table *t, size_t *w)
{
	size_t most = gb_terminal_columns(), sum = 2 * (t->columns - 1);

	for (size_t i = 0; i < t->columns; i++)
		sum += w[i];
	for (; most && sum > most && take_one(t, w); sum--)
		;
}

/* What is left of each cell goes into the next line. */
static void aligned_line(const struct gb_table *t, const size_t *w, const char **rest)
{
	size_t last = t->columns;

	while (last > 1 && !*rest[last - 1])
		last--;
	for (size_t i = 0; i < last; i++) {
		int n = (int)gb_wrap_line(rest[i], w[i]), pad = (int)w[i];

		printf("%s%*s%.*s", i ? "  " : "", t->right[i] == 'r' && pad > n ? pad - n : 0,
		       "", n, rest[i]);
		if (t->right[i] != 'r' && i + 1 < last && pad > n)
			printf("%*s", pad - n, "");
		rest[i] += n;
		rest[i] += strspn(rest[i], " ");
	}
	putchar('\n');
}

static void aligned_row(const struct gb_table *t, const size_t *w, char *const *cells,
			const char **rest)
{
	memcpy(rest, cells, t->columns * sizeof(*rest));
	for (size_t n = row_lines(t, w, cells); n; n--)
		aligned_line(t, w, rest);
}

static void print_aligned(const struct gb_table *t)
{
	size_t *w = calloc(t->columns, sizeof(*w));
	const char **rest = calloc(t->columns, sizeof(*rest));

	GB_BUG_ON(!w || !rest);
	for (size_t i = 0; i < t->columns; i++)
		w[i] = width(t, i);
	fit(t, w);
	aligned_row(t, w, (char *const *)t->name, rest);
	for (size_t r = 0; r < t->rows; r++)
		aligned_row(t, w, &t->cell[r * t->columns], rest);
	free(rest);
	free(w);
}

/* --- for programs ---------------------------------------------------------------------- */

static void csv_field(const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		fputs(s, stdout);
		return;
	}
	putchar('"');
	for (; *s; s++)
		fputs(*s == '"' ? "\"\"" : (char[]){ *s, 0 }, stdout);
	putchar('"');
}

static void csv_line(size_t n, char *const *cells)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			putchar(',');
		csv_field(cells[i]);
	}
	putchar('\n');
}

static void print_csv(const struct gb_table *t)
{
	csv_line(t->columns, (char *const *)t->name);
	for (size_t r = 0; r < t->rows; r++)
		csv_line(t->columns, &t->cell[r * t->columns]);
}

static int is_number(const char *s)
{
	char *end;

	if (!*s || strspn(s, "0123456789.-+e") != strlen(s))
		return 0;
	(void)strtod(s, &end);
	return !*end;
}

static void print_json(const struct gb_table *t)
{
	struct gb_text out = { 0 };

	gb_text_add(&out, "[");
	for (size_t r = 0; r < t->rows; r++) {
		gb_text_add(&out, r ? ",\n  {" : "\n  {");
		for (size_t i = 0; i < t->columns; i++) {
			const char *v = t->cell[r * t->columns + i];

			gb_text_printf(&out, "%s\"%s\": ", i ? ", " : "", t->name[i]);
			if (t->right[i] == 'r' && !*v)
				gb_text_add(&out, "null");
			else if (t->right[i] == 'r' && is_number(v))
				gb_text_add(&out, v);
			else
				gb_text_json(&out, v);
		}
		gb_text_add(&out, "}");
	}
	gb_text_add(&out, "\n]\n");
	fputs(out.data, stdout);
	gb_text_free(&out);
}

static void markdown_line(size_t n, char *const *cells)
{
	fputs("|", stdout);
	for (size_t i = 0; i < n; i++) {
		putchar(' ');
		for (const char *p = cells[i]; *p; p++)
			fputs(*p == '|' ? "\\|" : (char[]){ *p, 0 }, stdout);
		fputs(" |", stdout);
	}
	putchar('\n');
}

static void print_markdown(const struct gb_table *t)
{
	markdown_line(t->columns, (char *const *)t->name);
	putchar('|');
	for (size_t i = 0; i < t->columns; i++)
		fputs(t->right[i] == 'r' ? "---:|" : "---|", stdout);
	putchar('\n');
	for (size_t r = 0; r < t->rows; r++)
		markdown_line(t->columns, &t->cell[r * t->columns]);
}

void gb_table_print(const struct gb_table *t, enum gb_format f)
{
	switch (f) {
	case GB_FORMAT_TABLE:
		print_aligned(t);
		break;
	case GB_FORMAT_CSV:
		print_csv(t);
		break;
	case GB_FORMAT_JSON:
		print_json(t);
		break;
	case GB_FORMAT_MARKDOWN:
		print_markdown(t);
		break;
	case GB_FORMAT_NONE:
		break;
	}
}
