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

#include "core/gate_data.h"

/* Pairs of a block: the first look, the least that is ever judged. */
#define GB_GATE_BLOCK 16

struct gb_gate_calibration {
	const struct gb_gate_cell *cell;
	size_t pairs;
	double theta;               /* median difference, should be 0 */
	double sd;                  /* robust */
	double outliers;            /* share of pairs more than 3 sd from the median */
	double lag1;                /* correlation of neighbouring pairs, should be 0 */
	double slice_sd;            /* robust sd of single slices within pairs */
	double mde_first, mde_last; /* at the first and the last look */
	size_t slower, faster;      /* blocks of 16 pairs whose median says so */
};

struct gb_gate_calibrations {
	struct gb_gate_calibration *cell; /* times only, sentinels included */
	size_t cells, blocks;
	double uniformity; /* p-value: the signed-rank p of the blocks are uniform */
	double balance;    /* p-value: as many blocks slower as faster */
	int trustworthy;   /* both above 1 % */
};

/* Fewer than 100 pairs in a cell are GB_EXIT_HARNESS: too few to calibrate from. */
int gb_gate_calibrate(const struct gb_gate_data *d, struct gb_gate_calibrations *out,
		      struct gb_error *e) GB_MUST_CHECK;
void gb_gate_calibrations_free(struct gb_gate_calibrations *c);

void gb_gate_calibration_table(const struct gb_gate_calibrations *c, struct gb_text *out);
void gb_gate_calibration_csv(const struct gb_gate_data *d,
			     const struct gb_gate_calibrations *c, struct gb_text *out);
void gb_gate_calibration_json(const struct gb_gate_data *d,
			      const struct gb_gate_calibrations *c, struct gb_text *out);

#endif
