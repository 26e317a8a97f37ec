/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* RCU inside the library.  Layer: allocators/kernel. */
#ifndef GFPKERNEL_RCU_H
#define GFPKERNEL_RCU_H

#include "kernel/mm.h"

void rcu_cpu_online(void);
void rcu_cpu_offline(void);
/* might_sleep(): true, and reported, in atomic context and in a reader, who is not atomic
 * (CONFIG_PREEMPT_RCU) but would wait for its own grace period. */
int rcu_might_sleep(const char *where);
extern __thread unsigned int rcu_reading __attribute__((tls_model("initial-exec")));
/* Are there callbacks that have not run?  Any context; a snapshot. */
int rcu_waiting(void);
/* What frees the objects of kfree_rcu; set by kfree_rcu.c before the first one is queued. */
extern void (*rcu_free_object)(const void *p);

#endif
