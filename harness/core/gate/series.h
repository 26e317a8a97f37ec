/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * From what was measured to what is tested: for one metric of one cell, the values of
 * both sides pair by pair, their differences, and why there may be none.
 *
 * Layer: core.
 */
#ifndef GB_CORE_GATE_SERIES_H
#define GB_CORE_GATE_SERIES_H

#include "core/gate/data.h"
#include "core/gate/test.h"

enum gb_gate_gap {
	GB_GATE_COMPLETE,
	GB_GATE_INCOMPLETE,   /* slices, a side or a value are missing */
	GB_GATE_NOT_MEASURED, /* no value at all */
	GB_GATE_TOO_FEW_TAIL, /* too few values beyond the quantile */
	GB_GATE_OVERSUBSCRIBED,
};

struct gb_gate_figures {
	size_t pairs;
	double *a, *b; /* values, in the metric's unit */
	double *d;     /* differences, positive = the candidate is worse */
	double median_a, median_b;
	int difference; /* scale of d: 0 = ln(B/A), 1 = B - A in the metric's unit */
	int exact;      /* all of a equal, and all of b: no test is needed */
	size_t late;    /* processes whose interrupts came late */
	struct gb_gate_rule rule; /* on the scale of d */
	enum gb_gate_gap gap;
};

/* Release with gb_gate_figures_free, whatever gap says. */
void gb_gate_figures(const struct gb_gate_data *d, const struct gb_gate_series *s,
		     struct gb_gate_figures *out);
void gb_gate_figures_free(struct gb_gate_figures *f);

/* Pairs whose two processes both ended well. */
int gb_gate_pair_ok(const struct gb_gate_pair *p);

#endif
