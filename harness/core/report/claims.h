/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* What claims.csv of a run says, one row for each claim.  Layer: core. */
#ifndef GB_CORE_REPORT_CLAIMS_H
#define GB_CORE_REPORT_CLAIMS_H

#include "core/report/data.h"

/* Strings belong to the run's table. */
struct gb_report_claim {
	const char *params, *claim, *measure, *unit, *predicate, *verdict;
	double value, lo, hi;  /* median, least and most of the samples; NaN = none */
	size_t samples;
	int differs;           /* the samples do not agree on the verdict */
};

/* The claims of run @run under the parameters @params (NULL: all), in the order of the
 * file: malloc'ed, *n of them. */
struct gb_report_claim *gb_report_claims(const struct gb_report *r, size_t run,
					 const char *params, size_t *n);

#endif
