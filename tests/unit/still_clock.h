/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * CLOCK_MONOTONIC in the test's hands: how patient the allocator is must not depend on when
 * the system runs its thread.  For tests that are linked with --wrap=clock_gettime; no timer
 * of the machine may run while the clock stands still.
 */
#ifndef GB_TESTS_STILL_CLOCK_H
#define GB_TESTS_STILL_CLOCK_H

#include <time.h>

#include "base/atomic.h"
#include "base/clock.h"

static uint64_t still_ns; /* atomic; 0: the real clock */

int __real_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	uint64_t ns = gb_load_acquire(&still_ns);

	if (!ns || id != CLOCK_MONOTONIC)
		return __real_clock_gettime(id, t);
	*t = (struct timespec){ (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
	return 0;
}

static void stop_clock(void)
{
	gb_store_release(&still_ns, gb_monotonic_ns());
}

__attribute__((unused)) static void advance_clock(uint64_t ns)
{
	gb_add_acq_rel(&still_ns, ns);
}

static void start_clock(void)
{
	gb_store_release(&still_ns, 0);
}

#endif
