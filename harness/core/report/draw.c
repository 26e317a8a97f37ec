/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Which plots there are, their files, and gnuplot over all of them.
 *
 * One gnuplot draws everything, since starting it costs more than most plots; only when
 * that fails is each plot drawn by a gnuplot of its own, so that one bad plot costs itself
 * alone.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cell.h"
#include "core/gnuplot.h"
#include "core/report/plot.h"

#define TEMPLATE_LIMIT 65536
#define SWEEP_VARIANTS 3 /* from here on, a sweep stands for all variants but one */

/* --- what to draw --------------------------------------------------------------------------- */

static void file_name(struct gb_plot *p, size_t number)
{
	size_t n = (size_t)snprintf(p->name, sizeof(p->name), "%02zu-%s%s%.40s", number,
				    p->kind->id, p->workload ? "-" : "",
				    p->workload ? p->workload : "");

	for (size_t i = 0; i < n && p->name[i]; i++)
		if (!isalnum((unsigned char)p->name[i]))
			p->name[i] = '-';
}

static void plot_free(struct gb_plot *p)
{
	gb_text_free(&p->title);
	gb_text_free(&p->data);
	gb_text_free(&p->vars);
	gb_text_free(&p->caption);
}

static int try_kind(const struct gb_plot_kind *k, const struct gb_plot_scope *s,
		     struct gb_plots *out)
{
	struct gb_plot p = { .kind = k, .workload = s->workload, .params = s->params,
			     .width = 900, .height = 380 };

	if (!k->build(s, &p)) {
		plot_free(&p);
		return 0;
	}
	file_name(&p, out->n + 1);
	out->v = reallocarray(out->v, out->n + 1, sizeof(*out->v));
	GB_BUG_ON(!out->v);
	out->v[out->n++] = p;
	return 1;
}

static void try_level(enum gb_plot_level level, const struct gb_plot_scope *s,
		      struct gb_plots *out)
{
	for (const struct gb_plot_kind *k = gb_plot_kinds; k->id; k++) {
		struct gb_plot_scope one = *s;

		int made = 0;

		for (one.nth = 0; k->level == level && one.nth < (k->most ? k->most : 1); one.nth++)
			made |= try_kind(k, &one, out);
		if (made && k->alone)
			break;
	}
}

/* Variants of the workload that starts at cell @first; *end: where the next one starts. */
static size_t count_variants(const struct gb_report *r, size_t first, size_t *end)
{
	size_t n = 1, i;

	for (i = first + 1; i < r->cells; i++) {
		if (strcmp(r->cell[i].workload, r->cell[first].workload))
			break;
		n += strcmp(r->cell[i].params, r->cell[i - 1].params) != 0;
	}
	*end = i;
	return n;
}

/* The variant of the workload @w that starts at cell @first. */
static struct gb_plot_scope variant(const struct gb_plot_scope *w, size_t first)
{
	struct gb_plot_scope s = *w;

	s.first = first;
	s.params = w->r->cell[first].params;
	s.end = first + 1;
	while (s.end < w->end && !strcmp(w->r->cell[s.end].params, s.params))
		s.end++;
	return s;
}

static double failures(const struct gb_plot_scope *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->r->samples; i++) {
		const struct gb_report_sample *x = &s->r->sample[i];

		if (x->run == s->run && x->cell >= s->first && x->cell < s->end)
			sum += x->failures;
	}
	return sum;
}

static void variants(const struct gb_plot_scope *w, struct gb_plots *out)
{
	struct gb_plot_scope s;

	for (size_t i = w->first; i < w->end; i = s.end) {
		s = variant(w, i);
		try_level(GB_PLOT_VARIANT, &s, out);
	}
}

/* Of a sweep: the variant under which most allocations failed, or the last. */
static void hardest_variant(const struct gb_plot_scope *w, struct gb_plots *out)
{
	struct gb_plot_scope s, worst = *w;
	double most = -1;

	for (size_t i = w->first; i < w->end; i = s.end) {
		double n;

		s = variant(w, i);
		n = failures(&s);
		if (n >= most) {
			most = n;
			worst = s;
		}
	}
	try_level(GB_PLOT_VARIANT, &worst, out);
}

void gb_plots_make(const struct gb_report *r, size_t run, struct gb_plots *out)
{
	struct gb_plot_scope s = { .r = r, .run = run, .end = r->cells };

	memset(out, 0, sizeof(*out));
	try_level(GB_PLOT_REPORT, &s, out);
	for (s.first = 0; s.first < r->cells; s.first = s.end) {
		size_t nr = count_variants(r, s.first, &s.end), before = out->n;

		s.workload = r->cell[s.first].workload;
		try_level(GB_PLOT_WORKLOAD, &s, out);
		if (nr < SWEEP_VARIANTS || out->n == before)
			variants(&s, out);
		else
			hardest_variant(&s, out);
	}
}

void gb_plots_free(struct gb_plots *p)
{
	for (size_t i = 0; i < p->n; i++)
		plot_free(&p->v[i]);
	free(p->v);
	p->v = NULL;
	p->n = 0;
}

/* --- files ------------------------------------------------------------------------------------- */

static int append_template(struct gb_text *t, const char *id, struct gb_error *e)
{
	char name[80], path[4096], *data;
	size_t len;

	snprintf(name, sizeof(name), "%s.gp", id);
	if (gb_gnuplot_template(name, path, sizeof(path), e) ||
	    gb_read_file(path, TEMPLATE_LIMIT, &data, &len, e))
		return -e->code;
	gb_text_addn(t, data, len);
	free(data);
	return 0;
}

static int save(const struct gb_text *t, const char *dir, const char *name, const char *end,
		struct gb_error *e)
{
	char path[4200];

	snprintf(path, sizeof(path), "%.4000s/%s%s", dir, name, end);
	return gb_text_save(t, path, e);
}

static int write_files(const struct gb_plot *p, const char *dir, struct gb_error *e)
{
	struct gb_text script = { 0 };

	gb_text_printf(&script, "# %s\n# Draw again: gnuplot %s.gp (SVG), or\n"
		       "# gnuplot -e \"kind='png'\" %s.gp\n", p->kind->question, p->name,
		       p->name);
	gb_text_printf(&script, "file = \"%s\"\nW = %u\nH = %u\nN = %zu\n", p->name, p->width,
		       p->height, p->series);
	if (p->vars.data)
		gb_text_add(&script, p->vars.data);
	if (!append_template(&script, "style", e) &&
	    !append_template(&script, p->kind->template, e) &&
	    !save(&script, dir, p->name, ".gp", e))
		(void)!save(&p->data, dir, p->name, ".csv", e);
	gb_text_free(&script);
	return -e->code;
}

/* --- gnuplot ------------------------------------------------------------------------------------- */

static int exists(const char *dir, const struct gb_plot *p, const char *kind)
{
	char path[4300];
	struct stat st;

	snprintf(path, sizeof(path), "%.4000s/%s.%s", dir, p->name,
		 strcmp(kind, "dumb") ? kind : "txt");
	return !stat(path, &st) && st.st_size > 0;
}

static void draw_each(struct gb_plots *p, const char *gnuplot, const char *dir,
		      const char *const *kinds)
{
	char kind[64], file[128];
	const char *args[] = { "-e", kind, file, NULL };

	for (size_t i = 0; i < p->n; i++) {
		struct gb_error e = GB_ERROR_INIT;

		snprintf(file, sizeof(file), "%s.gp", p->v[i].name);
		for (const char *const *k = kinds; *k && !e.code; k++) {
			snprintf(kind, sizeof(kind), "kind='%s'", *k);
			(void)!gb_gnuplot_run(gnuplot, dir, args, &e);
		}
		p->v[i].drawn = !e.code;
		if (e.code && !p->note[0])
			snprintf(p->note, sizeof(p->note), "%s: %.300s", p->v[i].name, e.what);
	}
}

static int draw_all(struct gb_plots *p, const char *gnuplot, const char *dir,
		    const char *const *kinds, struct gb_error *e)
{
	static const char *const args[] = { "all.gp", NULL };
	struct gb_error failed = GB_ERROR_INIT;
	struct gb_text t = { 0 };

	for (const char *const *k = kinds; *k; k++) {
		gb_text_printf(&t, "kind = \"%s\"\n", *k);
		for (size_t i = 0; i < p->n; i++)
			gb_text_printf(&t, "load \"%s.gp\"\n", p->v[i].name);
	}
	(void)!save(&t, dir, "all", ".gp", e);
	gb_text_free(&t);
	if (e->code)
		return -e->code;
	if (gb_gnuplot_run(gnuplot, dir, args, &failed)) {
		draw_each(p, gnuplot, dir, kinds);
		return 0;
	}
	for (size_t i = 0; i < p->n; i++)
		p->v[i].drawn = exists(dir, &p->v[i], kinds[0]);
	return 0;
}

int gb_plots_draw(struct gb_plots *p, const char *dir, const char *const *kinds,
		  struct gb_error *e)
{
	struct gb_error absent = GB_ERROR_INIT;
	char gnuplot[4096];

	if (!p->n)
		return 0;
	if (mkdir(dir, 0777) && errno != EEXIST)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
				     "cannot make directory %s", dir);
	for (size_t i = 0; i < p->n; i++)
		if (write_files(&p->v[i], dir, e))
			return -e->code;
	if (gb_gnuplot_find(gnuplot, sizeof(gnuplot), &absent)) {
		snprintf(p->note, sizeof(p->note), "%.250s.  %.250s", absent.what, absent.hint);
		return 0;
	}
	return draw_all(p, gnuplot, dir, kinds, e);
}
