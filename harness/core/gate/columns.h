/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The four CSV files of a gate run; their columns are in columns.c with all others.
 *
 * sample_id is CELL/PAIR/SIDE there, rep the pair, block the round.  Columns are found by
 * name, so new ones may be added at the end.
 *
 * Layer: core.
 */
#ifndef GB_CORE_GATE_COLUMNS_H
#define GB_CORE_GATE_COLUMNS_H

#include "core/columns.h"

enum gb_gate_file {
	GB_GATE_SLICES, /* one row per side x slice */
	GB_GATE_PROCS,  /* one row per process */
	GB_GATE_HIST,   /* one row per non-empty bucket of a process's latencies */
	GB_GATE_CELLS,  /* one row per cell x metric */
	GB_GATE_FILES
};

extern const char *const gb_gate_file_name[GB_GATE_FILES];

#endif
