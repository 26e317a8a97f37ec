/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The columns of the gate's four CSV files, once: the writer's header, the reader's
 * check and the description of the files all come from these tables.
 *
 * Each file starts with the key columns of every CSV of a run; sample_id is
 * CELL/PAIR/SIDE, rep the pair, block the round.  Columns are found by name, so new ones
 * may be added at the end (minor schema version).
 *
 * Layer: core.
 */
#ifndef GB_CORE_GATE_COLUMNS_H
#define GB_CORE_GATE_COLUMNS_H

#include "base/text.h"

#define GB_GATE_SCHEMA_MAJOR 1
#define GB_GATE_SCHEMA       "1.0"

enum gb_gate_file {
	GB_GATE_SLICES, /* one row per side x slice */
	GB_GATE_PROCS,  /* one row per process */
	GB_GATE_HIST,   /* one row per non-empty bucket of a process's latencies */
	GB_GATE_CELLS,  /* one row per cell x metric */
	GB_GATE_FILES
};

struct gb_gate_column {
	const char *name;
	const char *help; /* unit included */
};

extern const char *const gb_gate_file_name[GB_GATE_FILES];
/* The columns after the key; ends with a NULL name. */
const struct gb_gate_column *gb_gate_columns(enum gb_gate_file file);
/* The whole header line, key columns first, without LF.  Caller frees the text. */
void gb_gate_header(enum gb_gate_file file, struct gb_text *into);

#endif
