/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A judgement as text: for a terminal, for machines, for CI systems.  Nothing here
 * decides anything, and nothing but the data enters the text: no time of day, no
 * directory, so that judging again gives the same bytes.
 *
 * Layer: core.  Text is appended to @out.
 */
#ifndef GB_CORE_GATE_OUTPUT_H
#define GB_CORE_GATE_OUTPUT_H

#include "base/text.h"

#include "core/gate/judge.h"

/* 80 columns; reasons and conclusions below. */
void gb_gate_table(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		   int color, struct gb_text *out);
/* Every number of the report (gate.json). */
void gb_gate_json(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		  struct gb_text *out);
/* One row per figure. */
void gb_gate_csv(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		 struct gb_text *out);
/* The subset of JUnit's XML that Jenkins and GitLab both read. */
void gb_gate_junit(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		   struct gb_text *out);
/* For a job summary: at most @limit bytes, the list of the unchanged is what is cut. */
void gb_gate_markdown(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		      size_t limit, struct gb_text *out);
/* GitHub workflow commands (::error ...), ten of a kind at most. */
void gb_gate_annotations(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
			 struct gb_text *out);

/* --- shared by the writers ---------------------------------------------------- */

/* One sentence: "regressed: 1 of 12 figures", "pass", "invalid: ...". */
void gb_gate_headline(const struct gb_gate_judgement *j, struct gb_text *out);
/* "+5.3%", or for differences "+0.12 pp" and "+3 faults"; "-" when not tested. */
void gb_gate_change(const struct gb_gate_result *r, double value, struct gb_text *out);
/* "[+4.1%, +6.6%]" in the direction B/A. */
void gb_gate_interval(const struct gb_gate_result *r, struct gb_text *out);
/* The change in the direction of the ratio B/A (tests use "positive is worse"). */
double gb_gate_theta(const struct gb_gate_result *r, double value);
/* "41.2 ns/op" */
void gb_gate_amount(const struct gb_gate_result *r, double value, struct gb_text *out);
/* "time +5.3% [+4.1%, +6.6%], p = 2e-05, 24 pairs, detectable 1.4%: reason" */
void gb_gate_sentence(const struct gb_gate_result *r, struct gb_text *out);
/* A double with nine significant digits, "null" for NaN and infinity. */
void gb_gate_number(double v, struct gb_text *out);
/* "0.9967 [0.9912, 1.002]": geometric mean of the times' ratios B/A, with its interval. */
void gb_gate_geomean(const struct gb_gate_judgement *j, struct gb_text *out);
/* Time that measuring took: longer-lived side of every pair, in seconds. */
double gb_gate_cell_seconds(const struct gb_gate_cell *c);
/* Largest minimal detectable effect among gated times, as a fraction; NaN: none. */
double gb_gate_worst_mde(const struct gb_gate_judgement *j);

#endif
