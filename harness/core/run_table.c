/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "run_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static int read_file(const char *dir, const char *name, struct gb_csv_table *t,
		     struct gb_error *e)
{
	char path[4400];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return gb_csv_read(path, t, e);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The numbers of the samples in @t, sorted; *n of them. */
static uint64_t *sample_ids(const struct gb_csv_table *t, size_t *n)
{
	uint64_t *id = calloc(t->rows + 1, sizeof(*id));
	int column = gb_csv_column(t, "sample_id");

	GB_BUG_ON(!id);
	*n = 0;
	for (size_t i = 0; i < t->rows; i++)
		*n += !gb_csv_get_u64(t, i, column, &id[*n]);
	qsort(id, *n, sizeof(*id), by_number);
	return id;
}

static void drop_orphans(struct gb_csv_table *t, const uint64_t *ids, size_t n)
{
	int column = gb_csv_column(t, "sample_id");
	size_t kept = 0;
	uint64_t id;

	for (size_t i = 0; i < t->rows; i++) {
		if (gb_csv_get_u64(t, i, column, &id) ||
		    !bsearch(&id, ids, n, sizeof(id), by_number))
			continue;
		memmove(&t->field[kept++ * t->columns], &t->field[i * t->columns],
			t->columns * sizeof(*t->field));
	}
	t->rows = kept;
}

/* The files of samples come first in the table of files, samples.csv before the others. */
static int belongs_to_samples(const struct gb_csv_file *f)
{
	return f > gb_csv_files && f < gb_csv_files + GB_ROW_FILES;
}

int gb_run_table_read(const char *dir, const struct gb_csv_file *f, struct gb_csv_table *t,
		      struct gb_error *e)
{
	struct gb_csv_table samples;
	uint64_t *ids;
	size_t n;

	if (read_file(dir, f->name, t, e))
		return -(int)e->code;
	if (!belongs_to_samples(f))
		return 0;
	if (read_file(dir, gb_csv_files->name, &samples, e)) {
		gb_csv_free(t);
		return -(int)e->code;
	}
	ids = sample_ids(&samples, &n);
	drop_orphans(t, ids, n);
	free(ids);
	gb_csv_free(&samples);
	return 0;
}
