/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Between the slow path and the OOM killer.  Layer: allocators/kernel.  Process context.
 */
#ifndef GFPKERNEL_SLOWPATH_H
#define GFPKERNEL_SLOWPATH_H

#include "kernel/zones.h"

#define OOM_TICK_US 4000 /* a jiffy at HZ=250: what the loser of the OOM lock sleeps */
#define OOM_WAIT_US 1000 /* between looks while memory is awaited from others */
#define OOM_REAP_NS 1000000000ull /* a victim that takes longer is not waited for */

int oom_trylock(void);
void oom_unlock(void);
/* Has the caller been in endless rounds for longer than the machine's stall_timeout_ms
 * (0: wait for ever, as the kernel)?  @since_ns: 0 at first. */
int stall_expired(uint64_t *since_ns, const struct alloc_context *ac);

#endif
