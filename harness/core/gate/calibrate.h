/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What a run of equal sides (A against A) says about the machine and the gate: how noisy
 * each cell is, what could be detected there, and whether the tests keep their promise.
 *
 * Layer: core.  Pure functions of a stored run; equal sides are the caller's business.
 */
#ifndef GB_CORE_GATE_CALIBRATE_H
#define GB_CORE_GATE_CALIBRATE_H

#include "base/text.h"

#include "core/gate/data.h"

/* Pairs of a block: the first look, the least that is ever judged. */
#define GB_GATE_BLOCK 16

#define GB_GATE_CANARIES 8 /* at most */

struct gb_gate_calibration {
	const struct gb_gate_cell *cell;
	size_t pairs;
	double theta;               /* median difference, should be 0 */
	double sd;                  /* robust */
	double outliers;            /* share of pairs more than 3 sd from the median */
	double lag1;                /* correlation of neighbouring pairs, should be 0 */
	double slice_sd;            /* robust sd of single slices within pairs */
	double icc;                 /* share of a slice's variance that its whole pair has */
	double slot;                /* ln: what coming second in a slice costs */
	double slices;              /* beyond which more hardly help; inf: they always do */
	double pairs_needed;        /* for the red margin to be detectable */
	double mde_first, mde_last; /* at the first and the last look */
	size_t slower, faster;      /* blocks of 16 pairs whose median says so */
	double build_sd;            /* between builds of one source; NaN: not asked for */
	double margin;              /* the red margin, at least twice build_sd */
	double canary[GB_GATE_CANARIES]; /* read / injected, logarithms; NaN: no such cell */
};

struct gb_gate_calibrations {
	struct gb_gate_calibration *cell; /* times only, sentinels included */
	size_t cells, blocks;
	size_t builds;     /* runs of relinked builds */
	size_t canaries;
	double injected[GB_GATE_CANARIES]; /* ln(1 + extra work) */
	double uniformity; /* p-value: the signed-rank p of the blocks are uniform */
	double balance;    /* p-value: as many blocks slower as faster */
	int trustworthy;   /* both above 1 % */
};

/* Fewer than 100 pairs in a cell are GB_EXIT_HARNESS: too few to calibrate from. */
int gb_gate_calibrate(const struct gb_gate_data *d, struct gb_gate_calibrations *out,
		      struct gb_error *e) GB_MUST_CHECK;
void gb_gate_calibrations_free(struct gb_gate_calibrations *c);

/*
 * How much builds of one source differ: @dir are @n runs of gate against differently
 * linked builds of the same source as its baseline.  Fewer than five are
 * GB_EXIT_HARNESS, as is a run that was made on another machine, is no sound one, or
 * lacks a cell.
 */
#define GB_GATE_BUILDS_MIN 5
int gb_gate_calibrate_builds(const struct gb_gate_data *d, char *const *dir, size_t n,
			     struct gb_gate_calibrations *c, struct gb_error *e) GB_MUST_CHECK;
/* What is read of a loss that is known: @text is "5%=DIR,10%=DIR", the extra work of the
 * candidate in each run; a size may come several times, with other cells.  Cells that no
 * such run has stay NaN. */
int gb_gate_calibrate_canaries(const struct gb_gate_data *d, const char *text,
			       struct gb_gate_calibrations *c, struct gb_error *e) GB_MUST_CHECK;
/* A canary reads less than this share of the truth: the cell hides losses. */
#define GB_GATE_CANARY_LEAST 0.8

void gb_gate_calibration_table(const struct gb_gate_calibrations *c, struct gb_text *out);
void gb_gate_calibration_csv(const struct gb_gate_data *d,
			     const struct gb_gate_calibrations *c, struct gb_text *out);
void gb_gate_calibration_json(const struct gb_gate_data *d,
			      const struct gb_gate_calibrations *c, struct gb_text *out);

#endif
