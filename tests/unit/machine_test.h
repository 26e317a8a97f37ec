/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the tests of harness/machine share: a machine, threads that are CPUs, busy time.
 */
#ifndef GB_TESTS_MACHINE_TEST_H
#define GB_TESTS_MACHINE_TEST_H

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "machine/internal.h"
#include "machine/irq.h"
#include "machine/watch.h"

#include "tests/tap.h"

/* Seconds a test may take: GB_TEST_SECONDS in the environment (check-long), or @normal. */
__attribute__((unused)) static double test_seconds(double normal)
{
	const char *text = getenv("GB_TEST_SECONDS");

	return text && *text ? atof(text) : normal;
}

__attribute__((unused)) static void must(int failed, const struct gb_error *e)
{
	if (!failed)
		return;
	printf("Bail out! %s\n", e->what);
	exit(1);
}

__attribute__((unused)) static void test_machine_up(unsigned int cpus)
{
	struct gb_error e = GB_ERROR_INIT;

	gb_clock_init();
	must(gb_machine_init(cpus, &e), &e);
}

__attribute__((unused)) static void test_online(unsigned int id)
{
	struct gb_error e = GB_ERROR_INIT;
	void *volatile warm = malloc(64);

	free(warm);
	must(gb_cpu_online(id, &e), &e);
}

__attribute__((unused)) static void test_timer(double hz, enum gb_irq_law law, uint64_t seed,
					       gb_irq_handler handler, void *arg)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_timer_config c = {
		.rate_hz = hz, .law = law, .seed = seed, .handler = handler, .arg = arg,
	};

	must(gb_timer_start(&c, &e), &e);
}

/* Busy, not asleep: interrupts land in running code. */
__attribute__((unused)) static void test_spin_ns(uint64_t ns)
{
	uint64_t end = gb_monotonic_ns() + ns;

	while (gb_monotonic_ns() < end)
		gb_cpu_relax();
}

/* A test with interrupts proves nothing without them: it goes on until so many have run
 * (a busy machine delivers few at a time), and fails when the patience ends first. */
#define TEST_MIN_IRQS   1000
#define TEST_PATIENCE_S 100

/* Until @end_ns (CLOCK_MONOTONIC) and @enough; or until nobody should wait any longer. */
__attribute__((unused)) static int test_goes_on(uint64_t end_ns, int enough)
{
	uint64_t now = gb_monotonic_ns();

	return now < end_ns ||
	       (!enough && now < end_ns + TEST_PATIENCE_S * UINT64_C(1000000000));
}

__attribute__((unused)) static void test_irqs_ran(uint64_t n)
{
	tap_ok(n >= TEST_MIN_IRQS, "%lu interrupts ran, at least %d are wanted",
	       (unsigned long)n, TEST_MIN_IRQS);
}

/* Spin until an interrupt is pending.  (Reading the clock is a point where a sanitizer
 * delivers signals; a bare loop is none.) */
__attribute__((unused)) static void test_spin_pending(uint32_t source)
{
	while (!(gb_self.irq_pending & source))
		gb_monotonic_ns();
}

/* Spin until *@p reaches @want, or @seconds are over. */
__attribute__((unused)) static int test_spin_until(const volatile uint64_t *p, uint64_t want,
						   double seconds)
{
	uint64_t end = gb_monotonic_ns() + (uint64_t)(seconds * 1e9);

	while (*p < want && gb_monotonic_ns() < end)
		gb_cpu_relax();
	return *p >= want;
}

#endif
