/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Exact tests on paired differences: Wilcoxon's signed-rank test and the sign test.
 *
 * Both ask whether the differences d[i] - shift lean to one side of zero.  Zeros are
 * dropped (Wilcoxon's own rule), equal magnitudes share the mean of their ranks.  Nothing
 * is assumed of the distribution but that, under the null hypothesis, each difference is
 * as likely to be +x as -x; a random order of the two sides makes that true by design.
 *
 * Layer: base.  Deterministic, no random numbers.  Defined for every input:
 *   no differences left after dropping zeros   p = 1 (no evidence), n = 0
 *   a NaN among the differences or as shift    p = NaN; callers must treat it as invalid
 *   infinite differences                       rank above every finite one, tie together
 * Not from interrupts: long inputs use malloc.
 */
#ifndef GB_BASE_RANK_TEST_H
#define GB_BASE_RANK_TEST_H

#include <stddef.h>

enum gb_tail {
	GB_TAIL_GREATER, /* alternative: differences lie above the shift */
	GB_TAIL_LESS,
	GB_TAIL_BOTH,
};

struct gb_rank_test {
	double p;
	double statistic; /* signed rank: sum of positive ranks; sign: positive count */
	size_t n;         /* differences used, zeros dropped */
	size_t zeros;
	int exact; /* 0: normal approximation, see GB_SIGNED_RANK_EXACT_MAX */
};

/* Up to this many differences the null distribution is enumerated (also with ties, given
 * the tied ranks); beyond, a normal approximation with tie and continuity corrections. */
#define GB_SIGNED_RANK_EXACT_MAX 256

struct gb_rank_test gb_signed_rank_test(const double *d, size_t n, double shift,
					enum gb_tail tail);

/* Exact for every n. */
struct gb_rank_test gb_sign_test(const double *d, size_t n, double shift,
				 enum gb_tail tail);

/* P(X >= k) for X ~ Binomial(n, 1/2), without log-gamma: relative terms walk away from
 * the centre, so nothing underflows that matters.  k <= 0 gives 1, k > n gives 0. */
double gb_binomial_half_tail(size_t n, size_t k);

#endif
