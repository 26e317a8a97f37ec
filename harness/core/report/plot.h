/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A plot: a question, data with named columns, a gnuplot script, and the finding in words,
 * computed from the same data.
 *
 * A kind is a row in core/report/kinds.c: id, question, template (scripts/plot/ID.gp) and a
 * function that fills in data, variables and caption, or says that it does not apply.  A
 * kind that is drawn for each workload and parameters gets the cells of one run with the
 * largest number of threads; kinds of a workload and of the report choose for themselves.
 *
 * Files: DIR/plots/NAME.csv and NAME.gp.  The script stands alone: its variables, then the
 * text of style.gp and of the template; `gnuplot NAME.gp` draws NAME.svg,
 * `gnuplot -e "kind='png'" NAME.gp` NAME.png.
 *
 * Layer: core.
 */
#ifndef GB_CORE_REPORT_PLOT_H
#define GB_CORE_REPORT_PLOT_H

#include "base/text.h"
#include "core/report/data.h"

#define GB_MAX_SERIES 24

/* What a plot is about.  Of one run, except for kinds of the whole report. */
struct gb_plot_scope {
	const struct gb_report *r;
	size_t run;
	const char *workload;              /* NULL: the report */
	const char *params;                /* NULL: all of the workload */
	size_t first, end;                 /* cells, of that run and others */
	size_t nth;                        /* of a kind that has several plots: which, from 0 */
};

struct gb_plot {
	const struct gb_plot_kind *kind;
	const char *workload, *params;     /* as the scope's */
	char name[100];                    /* of its files */
	struct gb_text title;
	struct gb_text data;               /* NAME.csv */
	struct gb_text vars;               /* assignments at the head of NAME.gp */
	struct gb_text caption;            /* the finding */
	size_t series;
	unsigned int width, height;        /* px */
	int drawn;                         /* the pictures exist */
};

enum gb_plot_level { GB_PLOT_REPORT, GB_PLOT_WORKLOAD, GB_PLOT_VARIANT };

struct gb_plot_kind {
	const char *id;                    /* part of file names */
	const char *template;              /* scripts/plot/TEMPLATE.gp */
	const char *question;
	enum gb_plot_level level;
	/* 1 when there is something to draw. */
	int (*build)(const struct gb_plot_scope *s, struct gb_plot *p);
	size_t most;                       /* plots for one scope; 0 = 1 */
	int alone;                         /* 1: where it applies, later kinds of its level say
					      nothing */
};
extern const struct gb_plot_kind gb_plot_kinds[]; /* ends with id NULL */

/* --- kinds, by file --- */
int gb_plot_percentiles(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_histogram(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_entry(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_throughput(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_threads(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_spread(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_sweep(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_sizes(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_failures(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_curve(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_claims(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_memory(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_pressure(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_backends(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_changes(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_runs(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_history(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_heat(const struct gb_plot_scope *s, struct gb_plot *p);
int gb_plot_gate(const struct gb_plot_scope *s, struct gb_plot *p);

/* --- what kinds are made of (core/report/series.c) --- */

/* Append a series: Name[i], Color[i], Dash[i], Point[i]; its number, from 1. */
size_t gb_plot_series(struct gb_plot *p, const char *name, size_t style);
/* The style of a backend: the same in every plot of a report. */
size_t gb_plot_style(const struct gb_plot_scope *s, const struct gb_report_cell *c);
/* name = "text" / name = number, for gnuplot. */
void gb_plot_set_text(struct gb_plot *p, const char *name, const char *value);
void gb_plot_set_number(struct gb_plot *p, const char *name, double value);
/* name[i] of an array that gb_plot_array declared. */
void gb_plot_array(struct gb_plot *p, const char *name, size_t n);
void gb_plot_element_text(struct gb_plot *p, const char *name, size_t i, const char *value);
void gb_plot_element(struct gb_plot *p, const char *name, size_t i, double value);
/* A field of NAME.csv, harmless to gnuplot (which splits at commas within quotes too);
 * @more: a comma follows, else a line end. */
void gb_plot_field(struct gb_plot *p, const char *text, int more);
void gb_plot_value(struct gb_plot *p, double v, int more);

/* The cells of the scope that a variant's plots show: its run, measured, of the largest
 * number of threads that is there; up to GB_MAX_SERIES of them. */
size_t gb_plot_cells(const struct gb_plot_scope *s,
		     const struct gb_report_cell *out[GB_MAX_SERIES]);
/* "workload param=x, 2 threads", and which run where there are several. */
void gb_plot_heading(const struct gb_plot_scope *s, const struct gb_report_cell *c,
		     struct gb_text *t);
/* ", run 2 (ID)" where there are several. */
void gb_plot_which_run(const struct gb_plot_scope *s, struct gb_text *t);
/* Is it the backend that does nothing?  It bounds the harness, it is no contender. */
int gb_plot_is_null(const struct gb_report_cell *c);

/* --- the whole (core/report/draw.c) --- */

struct gb_plots {
	struct gb_plot *v;
	size_t n;
	char note[600];                    /* why pictures are missing; "" = none are */
};

/* Decide what to draw of run @run, in the order of the page. */
void gb_plots_make(const struct gb_report *r, size_t run, struct gb_plots *out);
/* Write all files into @dir and draw; @kinds: "svg png", or "dumb".  Missing or failing
 * gnuplot is no error: out->note and drawn tell. */
int gb_plots_draw(struct gb_plots *p, const char *dir, const char *const *kinds,
		  struct gb_error *e) GB_MUST_CHECK;
void gb_plots_free(struct gb_plots *p);

#endif
