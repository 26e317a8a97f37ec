/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/sha256.h"
#include "base/text.h"
#include "columns.h"
#include "result.h"

static void now_utc(char buf[32])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void gb_manifest_begin(struct gb_manifest *m)
{
	unsigned int threads = 0;

	for (size_t i = 0; i < m->plan->nr_cells; i++)
		if (m->plan->cells[i].cell.threads > threads)
			threads = (unsigned int)m->plan->cells[i].cell.threads;
	gb_fingerprint_take(&m->machine);
	gb_noise_look(&m->machine, threads, m->noise);
	now_utc(m->started_at);
}

/* --- JSON members ------------------------------------------------------------------- */

static void text_member(struct gb_text *t, const char *indent, const char *key, const char *v)
{
	gb_text_printf(t, "%s\"%s\": ", indent, key);
	gb_text_json(t, v);
	gb_text_add(t, ",\n");
}

static void number_member(struct gb_text *t, const char *indent, const char *key, uint64_t v)
{
	gb_text_printf(t, "%s\"%s\": %llu,\n", indent, key, (unsigned long long)v);
}

static void drop_comma(struct gb_text *t)
{
	if (t->len >= 2 && t->data[t->len - 2] == ',') {
		t->len -= 2;
		t->data[t->len] = '\0';
		gb_text_add(t, "\n");
	}
}

static void add_argv(struct gb_text *t, const struct gb_manifest *m)
{
	char cwd[4096];

	gb_text_add(t, "  \"argv\": [");
	for (int i = 0; i < m->argc; i++) {
		gb_text_add(t, i ? ", " : "");
		gb_text_json(t, m->argv[i]);
	}
	gb_text_add(t, "],\n");
	text_member(t, "  ", "cwd", getcwd(cwd, sizeof(cwd)) ? cwd : "");
}

static int calibrates(const struct gb_plan *p)
{
	for (size_t i = 0; i < p->nr_cells; i++)
		if (p->cells[i].cell.limit_ns)
			return 1;
	return 0;
}

/* Measured at the start of each comparison, and kept for a run that resumes this one. */
static void add_work(struct gb_text *t, const struct gb_plan *p)
{
	const char *in = "      ";

	gb_text_add(t, "  \"work\": [\n");
	for (size_t i = 0; i < p->nr_cells; i++) {
		const struct gb_plan_cell *c = &p->cells[i];

		if (!p->frozen[c->group] || (i && p->cells[i - 1].group == c->group))
			continue;
		gb_text_add(t, "    {\n");
		number_member(t, in, "group", c->group);
		text_member(t, in, "workload", c->cell.workload);
		text_member(t, in, "params", c->cell.params);
		number_member(t, in, "threads", c->cell.threads);
		if (p->frozen[c->group] == GB_OPS_AUTO)
			text_member(t, in, "ops", "by time");
		else
			number_member(t, in, "ops", p->frozen[c->group]);
		drop_comma(t);
		gb_text_add(t, "    },\n");
	}
	drop_comma(t);
	gb_text_add(t, "  ],\n");
}

/* What sections of a job file may differ in. */
static void add_cell_options(struct gb_text *t, const char *in, const struct gb_manifest *m,
			     const struct gb_plan_request *q)
{
	text_member(t, in, "backends", q->backends ? q->backends : "all");
	text_member(t, in, "workloads", q->workloads ? q->workloads : "quick");
	text_member(t, in, "threads", q->threads ? q->threads : "usable CPUs");
	if (q->ops == GB_OPS_AUTO || (q->equal_work && calibrates(m->plan)))
		text_member(t, in, "ops", "auto");
	else
		number_member(t, in, "ops", q->ops);
	number_member(t, in, "duration_ns", q->duration_ns);
	number_member(t, in, "warmup_ns", q->warmup_ns);
	gb_text_printf(t, "%s\"irq_rate_hz\": ", in);
	if (q->irq_rate_hz < 0)
		gb_text_add(t, "null");
	else
		gb_text_double(t, q->irq_rate_hz);
	gb_text_add(t, ",\n");
	text_member(t, in, "irq_law", q->irq_law == GB_IRQ_POISSON ? "poisson" : "fixed");
	number_member(t, in, "ram_bytes", q->ram_bytes);
	number_member(t, in, "interval_ns", q->interval_ns);
}

/* Of one set of cells, flat; of several, a list behind what holds for all. */
static void add_options(struct gb_text *t, const struct gb_manifest *m)
{
	const struct gb_plan_request *q = m->request;
	const char *in = "    ";

	gb_text_add(t, "  \"options\": {\n");
	if (q->sets < 2)
		add_cell_options(t, in, m, q->sets ? &q->set[0] : q);
	else
		gb_text_printf(t, "%s\"sets\": [\n", in);
	for (size_t i = 0; q->sets > 1 && i < q->sets; i++) {
		gb_text_add(t, "      {\n");
		add_cell_options(t, "        ", m, &q->set[i]);
		drop_comma(t);
		gb_text_printf(t, "      }%s\n", i + 1 < q->sets ? "," : "\n    ],");
	}
	number_member(t, in, "runs", q->runs);
	gb_text_printf(t, "%s\"seed\": \"%llu\",\n", in, (unsigned long long)q->seed);
	number_member(t, in, "pin", q->pin);
	text_member(t, in, "order", q->sequential ? "sequential" : "blocks");
	number_member(t, in, "shard", q->shard);
	number_member(t, in, "shards", q->shards);
	drop_comma(t);
	gb_text_add(t, "  },\n");
}

static void add_machine(struct gb_text *t, const struct gb_fingerprint *f)
{
	const char *in = "    ";

	text_member(t, "  ", "hw_id", f->hw_id);
	gb_text_add(t, "  \"machine\": {\n");
	text_member(t, in, "cpu_model", f->cpu_model);
	number_member(t, in, "cpus_online", f->cpus_online);
	number_member(t, in, "cpus_usable", f->cpus_usable);
	number_member(t, in, "memory_bytes", f->memory_bytes);
	text_member(t, in, "machine", f->machine);
	gb_text_printf(t, "%s\"virtual\": %s,\n", in, f->virtual_machine ? "true" : "false");
	text_member(t, in, "kernel", f->kernel);
	text_member(t, in, "libc", f->libc);
	text_member(t, in, "clocksource", f->clocksource);
	text_member(t, in, "governor", f->governor[0] ? f->governor : "not visible");
	text_member(t, in, "turbo", f->turbo[0] ? f->turbo : "not visible");
	text_member(t, in, "transparent_hugepage", f->thp);
	text_member(t, in, "smt", f->smt);
	text_member(t, in, "randomize_va_space", f->aslr);
	text_member(t, in, "overcommit_memory", f->overcommit);
	number_member(t, in, "swap_bytes", f->swap_bytes);
	number_member(t, in, "max_map_count", f->max_map_count);
	gb_text_printf(t, "%s\"load_1m\": ", in);
	gb_text_double(t, f->load_1m);
	gb_text_add(t, "\n  },\n");
}

const char *gb_backend_file(const struct gb_backend_ref *ref,
			    const struct gb_backend_location *l)
{
	static struct gb_malloc_origin libc;
	struct gb_error e = GB_ERROR_INIT;

	if (l->preload[0])
		return l->preload;
	if (!(ref->caps & GB_CAP_MALLOC))
		return "/proc/self/exe";
	return libc.path[0] || !gb_malloc_origin("", &libc, &e) ? libc.path : "";
}

static void add_backend(struct gb_text *t, const struct gb_plan_cell *c)
{
	const char *file = gb_backend_file(&c->ref, &c->location), *in = "      ";
	char sha[65] = "";

	gb_text_add(t, "    {\n");
	text_member(t, in, "backend", c->location.label);
	text_member(t, in, "spec", c->cell.backend);
	text_member(t, in, "version", c->location.version);
	text_member(t, in, "file", strcmp(file, "/proc/self/exe") ? file : "builtin");
	if (!c->location.preload[0] && c->unavailable[0] && !*file)
		sha[0] = '\0';
	else if (gb_sha256_file(file, sha))
		sha[0] = '\0';
	text_member(t, in, "sha256", sha);
	text_member(t, in, "unavailable", c->unavailable);
	drop_comma(t);
	gb_text_add(t, "    },\n");
}

static int is_first_of_backend(const struct gb_plan *p, size_t cell)
{
	for (size_t i = 0; i < cell; i++)
		if (!strcmp(p->cells[i].cell.backend, p->cells[cell].cell.backend))
			return 0;
	return 1;
}

/* Each once; sets of cells may have different ones. */
static void add_backends(struct gb_text *t, const struct gb_plan *p)
{
	gb_text_add(t, "  \"backends\": [\n");
	for (size_t i = 0; i < p->nr_cells; i++)
		if (is_first_of_backend(p, i))
			add_backend(t, &p->cells[i]);
	drop_comma(t);
	gb_text_add(t, "  ],\n");
}

/* The sources of noise in one state. */
static void add_noise(struct gb_text *t, const char *member, const struct gb_noise *v,
		      enum gb_noise_state state)
{
	int any = 0;

	gb_text_printf(t, "  \"%s\": [", member);
	for (size_t i = 0; i < GB_NR_NOISE; i++) {
		if (v[i].state != state)
			continue;
		gb_text_printf(t, "%s\n    { \"id\": \"%s\", \"source\": \"%s\", \"text\": ",
			       any ? "," : "", v[i].id, v[i].name);
		gb_text_json(t, v[i].text);
		gb_text_add(t, " }");
		any = 1;
	}
	gb_text_printf(t, "%s],\n", any ? "\n  " : "");
}

static void add_state(struct gb_text *t, const struct gb_manifest *m)
{
	char now[32];

	add_noise(t, "warnings", m->noise, GB_NOISE_NOISY);
	add_noise(t, "quiet", m->noise, GB_NOISE_QUIET);
	add_noise(t, "not_visible", m->noise, GB_NOISE_UNSEEN);
	gb_text_add(t, "  \"samples\": {");
	for (int s = 0; s < GB_NR_STATUS; s++)
		gb_text_printf(t, "%s \"%s\": %llu", s ? "," : "", gb_status_name[s],
			       (unsigned long long)m->by_status[s]);
	gb_text_add(t, " },\n");
	now_utc(now);
	text_member(t, "  ", "started_at", m->started_at);
	text_member(t, "  ", "written_at", now);
	if (m->gate)
		gb_text_printf(t, "  \"gate\": %s,\n", m->gate);
	if (m->exit_code >= 0)
		gb_text_printf(t, "  \"exit_code\": %d,\n", m->exit_code);
	gb_text_printf(t, "  \"complete\": %s\n", m->complete ? "true" : "false");
}

static int write_datapackage(const struct gb_manifest *m, struct gb_error *e)
{
	struct gb_text t = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/datapackage.json", m->dir->path);
	gb_columns_datapackage(&t, m->dir->id, m->gate != NULL);
	(void)!gb_text_save(&t, path, e);
	gb_text_free(&t);
	return -e->code;
}

int gb_manifest_write(const struct gb_manifest *m, struct gb_error *e)
{
	struct gb_text t = { 0 };
	char path[4096];

	gb_text_add(&t, "{\n");
	text_member(&t, "  ", "schema_version", GB_SCHEMA_VERSION);
	text_member(&t, "  ", "run_id", m->dir->id);
	text_member(&t, "  ", "label", m->label ? m->label : "");
	text_member(&t, "  ", "gfpbench_version", PACKAGE_VERSION);
	text_member(&t, "  ", "build_mode", GB_BUILD_MODE);
	text_member(&t, "  ", "compiler", __VERSION__);
	text_member(&t, "  ", "cflags", GB_BUILD_CFLAGS);
	add_argv(&t, m);
	add_options(&t, m);
	text_member(&t, "  ", "plan_hash", m->plan->hash);
	number_member(&t, "  ", "planned_samples", m->plan->nr_items);
	number_member(&t, "  ", "plan_samples", m->plan->all_items); /* of all shards */
	if (m->plan->frozen)
		add_work(&t, m->plan);
	add_machine(&t, &m->machine);
	text_member(&t, "  ", "clock", gb_clock.name ? gb_clock.name : "");
	add_backends(&t, m->plan);
	add_state(&t, m);
	gb_text_add(&t, "}\n");
	snprintf(path, sizeof(path), "%s/manifest.json", m->dir->path);
	(void)!gb_text_save(&t, path, e);
	gb_text_free(&t);
	if (e->code)
		return -e->code;
	return write_datapackage(m, e);
}

/* --- reading back ------------------------------------------------------------------------ */

static int copy_argv(const struct gb_json *argv, struct gb_manifest_past *past)
{
	const struct gb_json *j;
	int n = 0;

	for (j = argv->child; j; j = j->next)
		n++;
	past->argv = calloc((size_t)n + 1, sizeof(*past->argv));
	GB_BUG_ON(!past->argv);
	for (j = argv->child; j; j = j->next) {
		if (j->type != GB_JSON_STRING)
			return -1;
		past->argv[past->argc++] = strdup(j->text);
	}
	return 0;
}

static void read_work(const struct gb_json *list, struct gb_manifest_past *past)
{
	for (const struct gb_json *j = list ? list->child : NULL; j; j = j->next) {
		double group = gb_json_number(j, "group"), ops = gb_json_number(j, "ops");

		if (!(group >= 0 && group < 1e6) || (ops <= 0 || ops > 1e15))
			continue;
		if ((size_t)group >= past->groups) {
			size_t n = (size_t)group + 1;

			past->frozen = realloc(past->frozen, n * sizeof(*past->frozen));
			GB_BUG_ON(!past->frozen);
			memset(past->frozen + past->groups, 0,
			       (n - past->groups) * sizeof(*past->frozen));
			past->groups = n;
		}
		/* no number: it went by time */
		past->frozen[(size_t)group] = ops > 0 ? (uint64_t)ops : GB_OPS_AUTO;
	}
}

int gb_manifest_read(const char *dir, struct gb_manifest_past *past, struct gb_error *e)
{
	const struct gb_json *argv;
	struct gb_json *j;
	char path[4096];

	memset(past, 0, sizeof(*past));
	snprintf(path, sizeof(path), "%s/manifest.json", dir);
	j = gb_json_read(path, e);
	if (!j)
		return -e->code;
	if (!gb_schema_accept(gb_json_text(j, "schema_version", ""), path, e)) {
		argv = gb_json_get(j, "argv");
		if (!argv || argv->type != GB_JSON_ARRAY || copy_argv(argv, past))
			gb_fail(e, GB_EXIT_USAGE, NULL, "%s: no argv in it", path);
		snprintf(past->plan_hash, sizeof(past->plan_hash), "%s",
			 gb_json_text(j, "plan_hash", ""));
		snprintf(past->started_at, sizeof(past->started_at), "%s",
			 gb_json_text(j, "started_at", ""));
		read_work(gb_json_get(j, "work"), past);
		snprintf(past->cwd, sizeof(past->cwd), "%s", gb_json_text(j, "cwd", ""));
	}
	gb_json_free(j);
	return -e->code;
}

void gb_manifest_past_free(struct gb_manifest_past *past)
{
	for (int i = 0; i < past->argc; i++)
		free(past->argv[i]);
	free(past->argv);
	free(past->frozen);
	past->frozen = NULL;
	past->groups = 0;
	past->argv = NULL;
	past->argc = 0;
}
