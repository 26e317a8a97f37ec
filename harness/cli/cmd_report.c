/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * gfpbench report: one page and its plots, in the run's directory or -o DIR; or the plots
 * as text on the terminal.  Without gnuplot: the page with its tables, and a warning.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/temporary.h"
#include "base/text.h"

#include "core/report/data.h"
#include "core/report/page.h"
#include "core/report/plot.h"
#include "core/run_set.h"

#include "cmd.h"

#define SEVERAL_RUNS "gfpbench-report" /* where the page of several runs goes */

static int make_dir(const char *dir, struct gb_error *e)
{
	if (!mkdir(dir, 0777) || errno == EEXIST)
		return 0;
	return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
			     "cannot make directory %s", dir);
}

/* Pictures of an earlier report must not outlive it: what its names say is ours. */
static void clear_plots(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *f;

	while (d && (f = readdir(d))) {
		const char *n = f->d_name;

		if (!strcmp(n, "all.gp") ||
		    (n[0] >= '0' && n[0] <= '9' && n[1] >= '0' && n[1] <= '9' && strchr(n, '-')))
			unlinkat(dirfd(d), n, 0);
	}
	if (d)
		closedir(d);
}

static int write_page(const struct gb_report *r, const char *dir, int quiet,
		      struct gb_error *e)
{
	static const char *const kinds[] = { "svg", "png", NULL };
	struct gb_plots plots;
	char plot_dir[4096];
	size_t drawn = 0;

	gb_plots_make(r, r->runs - 1, &plots);
	snprintf(plot_dir, sizeof(plot_dir), "%.4000s/plots", dir);
	clear_plots(plot_dir);
	if (!gb_plots_draw(&plots, plot_dir, kinds, e) && !gb_page_write(r, &plots, dir, e)) {
		for (size_t i = 0; i < plots.n; i++)
			drawn += (size_t)plots.v[i].drawn;
		if (plots.note[0])
			gb_print_warning("%s", plots.note);
		if (!quiet)
			printf("%s/report.html\n%s: %zu plots as SVG and PNG\n", dir, plot_dir,
			       drawn);
	}
	gb_plots_free(&plots);
	return -e->code;
}

/* --- on the terminal -------------------------------------------------------------------------- */

/* Words into lines of 79 columns. */
static void print_wrapped(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (column && column + 1 + n > 79) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column ? " " : "", (int)n, text);
		text += n + (text[n] == ' ');
	}
	putchar('\n');
}

static void print_plot(const struct gb_plot *p, const char *dir)
{
	struct gb_error e = GB_ERROR_INIT;
	char path[4300], *text;
	size_t len;

	snprintf(path, sizeof(path), "%.4000s/%s.txt", dir, p->name);
	print_wrapped(p->kind->question);
	print_wrapped(p->title.data ? p->title.data : "");
	print_wrapped(p->caption.data ? p->caption.data : "");
	if (p->drawn && !gb_read_file(path, 1 << 20, &text, &len, &e)) {
		fwrite(text, 1, len, stdout);
		free(text);
	}
	putchar('\n');
}

static int print_terminal(const struct gb_report *r, struct gb_error *e)
{
	static const char *const kinds[] = { "dumb", NULL };
	char dir[4096];
	struct gb_plots plots;

	if (gb_temporary_folder("report", dir, sizeof(dir), e))
		return -e->code;
	gb_plots_make(r, r->runs - 1, &plots);
	if (!gb_plots_draw(&plots, dir, kinds, e)) {
		for (size_t i = 0; i < plots.n; i++)
			print_plot(&plots.v[i], dir);
		if (plots.note[0])
			gb_print_warning("%s", plots.note);
	}
	gb_plots_free(&plots);
	clear_plots(dir);
	rmdir(dir);
	return -e->code;
}

int cmd_report(const struct gb_cli *o, struct gb_error *e)
{
	static const char *const latest[] = { "results/latest" };
	struct gb_report r = { 0 };
	struct gb_run_set runs;
	const char *dir;

	if (!gb_run_set_open(o->nr_args ? o->args : latest, o->nr_args ? o->nr_args : 1, &runs, e) &&
	    !gb_report_load(runs.path, runs.n, o->anchor, &r, e)) {
		/* what comes out of a database has no directory of its own */
		dir = o->output ? o->output :
		      runs.n > 1 || runs.unpacked ? SEVERAL_RUNS : runs.path[0];
		if (o->terminal)
			(void)!print_terminal(&r, e);
		else if (!make_dir(dir, e))
			(void)!write_page(&r, dir, o->quiet != 0, e);
	}
	gb_report_free(&r);
	gb_run_set_close(&runs);
	return 0;
}
