/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * gfpbench report: plots of a run with gnuplot, in RUN/plots (or -o DIR).  The data files
 * stay beside the pictures, so a plot can be changed by hand.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/text.h"
#include "cmd.h"
#include "core/gnuplot.h"
#include "core/plot_data.h"
#include "core/rundir.h"

static int draw(const char *gnuplot, const char *dir, const char *name, const char *kind,
		struct gb_error *e)
{
	char template[4096], style[4096], kind_arg[64], out_arg[128], style_arg[4200];
	const char *args[] = { "-e", kind_arg, "-e", out_arg, "-e", style_arg, template, NULL };
	char file[64];

	snprintf(file, sizeof(file), "%s.gp", name);
	if (gb_gnuplot_template(file, template, sizeof(template), e) ||
	    gb_gnuplot_template("style.gp", style, sizeof(style), e))
		return -e->code;
	snprintf(kind_arg, sizeof(kind_arg), "kind='%s'", kind);
	snprintf(out_arg, sizeof(out_arg), "out='%s'", name);
	snprintf(style_arg, sizeof(style_arg), "style='%s'", style);
	return gb_gnuplot_run(gnuplot, dir, args, e);
}

static int draw_all(const char *dir, int quiet, struct gb_error *e)
{
	static const char *const names[] = { "latency", "throughput" };
	static const char *const kinds[] = { "svg", "png" };
	char gnuplot[4096];

	if (gb_gnuplot_find(gnuplot, sizeof(gnuplot), e)) {
		gb_hint(e, "Debian: apt-get install gnuplot-nox; or name it in GFPBENCH_GNUPLOT; "
			"the data files are in %.200s", dir);
		return -e->code;
	}
	for (size_t i = 0; i < GB_ARRAY_SIZE(names); i++)
		for (size_t k = 0; k < GB_ARRAY_SIZE(kinds); k++) {
			if (draw(gnuplot, dir, names[i], kinds[k], e))
				return -e->code;
			if (!quiet)
				printf("%s/%s.%s\n", dir, names[i], kinds[k]);
		}
	return 0;
}

/* The pictures as they are, one under the other; alt texts say what they show. */
static int write_page(const char *run_id, const char *out, struct gb_error *e)
{
	struct gb_text t = { 0 };
	char path[4200];

	gb_text_add(&t, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			"<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
	gb_text_xml(&t, run_id);
	gb_text_add(&t, "</title></head><body><main><h1>");
	gb_text_xml(&t, run_id);
	gb_text_add(&t, "</h1>\n<figure><img src=\"latency.svg\" alt=\"Latency of one allocation "
			"by percentile\"></figure>\n<figure><img src=\"throughput.svg\" "
			"alt=\"Operations per second of each backend\"></figure>\n"
			"</main></body></html>\n");
	snprintf(path, sizeof(path), "%s/index.html", out);
	(void)!gb_text_save(&t, path, e);
	gb_text_free(&t);
	return -e->code;
}

int cmd_report(const struct gb_cli *o, struct gb_error *e)
{
	const char *run = o->nr_args ? o->args[0] : "results/latest";
	char out[4096];
	struct gb_rundir d;

	if (o->nr_args > 1)
		return gb_fail(e, GB_EXIT_USAGE, "report draws one run at a time",
			       "unexpected argument '%.80s'", o->args[1]);
	if (gb_rundir_open(run, &d, e))
		return 0;
	snprintf(out, sizeof(out), "%.4000s%s", o->output ? o->output : run,
		 o->output ? "" : "/plots");
	if (mkdir(out, 0777) && errno != EEXIST)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
				     "cannot make directory %s", out);
	if (gb_plot_data_write(run, out, e))
		return 0;
	if (draw_all(out, o->quiet != 0, e) || write_page(d.id, out, e))
		return 0;
	if (!o->quiet)
		printf("%s/index.html\n", out);
	return 0;
}
