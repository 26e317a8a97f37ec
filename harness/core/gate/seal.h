/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Is a stored run as it was written?  Counting rows finds what was lost; a digit that
 * changed in a file still reads well, and could turn a verdict.  So the manifest holds a
 * digest of the rows of each file, and a seal of its own object "gate".
 *
 * A digest is a sum over rows, each hashed by the names of its columns: the order of rows
 * and of columns, quotes, and a way through a database change nothing.  It guards against
 * accidents and not against forgers: whoever can write the file can write its digest.
 *
 * Layer: core.  Pure functions.
 */
#ifndef GB_CORE_GATE_SEAL_H
#define GB_CORE_GATE_SEAL_H

#include "base/csv.h"
#include "base/json.h"

#include "core/gate/columns.h"

#define GB_GATE_SEAL      "seal" /* the member's name */
#define GB_GATE_SEAL_SIZE 17     /* 16 hexadecimal digits */

/* @t has all columns of @file. */
void gb_gate_digest(const struct gb_csv_table *t, enum gb_gate_file file,
		    char out[GB_GATE_SEAL_SIZE]);
/* Of the manifest's object "gate", without its member "seal". */
void gb_gate_seal(const struct gb_json *gate, char out[GB_GATE_SEAL_SIZE]);

/* Digests of the four files in @dir, which are closed or flushed. */
int gb_gate_digest_files(const char *dir, char out[GB_GATE_FILES][GB_GATE_SEAL_SIZE],
			 struct gb_error *e) GB_MUST_CHECK;

#endif
