/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * kfree_rcu and its kin: free memory after a grace period.  The kernel gathers objects for
 * up to five seconds; here they go with the next grace period, a few milliseconds away.
 */
#include "kernel/rcu.h"
#include "kernel/rcu_grace.h"

/* kernel: mm/slab_common.c, kvfree_call_rcu.  Any context; @head in the first 4096 bytes of
 * @p.  statement 93 */
void gfp_kvfree_call_rcu(struct rcu_head *head, void *p)
{
	uintptr_t offset = (uintptr_t)head - (uintptr_t)p;

	if (offset >= PAGE_SIZE) {
		kernel_bug("kfree-rcu", "BUG: kfree_rcu(): rcu_head at offset %lu",
			   (unsigned long)offset);
		return;
	}
	gb_store_release(&rcu_free_object, kvfree);
	gfp_call_rcu(head, (void (*)(struct rcu_head *))offset);
}

/* Without an rcu_head: waits for the grace period itself.  statement 94 */
void kvfree_rcu_mightsleep(void *p)
{
	if (!mm_ready(__func__) || gb_might_sleep("kvfree_rcu_mightsleep"))
		return; /* in atomic context: reported, and kept rather than freed too early */
	grace_synchronize();
	kvfree(p);
}

void kvfree_rcu_barrier(void)
{
	gfp_rcu_barrier();
}
