/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Order statistics and exact tests; ours, since they are what the project exists for.
 * Layer: base.  Deterministic: no random numbers except where a seed is passed.  Inputs
 * are not modified; NaN inputs are a bug of the caller.  n = 0 gives NaN.
 */
#ifndef GB_BASE_STATISTICS_H
#define GB_BASE_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

double gb_median(const double *x, size_t n);
/* Type-7 quantile (linear interpolation), 0 <= q <= 1. */
double gb_quantile(const double *x, size_t n, double q);
/* 1.4826 * median absolute deviation. */
double gb_robust_sd(const double *x, size_t n);

struct gb_interval {
	double lo, hi;
	double coverage; /* what it really covers; < asked when n is too small */
};
/* Distribution-free interval of the median from order statistics (sign test). */
struct gb_interval gb_median_interval(const double *x, size_t n, double level);

#endif
