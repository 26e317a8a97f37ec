/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "job_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/parse.h"

#include "core/cell.h"

/* What a cell set may have of its own; the rest is one for the run, so in [global]. */
static const char *const of_cells[] = {
	"backend", "workload", "threads", "duration", "ops", "warmup",
	"irq-rate", "irq-law", "ram", "interval",
};
static const char *const of_run[] = {
	"runs", "seed", "order", "pin", "no-pin", "rss-decay", "trace", "timeout", "label",
	"shard",
};
#define NR_KEYS (GB_ARRAY_SIZE(of_cells) + GB_ARRAY_SIZE(of_run))

const char *gb_job_key(size_t i, int *whole)
{
	*whole = i >= GB_ARRAY_SIZE(of_cells);
	if (!*whole)
		return of_cells[i];
	return i < NR_KEYS ? of_run[i - GB_ARRAY_SIZE(of_cells)] : NULL;
}

static int among(const char *key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], key))
			return 1;
	return 0;
}

static int is_of_cells(const char *key)
{
	return among(key, of_cells, GB_ARRAY_SIZE(of_cells));
}

static int is_of_run(const char *key)
{
	return among(key, of_run, GB_ARRAY_SIZE(of_run));
}

/* "FILE:LINE: " before what is wrong. */
static int at_line(const struct gb_jobfile *f, unsigned int line, struct gb_error *e)
{
	char what[sizeof(e->what)];

	snprintf(what, sizeof(what), "%.200s:%u: %.180s", f->path, line, e->what);
	memcpy(e->what, what, sizeof(what));
	return -e->code;
}

static int unknown_key(const struct gb_job_entry *v, struct gb_error *e)
{
	const char *names[NR_KEYS], *near;

	memcpy(names, of_cells, sizeof(of_cells));
	memcpy(names + GB_ARRAY_SIZE(of_cells), of_run, sizeof(of_run));
	gb_fail(e, GB_EXIT_USAGE, "keys are the long names of run's options, without dashes",
		"unknown key '%.60s'", v->key);
	near = gb_nearest(v->key, names, NR_KEYS);
	if (near)
		gb_hint(e, "did you mean '%s'? keys are the long names of run's options", near);
	return -e->code;
}

static int is_pin(const char *key)
{
	return !strcmp(key, "pin") || !strcmp(key, "no-pin");
}

/* The command line wins, and of --ops and --duration the one that it has. */
static int overruled(const struct gb_cli *o, const char *key)
{
	if (!strcmp(key, "ops") || !strcmp(key, "duration"))
		return gb_cli_is_set(o, "ops") || gb_cli_is_set(o, "duration");
	if (is_pin(key))
		return gb_cli_is_set(o, "pin") || gb_cli_is_set(o, "no-pin");
	return gb_cli_is_set(o, key);
}

static int apply(const struct gb_cli *line, const struct gb_job_entry *v, int global,
		 struct gb_cli *into, struct gb_error *e)
{
	struct gb_cli checked = *line;

	if (!is_of_cells(v->key) && !is_of_run(v->key))
		return unknown_key(v, e);
	if (!global && is_of_run(v->key))
		return gb_fail(e, GB_EXIT_USAGE, "it holds for the whole run: put it into [global]",
			       "'%s' cannot differ between sections", v->key);
	/* wrong is wrong, even where the command line wins */
	if (gb_cli_give(v->key, v->value, GB_VERB_RUN, &checked, e))
		return -e->code;
	if (overruled(line, v->key))
		return 0;
	if (!strcmp(v->key, "duration") && into->ops != GB_OPS_AUTO)
		into->ops = 0; /* of [global] */
	(void)!gb_cli_give(v->key, v->value, GB_VERB_RUN, into, e);
	if (!strcmp(v->key, "pin"))
		into->no_pin = !into->pin;
	return -e->code;
}

static int apply_section(const struct gb_cli *line, const struct gb_jobfile *f,
			 const struct gb_job_section *s, int global, struct gb_cli *into,
			 struct gb_error *e)
{
	int ops = 0, duration = 0, pin = 0, no_pin = 0;

	for (size_t i = 0; i < s->entries; i++) {
		const struct gb_job_entry *v = &s->entry[i];

		ops |= !strcmp(v->key, "ops") && strcmp(v->value, "auto");
		duration |= !strcmp(v->key, "duration");
		pin |= !strcmp(v->key, "pin");
		no_pin |= !strcmp(v->key, "no-pin");
		if (ops && duration)
			gb_fail(e, GB_EXIT_USAGE, "equal work: ops; equal time: duration",
				"ops and duration cannot be given together");
		if (pin && no_pin)
			gb_fail(e, GB_EXIT_USAGE, "pinning is the default",
				"pin and no-pin cannot be given together");
		if (e->code || apply(line, v, global, into, e))
			return at_line(f, v->line, e);
	}
	return 0;
}

static int is_global(const struct gb_job_section *s)
{
	return !strcmp(s->name, "global");
}

static int disagree(const struct gb_job_entry *a, const struct gb_job_entry *b)
{
	if (strcmp(a->key, b->key))
		return is_pin(a->key) && is_pin(b->key);
	return strcmp(a->value, b->value) != 0;
}

/* What in @f says otherwise than @v, or NULL. */
static const struct gb_job_entry *other_opinion(const struct gb_jobfile *f,
						const struct gb_job_entry *v)
{
	for (size_t i = 0; i < f->sections; i++)
		for (size_t k = 0; k < f->section[i].entries; k++)
			if (disagree(&f->section[i].entry[k], v))
				return &f->section[i].entry[k];
	return NULL;
}

/* Job files are equals, so none may overrule another in what holds for the whole run. */
static int check_agreement(const struct gb_job *j, const struct gb_jobfile *f,
			   const struct gb_job_entry *v, struct gb_error *e)
{
	for (const struct gb_jobfile *g = j->file + j->configs; g < f; g++) {
		const struct gb_job_entry *u = other_opinion(g, v);

		if (u)
			return gb_fail(e, GB_EXIT_USAGE,
				       "let one of them say it, or the command line",
				       "%.120s:%u: '%s = %.40s', but %.120s:%u: '%s = %.40s'",
				       f->path, v->line, v->key, v->value, g->path, u->line,
				       u->key, u->value);
	}
	return 0;
}

static int apply_to_run(const struct gb_cli *line, const struct gb_jobfile *f,
			const struct gb_job_entry *v, struct gb_job *j, struct gb_error *e)
{
	if (!overruled(line, v->key) && check_agreement(j, f, v, e))
		return -e->code;
	return apply(line, v, 1, &j->whole, e) ? at_line(f, v->line, e) : 0;
}

/* What [global] says of the run goes to the run, the rest to the sets of this file. */
static int apply_global(const struct gb_cli *line, const struct gb_jobfile *f,
			struct gb_job *j, struct gb_cli *base, struct gb_error *e)
{
	for (size_t i = 0; i < f->sections; i++) {
		const struct gb_job_section *s = &f->section[i];

		if (!is_global(s))
			continue;
		if (apply_section(line, f, s, 1, base, e))
			return -e->code;
		for (size_t k = 0; k < s->entries; k++)
			if (is_of_run(s->entry[k].key) &&
			    apply_to_run(line, f, &s->entry[k], j, e))
				return -e->code;
	}
	return 0;
}

static struct gb_cli *new_set(struct gb_job *j, const struct gb_cli *base)
{
	j->set = realloc(j->set, (j->sets + 1) * sizeof(*j->set));
	GB_BUG_ON(!j->set);
	j->set[j->sets] = *base;
	return &j->set[j->sets++];
}

static struct gb_jobfile *open_file(const char *path, struct gb_job *j, struct gb_error *e)
{
	struct gb_jobfile *f = &j->file[j->files++];

	return gb_jobfile_read(path, f, e) ? NULL : f;
}

static int add_file(const struct gb_cli *line, const struct gb_cli *defaults,
		    const char *path, struct gb_job *j, struct gb_error *e)
{
	const struct gb_jobfile *f = open_file(path, j, e);
	struct gb_cli base = *defaults;
	size_t before = j->sets;

	if (!f || apply_global(line, f, j, &base, e))
		return -e->code;
	for (size_t i = 0; i < f->sections; i++)
		if (!is_global(&f->section[i]) &&
		    apply_section(line, f, &f->section[i], 0, new_set(j, &base), e))
			return -e->code;
	if (j->sets == before) /* nothing but [global]: one set of that */
		new_set(j, &base);
	return 0;
}

static int add_config(const struct gb_cli *line, struct gb_job *j, struct gb_cli *defaults,
		      struct gb_error *e)
{
	const struct gb_jobfile *f = open_file(line->config, j, e);

	j->configs = 1;
	if (!f)
		return -e->code;
	for (size_t i = 0; i < f->sections; i++)
		if (!is_global(&f->section[i]))
			return gb_fail(e, GB_EXIT_USAGE,
				       "a file with cell sets is a job file: gfpbench run FILE",
				       "%s:%u: --config takes defaults, in [global] alone", f->path,
				       f->section[i].line);
	return apply_global(line, f, j, defaults, e);
}

int gb_job_make(const struct gb_cli *o, struct gb_job *j, struct gb_error *e)
{
	struct gb_cli defaults = *o;

	memset(j, 0, sizeof(*j));
	j->whole = *o;
	j->file = calloc(o->nr_args + 1, sizeof(*j->file));
	GB_BUG_ON(!j->file);
	if (o->config && add_config(o, j, &defaults, e))
		return -e->code;
	for (size_t i = 0; i < o->nr_args; i++)
		if (add_file(o, &defaults, o->args[i], j, e))
			return -e->code;
	if (!j->sets)
		new_set(j, &defaults);
	return 0;
}

void gb_job_free(struct gb_job *j)
{
	for (size_t i = 0; i < j->files; i++)
		gb_jobfile_free(&j->file[i]);
	free(j->file);
	free(j->set);
	memset(j, 0, sizeof(*j));
}
