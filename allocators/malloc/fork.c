/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * fork in a program with threads: the forking thread takes every lock, so that the child
 * gets whole lists; both sides let go.  The child keeps the arrays of the thread that
 * forked; those of other threads may be half updated, so their objects are lost to it.
 *
 * Handlers registered before ours run while all is locked, and may allocate: see lock.h.
 */
#include "malloc/malloc_int.h"

#include <pthread.h>

static void each(void (*f)(struct gm_lock *), int backwards)
{
	if (!backwards)
		f(&gm_pool_lock);
	else
		f(&gm_run_lock);
	for (unsigned int i = 1; i < GM_NR_CLASSES; i++)
		f(&gm_class[backwards ? GM_NR_CLASSES - i : i].lock);
	if (!backwards)
		f(&gm_run_lock);
	else
		f(&gm_pool_lock);
}

static void prepare(void)
{
	gm_init(); /* its lock is not among those taken */
	each(gm_lock, 0);
	gm_lock_mine(1);
}

static void parent(void)
{
	gm_lock_mine(0);
	each(gm_unlock, 1);
}

static void child(void)
{
	gm_lock_mine(0);
	each(gm_lock_reset, 1);
}

void gm_fork_init(void)
{
	pthread_atfork(prepare, parent, child);
}
