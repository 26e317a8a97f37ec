/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The frame of the page, its figures, and what its parts are made of. */
#include "core/report/page.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/statistics.h"

#include "core/report/svg.h"

/* Pictures beyond this many bytes are linked, not inlined: a page stays under 2 MB. */
#define INLINE_LIMIT (1400u << 10)

/* --- parts ------------------------------------------------------------------------------------ */

void gb_page_text(struct gb_page *g, const char *text)
{
	gb_text_xml(g->t, text);
}

void gb_page_id(struct gb_page *g, const char *prefix, const char *name)
{
	gb_text_add(g->t, prefix);
	for (; *name; name++)
		gb_text_addn(g->t, isalnum((unsigned char)*name) ? name : "-", 1);
}

void gb_page_head(struct gb_page *g, const char *caption, const char *names)
{
	gb_text_add(g->t, "<div class=\"scroll\"><table><caption>");
	gb_page_text(g, caption);
	gb_text_add(g->t, "</caption>\n<thead><tr>");
	for (size_t n; *names; names += n + (names[n] == '|')) {
		int number = *names == '>';

		names += number;
		n = strcspn(names, "|");
		gb_text_printf(g->t, "<th scope=\"col\"%s>%.*s</th>", number ? " class=\"n\"" : "",
			       (int)n, names);
	}
	gb_text_add(g->t, "</tr></thead>\n<tbody>\n");
}

void gb_page_cell(struct gb_page *g, const char *text)
{
	gb_text_add(g->t, "<td>");
	gb_page_text(g, text);
	gb_text_add(g->t, "</td>");
}

void gb_page_number(struct gb_page *g, const char *text)
{
	gb_text_add(g->t, "<td class=\"n\">");
	gb_page_text(g, text);
	gb_text_add(g->t, "</td>");
}

void gb_page_row_head(struct gb_page *g, const char *text)
{
	gb_text_add(g->t, "<th scope=\"row\">");
	gb_page_text(g, text);
	gb_text_add(g->t, "</th>");
}

/* Three digits in the metric's unit, never in scientific notation. */
static char *figure(enum gb_metric m, double v, char buf[32])
{
	v *= gb_metric_info[m].scale;
	if (v >= 100)
		snprintf(buf, 32, "%.0f", v);
	else if (v > 0 && v < 0.001)
		snprintf(buf, 32, "<0.001");
	else
		snprintf(buf, 32, "%.3g", v);
	return buf;
}

char *gb_page_figure(const struct gb_report *r, const struct gb_report_cell *c,
		     enum gb_metric m, char *buf, size_t n)
{
	char mid[32], lo[32], hi[32];
	struct gb_interval i;
	size_t k;
	double *v = gb_report_values(r, c, m, &k);

	buf[0] = '\0';
	if (k) {
		i = gb_median_interval(v, k, 0.95);
		figure(m, gb_median(v, k), mid);
		if (k > 1)
			snprintf(buf, n, "%s [%s\342\200\223%s]", mid, figure(m, i.lo, lo),
				 figure(m, i.hi, hi));
		else
			snprintf(buf, n, "%s", mid);
	}
	free(v);
	return buf;
}

char *gb_page_path(const struct gb_page *g, size_t run, const char *file)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct gb_text t = { 0 };
	size_t same = 0;

	if (!realpath(g->dir, from) || !realpath(g->r->run[run].path, to)) {
		gb_text_printf(&t, "%s/%s", g->r->run[run].path, file);
		return t.data;
	}
	for (size_t i = 0;; i++) {
		if ((!from[i] || from[i] == '/') && (!to[i] || to[i] == '/'))
			same = i;
		if (from[i] != to[i] || !from[i])
			break;
	}
	for (const char *p = from + same; *p; p++)
		if (*p == '/')
			gb_text_add(&t, "../");
	if (to[same])
		gb_text_printf(&t, "%s/", to + same + 1);
	gb_text_add(&t, file);
	return t.data;
}

/* --- figures ---------------------------------------------------------------------------------- */

static void picture(struct gb_page *g, const struct gb_plot *p, const char *label)
{
	struct gb_error e = GB_ERROR_INIT;
	char path[4300], prefix[40];
	size_t before = g->t->len;

	snprintf(path, sizeof(path), "%.4000s/plots/%s.svg", g->dir, p->name);
	snprintf(prefix, sizeof(prefix), "p%zu-", (size_t)(p - g->plots->v));
	if (g->inlined < INLINE_LIMIT &&
	    !gb_svg_inline(path, prefix, label, p->width, p->height, g->t, &e)) {
		g->inlined += g->t->len - before;
		return;
	}
	g->t->len = before;
	g->t->data[before] = '\0';
	gb_text_printf(g->t, "<img src=\"plots/%s.svg\" loading=\"lazy\" width=\"%u\" "
		       "height=\"%u\" alt=\"", p->name, p->width, p->height);
	gb_page_text(g, label);
	gb_text_add(g->t, "\">");
}

void gb_page_plot(struct gb_page *g, const struct gb_plot *p)
{
	struct gb_text label = { 0 };
	const char *finding = p->caption.data ? p->caption.data : "";

	gb_text_add(g->t, "<figure>\n<figcaption><strong>");
	gb_page_text(g, p->kind->question);
	gb_text_add(g->t, "</strong> <span class=\"muted\">");
	gb_page_text(g, p->title.data ? p->title.data : "");
	gb_text_add(g->t, ".</span> ");
	gb_page_text(g, finding);
	gb_text_add(g->t, "</figcaption>\n");
	gb_text_printf(&label, "Plot: %s %s", p->kind->question, finding);
	if (p->drawn) {
		gb_text_add(g->t, "<div class=\"plot\">");
		picture(g, p, label.data);
		gb_text_add(g->t, "</div>\n");
	}
	gb_text_printf(g->t, "<p class=\"muted\">%s<a href=\"plots/%s.csv\">data</a> \302\267 "
		       "<a href=\"plots/%s.gp\">gnuplot script</a>",
		       p->drawn ? "" : "No picture: see the note above. ", p->name, p->name);
	if (p->drawn)
		gb_text_printf(g->t, " \302\267 <a href=\"plots/%s.png\">PNG</a>", p->name);
	gb_text_add(g->t, "</p></figure>\n");
	gb_text_free(&label);
}

/* --- the frame ----------------------------------------------------------------------------------- */

static void head(struct gb_page *g)
{
	const struct gb_report_run *run = &g->r->run[g->run];

	gb_text_add(g->t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n"
		    "<link rel=\"icon\" href=\"data:,\">\n<title>gfpbench report: ");
	gb_page_text(g, run->id);
	gb_text_add(g->t, "</title>\n<style>\n");
	gb_text_add(g->t, gb_page_css);
	gb_text_add(g->t, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the "
		    "report</a>\n<header>\n<h1>gfpbench report</h1>\n<p class=\"muted\">");
	gb_page_text(g, run->id);
	gb_text_add(g->t, " \302\267 ");
	gb_page_text(g, gb_json_text(run->manifest, "started_at", ""));
	gb_text_add(g->t, "</p>\n");
}

/* The workloads of the page, each once. */
static const char *next_workload(const struct gb_report *r, size_t *i)
{
	while (*i < r->cells) {
		size_t at = (*i)++;

		if (!at || strcmp(r->cell[at].workload, r->cell[at - 1].workload))
			return r->cell[at].workload;
	}
	return NULL;
}

static void navigation(struct gb_page *g)
{
	size_t i = 0;

	gb_text_add(g->t, "<nav aria-label=\"Sections\"><ul>\n<li><a href=\"#summary\">Summary</a>"
		    "</li>\n");
	for (const char *w; (w = next_workload(g->r, &i));) {
		gb_text_add(g->t, "<li><a href=\"");
		gb_page_id(g, "#w-", w);
		gb_text_add(g->t, "\">");
		gb_page_text(g, w);
		gb_text_add(g->t, "</a></li>\n");
	}
	gb_text_add(g->t, "<li><a href=\"#method\">Method</a></li>\n<li><a href=\"#files\">Files"
		    "</a></li>\n</ul></nav>\n</header>\n");
}

static void note(struct gb_page *g)
{
	if (!g->plots->note[0])
		return;
	gb_text_add(g->t, "<p role=\"note\" class=\"verdict unsure\">Some or all pictures are "
		    "missing: ");
	gb_page_text(g, g->plots->note);
	gb_text_add(g->t, " The tables hold the numbers; the scripts and data of the plots lie in "
		    "plots/.</p>\n");
}

static void overall_plots(struct gb_page *g)
{
	for (size_t i = 0; i < g->plots->n; i++)
		if (!g->plots->v[i].workload)
			gb_page_plot(g, &g->plots->v[i]);
}

static void page(struct gb_page *g)
{
	size_t i = 0;

	head(g);
	navigation(g);
	gb_text_add(g->t, "<main id=\"main\">\n");
	gb_page_verdict(g);
	note(g);
	gb_page_machine(g);
	gb_page_runs(g);
	gb_page_summary(g);
	overall_plots(g);
	gb_page_claims(g);
	gb_page_tables(g);
	for (const char *w; (w = next_workload(g->r, &i));)
		gb_page_workload(g, w);
	gb_page_failed(g);
	gb_page_method(g);
	gb_page_files(g);
	gb_text_add(g->t, "</main>\n<footer>Made by gfpbench " PACKAGE_VERSION " from the CSV files "
		    "of the run; nothing in this page asks the network for anything.</footer>\n"
		    "</body>\n</html>\n");
}

int gb_page_write(const struct gb_report *r, const struct gb_plots *plots, const char *dir,
		  struct gb_error *e)
{
	struct gb_text t = { 0 };
	struct gb_page g = { r, r->runs - 1, plots, dir, &t, 0 };
	char path[4200];

	page(&g);
	snprintf(path, sizeof(path), "%.4000s/report.html", dir);
	(void)!gb_text_save(&t, path, e);
	gb_text_free(&t);
	return -e->code;
}
