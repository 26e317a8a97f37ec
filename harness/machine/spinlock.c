/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The contended path of a spinlock.
 *
 * The lock word is polled with loads, so that waiters share the line until it is free.
 * After SPINS polls (a few hundred nanoseconds: longer than any of our critical sections
 * when the holder is running) the holder has probably lost its core; a waiter in process
 * context gives up its own, so that the holder can finish.  Without that, four threads on
 * two cores fell from millions of operations a second to thousands.  A waiter in an
 * interrupt keeps polling.
 *
 * The yield goes through the raw stub: it is the machine's doing, not the backend's.
 */
#include "machine/spinlock.h"

#include <sched.h>
#include <sys/syscall.h>

#include "base/clock.h"

#include "machine/internal.h"

#define SPINS 100

/* Who waits for an interrupt of this CPU's finds out by this (gb_cpu_spins_for). */
static void publish(uint32_t holder)
{
	if (gb_self.irqs_disabled)
		gb_self.spins_for = gb_monotonic_ns() << GB_HOLDER_BITS | holder;
}

void gb_spin_lock_slow(raw_spinlock_t *l)
{
	unsigned int spins = 0;
	uint32_t holder;

	do {
		while ((holder = gb_load_relaxed(&l->locked))) {
			if (++spins % SPINS) {
				gb_cpu_relax();
				continue;
			}
			publish(holder);
			if (gb_context_now() == GB_PROCESS)
				gb_raw_syscall0(SYS_sched_yield);
		}
	} while (!gb_spin_take(l));
	gb_self.spins_for = 0;
}
