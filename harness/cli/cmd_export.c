/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench export: runs as long CSV, JSON or an SQLite database. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "core/export.h"

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

static int to_file(const struct gb_cli *o, const char *const *runs, size_t n,
		   struct gb_error *e)
{
	FILE *out = fopen(o->output, "we");

	if (!out)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
				     "cannot make %s", o->output);
	(void)!to_stream(o, runs, n, out, e);
	if (fclose(out) && !e->code)
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
			      "cannot write %s", o->output);
	if (e->code)
		unlink(o->output);
	return -(int)e->code;
}

int cmd_export(const struct gb_cli *o, struct gb_error *e)
{
	static const char *const latest[] = { "results/latest" };
	const char *const *runs = o->nr_args ? o->args : latest;
	size_t n = o->nr_args ? o->nr_args : 1;

	if (!strcmp(o->format, "sqlite")) {
		if (!o->output)
			return gb_fail(e, GB_EXIT_USAGE, "gfpbench export --format=sqlite -o runs.db",
				       "--format=sqlite needs -o FILE");
		return gb_export_sqlite(runs, n, o->output, e) ? -(int)e->code : 0;
	}
	return o->output ? to_file(o, runs, n, e) : to_stream(o, runs, n, stdout, e);
}
