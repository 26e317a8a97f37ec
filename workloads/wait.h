/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Waiting for another thread, in process context: spin briefly, then give the core away
 * (there may be more emulated CPUs than cores).  Ends when the run is stopping; the time
 * goes to t->wait_ticks, so that waits can be told from work.
 *
 * Layer: workloads.  Never from an interrupt.
 */
#ifndef GB_WORKLOADS_WAIT_H
#define GB_WORKLOADS_WAIT_H

#include <sched.h>

#include "workload.h"

#define GB_WAIT_SPINS 100 /* a few microseconds: longer than a hand-over between cores */

GB_INLINE void gb_wait_step(unsigned int *spins)
{
	if (++*spins < GB_WAIT_SPINS)
		gb_cpu_relax();
	else
		sched_yield();
}

/* Non-zero when @condition came true, 0 when the run is stopping. */
#define GB_WAIT_UNTIL(t, condition) \
	({ \
		int wait_good = !!(condition); \
		if (gb_unlikely(!wait_good)) { \
			uint64_t wait_start = gb_clock_now(); \
			unsigned int wait_spins = 0; \
			while (!(wait_good = !!(condition)) && !gb_stopping(t)) \
				gb_wait_step(&wait_spins); \
			(t)->wait_ticks += gb_clock_now() - wait_start; \
		} \
		wait_good; \
	})

/* Clean-up of what threads share: non-zero for the last of them.  Threads may reach their
 * clean-up while others still run.  acq_rel: the last sees all that the others did. */
GB_INLINE int gb_last_to_leave(uint32_t *left)
{
	return gb_sub_acq_rel(left, 1) == 0;
}

#endif
