/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The files of a gate run and what must hold between them: all there, our schema, one
 * run, as many rows as the manifest counted, one machine.
 */
#include "core/gate/data.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"

#include "core/gate/read_int.h"
#include "core/gate/seal.h"

static const char remeasure[] =
	"measure again: gfpbench gate --baseline ... --candidate ...";

char *gb_gate_copy(const char *text)
{
	char *copy = strdup(text);

	GB_BUG_ON(!copy);
	return copy;
}

static char *join(const char *dir, const char *name)
{
	struct gb_text t = { 0 };

	gb_text_printf(&t, "%s/%s", dir, name);
	return t.data;
}

/* Missing is the run's fault (it is incomplete), unreadable the caller's. */
static int check_exists(const char *dir, const char *name, struct gb_error *e)
{
	char *path = join(dir, name);
	struct stat st;
	int status = 0;

	if (stat(path, &st) < 0)
		status = errno == ENOENT ?
				 gb_fail(e, GB_EXIT_HARNESS, remeasure,
					 "%s: %s is missing: nothing can be judged", dir,
					 name) :
				 gb_fail_errno(e, GB_EXIT_USAGE, errno, NULL, "%s", path);
	else if (!S_ISREG(st.st_mode))
		status = gb_fail(e, GB_EXIT_USAGE, NULL, "%s is no file", path);
	free(path);
	return status;
}

static int check_files(const char *dir, struct gb_error *e)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return gb_fail_errno(e, GB_EXIT_USAGE, errno,
				     "name the directory of a gate run", "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return gb_fail(e, GB_EXIT_USAGE, "name the directory of a gate run",
			       "%s is no directory", dir);
	/* Not read here, but a folder that lost one file may have lost more. */
	if (check_exists(dir, "manifest.json", e) < 0 ||
	    check_exists(dir, "datapackage.json", e) < 0)
		return -(int)e->code;
	for (int f = 0; f < GB_GATE_FILES; f++)
		if (check_exists(dir, gb_gate_file_name[f], e) < 0)
			return -(int)e->code;
	return 0;
}

/* --- the manifest -------------------------------------------------------- */

static int take_config(const struct gb_json *gate, struct gb_gate_config *c,
		       struct gb_error *e)
{
	const struct gb_json *config = gb_json_get(gate, "config");

	*c = gb_gate_defaults;
	if (!config || config->type != GB_JSON_OBJECT)
		return gb_fail(e, GB_EXIT_HARNESS, remeasure,
			       "manifest.json: the rules of the gate are missing");
	for (const struct gb_json *m = config->child; m; m = m->next) {
		struct gb_text t = { 0 };
		int status;

		gb_text_printf(&t, "%s=%s", m->key,
			       m->type == GB_JSON_STRING ? m->text : "");
		status = gb_gate_config_set(c, t.data, e);
		gb_text_free(&t);
		if (status < 0)
			return status;
	}
	return gb_gate_config_check(c, e);
}

static int take_side(const struct gb_json *gate, int side, struct gb_gate_side *s,
		     struct gb_error *e)
{
	const struct gb_json *j = gb_json_get(gate, side ? "sides.B" : "sides.A");

	s->spec = gb_gate_copy(gb_json_text(j, "spec", ""));
	s->identity = gb_gate_copy(gb_json_text(j, "identity", ""));
	s->anchor = gb_gate_copy(gb_json_text(j, "anchor", ""));
	s->version = gb_gate_copy(gb_json_text(j, "version", ""));
	if (!*s->spec)
		return gb_fail(e, GB_EXIT_HARNESS, remeasure,
			       "manifest.json: side %s is not described",
			       side ? "B" : "A");
	return 0;
}

static void distrust(struct gb_gate_data *d, const char *why)
{
	if (!d->untrusted)
		d->untrusted = gb_gate_copy(why);
}

/* What makes every figure of the run worthless, however clean it looks. */
static void check_trust(const struct gb_json *gate, struct gb_gate_data *d)
{
	const struct gb_json *complete = gb_json_get(gate, "complete");
	const char *mode = gb_json_text(gate, "build_mode", "unknown");
	const char *clock = gb_json_text(gate, "clock", "unknown");
	struct gb_text t = { 0 };

	if (!complete || complete->type != GB_JSON_BOOL || !complete->number)
		distrust(d, "the run was not completed");
	if (strcmp(mode, "release") != 0) {
		gb_text_printf(&t, "figures of a %s build are not judged", mode);
		distrust(d, t.data);
	} else if (strcmp(clock, "ok") != 0) {
		gb_text_printf(&t, "the clock was not trustworthy: %s", clock);
		distrust(d, t.data);
	}
	if (!*d->hw_id)
		distrust(d, "the machine is not known (no hw_id)");
	else if (strcmp(d->hw_id, gb_json_text(gate, "hw_id_end", "")) != 0)
		distrust(d, "the machine changed during the run (hw_id)");
	gb_text_free(&t);
}

static int take_manifest(const struct gb_json *root, struct gb_gate_data *d,
			 struct gb_error *e)
{
	const struct gb_json *gate = gb_json_get(root, "gate");

	if (!gate)
		return gb_fail(
			e, GB_EXIT_HARNESS,
			"results of `gfpbench run` are compared by `gfpbench compare`",
			"manifest.json has no member \"gate\": this is no gate run");
	if (gb_schema_accept(gb_json_text(gate, "schema_version", ""), "manifest.json",
			     e) < 0 ||
	    take_config(gate, &d->config, e) < 0)
		return -(int)e->code;
	for (int s = 0; s < GB_GATE_SIDES; s++)
		if (take_side(gate, s, &d->side[s], e) < 0)
			return -(int)e->code;
	d->run_id = gb_gate_copy(gb_json_text(gate, "run_id", ""));
	d->hw_id = gb_gate_copy(gb_json_text(gate, "hw_id", ""));
	d->environment = gb_gate_copy(gb_json_text(gate, "environment", ""));
	d->program_version = gb_gate_copy(gb_json_text(root, "gfpbench_version", ""));
	d->started_at = gb_gate_copy(gb_json_text(root, "started_at", ""));
	d->label = gb_gate_copy(gb_json_text(root, "label", ""));
	check_trust(gate, d);
	return 0;
}

/* --- the tables ---------------------------------------------------------- */

static int need_column(const struct gb_csv_table *t, const char *name, struct gb_error *e)
{
	if (gb_csv_column(t, name) >= 0)
		return 0;
	return gb_fail(e, GB_EXIT_USAGE, "is this a file of a gate run?",
		       "%s: no column '%s'", t->path, name);
}

static int check_columns(const struct gb_csv_table *t, enum gb_gate_file file,
			 struct gb_error *e)
{
	const struct gb_csv_file *f = gb_csv_file_find(gb_gate_file_name[file]);

	for (size_t i = 0; i < gb_nr_key_columns; i++)
		if (need_column(t, gb_key_columns[i].name, e) < 0)
			return -(int)e->code;
	for (size_t i = 0; i < f->columns; i++)
		if (need_column(t, f->column[i].name, e) < 0)
			return -(int)e->code;
	return 0;
}

static int check_rows(const struct gb_csv_table *t, const struct gb_gate_data *d,
		      struct gb_error *e)
{
	int schema = gb_csv_column(t, "schema_version"), run = gb_csv_column(t, "run_id");

	for (size_t i = 0; i < t->rows; i++) {
		if (gb_schema_accept(gb_csv_get(t, i, schema), t->path, e) < 0)
			return -(int)e->code;
		if (strcmp(gb_csv_get(t, i, schema), gb_csv_get(t, 0, schema)) != 0)
			return gb_fail(e, GB_EXIT_USAGE, remeasure,
				       "%s: rows of schema versions %s and %s are mixed",
				       t->path, gb_csv_get(t, 0, schema),
				       gb_csv_get(t, i, schema));
		if (strcmp(gb_csv_get(t, i, run), d->run_id) != 0)
			return gb_fail(e, GB_EXIT_HARNESS, remeasure,
				       "%s: row %zu is of run '%s', not of '%s'", t->path,
				       i + 2, gb_csv_get(t, i, run), d->run_id);
	}
	return 0;
}

/* What the manifest says of a file in one of its lists; the keys have dots. */
static const struct gb_json *about_file(const struct gb_json *root, const char *list,
					enum gb_gate_file file)
{
	const struct gb_json *j = gb_json_get(root, list);

	j = j ? j->child : NULL;
	while (j && strcmp(j->key, gb_gate_file_name[file]) != 0)
		j = j->next;
	return j;
}

/* A file cut at the end of a line looks whole: only the count can tell. */
static int check_count(const struct gb_csv_table *t, const struct gb_json *root,
		       enum gb_gate_file file, struct gb_error *e)
{
	const struct gb_json *j = about_file(root, "gate.rows", file);

	if (!j || j->type != GB_JSON_NUMBER)
		return gb_fail(e, GB_EXIT_HARNESS, remeasure,
			       "manifest.json does not say how many rows %s has",
			       gb_gate_file_name[file]);
	if (t->torn || (double)t->rows != j->number)
		return gb_fail(e, GB_EXIT_HARNESS, remeasure,
			       "%s: %zu whole rows, but %.0f were written", t->path,
			       t->rows, j->number);
	return 0;
}

static int load_tables(const char *dir, const struct gb_json *root,
		       struct gb_gate_data *d, struct gb_gate_tables *tables,
		       struct gb_error *e)
{
	for (int f = 0; f < GB_GATE_FILES; f++) {
		struct gb_csv_table *t = &tables->t[f];
		char *path = join(dir, gb_gate_file_name[f]);
		int status = gb_csv_read(path, t, e);

		free(path);
		if (status < 0 || check_columns(t, (enum gb_gate_file)f, e) < 0 ||
		    check_rows(t, d, e) < 0 ||
		    check_count(t, root, (enum gb_gate_file)f, e) < 0)
			return -(int)e->code;
	}
	return 0;
}

static int take_tables(const struct gb_gate_tables *tables, struct gb_gate_data *d,
		       struct gb_error *e)
{
	if (gb_gate_take_cells(&tables->t[GB_GATE_CELLS], d, e) < 0 ||
	    gb_gate_take_processes(&tables->t[GB_GATE_PROCS], d, e) < 0 ||
	    gb_gate_take_slices(&tables->t[GB_GATE_SLICES], d, e) < 0 ||
	    gb_gate_take_buckets(&tables->t[GB_GATE_HIST], d, e) < 0)
		return -(int)e->code;
	return 0;
}

/* After all other checks, which can say what is wrong.  A run that is not complete yet is
 * not sealed, nor judged. */
static int check_seals(const struct gb_json *root, const struct gb_gate_tables *tables,
		       struct gb_error *e)
{
	char now[GB_GATE_SEAL_SIZE];

	if (!gb_json_number(root, "gate.complete"))
		return 0;
	for (int f = 0; f < GB_GATE_FILES; f++) {
		const struct gb_json *j = about_file(root, "gate.digests",
						     (enum gb_gate_file)f);

		gb_gate_digest(&tables->t[f], (enum gb_gate_file)f, now);
		if (!j || j->type != GB_JSON_STRING || strcmp(j->text, now) != 0)
			return gb_fail(e, GB_EXIT_HARNESS, remeasure,
				       "%s: its rows are not those that were written (digest)",
				       tables->t[f].path);
	}
	gb_gate_seal(gb_json_get(root, "gate"), now);
	if (strcmp(gb_json_text(root, "gate." GB_GATE_SEAL, ""), now) != 0)
		return gb_fail(e, GB_EXIT_HARNESS, remeasure,
			       "manifest.json: what it says of the gate is not what was "
			       "written (seal)");
	return 0;
}

int gb_gate_read(const char *dir, struct gb_gate_data *d, struct gb_error *e)
{
	struct gb_gate_tables tables;
	struct gb_json *root;
	char *path;
	int status;

	memset(d, 0, sizeof(*d));
	memset(&tables, 0, sizeof(tables));
	if (check_files(dir, e) < 0)
		return -(int)e->code;
	path = join(dir, "manifest.json");
	root = gb_json_read(path, e);
	free(path);
	status = root ? take_manifest(root, d, e) : -(int)e->code;
	if (status == 0)
		status = load_tables(dir, root, d, &tables, e);
	if (status == 0)
		status = take_tables(&tables, d, e);
	if (status == 0)
		status = check_seals(root, &tables, e);
	for (int f = 0; f < GB_GATE_FILES; f++)
		gb_csv_free(&tables.t[f]);
	gb_json_free(root);
	if (status < 0)
		gb_gate_free(d);
	return status;
}

int gb_gate_identical(const struct gb_gate_data *d)
{
	return *d->side[GB_GATE_A].identity &&
	       !strcmp(d->side[GB_GATE_A].identity, d->side[GB_GATE_B].identity);
}

/* --- release ------------------------------------------------------------- */

static void free_pair(struct gb_gate_pair *p)
{
	free(p->slot);
	for (int s = 0; s < GB_GATE_SIDES; s++) {
		free(p->side[s].status);
		free(p->side[s].error);
		free(p->side[s].checksum);
		free(p->ns_per_op[s]);
		free(p->bucket[s]);
	}
}

static void free_cell(struct gb_gate_cell *c)
{
	for (size_t i = 0; i < c->pairs; i++)
		free_pair(&c->pair[i]);
	free(c->pair);
	free(c->id);
	free(c->name);
	free(c->allocator);
	free(c->workload);
	free(c->params);
	free(c->threads);
	free(c->irq_mode);
	free(c->pairing);
	free(c->definition);
}

void gb_gate_free(struct gb_gate_data *d)
{
	for (size_t i = 0; i < d->cells; i++)
		free_cell(&d->cell[i]);
	for (int s = 0; s < GB_GATE_SIDES; s++) {
		free(d->side[s].spec);
		free(d->side[s].identity);
		free(d->side[s].anchor);
		free(d->side[s].version);
	}
	free(d->cell);
	free(d->series);
	free(d->run_id);
	free(d->hw_id);
	free(d->environment);
	free(d->program_version);
	free(d->started_at);
	free(d->label);
	free(d->untrusted);
	memset(d, 0, sizeof(*d));
}
