/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What `pressure` finds out: the curve of failures, the dips, the stalls.  One for each CPU
 * and context that writes it; added up when nobody does any more.
 *
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_PRESSURE_CURVE_H
#define GB_WORKLOADS_PRESSURE_CURVE_H

#include "workload.h"

#define GB_CURVE_BURSTS 4  /* 1, 4, 16 and 64 blocks */
#define GB_CURVE_BINS   33 /* of an eighth of the min watermark; the last: four and more */

enum gb_pressure_class { GB_DIP_KERNEL, GB_DIP_HIGH, GB_DIP_ATOMIC, GB_NR_DIPS };

struct gb_pressure_curve {
	uint64_t asked[GB_CURVE_BURSTS][GB_CURVE_BINS];   /* atomic requests */
	uint64_t refused[GB_CURVE_BURSTS][GB_CURVE_BINS];
	uint64_t dip_pages[GB_NR_DIPS];  /* fewest free pages that it was served with */
	uint64_t stalls, stall_ns, stall_max_ns;
	uint64_t recoveries, recovery_ns, recovery_max_ns;
	uint64_t sweeps;
};

void gb_curve_init(struct gb_pressure_curve *c);
/* A burst of 4^@burst blocks began with @free pages, against a mark of @min. */
void gb_curve_burst(struct gb_pressure_curve *c, unsigned int burst, uint64_t free,
		    uint64_t min, uint64_t asked, uint64_t refused);
void gb_curve_dip(struct gb_pressure_curve *c, enum gb_pressure_class k, uint64_t free);
void gb_curve_stall(struct gb_pressure_curve *c, uint64_t ns);
void gb_curve_recovery(struct gb_pressure_curve *c, uint64_t ns);
void gb_curve_add(struct gb_pressure_curve *to, const struct gb_pressure_curve *c);
/* All of it as rows of figures.csv. */
void gb_curve_report(struct gb_run *r, const struct gb_pressure_curve *c, uint64_t min);

#endif
