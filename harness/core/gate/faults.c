/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/faults.h"

#include <stdio.h>
#include <string.h>

#include "base/rank_test.h"

#define CLEARLY_MORE 0.01

struct tally {
	unsigned int faults[GB_GATE_SIDES];     /* first attempts */
	unsigned int reproduced[GB_GATE_SIDES]; /* of these, came back in a rerun */
	unsigned int only[GB_GATE_SIDES]; /* pairs in which only this side faulted */
	unsigned int mismatches;
	size_t pairs;
	const struct gb_gate_process *example[GB_GATE_SIDES];
};

static int checksums_differ(const struct gb_gate_pair *p)
{
	const struct gb_gate_process *a = &p->side[GB_GATE_A], *b = &p->side[GB_GATE_B];

	return a->present && b->present && a->end == GB_GATE_END_OK &&
	       b->end == GB_GATE_END_OK && strcmp(a->checksum, b->checksum) != 0;
}

static void count_pair(const struct gb_gate_pair *p, struct tally *t)
{
	int fault[GB_GATE_SIDES];

	for (int s = 0; s < GB_GATE_SIDES; s++) {
		fault[s] = p->side[s].present && p->side[s].end == GB_GATE_END_FAULT;
		if (!fault[s])
			continue;
		t->faults[s]++;
		t->reproduced[s] += p->rerun_faults[s] > 0;
		if (!t->example[s])
			t->example[s] = &p->side[s];
	}
	t->only[GB_GATE_A] += fault[GB_GATE_A] && !fault[GB_GATE_B];
	t->only[GB_GATE_B] += fault[GB_GATE_B] && !fault[GB_GATE_A];
	t->mismatches += (unsigned int)checksums_differ(p);
	t->pairs++;
}

static int broken(const struct tally *t, int side)
{
	return t->faults[side] >= 2 || t->reproduced[side] > 0;
}

static int clearly_more(const struct tally *t)
{
	return gb_binomial_half_tail(t->only[GB_GATE_A] + t->only[GB_GATE_B],
				     t->only[GB_GATE_B]) <= CLEARLY_MORE;
}

static void describe(const struct tally *t, int side, const char *what, char *reason,
		     size_t room)
{
	const struct gb_gate_process *p = t->example[side];

	snprintf(reason, room, "%s: %s in %u of %zu pairs%s%.100s", what, p->status,
		 t->faults[side], t->pairs, *p->error ? ": " : "", p->error);
}

enum gb_gate_fault_verdict gb_gate_faults(const struct gb_gate_cell *c, char *reason,
					  size_t room)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < c->pairs; i++)
		count_pair(&c->pair[i], &t);
	if (broken(&t, GB_GATE_B) && (!broken(&t, GB_GATE_A) || clearly_more(&t))) {
		describe(&t, GB_GATE_B, "candidate", reason, room);
		return GB_GATE_CANDIDATE_BROKEN;
	}
	if (broken(&t, GB_GATE_A)) {
		describe(&t, GB_GATE_A, "baseline broken", reason, room);
		return GB_GATE_BASELINE_BROKEN;
	}
	if (t.mismatches) {
		snprintf(
			reason, room,
			"checksums differ in %u of %zu pairs: the sides did different work",
			t.mismatches, t.pairs);
		return GB_GATE_CANDIDATE_BROKEN;
	}
	if (t.faults[GB_GATE_B]) {
		describe(&t, GB_GATE_B, "not reproduced", reason, room);
		return GB_GATE_ONE_FAULT;
	}
	return GB_GATE_SOUND;
}
