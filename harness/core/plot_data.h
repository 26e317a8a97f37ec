/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * From the CSV files of a run to what the gnuplot templates read: NAME.dat (blocks of
 * numbers, one a series, two blank lines between) and NAME.vars.gp (titles, colours, which
 * blocks belong to which panel).  Layer: core.
 */
#ifndef GB_CORE_PLOT_DATA_H
#define GB_CORE_PLOT_DATA_H

#include "base/error.h"

/* Write latency.* and throughput.* into directory @out.  GB_EXIT_HARNESS when the run has
 * no sample that can be drawn. */
int gb_plot_data_write(const char *run, const char *out, struct gb_error *e) GB_MUST_CHECK;

#endif
