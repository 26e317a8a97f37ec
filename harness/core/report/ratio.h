/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Ratios with intervals: how much better or worse one cell is than another.
 *
 * Cells of one run are compared block by block (each block holds one repetition of every
 * backend, so what disturbed the machine disturbed both): the median of the ratios, and
 * its distribution-free interval from order statistics.  Cells of two runs share no
 * blocks: the ratio of their medians, and a bootstrap of the difference of the medians of
 * the logarithms.  Both intervals are asked for 95 %; what few repetitions can really give
 * is in coverage.
 *
 * Layer: core.
 */
#ifndef GB_CORE_REPORT_RATIO_H
#define GB_CORE_REPORT_RATIO_H

#include "core/report/data.h"

enum gb_ratio_verdict {
	GB_RATIO_BETTER,  /* the interval lies on the better side of 1 */
	GB_RATIO_WORSE,
	GB_RATIO_UNCLEAR, /* it holds 1 */
	GB_RATIO_FEW,     /* too few repetitions for an interval of 90 % */
};
extern const char *const gb_ratio_word[]; /* "better", "worse", "unclear", "few runs" */

struct gb_ratio {
	const struct gb_report_cell *a, *b; /* b against a */
	enum gb_metric metric;
	double value_a, value_b;            /* medians */
	double ratio, lo, hi, coverage;     /* of b / a; NaN when there is no interval */
	size_t n;                           /* blocks, or the smaller sample */
	int paired;
	enum gb_ratio_verdict verdict;
};

struct gb_ratios {
	struct gb_ratio *v;
	size_t n;
};

/* 0 when either cell has no value of the metric. */
int gb_ratio_make(const struct gb_report *r, const struct gb_report_cell *a,
		  const struct gb_report_cell *b, enum gb_metric m, struct gb_ratio *out);
/* Every other backend of run @run against the anchor, metric @m. */
void gb_ratios_backends(const struct gb_report *r, size_t run, enum gb_metric m,
			struct gb_ratios *out);
/* Every cell of run @b against the same cell of run @a. */
void gb_ratios_runs(const struct gb_report *r, size_t a, size_t b, enum gb_metric m,
		    struct gb_ratios *out);
void gb_ratios_free(struct gb_ratios *x);
/* Above 1 = better, whichever way the metric goes. */
double gb_ratio_gain(const struct gb_ratio *x);
/* "[0.97-1.04]", or "" without an interval. */
char *gb_ratio_interval(const struct gb_ratio *x, char *buf, size_t n);

#endif
