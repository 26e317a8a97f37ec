/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The clock: TSC where it is invariant and synchronised (CPUID says invariant, the
 * kernel chose it as its clock source, and a check across CPUs found no step back), else
 * clock_gettime(CLOCK_MONOTONIC).  Readings are in ticks; gb_clock_ns() converts a
 * difference, gb_clock_to_monotonic_ns() a reading, onto CLOCK_MONOTONIC's axis.
 *
 * Layer: base.  gb_clock_init() once, from the main thread, before anything else here;
 * after it the rest may be called anywhere, interrupts included; none allocates.
 * GFPBENCH_CLOCK=monotonic forces the portable twin (tested so on x86 too).
 */
#ifndef GB_BASE_CLOCK_H
#define GB_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

struct gb_clock {
	int use_tsc;            /* written by gb_clock_init only */
	uint32_t shift;         /* ns = ticks * mult >> shift */
	uint64_t mult;
	uint64_t base_ticks;    /* pair of readings that ties the two axes */
	uint64_t base_ns;
	double ticks_per_ns;
	uint64_t overhead_ticks; /* median cost of one gb_clock_begin/gb_clock_end pair */
	double loop_ns;          /* cost of one iteration of an empty counted loop */
	const char *name;        /* "tsc" or "clock_gettime" */
	const char *reason;      /* why not tsc, or "" */
};
extern struct gb_clock gb_clock;

/* Calibrates (about 5 ms; a parent hands its calibration to runners by gb_clock_adopt). */
void gb_clock_init(void);
/* What it would choose, without calibrating (about 1 ms): for who only hands it on. */
int gb_clock_may_use_tsc(void);
/* Take over another process's calibration on the same machine: no calibration loop. */
void gb_clock_adopt(const struct gb_clock *from);

static inline uint64_t gb_monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Start of a timed interval: earlier loads and stores have completed before it is read. */
static inline uint64_t gb_clock_begin(void)
{
#if defined(__x86_64__)
	if (__builtin_expect(gb_clock.use_tsc, 1)) {
		_mm_lfence();
		return __rdtsc();
	}
#endif
	return gb_monotonic_ns();
}

/* End of a timed interval: waits for the work to retire. */
static inline uint64_t gb_clock_end(void)
{
#if defined(__x86_64__)
	if (__builtin_expect(gb_clock.use_tsc, 1)) {
		unsigned int aux;
		return __rdtscp(&aux);
	}
#endif
	return gb_monotonic_ns();
}

/* A plain reading without ordering, for deadlines. */
static inline uint64_t gb_clock_now(void)
{
#if defined(__x86_64__)
	if (__builtin_expect(gb_clock.use_tsc, 1))
		return __rdtsc();
#endif
	return gb_monotonic_ns();
}

static inline uint64_t gb_clock_ns(uint64_t ticks)
{
	return (uint64_t)(((unsigned __int128)ticks * gb_clock.mult) >> gb_clock.shift);
}

static inline uint64_t gb_clock_ticks(uint64_t ns)
{
	return (uint64_t)((double)ns * gb_clock.ticks_per_ns);
}

static inline uint64_t gb_clock_to_monotonic_ns(uint64_t ticks)
{
	return ticks >= gb_clock.base_ticks ?
		       gb_clock.base_ns + gb_clock_ns(ticks - gb_clock.base_ticks) :
		       gb_clock.base_ns - gb_clock_ns(gb_clock.base_ticks - ticks);
}

#endif
