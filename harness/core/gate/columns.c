/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/columns.h"

const char *const gb_gate_file_name[GB_GATE_FILES] = {
	[GB_GATE_SLICES] = "gate-slices.csv",
	[GB_GATE_PROCS] = "gate-procs.csv",
	[GB_GATE_HIST] = "gate-hist.csv",
	[GB_GATE_CELLS] = "gate-cells.csv",
};
