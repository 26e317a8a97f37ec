/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The figures of a sample.  Layer: core. */
#ifndef GB_CORE_REPORT_FIGURES_H
#define GB_CORE_REPORT_FIGURES_H

#include "core/report/data.h"

/* Fill in s->v, failures and attempts from the rows that are joined to it. */
void gb_report_figures(const struct gb_report *r, struct gb_report_sample *s);

#endif
