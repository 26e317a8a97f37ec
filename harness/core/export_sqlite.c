/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * An SQLite database of runs.  Each CSV file becomes a table of the same name (dashes
 * become underscores) with the same columns; `runs` holds run_id, directory and manifest,
 * `run_parts` the ids that a merged run's rows keep, `documents` the run's other JSON files.
 * Columns that a newer minor schema added are added to a database that lacks them; rows of
 * before have NULL there.  Everything happens in one transaction: a failure leaves the
 * database as it was.  import_sqlite.c reads it back.
 */
#include "export.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "columns.h"
#include "run_table.h"

#define PATIENCE_MS 30000 /* with another job that adds its runs to the same database */

static int fail(sqlite3 *db, const char *what, struct gb_error *e)
{
	return gb_fail(e, GB_EXIT_HARNESS, "the database is as it was", "SQLite: %s: %s", what,
		       db ? sqlite3_errmsg(db) : "out of memory");
}

static int execute(sqlite3 *db, const char *sql, struct gb_error *e)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, sql, e);
}

static const struct gb_column *column(const struct gb_csv_file *f, size_t i)
{
	return i < gb_nr_key_columns ? &gb_key_columns[i] : &f->column[i - gb_nr_key_columns];
}

/* A seed has 64 bits without sign, more than an INTEGER of SQLite's. */
static const char *type_of(const struct gb_column *c)
{
	static const char *const types[] = { "TEXT", "INTEGER", "REAL" };

	return strcmp(c->name, "seed") ? types[c->type] : "TEXT";
}

static int has_column(sqlite3 *db, const char *table, const char *name)
{
	return sqlite3_table_column_metadata(db, NULL, table, name, NULL, NULL, NULL, NULL,
					     NULL) == SQLITE_OK;
}

static int add_column(sqlite3 *db, const char *table, const char *name, const char *type,
		      struct gb_error *e)
{
	char *sql;

	if (has_column(db, table, name))
		return 0;
	sql = sqlite3_mprintf("ALTER TABLE \"%w\" ADD COLUMN \"%w\" %s", table, name, type);
	(void)!execute(db, sql, e);
	sqlite3_free(sql);
	return -(int)e->code;
}

static int create_table(sqlite3 *db, const struct gb_csv_file *f, struct gb_error *e)
{
	char name[64], *sql;

	gb_columns_table_name(f, name, sizeof(name));
	sql = sqlite3_mprintf("CREATE TABLE IF NOT EXISTS \"%w\" (\"%w\" TEXT)", name,
			      column(f, 0)->name);
	(void)!execute(db, sql, e);
	sqlite3_free(sql);
	for (size_t i = 1; i < gb_nr_key_columns + f->columns && !e->code; i++)
		(void)!add_column(db, name, column(f, i)->name, type_of(column(f, i)), e);
	if (e->code)
		return -(int)e->code;
	sql = sqlite3_mprintf("CREATE INDEX IF NOT EXISTS \"%w_run\" ON \"%w\" (run_id)", name,
			      name);
	(void)!execute(db, sql, e);
	sqlite3_free(sql);
	return -(int)e->code;
}

static int insert_rows(sqlite3 *db, sqlite3_stmt *s, const struct gb_csv_file *f,
		       const struct gb_csv_table *t, struct gb_error *e)
{
	for (size_t r = 0; r < t->rows; r++) {
		for (size_t i = 0; i < gb_nr_key_columns + f->columns; i++) {
			const char *v = gb_csv_get(t, r, gb_csv_column(t, column(f, i)->name));

			if (*v)
				sqlite3_bind_text(s, (int)i + 1, v, -1, SQLITE_STATIC);
			else
				sqlite3_bind_null(s, (int)i + 1);
		}
		if (sqlite3_step(s) != SQLITE_DONE)
			return fail(db, f->name, e);
		sqlite3_reset(s);
	}
	return 0;
}

static int fill_table(sqlite3 *db, const struct gb_csv_file *f, const struct gb_csv_table *t,
		      struct gb_error *e)
{
	struct gb_text sql = { 0 };
	sqlite3_stmt *s = NULL;
	char name[64];

	gb_columns_table_name(f, name, sizeof(name));
	gb_text_printf(&sql, "INSERT INTO \"%s\" (", name);
	for (size_t i = 0; i < gb_nr_key_columns + f->columns; i++)
		gb_text_printf(&sql, "%s\"%s\"", i ? "," : "", column(f, i)->name);
	gb_text_add(&sql, ") VALUES (");
	for (size_t i = 0; i < gb_nr_key_columns + f->columns; i++)
		gb_text_add(&sql, i ? ",?" : "?");
	gb_text_add(&sql, ")");
	if (sqlite3_prepare_v2(db, sql.data, -1, &s, NULL) != SQLITE_OK)
		(void)!fail(db, name, e);
	else
		(void)!insert_rows(db, s, f, t, e);
	sqlite3_finalize(s);
	gb_text_free(&sql);
	return -(int)e->code;
}

/* What the database holds of the runs in @t; a merged run holds rows of several. */
static int delete_runs(sqlite3 *db, const struct gb_csv_file *f, const struct gb_csv_table *t,
		       struct gb_error *e)
{
	int col = gb_csv_column(t, "run_id");
	const char *last = "";
	char name[64];

	gb_columns_table_name(f, name, sizeof(name));
	for (size_t r = 0; r < t->rows && !e->code; r++) {
		const char *id = gb_csv_get(t, r, col);
		char *sql;

		if (!strcmp(id, last))
			continue;
		last = id;
		sql = sqlite3_mprintf("DELETE FROM \"%w\" WHERE run_id = %Q", name, id);
		(void)!execute(db, sql, e);
		sqlite3_free(sql);
	}
	return -(int)e->code;
}

static int add_file(sqlite3 *db, const char *run, const struct gb_csv_file *f,
		    struct gb_error *e)
{
	struct gb_csv_table t;
	char path[4400];

	snprintf(path, sizeof(path), "%s/%s", run, f->name);
	if (access(path, R_OK))
		return 0;
	if (create_table(db, f, e) || gb_run_table_read(run, f, &t, e))
		return -(int)e->code;
	if (!delete_runs(db, f, &t, e))
		(void)!fill_table(db, f, &t, e);
	gb_csv_free(&t);
	return -(int)e->code;
}

/* --- what is no table of the run ----------------------------------------------------- */

static int put(sqlite3 *db, char *sql, struct gb_error *e)
{
	(void)!execute(db, sql, e);
	sqlite3_free(sql);
	return -(int)e->code;
}

/* A merged run's rows keep the ids of the runs it was made of. */
static int add_parts(sqlite3 *db, const char *run_id, const struct gb_json *manifest,
		     struct gb_error *e)
{
	const struct gb_json *parts = gb_json_get(manifest, "parts");

	if (put(db, sqlite3_mprintf("DELETE FROM run_parts WHERE run_id = %Q", run_id), e))
		return -(int)e->code;
	for (const struct gb_json *p = parts ? parts->child : NULL; p && !e->code; p = p->next)
		(void)!put(db, sqlite3_mprintf("INSERT INTO run_parts VALUES (%Q, %Q)", run_id,
					       gb_json_text(p, "run_id", "")), e);
	return -(int)e->code;
}

static int add_document(sqlite3 *db, const char *run, const char *run_id, const char *name,
			struct gb_error *e)
{
	char path[4400], *data;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", run, name);
	if (access(path, R_OK))
		return 0;
	if (gb_read_file(path, 64 << 20, &data, &len, e))
		return -(int)e->code;
	(void)!put(db, sqlite3_mprintf("INSERT OR REPLACE INTO documents VALUES (%Q, %Q, %Q)",
				       run_id, name, data), e);
	free(data);
	return -(int)e->code;
}

static int add_manifest(sqlite3 *db, const char *run, const char *run_id,
			const struct gb_json *manifest, struct gb_error *e)
{
	struct gb_text text = { 0 };

	gb_json_write(&text, manifest, 0);
	(void)!put(db, sqlite3_mprintf("INSERT OR REPLACE INTO runs (run_id, label, directory, "
				       "hw_id, manifest, started_at) "
				       "VALUES (%Q, %Q, %Q, %Q, %Q, %Q)",
				       run_id, gb_json_text(manifest, "label", ""), run,
				       gb_json_text(manifest, "hw_id", ""), text.data,
				       gb_json_text(manifest, "started_at", "")), e);
	gb_text_free(&text);
	return -(int)e->code;
}

static int add_run(sqlite3 *db, const char *run, struct gb_error *e)
{
	struct gb_json *manifest;
	const char *run_id;
	char path[4400];

	snprintf(path, sizeof(path), "%s/manifest.json", run);
	manifest = gb_json_read(path, e);
	if (!manifest) {
		gb_hint(e, "%s must be the directory of a run", run);
		return -(int)e->code;
	}
	run_id = gb_json_text(manifest, "run_id", "");
	if (!gb_schema_accept(gb_json_text(manifest, "schema_version", ""), path, e) &&
	    !add_manifest(db, run, run_id, manifest, e) &&
	    !add_parts(db, run_id, manifest, e) &&
	    !add_document(db, run, run_id, "gate.json", e))
		for (const struct gb_csv_file *f = gb_csv_files; f->name && !e->code; f++)
			(void)!add_file(db, run, f, e);
	gb_json_free(manifest);
	return -(int)e->code;
}

static int create_all(sqlite3 *db, struct gb_error *e)
{
	if (execute(db, "CREATE TABLE IF NOT EXISTS runs (run_id TEXT PRIMARY KEY, label TEXT, "
			"directory TEXT, hw_id TEXT, manifest TEXT)", e) ||
	    add_column(db, "runs", "started_at", "TEXT", e))
		return -(int)e->code;
	return execute(db, "CREATE TABLE IF NOT EXISTS run_parts (run_id TEXT, part TEXT);"
			   "CREATE TABLE IF NOT EXISTS documents (run_id TEXT, name TEXT, "
			   "content TEXT, PRIMARY KEY (run_id, name))", e);
}

static int add_all(sqlite3 *db, const char *const *runs, size_t n, struct gb_error *e)
{
	if (execute(db, "BEGIN IMMEDIATE", e))
		return -(int)e->code;
	(void)!create_all(db, e);
	for (size_t i = 0; i < n && !e->code; i++)
		(void)!add_run(db, runs[i], e);
	if (!e->code)
		return execute(db, "COMMIT", e);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return -(int)e->code;
}

int gb_export_sqlite(const char *const *runs, size_t n, const char *database,
		     struct gb_error *e)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(database, &db) != SQLITE_OK)
		(void)!fail(db, database, e);
	else if (sqlite3_busy_timeout(db, PATIENCE_MS) == SQLITE_OK)
		(void)!add_all(db, runs, n, e);
	sqlite3_close(db);
	return -(int)e->code;
}
