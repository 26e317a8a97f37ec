/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Giving cached objects back: nothing that lies in an array may be missed by a request that
 * would otherwise fail.
 *
 * Who may drain which set?  Code on a CPU may drain
 *  - the set of its own context: in a slow path with interrupts off, holding no pointer
 *    into it (arrays.c looks again after everything that can come here);
 *  - the set of a higher context that is idle here;
 *  - the set of a lower context that it interrupted, unless that was in the middle of a
 *    fast path.  Slow paths are no problem: their interrupts are off.  The machine notes
 *    where a context was interrupted (gb_self.interrupted_ip), slab_fast_text() tells
 *    whether that is fast-path text.  Where nothing is noted the interrupt ran at a call
 *    (a replay, a raised one), where no fast path is in progress.
 * A set that cannot be drained is left to its owner: drain_wanted makes its next slow path
 * drain.  Other CPUs are asked by IPI, from preemptible process context only: elsewhere
 * nobody can wait for another CPU.  A thread that is no CPU becomes one for that time where
 * the caller wants everything (destroy, shrink).
 *
 * Order of reclaim: depots, empty slabs, the own CPU, then the other CPUs.
 */
#include <stdio.h>

#include "kernel/slab.h"

/* ------------------------------------------------------------------ this CPU */

static int active(enum gb_context c)
{
	uint32_t n = gb_self.preempt_count;

	return c == GB_PROCESS || (c == GB_SOFTIRQ && n & SOFTIRQ_OFFSET) ||
	       (c == GB_HARDIRQ && n & HARDIRQ_MASK);
}

static int may_drain(enum gb_context c)
{
	if (c >= gb_context_now() || !active(c))
		return 1;
	return !slab_fast_text(gb_self.interrupted_ip[c]) &&
	       gb_self.interrupted_ip[c] != UINTPTR_MAX; /* the machine does not know */
}

/* @id 0: every cache.  Interrupts off. */
static size_t drain_this_cpu(unsigned int id)
{
	struct slab_percpu *pc =
		gb_is_cpu() ? slab_percpu_of((unsigned int)gb_self.id) : NULL;
	size_t moved = 0;

	for (int c = 0; pc && c < GB_NR_CONTEXTS; c++) {
		if (may_drain((enum gb_context)c))
			moved += slab_set_drain(&pc->set[c], id);
		else
			pc->drain_wanted = 1;
	}
	return moved;
}

size_t slab_drain_local(void)
{
	unsigned long flags = arch_local_irq_save();
	size_t moved = drain_this_cpu(0);

	arch_local_irq_restore(flags);
	return moved;
}

void slab_drain_pending(void)
{
	struct slab_percpu *pc =
		gb_is_cpu() ? slab_percpu_of((unsigned int)gb_self.id) : NULL;

	if (gb_likely(!pc || !pc->drain_wanted))
		return;
	pc->drain_wanted = 0;
	drain_this_cpu(0);
}

/* ------------------------------------------------------------------ other CPUs */

struct drain_request {
	unsigned int id;
	size_t moved;               /* written by the target before gb_ipi_wait() returns */
	int left;                   /* a fast path was in the way */
};

static void drain_ipi(void *arg)
{
	struct drain_request *r = arg;
	struct slab_percpu *pc = slab_percpu_of((unsigned int)gb_self.id);

	r->moved += drain_this_cpu(r->id);
	r->left = pc && pc->drain_wanted;
}

/* Waiting for another CPU is possible only where that CPU could wait for us. */
static int may_ask(void)
{
	return gb_is_cpu() && !in_atomic() && !arch_irqs_disabled();
}

#define ASK_TRIES 4 /* a fast path is a few instructions: the next try finds it elsewhere */

static size_t drain_cpu(unsigned int cpu, unsigned int id)
{
	struct drain_request r = { .id = id };

	for (int i = 0; i < ASK_TRIES; i++) {
		r.left = 0;
		if (gb_ipi_send(cpu, drain_ipi, &r))
			break;
		gb_ipi_wait(cpu);
		if (!r.left)
			break;
	}
	return r.moved;
}

static size_t drain_other_cpus(unsigned int id)
{
	size_t moved = 0;

	if (!may_ask())
		return 0;
	for (unsigned int cpu = 0; cpu < GB_MAX_CPUS; cpu++)
		if ((int)cpu != gb_self.id && slab_percpu_of(cpu))
			moved += drain_cpu(cpu, id);
	return moved;
}

/* A thread that is no CPU cannot send a call: in process context it plays a spare CPU for
 * as long as it drains.  Returns whether it did. */
static int become_cpu(uint32_t *task_flags)
{
	struct gb_error ignored = GB_ERROR_INIT;
	int id;

	*task_flags = gb_self.task_flags;
	if (gb_is_cpu() || in_atomic() || arch_irqs_disabled())
		return 0;
	/* another thread may take the same id first: then the next one */
	while ((id = gb_cpu_spare_id()) >= 0)
		if (!gb_cpu_online((unsigned int)id, &ignored)) {
			gb_self.task_flags = *task_flags;
			return 1;
		}
	return 0;
}

static void be_no_cpu_again(int was, uint32_t task_flags)
{
	if (!was)
		return;
	gb_cpu_offline();
	gb_self.task_flags = task_flags;
}

/* ------------------------------------------------------------------ one cache */

void slab_rescue(struct kmem_cache *s, gfp_t gfp)
{
	unsigned long flags = arch_local_irq_save();

	drain_this_cpu(s->id);
	slab_depot_drain(s, UINT32_MAX);
	arch_local_irq_restore(flags);
	/* asking the others is waiting for them */
	if ((gfp & __GFP_DIRECT_RECLAIM) && !gb_load_relaxed(&s->nr_partial) &&
	    drain_other_cpus(s->id)) {
		flags = arch_local_irq_save();
		slab_depot_drain(s, UINT32_MAX);
		arch_local_irq_restore(flags);
	}
}

int slab_cache_empty(struct kmem_cache *s)
{
	uint32_t task_flags;
	int became = become_cpu(&task_flags);
	unsigned long flags = arch_local_irq_save();

	drain_this_cpu(s->id);
	arch_local_irq_restore(flags);
	drain_other_cpus(s->id);
	slab_depot_drain(s, UINT32_MAX);
	be_no_cpu_again(became, task_flags);
	return !slab_shrink(s);
}

/* ------------------------------------------------------------------ every cache */

static void drain_depots(void)
{
	for (unsigned int i = 1; i < gb_load_relaxed(&slab_nr_caches); i++)
		if (slab_caches[i].array_capacity)
			slab_depot_drain(&slab_caches[i], UINT32_MAX);
}

void slab_trim_depots(void)
{
	for (unsigned int i = 1; i < gb_load_relaxed(&slab_nr_caches); i++)
		if (slab_caches[i].array_capacity)
			slab_depot_trim(&slab_caches[i]);
}

/* In this order the array caches get their arrays back from all others first. */
static void shrink_all(const struct kmem_cache *except)
{
	for (unsigned int i = 1; i < gb_load_relaxed(&slab_nr_caches); i++)
		if (gb_load_relaxed(&slab_caches[i].nr_partial) && &slab_caches[i] != except)
			slab_shrink(&slab_caches[i]);
}

unsigned long slab_reclaim(gfp_t gfp)
{
	unsigned long before = slab_pages(), after;

	drain_depots();
	shrink_all(NULL);
	after = slab_pages();
	if (after >= before && gfp & __GFP_DIRECT_RECLAIM) {
		slab_drain_local();
		drain_other_cpus(0);
		drain_depots();
		shrink_all(NULL);
		after = slab_pages();
	}
	return before > after ? before - after : 0;
}

/* Slabs of the cache that asks stay: their frames could end below a watermark that the
 * request must not cross, their objects are what it wants (slab_rescue). */
unsigned long slab_reclaim_atomic(void)
{
	unsigned long before = slab_pages(), after;

	slab_drain_local();
	drain_depots();
	shrink_all(slab_wanting);
	after = slab_pages();
	if (after >= before && drain_other_cpus(0)) {
		drain_depots();
		shrink_all(slab_wanting);
		after = slab_pages();
	}
	return before > after ? before - after : 0;
}

void slab_drain_everything(void)
{
	uint32_t task_flags;
	int became = become_cpu(&task_flags);

	slab_drain_local();
	drain_other_cpus(0);
	be_no_cpu_again(became, task_flags);
	drain_depots();
	shrink_all(NULL);
}
