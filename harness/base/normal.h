/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The normal distribution, Student's, and the detectable effect derived from it.  Layer: base. */
#ifndef GB_BASE_NORMAL_H
#define GB_BASE_NORMAL_H

#include <stddef.h>

/* P(Z > z); keeps relative precision far into the tail. */
double gb_normal_tail(double z);

/* z with P(Z <= z) = p; -inf and +inf at 0 and 1, NaN outside. */
double gb_normal_quantile(double p);

/* Student's distribution with @nu >= 1 degrees of freedom: P(T > t), to about 1e-15 absolute,
 * and the t with P(T <= t) = p for p in (0, 1). */
double gb_student_tail(double t, size_t nu);
double gb_student_quantile(double p, size_t nu);

/*
 * Minimal detectable effect of a one-sided test at level @alpha with @power on the median
 * of @n differences whose robust standard deviation is @sd:
 *     (z[1-alpha] + z[power]) * 1.25 * sd / sqrt(n)
 * 1.25 is the standard error of a median over that of a mean.  n = 0 gives infinity.
 */
double gb_detectable_effect(double sd, size_t n, double alpha, double power);

#endif
