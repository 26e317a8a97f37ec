/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Smoke tests of the generator.  Seeds are fixed, hence so is every verdict; the bounds
 * are five standard deviations or more, which a fair generator misses once in a million.
 */
#include <math.h>

#include "base/rng.h"

#include "tests/tap.h"

#define N 100000

/* Pearson's statistic of counts that should be equal, in standard deviations. */
static double unevenness(const unsigned int *count, unsigned int cells, double expected)
{
	double sum = 0, free_cells = cells - 1;

	for (unsigned int i = 0; i < cells; i++)
		sum += (count[i] - expected) * (count[i] - expected) / expected;
	return (sum - free_cells) / sqrt(2 * free_cells);
}

static void uniformity(uint64_t seed)
{
	unsigned int count[100] = { 0 }, pairs[256] = { 0 };
	struct gb_rng r = gb_rng_seed(seed, 0);
	uint64_t last = 0, v;

	for (int i = 0; i < N; i++)
		count[gb_rng_below(&r, 100)]++;
	tap_ok(fabs(unevenness(count, 100, N / 100.0)) < 5, "seed %d: even", (int)seed);
	for (int i = 0; i < N; i++, last = v) {
		v = gb_rng_below(&r, 16);
		pairs[last * 16 + v]++;
	}
	tap_ok(fabs(unevenness(pairs, 256, N / 256.0)) < 5,
	       "seed %d: neighbours independent", (int)seed);
}

static void bits(void)
{
	struct gb_rng r = gb_rng_seed(1, 0);
	unsigned int set[64] = { 0 }, flips = 0, biased = 0;

	for (int i = 0; i < N; i++) {
		uint64_t v = gb_rng_next(&r);

		for (int b = 0; b < 64; b++)
			set[b] += v >> b & 1;
	}
	for (int b = 0; b < 64; b++)
		biased += fabs(set[b] - N / 2.0) > 5 * sqrt(N / 4.0);
	tap_eq_u64(biased, 0, "each bit is set half the time");
	for (uint64_t seed = 0; seed < 1000; seed++) {
		struct gb_rng a = gb_rng_seed(seed, 0), b = gb_rng_seed(seed ^ 1, 0);

		flips += (unsigned int)__builtin_popcountll(gb_rng_next(&a) ^
							    gb_rng_next(&b));
	}
	tap_ok(fabs(flips - 32000.0) < 5 * sqrt(16000), "one bit of the seed flips half");
}

static void ranges(void)
{
	struct gb_rng r = gb_rng_seed(3, 0);
	unsigned int out = 0, lowest = 0, highest = 0, ones = 0;
	double sum = 0, u;

	for (int i = 0; i < N; i++) {
		uint64_t v = gb_rng_between(&r, 5, 9);

		out += v < 5 || v > 9;
		lowest += v == 5;
		highest += v == 9;
		ones += gb_rng_below(&r, 1) != 0;
		u = gb_rng_unit(&r);
		out += u < 0 || u >= 1;
		sum += u;
	}
	CHECK(out == 0);
	CHECK(lowest > N / 6 && highest > N / 6);
	CHECK(ones == 0);
	tap_ok(fabs(sum / N - 0.5) < 5 / sqrt(12.0 * N), "units have mean one half");
}

static void streams(void)
{
	struct gb_rng a = gb_rng_seed(9, 0), b = gb_rng_seed(9, 1), c = gb_rng_seed(9, 0);
	unsigned int equal = 0, same = 0;

	for (int i = 0; i < 1000; i++) {
		uint64_t v = gb_rng_next(&a);

		equal += v == gb_rng_next(&b);
		same += v == gb_rng_next(&c);
	}
	tap_eq_u64(equal, 0, "streams of one seed differ");
	tap_eq_u64(same, 1000, "a stream is reproducible");
}

int main(void)
{
	for (uint64_t seed = 0; seed < 8; seed++)
		uniformity(seed);
	bits();
	ranges();
	streams();
	return tap_done();
}
