/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Many tests at once.  Layer: base.
 *
 * Holm's procedure bounds the probability of one false rejection in the whole family,
 * under any dependence between the tests.  Benjamini and Hochberg's bounds the share of
 * false ones among the rejections: for lists "worth a look", never for a verdict.
 *
 * A NaN p-value counts as 1: a test that could not be made rejects nothing but still
 * belongs to the family.  @adjusted may be @p itself; n = 0 is a no-op.
 */
#ifndef GB_BASE_MULTIPLICITY_H
#define GB_BASE_MULTIPLICITY_H

#include <stddef.h>

/* Reject i at family level alpha iff adjusted[i] <= alpha. */
void gb_holm(const double *p, size_t n, double *adjusted);
/* Reject i at false discovery rate q iff adjusted[i] <= q. */
void gb_benjamini_hochberg(const double *p, size_t n, double *adjusted);

#endif
