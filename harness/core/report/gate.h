/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The gate's verdicts on a run, for its report.  Layer: core. */
#ifndef GB_CORE_REPORT_GATE_H
#define GB_CORE_REPORT_GATE_H

#include "base/error.h"
#include "base/json.h"

/* gate.json of the run in @dir if it is there, else what the gate says of the run now, in
 * the form of that file; *out = NULL: it is no run of the gate.  Free with gb_json_free. */
int gb_report_gate(const char *dir, struct gb_json **out, struct gb_error *e) GB_MUST_CHECK;

#endif
