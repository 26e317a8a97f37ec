/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Long CSV and JSON.  Both go row by row: a run of any size needs the memory of one file. */
#include "export.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "columns.h"
#include "run_table.h"

static int open_table(const char *run, const struct gb_csv_file *f, struct gb_csv_table *t,
		      struct gb_error *e)
{
	int version;

	if (gb_run_table_read(run, f, t, e))
		return -(int)e->code;
	version = gb_csv_column(t, "schema_version");
	if (t->rows && gb_schema_accept(gb_csv_get(t, 0, version), t->path, e)) {
		gb_csv_free(t);
		return -(int)e->code;
	}
	return 0;
}

static int has_table(const char *run, const char *name)
{
	char path[4400];

	snprintf(path, sizeof(path), "%s/%s", run, name);
	return !access(path, R_OK);
}

/* --- long CSV ---------------------------------------------------------------------- */

/* "alloc.process.GFP_KERNEL." of a row of latency.csv; "" elsewhere. */
static void metric_prefix(const struct gb_csv_table *t, size_t row, char *out, size_t n)
{
	int op = gb_csv_column(t, "op"), gfp = gb_csv_column(t, "gfp");
	const char *class = gb_csv_get(t, row, gfp);

	out[0] = '\0';
	if (op >= 0)
		snprintf(out, n, "%s.%s.%s%s", gb_csv_get(t, row, op),
			 gb_csv_get(t, row, gb_csv_column(t, "context")), class,
			 class[0] ? "." : "");
}

static int long_row(struct gb_csv *out, const struct gb_csv_file *f,
		    const struct gb_csv_table *t, size_t row, struct gb_error *e)
{
	char prefix[200], metric[300];

	metric_prefix(t, row, prefix, sizeof(prefix));
	for (size_t c = 0; c < f->columns && !e->code; c++) {
		const char *value = gb_csv_get(t, row, gb_csv_column(t, f->column[c].name));

		if (f->column[c].type == GB_COL_STRING || !*value)
			continue;
		for (size_t k = 0; k < gb_nr_key_columns; k++)
			gb_csv_text(out, gb_csv_get(t, row,
						    gb_csv_column(t, gb_key_columns[k].name)));
		snprintf(metric, sizeof(metric), "%s%s", prefix, f->column[c].name);
		gb_csv_text(out, metric);
		gb_csv_text(out, f->column[c].unit);
		gb_csv_text(out, value);
		(void)!gb_csv_row_held(out, e);
	}
	return -(int)e->code;
}

static int long_file(struct gb_csv *out, const char *run, const char *name, struct gb_error *e)
{
	const struct gb_csv_file *f = gb_csv_file_find(name);
	struct gb_csv_table t;

	if (!has_table(run, name) && strcmp(name, "samples.csv"))
		return 0;
	if (open_table(run, f, &t, e))
		return -(int)e->code;
	for (size_t r = 0; r < t.rows && !e->code; r++)
		(void)!long_row(out, f, &t, r, e);
	gb_csv_free(&t);
	return e->code ? -(int)e->code : gb_csv_flush(out, 0, e);
}

int gb_export_long_csv(const char *const *runs, size_t n, int fd, struct gb_error *e)
{
	struct gb_text header = { 0 };
	struct gb_csv *out;

	for (size_t k = 0; k < gb_nr_key_columns; k++)
		gb_text_printf(&header, "%s,", gb_key_columns[k].name);
	gb_text_add(&header, "metric,unit,value");
	out = gb_csv_fd(fd, header.data, e);
	for (size_t i = 0; out && i < n && !e->code; i++) {
		(void)!long_file(out, runs[i], "samples.csv", e);
		if (!e->code)
			(void)!long_file(out, runs[i], "latency.csv", e);
	}
	if (out)
		(void)!gb_csv_close(out, e);
	gb_text_free(&header);
	return -(int)e->code;
}

/* --- JSON --------------------------------------------------------------------------- */

static void json_value(struct gb_text *t, const struct gb_column *c, const char *value)
{
	if (!*value)
		gb_text_add(t, "null");
	else if (c->type == GB_COL_STRING)
		gb_text_json(t, value);
	else
		gb_text_add(t, value);
}

static void json_row(struct gb_text *t, const struct gb_csv_file *f,
		     const struct gb_csv_table *csv, size_t row)
{
	for (size_t c = 0; c < gb_nr_key_columns + f->columns; c++) {
		const struct gb_column *col = c < gb_nr_key_columns ?
						      &gb_key_columns[c] :
						      &f->column[c - gb_nr_key_columns];

		gb_text_add(t, c ? ", " : "      {");
		gb_text_json(t, col->name);
		gb_text_add(t, ": ");
		json_value(t, col, gb_csv_get(csv, row, gb_csv_column(csv, col->name)));
	}
	gb_text_add(t, "}");
}

static int flush(struct gb_text *t, FILE *out, struct gb_error *e)
{
	size_t n = t->len, put = n ? fwrite(t->data, 1, n, out) : 0;

	t->len = 0;
	return put == n ? 0 : gb_fail(e, GB_EXIT_HARNESS, NULL, "cannot write the export");
}

static int json_file(FILE *out, const char *run, const struct gb_csv_file *f,
		     struct gb_error *e)
{
	struct gb_csv_table csv;
	struct gb_text t = { 0 };

	if (open_table(run, f, &csv, e))
		return -(int)e->code;
	gb_text_printf(&t, ",\n     \"%.*s\": [\n", (int)strcspn(f->name, "."), f->name);
	for (size_t r = 0; r < csv.rows && !e->code; r++) {
		json_row(&t, f, &csv, r);
		gb_text_add(&t, r + 1 < csv.rows ? ",\n" : "\n");
		(void)!flush(&t, out, e);
	}
	gb_text_add(&t, "     ]");
	if (!e->code)
		(void)!flush(&t, out, e);
	gb_text_free(&t);
	gb_csv_free(&csv);
	return -(int)e->code;
}

static int json_run(FILE *out, const char *run, struct gb_error *e)
{
	struct gb_json *manifest;
	struct gb_text t = { 0 };
	char path[4400];

	snprintf(path, sizeof(path), "%s/manifest.json", run);
	manifest = gb_json_read(path, e);
	if (!manifest) {
		gb_hint(e, "%s must be the directory of a run", run);
		return -(int)e->code;
	}
	gb_text_add(&t, "    {\"manifest\": ");
	gb_json_write(&t, manifest, 2);
	gb_json_free(manifest);
	(void)!flush(&t, out, e);
	gb_text_free(&t);
	for (const struct gb_csv_file *f = gb_csv_files; f->name && !e->code; f++)
		if (has_table(run, f->name))
			(void)!json_file(out, run, f, e);
	fputs("}", out);
	return -(int)e->code;
}

int gb_export_json(const char *const *runs, size_t n, FILE *out, struct gb_error *e)
{
	fputs("{\"schema_version\": \"" GB_SCHEMA_VERSION "\",\n  \"runs\": [\n", out);
	for (size_t i = 0; i < n && !e->code; i++) {
		(void)!json_run(out, runs[i], e);
		fputs(i + 1 < n ? ",\n" : "\n", out);
	}
	fputs("  ]\n}\n", out);
	return -(int)e->code;
}
