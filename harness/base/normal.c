/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "base/normal.h"

#include <math.h>

#define HALF_SQRT   0.70710678118654752440
#define INV_SQRT2PI 0.39894228040143267794

double gb_normal_tail(double z)
{
	return 0.5 * erfc(z * HALF_SQRT);
}

/* Newton on the tail, which is convex for z > 0: from z = 0 every step stays below the
 * root and the steps shrink quadratically; far out they are about 1/z, so 38 sigma, where
 * doubles end, takes some hundred steps. */
double gb_normal_quantile(double p)
{
	double tail = p < 0.5 ? p : 1 - p, z = 0;

	if (!(p >= 0 && p <= 1))
		return NAN;
	if (tail == 0)
		return p < 0.5 ? -INFINITY : INFINITY;
	for (int i = 0; i < 2000; i++) {
		double density = INV_SQRT2PI * exp(-0.5 * z * z);
		double step = (gb_normal_tail(z) - tail) / density;

		z += step;
		if (fabs(step) < 1e-15 * (1 + fabs(z)))
			break;
	}
	return p < 0.5 ? -z : z;
}

/*
 * For whole degrees of freedom the integral is a finite sum (Abramowitz and Stegun 26.7.3
 * and 26.7.4), with tan(x) = t / sqrt(nu).
 */
double gb_student_tail(double t, size_t nu)
{
	double x = atan2(fabs(t), sqrt((double)nu)), c = cos(x), term, sum, inside;

	if (nu % 2) {
		term = sum = c;
		for (size_t k = 3; k + 2 <= nu; k += 2) {
			term *= c * c * (double)(k - 1) / (double)k;
			sum += term;
		}
		inside = 2 / M_PI * (x + (nu > 1 ? sin(x) * sum : 0));
	} else {
		term = sum = 1;
		for (size_t k = 2; k + 2 <= nu; k += 2) {
			term *= c * c * (double)(k - 1) / (double)k;
			sum += term;
		}
		inside = sin(x) * sum;
	}
	return t > 0 ? (1 - inside) / 2 : (1 + inside) / 2;
}

double gb_student_quantile(double p, size_t nu)
{
	double lo = -1, hi = 1;

	while (gb_student_tail(hi, nu) > 1 - p && hi < 1e15)
		hi *= 2;
	while (gb_student_tail(lo, nu) < 1 - p && lo > -1e15)
		lo *= 2;
	for (int i = 0; i < 200; i++) {
		double middle = (lo + hi) / 2;

		if (gb_student_tail(middle, nu) > 1 - p)
			lo = middle;
		else
			hi = middle;
	}
	return (lo + hi) / 2;
}

double gb_detectable_effect(double sd, size_t n, double alpha, double power)
{
	if (n == 0)
		return INFINITY;
	return (gb_normal_quantile(1 - alpha) + gb_normal_quantile(power)) * 1.25 * sd /
	       sqrt((double)n);
}
