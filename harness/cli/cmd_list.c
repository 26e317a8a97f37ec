/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench list: everything comes from the tables of descriptors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "base/atomic.h"
#include "base/parse.h"
#include "cmd.h"
#include "core/columns.h"
#include "table.h"
#include "workload.h"

/* One location for all: it is large. */
static struct gb_backend_location where;

/* What stands in brackets is for 'show': "FILE[...]" fits a narrow column. */
static char *without_options(const char *help, char *buf, size_t n)
{
	const char *from = strchr(help, '['), *to = from ? strchr(from, ']') : NULL;

	if (to)
		snprintf(buf, n, "%.*s[...]%s", (int)(from - help), help,
			 to + 1 + strspn(to + 1, "."));
	else
		snprintf(buf, n, "%s", help);
	return buf;
}

static void add_backend(struct gb_table *t, const struct gb_backend *b, enum gb_format f)
{
	struct gb_error why = GB_ERROR_INIT;
	char caps[200], note[600] = "", available[16] = "yes", help[100];

	where = (struct gb_backend_location){ 0 };
	gb_capability_names(b->caps, caps, sizeof(caps));
	if (b->argument_help) {
		strcpy(available, "ask");
		snprintf(note, sizeof(note), "%s: %s:%s", b->summary, b->name,
			 f != GB_FORMAT_TABLE ? b->argument_help :
				     without_options(b->argument_help, help, sizeof(help)));
	} else if (b->locate("", &where, &why)) {
		strcpy(available, "no");
		snprintf(note, sizeof(note), "%s", why.what);
	} else {
		snprintf(note, sizeof(note), "%s", b->summary);
	}
	gb_table_row(t, (const char *[]){ b->name, available, where.version,
					  b->caps & GB_CAP_IRQ_SAFE ? "native" :
					  b->caps & GB_CAP_ATOMIC   ? "guarded" : "no",
					  caps, note });
}

static void list_backends(enum gb_format f)
{
	static const char *const names[] = { "backend", "available", "version", "interrupts",
					     "capabilities", "note" };
	struct gb_table t;

	gb_table_init(&t, names, 6, "llllll");
	for (const struct gb_backend *const *b = gb_backends; *b; b++)
		add_backend(&t, *b, f);
	gb_table_print(&t, f);
	gb_table_free(&t);
}

static void list_workloads(enum gb_format f)
{
	static const char *const names[] = { "workload", "interrupts", "needs", "summary" };
	struct gb_table t;

	gb_table_init(&t, names, 4, "llll");
	for (const struct gb_workload *const *w = gb_workloads; *w; w++) {
		char needs[200], irq[40] = "on request";

		gb_capability_names((*w)->needs, needs, sizeof(needs));
		if ((*w)->flags & GB_WL_OWN_IRQ)
			snprintf(irq, sizeof(irq), "%g Hz", (*w)->default_irq_rate_hz);
		gb_table_row(&t, (const char *[]){ (*w)->name, irq, needs, (*w)->summary });
	}
	gb_table_print(&t, f);
	gb_table_free(&t);
}

static void list_suites(enum gb_format f)
{
	static const char *const names[] = { "suite", "summary", "workloads" };
	struct gb_table t;

	gb_table_init(&t, names, 3, "lll");
	for (const struct gb_suite *s = gb_suites; s->name; s++) {
		struct gb_text all = { 0 };

		for (size_t i = 0; s->specs[i]; i++)
			gb_text_printf(&all, "%s%s", i ? " " : "", s->specs[i]);
		gb_table_row(&t, (const char *[]){ s->name, s->summary, all.data });
		gb_text_free(&all);
	}
	gb_table_print(&t, f);
	gb_table_free(&t);
}

static void list_metrics(enum gb_format f)
{
	static const char *const names[] = { "file", "column", "unit", "meaning" };
	struct gb_table t;

	gb_table_init(&t, names, 4, "llll");
	for (size_t i = 0; i < gb_nr_key_columns; i++)
		gb_table_row(&t, (const char *[]){ "(every)", gb_key_columns[i].name,
						   gb_key_columns[i].unit,
						   gb_key_columns[i].help });
	for (const struct gb_csv_file *file = gb_csv_files; file->name; file++)
		for (size_t i = 0; i < file->columns; i++)
			gb_table_row(&t, (const char *[]){ file->name, file->column[i].name,
							   file->column[i].unit,
							   file->column[i].help });
	gb_table_print(&t, f);
	gb_table_free(&t);
}

static const struct {
	const char *name;
	void (*print)(enum gb_format f);
} kinds[] = {
	{ "backends", list_backends },
	{ "workloads", list_workloads },
	{ "suites", list_suites },
	{ "metrics", list_metrics },
};

static int unknown_kind(const char *name, struct gb_error *e)
{
	const char *names[GB_ARRAY_SIZE(kinds)], *near;

	for (size_t i = 0; i < GB_ARRAY_SIZE(kinds); i++)
		names[i] = kinds[i].name;
	gb_fail(e, GB_EXIT_USAGE, "list takes backends, workloads, suites or metrics",
		"nothing called '%.60s' to list", name);
	near = gb_nearest(name, names, GB_ARRAY_SIZE(kinds));
	if (near)
		gb_hint(e, "did you mean '%s'?", near);
	return -e->code;
}

/* Without an argument: the first three, under headings (a CSV can hold only one table). */
static int list_all(enum gb_format f, struct gb_error *e)
{
	if (f != GB_FORMAT_TABLE && f != GB_FORMAT_MARKDOWN)
		return gb_fail(e, GB_EXIT_USAGE, "for example: gfpbench list workloads --format=csv",
			       "--format=csv and json need to know which table");
	for (size_t i = 0; i < 3; i++) {
		if (i)
			putchar('\n');
		kinds[i].print(f);
	}
	return 0;
}

int cmd_list(const struct gb_cli *o, struct gb_error *e)
{
	enum gb_format f = gb_format_parse(o->format);

	if (o->nr_args > 1)
		return gb_fail(e, GB_EXIT_USAGE, "list one thing at a time",
			       "unexpected argument '%.60s'", o->args[1]);
	if (o->nr_args == 0)
		return list_all(f, e);
	for (size_t i = 0; i < GB_ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, o->args[0]))
			continue;
		kinds[i].print(f);
		return 0;
	}
	return unknown_kind(o->args[0], e);
}
