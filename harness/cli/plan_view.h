/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* --dry-run: the plan on stdout. */
#ifndef GB_CLI_PLAN_VIEW_H
#define GB_CLI_PLAN_VIEW_H

#include "core/plan.h"
#include "table.h"

void gb_plan_print(const struct gb_plan *p, const struct gb_plan_request *q, enum gb_format f);
/* "1h 02m", "2m 13s", "41 s" */
char *gb_duration_text(char *buf, size_t n, double seconds);

#endif
