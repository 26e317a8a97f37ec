/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * One figure through the statistics: paired differences in, p-values and estimates out.
 *
 * Group-sequential: the test is made at planned numbers of pairs ("looks"), each with its
 * share of the error rate, p = min over looks of p_look / weight (Bonferroni).  Looking
 * earlier or longer than planned is therefore never needed and never done.
 *
 * Layer: core.  Pure functions.
 */
#ifndef GB_CORE_GATE_TEST_H
#define GB_CORE_GATE_TEST_H

#include <stddef.h>

#include "core/gate/config.h"

/* On the scale of the differences (log ratios, or plain differences). */
struct gb_gate_rule {
	double margin; /* more than this is red */
	double warn; /* more than this is worth an annotation; less than -warn is better */
	double band; /* within +-band is unchanged */
};

struct gb_gate_test {
	size_t pairs;                   /* given */
	size_t used;                    /* the last look passed; 0: not even the first */
	double theta, lo, hi, coverage; /* median and its distribution-free interval */
	double hodges_lehmann, sd;      /* diagnostics; sd is robust */
	double mde;                     /* minimal detectable effect at this n */
	double p_red, p_warn, p_better; /* sequential, before Holm */
	double p_equal;                 /* equivalence, at the last look */
	double p_two_sided;             /* of no change at all, at the last look */
	int bimodal;
};

/* @d: one difference a pair in order of measurement, positive = the candidate is worse,
 * no NaN.  The first used ones count; pairs after the last look are left out. */
void gb_gate_test(const double *d, size_t n, const struct gb_gate_rule *rule,
		  const struct gb_gate_config *c, struct gb_gate_test *out);

/* No more pairs are needed: clearly red in a family of @family, or clearly unchanged. */
int gb_gate_decided(const struct gb_gate_test *t, const struct gb_gate_rule *rule,
		    const struct gb_gate_config *c, size_t family);

/* "Unchanged" may be said: inside the band, and the test could have seen more. */
int gb_gate_is_unchanged(const struct gb_gate_test *t, const struct gb_gate_rule *rule,
			 const struct gb_gate_config *c);

#endif
