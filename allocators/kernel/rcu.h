/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* RCU inside the library.  Layer: allocators/kernel. */
#ifndef GFPKERNEL_RCU_H
#define GFPKERNEL_RCU_H

#include "kernel/mm.h"

void rcu_cpu_online(void);
void rcu_cpu_offline(void);
/* Are there callbacks that have not run?  Any context; a snapshot. */
int rcu_waiting(void);
/* What frees the objects of kfree_rcu; set by kfree_rcu.c before the first one is queued. */
extern void (*rcu_free_object)(const void *p);

#endif
