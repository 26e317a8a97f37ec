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

#include "machine/internal.h"

#define SPINS 100

void gb_spin_lock_slow(raw_spinlock_t *l)
{
	unsigned int spins = 0;

	gb_self.spins = gb_self.spins + 1; /* seen by gb_cpu_spins_deaf() */
	do {
		while (gb_load_relaxed(&l->locked)) {
			if (++spins % SPINS || gb_context_now() != GB_PROCESS)
				gb_cpu_relax();
			else
				gb_raw_syscall0(SYS_sched_yield);
		}
		/* acquire pairs with the release in raw_spin_unlock */
	} while (gb_xchg_acquire(&l->locked, 1));
	gb_self.spins = gb_self.spins - 1;
}
