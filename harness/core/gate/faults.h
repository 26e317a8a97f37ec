/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Crashes, hangs and wrong results are facts, not samples: they are judged by policy, not
 * by a test of significance (20 clean runs against 7 crashes in 20 would just reach it).
 *
 *   candidate faults that came back (in a rerun with the same seed) or came twice   failed
 *   one that did not come back                                   at best inconclusive
 *   the baseline faults likewise                     skipped (baseline broken), unless the
 *                  candidate faults clearly more often (sign test over pairs, 1 %): failed
 *   both ended well, but did different work (checksums differ)                      failed
 *
 * Layer: core.
 */
#ifndef GB_CORE_GATE_FAULTS_H
#define GB_CORE_GATE_FAULTS_H

#include "core/gate/data.h"

enum gb_gate_fault_verdict {
	GB_GATE_SOUND,
	GB_GATE_ONE_FAULT,
	GB_GATE_BASELINE_BROKEN,
	GB_GATE_CANDIDATE_BROKEN,
};

enum gb_gate_fault_verdict gb_gate_faults(const struct gb_gate_cell *c, char *reason,
					  size_t room);

#endif
