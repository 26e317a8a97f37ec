/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The only door to liburcu, whose names are those of gfpkernel.h: no file may include both
 * a urcu header and gfpkernel.h.  Layer: allocators/kernel.
 */
#ifndef GFPKERNEL_RCU_GRACE_H
#define GFPKERNEL_RCU_GRACE_H

/* Threads register before their first read lock; CPUs when they come online, with
 * interrupts not armed.  Any other thread is registered by its first read lock. */
void grace_register(void);
void grace_unregister(void);
void grace_read_lock(void);
void grace_read_unlock(void);
void grace_synchronize(void); /* sleeps */

#endif
