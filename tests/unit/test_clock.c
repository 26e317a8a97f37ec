/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The clock on both of its twins: the TSC where this machine offers it, and
 * clock_gettime by order.  Bounds are wide, since other work may run beside the test;
 * what a slip of a unit or a wrong rate would cause lies far outside.
 */
#include <math.h>
#include <time.h>

#include "base/atomic.h"
#include "base/clock.h"

#include "tests/tap.h"

static void sleep_ns(uint64_t ns)
{
	struct timespec t = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	while (nanosleep(&t, &t))
		;
}

/* The least deviation of several tries: being preempted between two readings only adds. */
static double axis_error_ns(void)
{
	double least = 1e18;

	for (int i = 0; i < 200; i++) {
		uint64_t before = gb_monotonic_ns();
		uint64_t mine = gb_clock_to_monotonic_ns(gb_clock_now());
		uint64_t after = gb_monotonic_ns();
		double d = fabs((double)mine -
				((double)before + (double)(after - before) / 2));

		least = d < least ? d : least;
	}
	return least;
}

static void rate(const char *twin)
{
	double worst = axis_error_ns(), drift, most;
	uint64_t begin = gb_monotonic_ns();

	if (!tap_ok(worst < 2000, "%s: on CLOCK_MONOTONIC's axis", twin))
		tap_diag("off by %.0f ns", worst);
	sleep_ns(50000000);
	drift = axis_error_ns();
	/* 0.01 % of the time that passed, plus what the tie itself is off by. */
	most = 1e-4 * (double)(gb_monotonic_ns() - begin) + 2000;
	if (!tap_ok(drift < most, "%s: the rate is right to 0.01 %%", twin))
		tap_diag("off by %.0f ns, more than %.0f", drift, most);
}

static void conversions(const char *twin)
{
	uint64_t at = gb_clock_now(), ms = gb_clock_ticks(1000000), off;
	unsigned int back = 0;

	off = gb_clock_ns(ms) > 1000000 ? gb_clock_ns(ms) - 1000000 :
					  1000000 - gb_clock_ns(ms);
	tap_ok(off <= 2, "%s: ns to ticks and back", twin);
	tap_ok(gb_clock_to_monotonic_ns(at) - gb_clock_to_monotonic_ns(at - ms) -
			       999998 <=
		       4,
	       "%s: a millisecond is one on the other axis", twin);
	tap_ok(!gb_clock.use_tsc || gb_clock_to_monotonic_ns(gb_clock.base_ticks - ms) <
					    gb_clock.base_ns,
	       "%s: readings before the tie are fine too", twin);
	tap_ok(gb_clock_ns(gb_clock_ticks(UINT64_C(86400000000000))) / 1000000000 -
			       86399 <=
		       1,
	       "%s: a day does not overflow", twin);
	for (int i = 0; i < 100000; i++) {
		uint64_t now = i % 2 ? gb_clock_begin() : gb_clock_end();

		back += now < at;
		at = now;
	}
	tap_eq_u64(back, 0, "never steps back");
}

static void costs(const char *twin)
{
	double overhead = (double)gb_clock_ns(gb_clock.overhead_ticks);
	uint64_t begin = gb_clock_begin();

	/* A timed interval is seen, and is seen as long as it was. */
	sleep_ns(2000000);
	begin = gb_clock_ns(gb_clock_end() - begin);
	tap_ok(begin >= 1990000, "%s: 2 ms last 2 ms", twin);
	tap_ok(overhead < 100000, "%s: a pair of readings costs %.0f ns", twin, overhead);
	tap_ok(gb_clock.loop_ns > 0.01 && gb_clock.loop_ns < 1000,
	       "%s: an empty iteration costs %.2f ns", twin, gb_clock.loop_ns);
}

static void adopting(void)
{
	struct gb_clock parent = gb_clock;

	memset(&gb_clock, 0, sizeof(gb_clock));
	parent.name = parent.reason = NULL; /* another address space's */
	sleep_ns(10000000);
	gb_clock_adopt(&parent);
	CHECK(gb_clock.use_tsc == parent.use_tsc && gb_clock.name && gb_clock.reason);
	tap_ok(fabs(gb_clock.ticks_per_ns / parent.ticks_per_ns - 1) < 1e-4,
	       "adopted: the same rate");
	tap_ok(axis_error_ns() < 2000, "adopted: on the same axis");
}

static void twin(void)
{
	uint64_t least = UINT64_MAX;

	/* The quickest of some tries: a busy machine only adds. */
	for (int i = 0; i < 20 && least >= 500000000; i++) {
		uint64_t begin = gb_monotonic_ns();

		gb_clock_init();
		begin = gb_monotonic_ns() - begin;
		least = begin < least ? begin : least;
	}
	tap_ok(least < 500000000, "%s: calibrated in %.1f ms", gb_clock.name,
	       (double)least / 1e6);
	tap_ok(gb_clock.use_tsc ?
		       !strcmp(gb_clock.name, "tsc") && !*gb_clock.reason :
		       !strcmp(gb_clock.name, "clock_gettime") && *gb_clock.reason,
	       "%s: says why not tsc: '%s'", gb_clock.name, gb_clock.reason);
	rate(gb_clock.name);
	conversions(gb_clock.name);
	costs(gb_clock.name);
	adopting();
}

int main(void)
{
	unsetenv("GFPBENCH_CLOCK");
	twin();
	setenv("GFPBENCH_CLOCK", "monotonic", 1);
	twin();
	CHECK(!gb_clock.use_tsc);
	setenv("GFPBENCH_CLOCK", "sundial", 1);
	gb_clock_init();
	CHECK(!gb_clock.use_tsc && strstr(gb_clock.reason, "neither"));
	return tap_done();
}
