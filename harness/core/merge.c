/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Parts are checked first (plan hash, schema, no sample twice), then the CSV files are joined
 * in a new directory, which goes away again when one cannot be written. */
#include "merge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "columns.h"
#include "plan.h"
#include "run_table.h"
#include "rundir.h"

struct part {
	const char *path;
	struct gb_json *manifest;
};

static int load_part(struct part *p, const char *path, const struct part *first,
		     struct gb_error *e)
{
	char file[4096];
	const char *hash;

	p->path = path;
	snprintf(file, sizeof(file), "%s/manifest.json", path);
	p->manifest = gb_json_read(file, e);
	if (!p->manifest) {
		gb_hint(e, "%s must be the directory of a run", path);
		return -(int)e->code;
	}
	if (gb_schema_accept(gb_json_text(p->manifest, "schema_version", ""), file, e))
		return -(int)e->code;
	hash = gb_json_text(p->manifest, "plan_hash", "");
	if (!strcmp(hash, gb_json_text(first->manifest, "plan_hash", "?")))
		return 0;
	return gb_fail(e, GB_EXIT_USAGE,
		       "shards of one plan have the same options, seed and workloads; only --shard differs",
		       "%s was made from another plan than %s", path, first->path);
}

/* --- samples ------------------------------------------------------------------------ */

/* One that was interrupted is taken over, but has yet to be measured. */
static int take_sample(struct gb_merge *m, const struct gb_csv_table *t, size_t row,
		       const char **owner, const char *path, struct gb_error *e)
{
	int col = gb_csv_column(t, "sample_id"), status = gb_csv_column(t, "status");
	uint64_t id;

	if (gb_csv_get_u64(t, row, col, &id) || id > m->planned)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "%s: sample_id '%s' is not in the plan",
			       t->path, gb_csv_get(t, row, col));
	if (owner[id])
		return gb_fail(e, GB_EXIT_USAGE, "merge each shard once",
			       "sample %llu is in %s and in %s", (unsigned long long)id, owner[id],
			       path);
	owner[id] = path;
	m->samples += strcmp(gb_csv_get(t, row, status), "interrupted") != 0;
	return 0;
}

static int check_samples(struct gb_merge *m, const struct part *parts, struct gb_error *e)
{
	const char **owner = calloc(m->planned + 1, sizeof(*owner));

	GB_BUG_ON(!owner);
	for (size_t i = 0; i < m->nr_runs && !e->code; i++) {
		struct gb_csv_table t;
		char file[4200];

		snprintf(file, sizeof(file), "%s/samples.csv", parts[i].path);
		if (gb_csv_read(file, &t, e))
			break;
		for (size_t r = 0; r < t.rows && !e->code; r++)
			(void)!take_sample(m, &t, r, owner, parts[i].path, e);
		gb_csv_free(&t);
	}
	free(owner);
	return -(int)e->code;
}

/* --- files --------------------------------------------------------------------------- */

static int append(struct gb_csv *out, const char *header, const char *run,
		  const struct gb_csv_file *f, struct gb_error *e)
{
	struct gb_csv_table t;
	struct gb_text names = { 0 };

	if (gb_run_table_read(run, f, &t, e))
		return -(int)e->code;
	for (size_t c = 0; c < t.columns; c++)
		gb_text_printf(&names, "%s%s", c ? "," : "", t.name[c]);
	if (strcmp(names.data ? names.data : "", header))
		gb_fail(e, GB_EXIT_USAGE, "merge runs of the same gfpbench version",
			"%s has other columns", t.path);
	for (size_t r = 0; r < t.rows && !e->code; r++) {
		for (size_t c = 0; c < t.columns; c++)
			gb_csv_text(out, gb_csv_get(&t, r, (int)c));
		(void)!gb_csv_row_held(out, e);
	}
	gb_text_free(&names);
	gb_csv_free(&t);
	return -(int)e->code;
}

static int merge_file(const struct gb_merge *m, const struct part *parts,
		      const struct gb_csv_file *f, struct gb_error *e)
{
	char *header = gb_csv_file_header(f), path[4400], from[4400];
	struct gb_csv *out = NULL;

	for (size_t i = 0; i < m->nr_runs && !e->code; i++) {
		snprintf(from, sizeof(from), "%s/%s", parts[i].path, f->name);
		if (access(from, F_OK))
			continue;
		snprintf(path, sizeof(path), "%s/%s", m->path, f->name);
		if (!out)
			out = gb_csv_open(path, header, e);
		if (out)
			(void)!append(out, header, parts[i].path, f, e);
	}
	if (out && !e->code)
		(void)!gb_csv_flush(out, 1, e);
	if (out)
		(void)!gb_csv_close(out, e);
	free(header);
	return -(int)e->code;
}

/* The first part's manifest with what the merge changes in front, and all parts behind. */
static void write_members(struct gb_text *t, const struct gb_json *first)
{
	static const char *const ours[] = { "schema_version", "run_id", "label", "complete",
					    "parts" };

	for (const struct gb_json *c = first->child; c; c = c->next) {
		int skip = 0;

		for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
			skip |= !strcmp(c->key, ours[i]);
		if (skip)
			continue;
		gb_text_add(t, "  ");
		gb_text_json(t, c->key);
		gb_text_add(t, ": ");
		gb_json_write(t, c, 1);
		gb_text_add(t, ",\n");
	}
}

static int write_manifest(const struct gb_merge *m, const struct gb_rundir *d,
			  const struct part *parts, struct gb_error *e)
{
	struct gb_text t = { 0 };
	char path[4400];

	gb_text_add(&t, "{\n  \"schema_version\": \"" GB_SCHEMA_VERSION "\",\n  \"run_id\": ");
	gb_text_json(&t, d->id);
	gb_text_add(&t, ",\n  \"label\": ");
	gb_text_json(&t, m->label ? m->label : "");
	gb_text_printf(&t, ",\n  \"complete\": %s,\n",
		       m->samples >= m->planned ? "true" : "false");
	write_members(&t, parts[0].manifest);
	gb_text_add(&t, "  \"parts\": [");
	for (size_t i = 0; i < m->nr_runs; i++) {
		gb_text_add(&t, i ? ",\n    " : "\n    ");
		gb_json_write(&t, parts[i].manifest, 2);
	}
	gb_text_add(&t, "\n  ]\n}\n");
	snprintf(path, sizeof(path), "%s/manifest.json", d->path);
	(void)!gb_text_save(&t, path, e);
	t.len = 0;
	gb_columns_datapackage(&t, d->id, 0);
	snprintf(path, sizeof(path), "%s/datapackage.json", d->path);
	if (!e->code)
		(void)!gb_text_save(&t, path, e);
	gb_text_free(&t);
	return -(int)e->code;
}

static void remove_output(const struct gb_merge *m, struct gb_rundir *d)
{
	char path[4400];

	for (const struct gb_csv_file *f = gb_csv_files; f->name; f++) {
		snprintf(path, sizeof(path), "%s/%s", m->path, f->name);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/manifest.json", m->path);
	unlink(path);
	gb_rundir_discard(d);
}

static int write_run(struct gb_merge *m, const struct part *parts, struct gb_error *e)
{
	struct gb_rundir d;

	if (gb_rundir_make(m->output, m->label ? m->label : "merged", &d, e))
		return -(int)e->code;
	snprintf(m->path, sizeof(m->path), "%s", d.path);
	for (const struct gb_csv_file *f = gb_csv_files; f->name && !e->code; f++)
		(void)!merge_file(m, parts, f, e);
	if (!e->code)
		(void)!write_manifest(m, &d, parts, e);
	if (e->code)
		remove_output(m, &d);
	return -(int)e->code;
}

static int read_planned(struct gb_merge *m, const struct part *first, struct gb_error *e)
{
	double planned = gb_json_number(first->manifest, "plan_samples");

	if (!(planned >= 0 && planned <= GB_PLAN_MAX_SAMPLES) || planned != trunc(planned))
		return gb_fail(e, GB_EXIT_USAGE, NULL, "%s/manifest.json does not say how many "
			       "samples the plan has", first->path);
	m->planned = (size_t)planned;
	return 0;
}

int gb_merge_runs(struct gb_merge *m, struct gb_error *e)
{
	struct part *parts = calloc(m->nr_runs + 1, sizeof(*parts));

	GB_BUG_ON(!parts);
	for (size_t i = 0; i < m->nr_runs && !e->code; i++)
		(void)!load_part(&parts[i], m->runs[i], i ? parts : &parts[i], e);
	for (size_t i = 1; i < m->nr_runs && !e->code; i++)
		m->machines_differ |= strcmp(gb_json_text(parts[i].manifest, "hw_id", ""),
					     gb_json_text(parts[0].manifest, "hw_id", "")) != 0;
	if (!e->code && !read_planned(m, &parts[0], e) && !check_samples(m, parts, e))
		(void)!write_run(m, parts, e);
	for (size_t i = 0; i < m->nr_runs; i++)
		gb_json_free(parts[i].manifest);
	free(parts);
	return -(int)e->code;
}
