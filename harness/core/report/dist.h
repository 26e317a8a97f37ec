/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Latencies of a cell: histograms of its good samples, added up.  Layer: core. */
#ifndef GB_CORE_REPORT_DIST_H
#define GB_CORE_REPORT_DIST_H

#include "core/report/data.h"

struct gb_dist {
	struct gb_bin {
		double lo, hi, count;  /* ns, inclusive */
	} *bin;                        /* ascending, distinct */
	size_t n;
	double total, max;             /* max: exact, from latency.csv; 0 = unknown */
};

/* All GFP classes of @op in @context ("" = any). */
void gb_dist_collect(const struct gb_report *r, const struct gb_report_cell *c, const char *op,
		     const char *context, struct gb_dist *d);
void gb_dist_free(struct gb_dist *d);
/* Smallest bucket bound that at least q of the values reach; NaN when empty. */
double gb_dist_quantile(const struct gb_dist *d, double q);

#endif
