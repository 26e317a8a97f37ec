/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Files into tables, rows to their samples, samples into cells. */
#include "core/report/data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/statistics.h"

#include "core/columns.h"
#include "core/report/figures.h"
#include "core/report/gate.h"
#include "core/report/index.h"
#include "core/rundir.h"

#define USUAL_ANCHOR "glibc"

const char *const gb_report_file_name[GB_REPORT_FILES] = {
	"samples.csv", "latency.csv", "histograms.csv", "memory.csv", "pressure.csv",
	"events.csv", "figures.csv", "claims.csv",
};

static void *grown(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n ? n : 1, size);
	GB_BUG_ON(!p);
	return p;
}

/* --- files ------------------------------------------------------------------------------ */

/* A file that is absent or empty is a table without rows. */
static int read_table(const char *dir, const char *name, struct gb_csv_table *t,
		      struct gb_error *e)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	memset(t, 0, sizeof(*t));
	if (stat(path, &st) || st.st_size == 0)
		return 0;
	if (gb_csv_read(path, t, e))
		return -e->code;
	if (t->rows && gb_schema_accept(gb_csv_get(t, 0, gb_csv_column(t, "schema_version")),
					path, e))
		return -e->code;
	return 0;
}

static int read_run(const char *path, struct gb_report_run *run, struct gb_error *e)
{
	struct gb_rundir d;
	char file[4096];

	if (gb_rundir_open(path, &d, e))
		return -e->code;
	snprintf(run->path, sizeof(run->path), "%s", d.path);
	snprintf(file, sizeof(file), "%s/manifest.json", path);
	run->manifest = gb_json_read(file, e);
	if (!run->manifest)
		return -e->code;
	snprintf(run->id, sizeof(run->id), "%s", gb_json_text(run->manifest, "run_id", d.id));
	if (gb_schema_accept(gb_json_text(run->manifest, "schema_version", ""), file, e))
		return -e->code;
	for (int f = 0; f < GB_REPORT_FILES; f++)
		if (read_table(path, gb_report_file_name[f], &run->table[f], e))
			return -e->code;
	return gb_report_gate(path, &run->gate, e);
}

/* --- samples ------------------------------------------------------------------------------ */

static void add_samples(struct gb_report *r, size_t run, struct gb_index *by_id)
{
	const struct gb_csv_table *t = &r->run[run].table[GB_REPORT_SAMPLES];
	int id = gb_csv_column(t, "sample_id"), status = gb_csv_column(t, "status");
	int block = gb_csv_column(t, "block"), over = gb_csv_column(t, "oversubscribed");

	r->sample = grown(r->sample, r->samples + t->rows, sizeof(*r->sample));
	for (size_t row = 0; row < t->rows; row++) {
		struct gb_report_sample *s = &r->sample[r->samples];

		memset(s, 0, sizeof(*s));
		s->run = run;
		s->row = row;
		s->status = gb_csv_get(t, row, status);
		s->block = gb_csv_get(t, row, block);
		s->ok = !strcmp(s->status, "ok");
		s->oversubscribed = !strcmp(gb_csv_get(t, row, over), "yes");
		for (int f = 0; f < GB_REPORT_FILES; f++)
			s->first[f] = s->last[f] = GB_NO_ROW;
		gb_index_add(by_id, gb_csv_get(t, row, id), r->samples++);
	}
}

/* Chain the rows of @f to their samples, in the order of the file. */
static void join(struct gb_report *r, size_t run, int f, const struct gb_index *by_id)
{
	struct gb_report_run *u = &r->run[run];
	const struct gb_csv_table *t = &u->table[f];
	int id = gb_csv_column(t, "sample_id");

	u->next[f] = grown(NULL, t->rows, sizeof(size_t));
	for (size_t row = 0; row < t->rows; row++) {
		size_t i = gb_index_find(by_id, gb_csv_get(t, row, id));

		u->next[f][row] = GB_NO_ROW;
		if (i == GB_INDEX_NONE)
			continue;
		if (r->sample[i].first[f] == GB_NO_ROW)
			r->sample[i].first[f] = row;
		else
			u->next[f][r->sample[i].last[f]] = row;
		r->sample[i].last[f] = row;
	}
}

static void add_run(struct gb_report *r, size_t run)
{
	size_t before = r->samples;
	struct gb_index by_id = { 0 };

	add_samples(r, run, &by_id);
	for (int f = GB_REPORT_LATENCY; f < GB_REPORT_FILES; f++)
		join(r, run, f, &by_id);
	for (size_t i = before; i < r->samples; i++)
		gb_report_figures(r, &r->sample[i]);
	gb_index_free(&by_id);
}

/* --- cells ---------------------------------------------------------------------------------- */

static const char *const key_columns[] = { "workload", "params", "threads", "backend",
					   "irq_mode" };

static size_t cell_of(struct gb_report *r, struct gb_report_sample *s, struct gb_index *x)
{
	const char *k[GB_ARRAY_SIZE(key_columns)];
	struct gb_report_cell *c;
	char key[8192];
	size_t i;

	for (i = 0; i < GB_ARRAY_SIZE(key_columns); i++)
		k[i] = gb_report_get(r, s, key_columns[i]);
	snprintf(key, sizeof(key), "%zu\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s", s->run, k[0], k[1], k[2],
		 k[3], k[4]);
	i = gb_index_add(x, key, r->cells);
	if (i < r->cells)
		return i;
	if ((r->cells & (r->cells - 1)) == 0)
		r->cell = grown(r->cell, r->cells ? 2 * r->cells : 1, sizeof(*r->cell));
	c = &r->cell[r->cells++];
	*c = (struct gb_report_cell){ .run = s->run, .workload = k[0], .params = k[1],
				      .threads = k[2], .backend = k[3], .irq_mode = k[4],
				      .cpus = strtod(k[2], NULL), .first = i };
	return i;
}

/* Text with numbers in it: "size=64" before "size=256". */
static int natural(const char *a, const char *b)
{
	return strverscmp(a, b);
}

static int by_cell(const void *a, const void *b)
{
	const struct gb_report_cell *x = a, *y = b;
	int d = strcmp(x->workload, y->workload);

	d = d ? d : natural(x->params, y->params);
	d = d ? d : (x->cpus > y->cpus) - (x->cpus < y->cpus);
	d = d ? d : strcmp(x->backend, y->backend);
	d = d ? d : strcmp(x->irq_mode, y->irq_mode);
	return d ? d : (x->run > y->run) - (x->run < y->run);
}

static int by_sample(const void *a, const void *b)
{
	const struct gb_report_sample *x = a, *y = b;
	int d = (x->cell > y->cell) - (x->cell < y->cell);

	return d ? d : (x->row > y->row) - (x->row < y->row);
}

static void sort_cells(struct gb_report *r)
{
	size_t *place = grown(NULL, r->cells, sizeof(*place));

	/* first holds the old number until the samples have been renumbered */
	if (r->cells)
		qsort(r->cell, r->cells, sizeof(*r->cell), by_cell);
	for (size_t i = 0; i < r->cells; i++)
		place[r->cell[i].first] = i;
	for (size_t i = 0; i < r->samples; i++)
		r->sample[i].cell = place[r->sample[i].cell];
	free(place);
	if (r->samples)
		qsort(r->sample, r->samples, sizeof(*r->sample), by_sample);
	for (size_t i = r->samples; i-- > 0;) {
		struct gb_report_cell *c = &r->cell[r->sample[i].cell];

		c->first = i;
		c->n++;
		c->ok += (size_t)r->sample[i].ok;
		c->oversubscribed += (size_t)(r->sample[i].ok && r->sample[i].oversubscribed);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_backends(struct gb_report *r)
{
	struct gb_index seen = { 0 };

	for (size_t i = 0; i < r->cells; i++) {
		const char *name = r->cell[i].backend;

		if (gb_index_add(&seen, name, r->backends) < r->backends)
			continue;
		r->backend = grown(r->backend, r->backends + 1, sizeof(*r->backend));
		r->backend[r->backends++] = name;
	}
	gb_index_free(&seen);
	if (r->backends)
		qsort(r->backend, r->backends, sizeof(*r->backend), by_name);
}

static int choose_anchor(struct gb_report *r, const char *asked, struct gb_error *e)
{
	const char *wanted = asked ? asked : USUAL_ANCHOR;

	for (size_t i = 0; i < r->backends; i++)
		if (!strcmp(r->backend[i], wanted))
			r->anchor = r->backend[i];
	if (asked && !r->anchor)
		return gb_fail(e, GB_EXIT_USAGE, "name a backend that was measured",
			       "--anchor: no run has a backend '%.80s'", asked);
	return 0;
}

int gb_report_load(char *const *paths, size_t n, const char *anchor, struct gb_report *r,
		   struct gb_error *e)
{
	struct gb_index cells = { 0 };

	memset(r, 0, sizeof(*r));
	r->run = calloc(n, sizeof(*r->run));
	GB_BUG_ON(!r->run);
	for (size_t i = 0; i < n; i++) {
		r->runs = i + 1;
		if (read_run(paths[i], &r->run[i], e))
			return -e->code;
		add_run(r, i);
	}
	for (size_t i = 0; i < r->samples; i++)
		r->sample[i].cell = cell_of(r, &r->sample[i], &cells);
	gb_index_free(&cells);
	sort_cells(r);
	list_backends(r);
	return choose_anchor(r, anchor, e);
}

void gb_report_free(struct gb_report *r)
{
	for (size_t i = 0; i < r->runs; i++) {
		for (int f = 0; f < GB_REPORT_FILES; f++) {
			gb_csv_free(&r->run[i].table[f]);
			free(r->run[i].next[f]);
		}
		gb_json_free(r->run[i].manifest);
		gb_json_free(r->run[i].gate);
	}
	free(r->run);
	free(r->sample);
	free(r->cell);
	free(r->backend);
	memset(r, 0, sizeof(*r));
}
