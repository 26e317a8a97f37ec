/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A lock that spins a little and then sleeps (futex).  pthread mutexes would do but for
 * fork: the thread that forks holds all locks, and other libraries' fork handlers that run
 * in that time may call malloc; the locks let that thread through.
 *
 * Layer: allocators/malloc.
 */
#ifndef GFPMALLOC_LOCK_H
#define GFPMALLOC_LOCK_H

#include <stdint.h>

#include "base/atomic.h"

struct gm_lock {
	uint32_t word; /* atomic: 0 free, 1 held, 2 held and somebody sleeps */
};

void gm_lock(struct gm_lock *l);
void gm_unlock(struct gm_lock *l);
/* The calling thread holds all locks (1) or none (0). */
void gm_lock_mine(int mine);
/* In the child of a fork: whoever slept is not here. */
void gm_lock_reset(struct gm_lock *l);

#endif
