/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The table at the end of a run, made from its CSV files (so a resumed run shows all of
 * it): one line a cell, median over the repetitions with the smallest and largest.
 */
#ifndef GB_CLI_SUMMARY_H
#define GB_CLI_SUMMARY_H

#include "base/error.h"
#include "table.h"

int gb_summary_print(const char *dir, enum gb_format f, struct gb_error *e) GB_MUST_CHECK;

#endif
