/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench export: runs as long CSV, JSON or an SQLite database. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd.h"
#include "core/export.h"
#include "core/run_set.h"

static int to_stream(const struct gb_cli *o, const char *const *runs, size_t n, FILE *out,
		     struct gb_error *e)
{
	if (!strcmp(o->format, "json"))
		(void)!gb_export_json(runs, n, out, e);
	else
		(void)!gb_export_long_csv(runs, n, fileno(out), e);
	if (fflush(out) && !e->code)
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
			      "cannot write the export");
	return -(int)e->code;
}

static int to_name(const struct gb_cli *o, const char *const *runs, size_t n,
		   const char *name, struct gb_error *e)
{
	FILE *out = fopen(name, "we");

	if (!out)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
				     "cannot make %s", o->output);
	(void)!to_stream(o, runs, n, out, e);
	if (fclose(out) && !e->code)
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
			      "cannot write %s", o->output);
	return -(int)e->code;
}

/* Beside it, then renamed: an export that fails takes nothing away.  What is no file (a
 * device, a pipe) is written to as it is. */
static int to_file(const struct gb_cli *o, const char *const *runs, size_t n,
		   struct gb_error *e)
{
	struct gb_text part = { 0 };
	struct stat st;

	if (!stat(o->output, &st) && !S_ISREG(st.st_mode))
		return to_name(o, runs, n, o->output, e);
	gb_text_printf(&part, "%s.%ld.tmp", o->output, (long)getpid());
	if (!to_name(o, runs, n, part.data, e) && rename(part.data, o->output))
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
			      "cannot make %s", o->output);
	if (e->code)
		unlink(part.data);
	gb_text_free(&part);
	return -(int)e->code;
}

static int export(const struct gb_cli *o, const char *const *runs, size_t n,
		  struct gb_error *e)
{
	if (!strcmp(o->format, "sqlite"))
		return gb_export_sqlite(runs, n, o->output, e);
	return o->output ? to_file(o, runs, n, e) : to_stream(o, runs, n, stdout, e);
}

int cmd_export(const struct gb_cli *o, struct gb_error *e)
{
	static const char *const latest[] = { "results/latest" };
	struct gb_run_set runs;

	if (!strcmp(o->format, "sqlite") && !o->output)
		return gb_fail(e, GB_EXIT_USAGE, "gfpbench export --format=sqlite -o runs.db",
			       "--format=sqlite needs -o FILE");
	if (!gb_run_set_open(o->nr_args ? o->args : latest, o->nr_args ? o->nr_args : 1, &runs, e))
		(void)!export(o, (const char *const *)runs.path, runs.n, e);
	gb_run_set_close(&runs);
	return 0;
}
