/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * From figures to verdicts.  A pure function of the data: no clock, no random number that
 * is not seeded from the data, so that judging again gives the same bytes.
 *
 * Layer: core.
 */
#ifndef GB_CORE_GATE_JUDGE_H
#define GB_CORE_GATE_JUDGE_H

#include "core/gate/data.h"
#include "core/gate/series.h"
#include "core/gate/test.h"

/* In the order of severity, worst first: reports are sorted by it. */
enum gb_gate_verdict {
	GB_GATE_FAILED, /* the candidate crashed, hung or computed something else */
	GB_GATE_REGRESSED,
	GB_GATE_INVALID, /* nothing can be said */
	GB_GATE_WARN,    /* slower by more than the warning, not more than the margin */
	GB_GATE_INCONCLUSIVE,
	GB_GATE_SKIPPED, /* not judged, for a stated reason */
	GB_GATE_IMPROVED,
	GB_GATE_UNCHANGED,
	GB_GATE_VERDICTS
};
extern const char *const gb_gate_verdict_name[GB_GATE_VERDICTS];

struct gb_gate_result {
	const struct gb_gate_cell *cell;
	const struct gb_gate_series *series;
	enum gb_gate_verdict verdict;
	char reason[200]; /* "" for a plain verdict */
	double median_a, median_b;
	int difference, exact;
	int tested;       /* the numbers below mean something */
	int worth_a_look; /* Benjamini-Hochberg; nothing follows from it */
	struct gb_gate_rule rule;
	struct gb_gate_test test;
	double p_red, p_warn, p_better; /* adjusted for the family (Holm) */
};

struct gb_gate_judgement {
	struct gb_gate_result *result; /* worst first, then by cell and metric */
	size_t results;
	struct gb_gate_result *sentinel;
	size_t sentinels;
	int alarm;                      /* a sentinel saw a change where none was */
	int identical;                  /* both sides are the same file: not a verdict */
	size_t family;                  /* gated figures */
	double attainable_p;            /* smallest p-value the planned looks can give */
	size_t count[GB_GATE_VERDICTS]; /* of gated results */
	double geomean, geomean_lo, geomean_hi; /* of gated time ratios; informational */
	size_t geomean_cells;
	char invalid[400]; /* why the whole run is invalid, or "" */
	enum gb_exit exit;
};

/* Never fails: what cannot be judged is a verdict.  Release with gb_gate_judgement_free;
 * the judgement points into @d. */
void gb_gate_judge(const struct gb_gate_data *d, int strict, struct gb_gate_judgement *j);
void gb_gate_judgement_free(struct gb_gate_judgement *j);

#endif
