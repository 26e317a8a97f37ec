/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The rules of the gate as numbers: error rates, looks, band.  They are stored with every
 * run (manifest.json, gate.config) so that judging it again later uses the same ones.
 *
 * Layer: core.
 */
#ifndef GB_CORE_GATE_CONFIG_H
#define GB_CORE_GATE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define GB_GATE_MAX_LOOKS 8

struct gb_gate_config {
	double alpha;             /* probability of one false red in the whole family */
	double warn;              /* time: change worth an annotation (fraction) */
	double band;              /* equivalence band, also the largest tolerated MDE */
	double equivalence_alpha; /* each of the two one-sided tests */
	double sentinel_alpha;    /* two-sided */
	double sentinel_effect;   /* and at least this change (fraction) */
	double mde_alpha, mde_power;
	double discovery_rate; /* Benjamini-Hochberg: the list "worth a look" */
	size_t looks;
	size_t look[GB_GATE_MAX_LOOKS];   /* pairs, ascending */
	double weight[GB_GATE_MAX_LOOKS]; /* share of alpha, sums to 1 */
	size_t slices;                    /* per process, lock-step pairing */
	size_t sentinels;                 /* cells of the baseline against its copy */
	uint64_t seed;
	double margin;   /* red margin of time for every cell; NaN: each its own */
	int no_identity; /* judge equal binaries by the full statistics */
};

extern const struct gb_gate_config gb_gate_defaults;

/* "margin=3%", "looks=16,24", "alpha=0.05", "seed=7"...; GB_EXIT_USAGE on nonsense. */
int gb_gate_config_set(struct gb_gate_config *c, const char *assignment,
		       struct gb_error *e) GB_MUST_CHECK;
/* "margin=3%:looks=16,24", commas belonging to values, and then gb_gate_config_check();
 * NULL and "" change nothing. */
int gb_gate_config_set_all(struct gb_gate_config *c, const char *rules,
			   struct gb_error *e) GB_MUST_CHECK;
/* "5%" or "0.05" for @key, between @min and @max; GB_EXIT_USAGE. */
int gb_gate_parse_fraction(const char *text, const char *key, double min, double max,
			   double *out, struct gb_error *e) GB_MUST_CHECK;
/* Ranges and the sum of weights. */
int gb_gate_config_check(const struct gb_gate_config *c,
			 struct gb_error *e) GB_MUST_CHECK;
/* key=value for every field, one a call of @each; the text set() reads back. */
void gb_gate_config_each(const struct gb_gate_config *c,
			 void (*each)(const char *key, const char *value, void *arg),
			 void *arg);

/*
 * The smallest p-value, adjusted for looks, that @pairs pairs can give; and whether it
 * could pass the first step of Holm's procedure in a family of @family.  A gate for which
 * the answer is no can never turn red, so it must not say "pass" (GB_EXIT_HARNESS).
 */
double gb_gate_attainable_p(const struct gb_gate_config *c, size_t pairs);
int gb_gate_can_fire(const struct gb_gate_config *c, size_t family, size_t pairs,
		     struct gb_error *e) GB_MUST_CHECK;

/* Looks passed with @pairs pairs; 0 = not even the first. */
size_t gb_gate_looks_done(const struct gb_gate_config *c, size_t pairs);

#endif
