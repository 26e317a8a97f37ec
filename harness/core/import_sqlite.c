/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Runs out of a database that export_sqlite.c wrote: a directory for each, with
 * manifest.json, the other JSON files and one CSV file a table, the columns in the
 * database's own order.  NULL becomes the empty field again.  Rows belong to a run by
 * run_id; a merged run's rows keep the ids of its parts, which `run_parts` lists.
 */
#include "run_set.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/text.h"
#include "columns.h"

static int fail(sqlite3 *db, const char *database, struct gb_error *e)
{
	return gb_fail(e, GB_EXIT_USAGE,
		       "it must be a database made by 'gfpbench export --format=sqlite'",
		       "cannot read %s: %s", database, sqlite3_errmsg(db));
}

static int prepare(sqlite3 *db, const char *database, char *sql, sqlite3_stmt **s,
		   struct gb_error *e)
{
	int rc = sqlite3_prepare_v2(db, sql, -1, s, NULL);

	sqlite3_free(sql);
	return rc == SQLITE_OK ? 0 : fail(db, database, e);
}

static const char *text_of(sqlite3_stmt *s, int column)
{
	const char *v = (const char *)sqlite3_column_text(s, column);

	return v ? v : "";
}

static int has_table(sqlite3 *db, const char *name)
{
	char *sql = sqlite3_mprintf("SELECT 1 FROM \"%w\" LIMIT 1", name);
	sqlite3_stmt *s;
	int yes = sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK;

	sqlite3_free(sql);
	sqlite3_finalize(s);
	return yes;
}

/* --- a run's files -------------------------------------------------------- */

static struct gb_csv *open_csv(sqlite3_stmt *s, const char *path, struct gb_error *e)
{
	struct gb_text header = { 0 };
	struct gb_csv *out;

	for (int i = 0; i < sqlite3_column_count(s); i++)
		gb_text_printf(&header, "%s%s", i ? "," : "", sqlite3_column_name(s, i));
	out = gb_csv_open(path, header.data, e);
	gb_text_free(&header);
	return out;
}

static int write_rows(sqlite3_stmt *s, struct gb_csv *out, struct gb_error *e)
{
	do {
		for (int i = 0; i < sqlite3_column_count(s); i++)
			if (sqlite3_column_type(s, i) == SQLITE_FLOAT) /* exact */
				gb_csv_double(out, sqlite3_column_double(s, i));
			else
				gb_csv_text(out, text_of(s, i));
		if (gb_csv_row_held(out, e))
			return -(int)e->code;
	} while (sqlite3_step(s) == SQLITE_ROW);
	return gb_csv_flush(out, 0, e);
}

/* A run of the gate has all of its files, those without rows too. */
static int write_empty(const struct gb_csv_file *f, const char *path, struct gb_error *e)
{
	char *header = gb_csv_file_header(f);
	struct gb_csv *out = gb_csv_open(path, header, e);

	free(header);
	return out ? gb_csv_close(out, e) : -(int)e->code;
}

static int has_rows(sqlite3 *db, const char *table, const char *run_id)
{
	char *sql = sqlite3_mprintf("SELECT 1 FROM \"%w\" WHERE run_id = %Q LIMIT 1",
				    table, run_id);
	sqlite3_stmt *s;
	int yes = sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
		  sqlite3_step(s) == SQLITE_ROW;

	sqlite3_free(sql);
	sqlite3_finalize(s);
	return yes;
}

static int unpack_table(sqlite3 *db, const char *database, const struct gb_csv_file *f,
			const char *run_id, const char *dir, struct gb_error *e)
{
	char table[64], path[PATH_MAX];
	struct gb_csv *out;
	sqlite3_stmt *s;

	snprintf(path, sizeof(path), "%.1000s/%.100s", dir, f->name);
	if (!strncmp(f->name, "gate-", 5) && has_rows(db, "gate_cells", run_id) &&
	    write_empty(f, path, e))
		return -(int)e->code;

	gb_columns_table_name(f, table, sizeof(table));
	if (!has_table(db, table))
		return 0;
	if (prepare(db, database,
		    sqlite3_mprintf(
			    "SELECT * FROM \"%w\" WHERE run_id = %Q OR run_id IN (SELECT "
			    "part FROM run_parts WHERE run_id = %Q) ORDER BY rowid",
			    table, run_id, run_id),
		    &s, e))
		return -(int)e->code;
	if (sqlite3_step(s) == SQLITE_ROW) {
		unlink(path);
		out = open_csv(s, path, e);
		if (out && !write_rows(s, out, e))
			(void)!gb_csv_close(out, e);
	}
	sqlite3_finalize(s);
	return -(int)e->code;
}

static int save(const char *dir, const char *name, const char *content,
		struct gb_error *e)
{
	struct gb_text t = { 0 };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.1000s/%.255s", dir, name);
	gb_text_add(&t, content);
	(void)!gb_text_save(&t, path, e);
	gb_text_free(&t);
	return -(int)e->code;
}

static int unpack_documents(sqlite3 *db, const char *database, const char *run_id,
			    const char *dir, struct gb_error *e)
{
	sqlite3_stmt *s;

	if (!has_table(db, "documents"))
		return 0;
	if (prepare(db, database,
		    sqlite3_mprintf(
			    "SELECT name, content FROM documents WHERE run_id = %Q "
			    "AND name NOT LIKE '%%/%%'",
			    run_id),
		    &s, e))
		return -(int)e->code;
	while (!e->code && sqlite3_step(s) == SQLITE_ROW)
		(void)!save(dir, text_of(s, 0), text_of(s, 1), e);
	sqlite3_finalize(s);
	return -(int)e->code;
}

/* What the columns are is the same for every run, so databases do not keep it. */
static int write_datapackage(sqlite3 *db, const char *run_id, const char *dir,
			     struct gb_error *e)
{
	struct gb_text t = { 0 };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.1000s/datapackage.json", dir);
	gb_columns_datapackage(&t, run_id, has_rows(db, "gate_cells", run_id));
	(void)!gb_text_save(&t, path, e);
	gb_text_free(&t);
	return -(int)e->code;
}

/* @s: run_id, manifest.  Ids are names of directories; one with a slash is not ours. */
static int unpack_run(sqlite3 *db, const char *database, sqlite3_stmt *s,
		      struct gb_run_set *set, struct gb_error *e)
{
	const char *id = text_of(s, 0);
	char dir[PATH_MAX];

	if (!*id || strchr(id, '/') || *id == '.' || strlen(id) > 255)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "%s: '%.80s' is no run_id",
			       database, id);
	snprintf(dir, sizeof(dir), "%s/%zu", set->folder, set->n);
	if (mkdir(dir, 0700))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot make %s",
				     dir);
	snprintf(dir, sizeof(dir), "%s/%zu/%s", set->folder, set->n, id);
	if (mkdir(dir, 0700))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot make %s",
				     dir);
	if (save(dir, "manifest.json", text_of(s, 1), e) ||
	    write_datapackage(db, id, dir, e) ||
	    unpack_documents(db, database, id, dir, e))
		return -(int)e->code;
	for (const struct gb_csv_file *f = gb_csv_files; f->name && !e->code; f++)
		(void)!unpack_table(db, database, f, id, dir, e);
	gb_run_set_add(set, dir);
	return -(int)e->code;
}

static int unpack(sqlite3 *db, const char *database, const char *pattern,
		  struct gb_run_set *set, struct gb_error *e)
{
	size_t before = set->n;
	sqlite3_stmt *s;

	if (prepare(db, database,
		    sqlite3_mprintf(
			    "SELECT run_id, manifest FROM runs WHERE run_id GLOB %Q OR "
			    "label GLOB %Q ORDER BY started_at, rowid",
			    pattern ? pattern : "*", pattern ? pattern : "*"),
		    &s, e))
		return -(int)e->code;
	while (!e->code && sqlite3_step(s) == SQLITE_ROW)
		(void)!unpack_run(db, database, s, set, e);
	sqlite3_finalize(s);
	if (e->code || set->n > before)
		return -(int)e->code;
	return gb_fail(e, GB_EXIT_USAGE,
		       "'gfpbench export RUN --format=sqlite -o FILE' adds runs",
		       "%s holds no run%s%s", database, pattern ? " that matches " : "",
		       pattern ? pattern : "");
}

int gb_import_sqlite(const char *database, const char *pattern, struct gb_run_set *set,
		     struct gb_error *e)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(database, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		(void)!fail(db, database, e);
	else
		(void)!unpack(db, database, pattern, set, e);
	sqlite3_close(db);
	return -(int)e->code;
}
