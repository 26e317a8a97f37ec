/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Against stored runs: second class, for when the old build is not there any more.
 *
 * Times of another day cannot be compared; ratios to an anchor can, with care.  All runs,
 * the stored ones and today's, are gate runs of the same anchor (their baseline, told by
 * its hash: side.h) against some build of the candidate, in turns as ever.  Compared is
 * today's ratio to the anchor with the median of the stored ratios.  How much such ratios
 * vary from run to run is seen among the stored ones, hence at least five, and is added
 * to the uncertainty of both medians.
 *
 * Only times are compared.  A difference is a warning; it can be red only when asked for,
 * and by ten per cent or more.
 *
 * Layer: core.  The result points into the data it was made from.
 */
#ifndef GB_CORE_GATE_STORED_H
#define GB_CORE_GATE_STORED_H

#include "base/text.h"

#include "core/gate/data.h"
#include "core/gate/judge.h"

#define GB_GATE_STORED_MIN    5
#define GB_GATE_STORED_MARGIN 0.1

struct gb_gate_stored_cell {
	const struct gb_gate_cell *cell;
	double ratio_now, ratio_stored; /* to the anchor, natural logarithms */
	double between_sd;              /* of the stored ones */
	double change, lo, hi;          /* now - stored, with its 95 % interval */
	double se;
	double p_red, p_warn, p_better; /* adjusted for the number of cells (Holm) */
	enum gb_gate_verdict verdict;
	char reason[160];
};

struct gb_gate_stored {
	struct gb_gate_stored_cell *cell; /* worst first */
	size_t cells, runs;
	double margin;
	int may_fail;      /* --baseline-gate */
	char *first, *last;   /* when the stored runs began, RFC 3339 */
	char *label;       /* of the newest stored run: a commit, say; may be "" */
	char *version;     /* of the candidate in it */
	enum gb_exit exit;
};

/*
 * Compare @now with the runs in the @n directories @dir.  Runs that cannot
 * be compared (other machine, anchor, program or cells, fewer than five, not judgeable
 * themselves) are GB_EXIT_HARNESS.  Release with gb_gate_stored_free.
 */
int gb_gate_against_stored(const struct gb_gate_data *now, char *const *dir, size_t n,
			   int may_fail, struct gb_gate_stored *out,
			   struct gb_error *e) GB_MUST_CHECK;
void gb_gate_stored_free(struct gb_gate_stored *s);

void gb_gate_stored_table(const struct gb_gate_stored *s, struct gb_text *out);
void gb_gate_stored_csv(const struct gb_gate_data *now, const struct gb_gate_stored *s,
			struct gb_text *out);
void gb_gate_stored_json(const struct gb_gate_data *now, const struct gb_gate_stored *s,
			 struct gb_text *out);

#endif
