/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The page: one HTML file without scripts that asks the network for nothing, readable in
 * light, dark and print, by screen readers, and without pictures.
 *
 * Everything that comes from a file of a run goes through gb_text_xml.  Layer: core.
 */
#ifndef GB_CORE_REPORT_PAGE_H
#define GB_CORE_REPORT_PAGE_H

#include "core/report/plot.h"

struct gb_page {
	const struct gb_report *r;
	size_t run;                /* the one that sections show: the last */
	const struct gb_plots *plots;
	const char *dir;           /* where the page is */
	struct gb_text *t;
	size_t inlined;            /* bytes of pictures in the page */
};

/* The whole page of the report, saved as DIR/report.html. */
int gb_page_write(const struct gb_report *r, const struct gb_plots *plots, const char *dir,
		  struct gb_error *e) GB_MUST_CHECK;

/* --- parts, in the files of that name --- */
extern const char gb_page_css[];
void gb_page_verdict(struct gb_page *g);
void gb_page_machine(struct gb_page *g);
void gb_page_runs(struct gb_page *g);
void gb_page_summary(struct gb_page *g);
void gb_page_plot(struct gb_page *g, const struct gb_plot *p);
void gb_page_workload(struct gb_page *g, const char *workload);
void gb_page_claims(struct gb_page *g);
void gb_page_tables(struct gb_page *g);   /* claims and fidelity, gate, when they are there */
void gb_page_failed(struct gb_page *g);
void gb_page_method(struct gb_page *g);
void gb_page_files(struct gb_page *g);

/* <tr> of a header: names separated by '|'; a leading '>' = numbers, right-aligned. */
void gb_page_head(struct gb_page *g, const char *caption, const char *names);
void gb_page_cell(struct gb_page *g, const char *text);
void gb_page_number(struct gb_page *g, const char *text);
void gb_page_row_head(struct gb_page *g, const char *text);
/* Text with markup characters made harmless. */
void gb_page_text(struct gb_page *g, const char *text);
/* "irq-churn" as the id of its section: letters, digits and '-'. */
void gb_page_id(struct gb_page *g, const char *prefix, const char *name);
/* Median and interval of a metric as "12.3 [11-14]"; "" when not measured. */
char *gb_page_figure(const struct gb_report *r, const struct gb_report_cell *c,
		     enum gb_metric m, char *buf, size_t n);
/* Relative path from the page to a file of run @run: malloc'ed. */
char *gb_page_path(const struct gb_page *g, size_t run, const char *file);

#endif
