/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "pressure_curve.h"

#include <stdio.h>

void gb_curve_init(struct gb_pressure_curve *c)
{
	memset(c, 0, sizeof(*c));
	for (int k = 0; k < GB_NR_DIPS; k++)
		c->dip_pages[k] = UINT64_MAX;
}

void gb_curve_burst(struct gb_pressure_curve *c, unsigned int burst, uint64_t free,
		    uint64_t min, uint64_t asked, uint64_t refused)
{
	uint64_t bin = min ? free * 8 / min : GB_CURVE_BINS;

	if (bin >= GB_CURVE_BINS)
		bin = GB_CURVE_BINS - 1;
	c->asked[burst][bin] += asked;
	c->refused[burst][bin] += refused;
}

void gb_curve_dip(struct gb_pressure_curve *c, enum gb_pressure_class k, uint64_t free)
{
	if (free < c->dip_pages[k])
		c->dip_pages[k] = free;
}

void gb_curve_stall(struct gb_pressure_curve *c, uint64_t ns)
{
	c->stalls++;
	c->stall_ns += ns;
	if (ns > c->stall_max_ns)
		c->stall_max_ns = ns;
}

void gb_curve_recovery(struct gb_pressure_curve *c, uint64_t ns)
{
	c->recoveries++;
	c->recovery_ns += ns;
	if (ns > c->recovery_max_ns)
		c->recovery_max_ns = ns;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void gb_curve_add(struct gb_pressure_curve *to, const struct gb_pressure_curve *c)
{
	for (int b = 0; b < GB_CURVE_BURSTS; b++) {
		for (int i = 0; i < GB_CURVE_BINS; i++) {
			to->asked[b][i] += c->asked[b][i];
			to->refused[b][i] += c->refused[b][i];
		}
	}
	for (int k = 0; k < GB_NR_DIPS; k++)
		gb_curve_dip(to, (enum gb_pressure_class)k, c->dip_pages[k]);
	to->stalls += c->stalls;
	to->stall_ns += c->stall_ns;
	to->stall_max_ns = larger(to->stall_max_ns, c->stall_max_ns);
	to->recoveries += c->recoveries;
	to->recovery_ns += c->recovery_ns;
	to->recovery_max_ns = larger(to->recovery_max_ns, c->recovery_max_ns);
	to->sweeps += c->sweeps;
}

static void report_burst(struct gb_run *r, const struct gb_pressure_curve *c,
			 unsigned int b, uint64_t min)
{
	char series[40];

	snprintf(series, sizeof(series), "burst=%u", 1u << (2 * b));
	for (unsigned int i = 0; i < GB_CURVE_BINS; i++) {
		double free = (double)i * (double)min / 8, asked = (double)c->asked[b][i];

		if (!c->asked[b][i])
			continue;
		gb_figure(r, series, free, "atomic_requests_count", asked);
		gb_figure(r, series, free, "atomic_failure_ratio",
			  (double)c->refused[b][i] / asked);
	}
}

static void report_dips(struct gb_run *r, const struct gb_pressure_curve *c, uint64_t min)
{
	static const char *const name[GB_NR_DIPS] = { "GFP_KERNEL", "GFP_KERNEL|__GFP_HIGH",
						      "GFP_ATOMIC" };

	for (int k = 0; k < GB_NR_DIPS; k++) {
		if (c->dip_pages[k] == UINT64_MAX)
			continue;
		gb_figure(r, name[k], NAN, "deepest_dip_pages", (double)c->dip_pages[k]);
		gb_figure(r, name[k], NAN, "deepest_dip_of_min_ratio",
			  (double)c->dip_pages[k] / (double)min);
	}
}

void gb_curve_report(struct gb_run *r, const struct gb_pressure_curve *c, uint64_t min)
{
	for (unsigned int b = 0; b < GB_CURVE_BURSTS; b++)
		report_burst(r, c, b, min);
	if (min)
		report_dips(r, c, min);
	gb_figure(r, "", NAN, "min_pages", (double)min);
	gb_figure(r, "", NAN, "sweeps_count", (double)c->sweeps);
	gb_figure(r, "", NAN, "stalls_count", (double)c->stalls);
	gb_figure(r, "", NAN, "stall_sum_ns", (double)c->stall_ns);
	gb_figure(r, "", NAN, "stall_max_ns", (double)c->stall_max_ns);
	if (!c->recoveries)
		return;
	gb_figure(r, "", NAN, "recovery_mean_ns",
		  (double)c->recovery_ns / (double)c->recoveries);
	gb_figure(r, "", NAN, "recovery_max_ns", (double)c->recovery_max_ns);
}
