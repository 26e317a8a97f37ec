/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * An SQLite database of runs.  Each CSV file becomes a table of the same name (dashes
 * become underscores) with the same columns; `runs` holds run_id, directory and manifest.
 * Everything happens in one transaction: a failure leaves the database as it was.
 */
#include "export.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "columns.h"

static int fail(sqlite3 *db, const char *what, struct gb_error *e)
{
	return gb_fail(e, GB_EXIT_HARNESS, "the database is as it was", "SQLite: %s: %s", what,
		       db ? sqlite3_errmsg(db) : "out of memory");
}

static int execute(sqlite3 *db, const char *sql, struct gb_error *e)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, sql, e);
}

static void table_name(const struct gb_csv_file *f, char *out, size_t n)
{
	snprintf(out, n, "%.*s", (int)strcspn(f->name, "."), f->name);
	for (char *p = out; *p; p++)
		if (*p == '-')
			*p = '_';
}

static const struct gb_column *column(const struct gb_csv_file *f, size_t i)
{
	return i < gb_nr_key_columns ? &gb_key_columns[i] : &f->column[i - gb_nr_key_columns];
}

static int create_table(sqlite3 *db, const struct gb_csv_file *f, struct gb_error *e)
{
	static const char *const types[] = { "TEXT", "INTEGER", "REAL" };
	struct gb_text sql = { 0 };
	char name[64];

	table_name(f, name, sizeof(name));
	gb_text_printf(&sql, "CREATE TABLE IF NOT EXISTS \"%s\" (", name);
	for (size_t i = 0; i < gb_nr_key_columns + f->columns; i++)
		gb_text_printf(&sql, "%s\"%s\" %s", i ? ", " : "", column(f, i)->name,
			       types[column(f, i)->type]);
	gb_text_printf(&sql, "); CREATE INDEX IF NOT EXISTS \"%s_run\" ON \"%s\" (run_id)", name,
		       name);
	(void)!execute(db, sql.data, e);
	gb_text_free(&sql);
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

	table_name(f, name, sizeof(name));
	gb_text_printf(&sql, "INSERT INTO \"%s\" VALUES (", name);
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

	table_name(f, name, sizeof(name));
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
	if (create_table(db, f, e) || gb_csv_read(path, &t, e))
		return -(int)e->code;
	if (!delete_runs(db, f, &t, e))
		(void)!fill_table(db, f, &t, e);
	gb_csv_free(&t);
	return -(int)e->code;
}

static int add_run(sqlite3 *db, const char *run, struct gb_error *e)
{
	struct gb_json *manifest;
	struct gb_text text = { 0 };
	const char *run_id;
	char path[4400], *sql;

	snprintf(path, sizeof(path), "%s/manifest.json", run);
	manifest = gb_json_read(path, e);
	if (!manifest) {
		gb_hint(e, "%s must be the directory of a run", run);
		return -(int)e->code;
	}
	if (gb_schema_accept(gb_json_text(manifest, "schema_version", ""), path, e)) {
		gb_json_free(manifest);
		return -(int)e->code;
	}
	run_id = gb_json_text(manifest, "run_id", "");
	gb_json_write(&text, manifest, 0);
	sql = sqlite3_mprintf("INSERT OR REPLACE INTO runs VALUES (%Q, %Q, %Q, %Q, %Q)", run_id,
			      gb_json_text(manifest, "label", ""), run,
			      gb_json_text(manifest, "hw_id", ""), text.data);
	(void)!execute(db, sql, e);
	sqlite3_free(sql);
	for (const struct gb_csv_file *f = gb_csv_files; f->name && !e->code; f++)
		(void)!add_file(db, run, f, e);
	gb_text_free(&text);
	gb_json_free(manifest);
	return -(int)e->code;
}

static int add_all(sqlite3 *db, const char *const *runs, size_t n, struct gb_error *e)
{
	if (execute(db, "BEGIN IMMEDIATE", e) ||
	    execute(db, "CREATE TABLE IF NOT EXISTS runs (run_id TEXT PRIMARY KEY, label TEXT, "
			"directory TEXT, hw_id TEXT, manifest TEXT)", e))
		return -(int)e->code;
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
	else
		(void)!add_all(db, runs, n, e);
	sqlite3_close(db);
	return -(int)e->code;
}
