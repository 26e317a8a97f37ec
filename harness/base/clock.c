/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Choosing and calibrating the clock.
 *
 * The TSC is taken when three witnesses agree: CPUID says that it ticks at one rate in
 * every power state, the kernel, which watches it against other timers, chose it as its
 * clock source, and a walk over the CPUs finds no reading older than the one before.
 *
 * Calibration ties two axes together by pairs of readings.  A pair is a TSC reading
 * between two of CLOCK_MONOTONIC; of many tries the one with the narrowest window counts,
 * so being preempted costs a try, not precision.  Two pairs some 4 ms apart give the rate
 * to a few parts per million.  The longer the base line the better: a process that adopts
 * its parent's calibration takes a pair of its own and measures from the parent's.
 */
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "atomic.h"

#define PAIR_TRIES     64
#define BASE_LINE_NS   UINT64_C(4000000)
#define CPU_WALK_NS    UINT64_C(1000000)
#define OVERHEAD_TRIES 255
#define LOOP_COUNT     20000
#define MULT_SHIFT     48 /* the rate is exact to 2^-47; products have 128 bits */

struct gb_clock gb_clock;

#if defined(__x86_64__)

static int tsc_is_invariant(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d >> 8 & 1);
}

/* Empty when it cannot be read. */
static void kernel_clock_source(char *buf, size_t n)
{
	int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		      O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;

	if (fd >= 0) {
		got = read(fd, buf, n - 1);
		close(fd);
	}
	buf[got > 0 ? got : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

static uint64_t read_tsc(void)
{
	unsigned int aux;
	uint64_t t = __rdtscp(&aux);

	_mm_lfence();
	return t;
}

/* Hops over the CPUs that it may use, until time is up; a busy machine sees fewer. */
static int tsc_steps_back(void)
{
	uint64_t last = read_tsc(), now, stop = gb_monotonic_ns() + CPU_WALK_NS;
	cpu_set_t allowed, one;
	int back = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return 0; /* more CPUs than the set can name: the kernel's word must do */
	for (int cpu = 0; cpu < CPU_SETSIZE && gb_monotonic_ns() < stop; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			break;
		now = read_tsc();
		back |= now < last;
		last = now;
	}
	sched_setaffinity(0, sizeof(allowed), &allowed);
	return back;
}

/* NULL when the TSC may be used, else why not. */
static const char *machine_against_tsc(void)
{
	char source[64];

	if (!tsc_is_invariant())
		return "the TSC is not invariant (CPUID)";
	kernel_clock_source(source, sizeof(source));
	if (strcmp(source, "tsc"))
		return "the kernel's clock source is not tsc";
	if (tsc_steps_back())
		return "the TSCs of the CPUs disagree";
	return NULL;
}

struct pair {
	uint64_t ticks, ns;
};

static struct pair read_pair(void)
{
	uint64_t narrowest = UINT64_MAX;
	struct pair best = { 0, 0 };

	for (int i = 0; i < PAIR_TRIES; i++) {
		uint64_t before = gb_monotonic_ns();
		uint64_t ticks = read_tsc();
		uint64_t after = gb_monotonic_ns();

		if (after - before < narrowest) {
			narrowest = after - before;
			best = (struct pair){ ticks, before + narrowest / 2 };
		}
	}
	return best;
}

static void set_rate(struct pair from, struct pair to)
{
	double ns = (double)(to.ns - from.ns);

	gb_clock.ticks_per_ns = (double)(to.ticks - from.ticks) / ns;
	gb_clock.shift = MULT_SHIFT;
	gb_clock.mult =
		(uint64_t)((double)(UINT64_C(1) << MULT_SHIFT) / gb_clock.ticks_per_ns);
	gb_clock.base_ticks = to.ticks;
	gb_clock.base_ns = to.ns;
}

static void calibrate_tsc(void)
{
	struct timespec nap = { 0, (long)BASE_LINE_NS };
	struct pair from = read_pair();

	while (nanosleep(&nap, &nap) && errno == EINTR)
		;
	set_rate(from, read_pair());
}

static void refine_tsc(const struct gb_clock *from)
{
	struct pair now = read_pair();

	if (now.ns >= from->base_ns + BASE_LINE_NS && now.ticks > from->base_ticks)
		set_rate((struct pair){ from->base_ticks, from->base_ns }, now);
}

#else /* no TSC */

static const char *machine_against_tsc(void)
{
	return "no TSC on this architecture";
}

static void calibrate_tsc(void)
{
}

static void refine_tsc(const struct gb_clock *from)
{
	(void)from;
}

#endif

static void use_monotonic(const char *reason)
{
	gb_clock = (struct gb_clock){
		.mult = 1,
		.ticks_per_ns = 1,
		.name = "clock_gettime",
		.reason = reason,
	};
}

static int by_ticks(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t measure_overhead(void)
{
	uint64_t t[OVERHEAD_TRIES];

	for (int i = 0; i < OVERHEAD_TRIES; i++) {
		uint64_t begin = gb_clock_begin();

		t[i] = gb_clock_end() - begin;
	}
	qsort(t, OVERHEAD_TRIES, sizeof(t[0]), by_ticks);
	return t[OVERHEAD_TRIES / 2];
}

/* The least of several: preemption only ever adds. */
static double measure_loop(void)
{
	double best = 1e9, ns;

	for (int i = 0; i < 7; i++) {
		uint64_t begin = gb_clock_begin();

		for (int n = 0; n < LOOP_COUNT; n++)
			gb_barrier();
		ns = (double)gb_clock_ns(gb_clock_end() - begin) / LOOP_COUNT;
		best = ns < best ? ns : best;
	}
	return best;
}

/* NULL, or why the TSC is not the clock: the user first, then the machine. */
static const char *against_tsc(void)
{
	const char *forced = getenv("GFPBENCH_CLOCK");

	if (forced && !strcmp(forced, "monotonic"))
		return "GFPBENCH_CLOCK=monotonic";
	if (forced && *forced && strcmp(forced, "tsc"))
		return "GFPBENCH_CLOCK is neither monotonic nor tsc";
	return machine_against_tsc();
}

int gb_clock_may_use_tsc(void)
{
	return !against_tsc();
}

void gb_clock_init(void)
{
	const char *reason = against_tsc();

	if (reason) {
		use_monotonic(reason);
	} else {
		gb_clock = (struct gb_clock){ .use_tsc = 1, .name = "tsc", .reason = "" };
		calibrate_tsc();
	}
	gb_clock.overhead_ticks = measure_overhead();
	gb_clock.loop_ns = measure_loop();
}

void gb_clock_adopt(const struct gb_clock *from)
{
	gb_clock = *from;
	/* The strings are of the other process's address space. */
	gb_clock.name = from->use_tsc ? "tsc" : "clock_gettime";
	gb_clock.reason = from->use_tsc ? "" : "as the parent process decided";
	if (from->use_tsc)
		refine_tsc(from);
}
