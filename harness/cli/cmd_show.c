/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench show: a backend, a workload, a suite or a recording in full. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend.h"
#include "base/parse.h"
#include "cmd.h"
#include "recording/recording.h"
#include "table.h"
#include "workload.h"
#include "wrap.h"

static void paragraph(const char *text)
{
	printf("  ");
	gb_wrap_print(text, 2, 2);
}

static void titled(const char *title, const char *text)
{
	if (!text || !*text)
		return;
	printf("\n%s\n", title);
	paragraph(text);
}

static const char *const type_text[] = {
	[GB_OPTION_UINT] = "number", [GB_OPTION_SIZE] = "size", [GB_OPTION_TIME] = "time",
	[GB_OPTION_DOUBLE] = "number", [GB_OPTION_BOOL] = "yes or no",
	[GB_OPTION_CHOICE] = "choice", [GB_OPTION_TEXT] = "text",
};

static void range_text(const struct gb_option *o, char *buf, size_t n)
{
	char lo[32], hi[32];

	buf[0] = '\0';
	if (o->type == GB_OPTION_CHOICE)
		snprintf(buf, n, "%s", o->choices);
	else if (o->type == GB_OPTION_SIZE && o->max)
		snprintf(buf, n, "%s..%s", gb_format_size(lo, sizeof(lo), o->min),
			 gb_format_size(hi, sizeof(hi), o->max));
	else if (o->type == GB_OPTION_TIME && o->max)
		snprintf(buf, n, "%s..%s", gb_format_time(lo, sizeof(lo), o->min),
			 gb_format_time(hi, sizeof(hi), o->max));
	else if (o->max && o->type != GB_OPTION_TEXT)
		snprintf(buf, n, "%llu..%llu", (unsigned long long)o->min,
			 (unsigned long long)o->max);
}

static void parameters(const struct gb_option *rows, enum gb_format f)
{
	static const char *const names[] = { "parameter", "type", "default", "range", "meaning" };
	struct gb_table t;

	gb_table_init(&t, names, 5, "lllll");
	for (const struct gb_option *o = rows; o && o->name; o++) {
		char range[200];

		range_text(o, range, sizeof(range));
		gb_table_row(&t, (const char *[]){ o->name, type_text[o->type],
						   o->def ? o->def : "(required)", range,
						   o->help });
	}
	gb_table_print(&t, f);
	gb_table_free(&t);
}

static void heading(const char *kind, const char *name, const char *summary)
{
	int at = printf("%s %s: ", kind, name);

	gb_wrap_print(summary, (size_t)at, 2);
}

/* A fact, beside its name. */
static void fact(const char *name, const char *text)
{
	printf("%-14s", name);
	gb_wrap_print(text, 14, 14);
}

static int show_backend(const struct gb_backend *b, enum gb_format f)
{
	static struct gb_backend_location where;
	struct gb_error why = GB_ERROR_INIT;
	char text[600];

	if (f != GB_FORMAT_TABLE && b->options) {
		parameters(b->options, f);
		return 0;
	}
	heading("backend", b->name, b->summary);
	putchar('\n');
	paragraph(b->detail);
	putchar('\n');
	fact("capabilities", gb_capability_names(b->caps, text, sizeof(text)));
	fact("interrupts", b->caps & GB_CAP_IRQ_SAFE ?
	     "native: may be entered from an interrupt at any instruction" :
	     b->caps & GB_CAP_ATOMIC ?
	     "guarded: interrupts are soft-disabled around each call" :
	     "may not be called from interrupts");
	if (b->argument_help) {
		snprintf(text, sizeof(text), "%s:%s", b->name, b->argument_help);
		fact("argument", text);
		return 0;
	}
	if (b->locate("", &where, &why)) {
		snprintf(text, sizeof(text), "no: %s", why.what);
		fact("available", text);
		if (why.hint[0])
			fact("", why.hint);
		return 0;
	}
	snprintf(text, sizeof(text), "yes%s%s", where.version[0] ? ", version " : "",
		 where.version);
	fact("available", text);
	if (where.preload[0])
		fact("file", where.preload);
	if (b->options) {
		putchar('\n');
		parameters(b->options, f);
	}
	return 0;
}

static int show_workload(const struct gb_workload *w, enum gb_format f)
{
	char caps[200];

	if (f != GB_FORMAT_TABLE) {
		parameters(w->options, f);
		return 0;
	}
	heading("workload", w->name, w->summary);
	titled("Imitates", w->imitates);
	titled("Strains", w->strains);
	titled("A good score", w->good_score);
	titled("After", w->paper);
	if (w->needs)
		titled("Needs a backend with", gb_capability_names(w->needs, caps, sizeof(caps)));
	if (w->flags & GB_WL_OWN_IRQ)
		printf("\nInterrupts\n  its own, %g Hz on each CPU unless --irq-rate says otherwise\n",
		       w->default_irq_rate_hz);
	if (w->options && w->options->name) {
		printf("\nParameters (-w %s:%s=...)\n", w->name, w->options->name);
		parameters(w->options, f);
	}
	return 0;
}

static int show_suite(const struct gb_suite *s)
{
	heading("suite", s->name, s->summary);
	for (size_t i = 0; s->specs[i]; i++)
		printf("  %s\n", s->specs[i]);
	return 0;
}

static int is_file(const char *name)
{
	struct stat st;

	return *name == '@' || strchr(name, '/') || (!stat(name, &st) && !S_ISDIR(st.st_mode));
}

static int unknown(const char *name, struct gb_error *e)
{
	const char *names[256], *near;
	size_t n = 0;

	for (size_t i = 0; gb_backends[i] && n < 250; i++)
		names[n++] = gb_backends[i]->name;
	for (size_t i = 0; gb_workloads[i] && n < 250; i++)
		names[n++] = gb_workloads[i]->name;
	for (size_t i = 0; gb_suites[i].name && n < 250; i++)
		names[n++] = gb_suites[i].name;
	gb_fail(e, GB_EXIT_USAGE, "'gfpbench list' shows all",
		"'%.80s' is no backend, workload, suite or file", name);
	near = gb_nearest(name, names, n);
	if (near)
		gb_hint(e, "did you mean '%s'? 'gfpbench list' shows all", near);
	return -e->code;
}

static int show_recording(const char *path, enum gb_format f, struct gb_error *e)
{
	struct gb_text out = { 0 };
	struct gb_recording r;

	if (!gb_recording_load(path, &r, e)) {
		for (size_t i = 0; i < r.nr_warnings; i++)
			gb_print_warning("%s: %s", path, r.warning[i]);
		gb_recording_show(&r, f == GB_FORMAT_CSV ? GB_RECORDING_CSV : GB_RECORDING_TABLE,
				  &out);
		fputs(out.data ? out.data : "", stdout);
	}
	gb_recording_free(&r);
	gb_text_free(&out);
	return -e->code;
}

int cmd_show(const struct gb_cli *o, struct gb_error *e)
{
	enum gb_format f = gb_format_parse(o->format);
	const char *name;

	if (o->nr_args != 1)
		return gb_fail(e, GB_EXIT_USAGE, "gfpbench show pairs",
			       "show takes one backend, workload, suite or file");
	name = o->args[0];
	for (size_t i = 0; gb_backends[i]; i++)
		if (!strcmp(gb_backends[i]->name, name))
			return show_backend(gb_backends[i], f);
	for (size_t i = 0; gb_workloads[i]; i++)
		if (!strcmp(gb_workloads[i]->name, name))
			return show_workload(gb_workloads[i], f);
	for (size_t i = 0; gb_suites[i].name; i++)
		if (!strcmp(gb_suites[i].name, name))
			return show_suite(&gb_suites[i]);
	if (is_file(name))
		return show_recording(name, f, e);
	return unknown(name, e);
}
