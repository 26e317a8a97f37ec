/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * How often the gate is wrong, by simulation with fixed seeds: whole runs of ten cells,
 * stopped and judged as the live gate does, on pairs drawn from a contaminated normal (sd
 * 1.5 %, one pair in ten off by half for its whole life, as processes on real machines
 * are).
 */
#include <math.h>

#include "base/multiplicity.h"
#include "core/gate/test.h"

#include "tests/tap.h"
#include "tests/tools/gate_data.h"

#define CELLS     10
#define MOST      48
#define NULL_RUNS 1000
#define RUNS      300

struct tally {
	int red_runs, warn_runs, red, warn, unchanged, other; /* the last four: cell 0 */
	double pairs;
};

static struct gb_gate_rule rule;

/* One cell until it is decided; as the live gate does, tested at the looks only. */
static void measure(const struct gate_data_spec *s, double effect, struct gb_rng *rng,
		    struct gb_gate_test *t)
{
	const struct gb_gate_config *c = &gb_gate_defaults;
	double d[MOST];
	size_t n = 0;

	for (size_t k = 0; k < c->looks; k++) {
		while (n < c->look[k])
			d[n++] = gate_data_ratio(s, effect, rng);
		gb_gate_test(d, n, &rule, c, t);
		if (gb_gate_decided(t, &rule, c, CELLS))
			break;
	}
}

static void one_run(const struct gate_data_spec *s, double effect, struct gb_rng *rng,
		    struct tally *sum)
{
	struct gb_gate_test t[CELLS];
	double red[CELLS], warn[CELLS];
	int any_red = 0, any_warn = 0;

	for (int i = 0; i < CELLS; i++) {
		measure(s, i ? 0 : effect, rng, &t[i]);
		red[i] = t[i].p_red;
		warn[i] = t[i].p_warn;
		sum->pairs += (double)t[i].used / CELLS;
	}
	gb_holm(red, CELLS, red);
	gb_holm(warn, CELLS, warn);
	for (int i = 0; i < CELLS; i++) {
		any_red |= red[i] <= gb_gate_defaults.alpha;
		any_warn |= warn[i] <= gb_gate_defaults.alpha;
	}
	sum->red_runs += any_red;
	sum->warn_runs += any_warn && !any_red;
	if (red[0] <= gb_gate_defaults.alpha)
		sum->red++;
	else if (warn[0] <= gb_gate_defaults.alpha)
		sum->warn++;
	else if (gb_gate_is_unchanged(&t[0], &rule, &gb_gate_defaults))
		sum->unchanged++;
	else
		sum->other++;
}

static struct tally simulate(double effect, int runs, uint64_t seed)
{
	struct gate_data_spec s = { .sd = 0.015, .outliers = 0.1 };
	struct gb_rng rng = gb_rng_seed(seed, 0);
	struct tally sum = { 0 };

	for (int i = 0; i < runs; i++)
		one_run(&s, effect, &rng, &sum);
	tap_diag(
		"effect %+.0f %%, %d runs: %d runs red, %d warn; cell 0: %d red, %d warn, "
		"%d unchanged, %d undecided; %.1f pairs a cell",
		effect * 100, runs, sum.red_runs, sum.warn_runs, sum.red, sum.warn,
		sum.unchanged, sum.other, sum.pairs / runs);
	return sum;
}

int main(void)
{
	struct tally t;

	rule = (struct gb_gate_rule){ log1p(0.02), log1p(0.01), log1p(0.03) };
	t = simulate(0, NULL_RUNS, 20240101);
	tap_ok(t.red_runs == 0, "no false red in %d runs of %d cells", NULL_RUNS, CELLS);
	t = simulate(0.05, RUNS, 20240102);
	tap_ok(t.red * 100 >= RUNS * 95, "+5 %% is found in at least 95 %% of runs");
	tap_ok(t.unchanged * 100 <= RUNS,
	       "+5 %% is called unchanged in at most 1 %% of runs");
	t = simulate(0.10, RUNS, 20240103);
	tap_ok(t.red * 100 >= RUNS * 99, "+10 %% is found in at least 99 %% of runs");
	t = simulate(0.02, RUNS, 20240104);
	tap_ok(t.red * 100 <= RUNS, "a change of just the margin stays below red");
	t = simulate(-0.05, RUNS, 20240105);
	tap_ok(t.red == 0 && t.unchanged * 100 <= RUNS,
	       "-5 %% is neither red nor unchanged");
	return tap_done();
}
