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
 * A set that cannot be drained is closed: its owner's next call takes a slow path and drains
 * (drain_wanted).
 *
 * Other CPUs are asked by drain_wanted and a kick (machine/irq.h), from any context and any
 * thread.  An atomic request does not sleep, but it does wait for the answer: the other CPU
 * needs some instructions, and the request would fail otherwise.  While it waits it answers
 * itself whoever waits for it.  It gives up only on a CPU that is offline, on one that goes
 * on spinning for a lock with interrupts off (the requester may hold it), and on one that
 * has not answered for a second: the system does not run it, or it keeps interrupts off.
 *
 * Order of reclaim: depots, empty slabs, the own CPU, then the other CPUs.
 */
#include <stdio.h>

#include "kernel/slab.h"

#include "base/clock.h"

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

static struct slab_percpu *own_percpu(void)
{
	return gb_is_cpu() ? slab_percpu_of((unsigned int)gb_self.id) : NULL;
}

/* @id 0: every cache.  Interrupts off.  What cannot be drained is left to the owner. */
static size_t drain_this_cpu(unsigned int id)
{
	struct slab_percpu *pc = own_percpu();
	size_t moved = 0;
	int left = 0;

	for (int c = 0; pc && c < GB_NR_CONTEXTS; c++) {
		if (may_drain((enum gb_context)c)) {
			moved += slab_set_drain(&pc->set[c], id);
		} else {
			slab_close_context((enum gb_context)c);
			left = 1;
		}
	}
	if (left)
		gb_store_relaxed(&pc->drain_wanted, 1);
	return moved;
}

size_t slab_drain_local(void)
{
	unsigned long flags = arch_local_irq_save();
	size_t moved = drain_this_cpu(0);

	arch_local_irq_restore(flags);
	return moved;
}

/* Nothing can get into a set between its drain and the answer: interrupts are off. */
static void answer(struct slab_percpu *pc)
{
	gb_store_relaxed(&pc->drain_wanted, 2);
	drain_this_cpu(0);
	if (gb_load_relaxed(&pc->drain_wanted) == 1)
		return; /* a fast path is in the way */
	slab_open_contexts();
	gb_store_relaxed(&pc->answers, pc->answers + 1);
	gb_store_release(&pc->drain_wanted, 0); /* pairs with the load in wait_for() */
}

void slab_drain_pending(void)
{
	struct slab_percpu *pc = own_percpu();

	if (gb_unlikely(pc && gb_load_relaxed(&pc->drain_wanted)))
		answer(pc);
}

/* ------------------------------------------------------------------ other CPUs */

#define KICK_NS  100000ull     /* from one kick to the next: a fast path was in the way */
#define SPIN_NS  5000000ull    /* spins for so long: no answer will come */
#define STEP_NS  10000000ull   /* from one look to the next; the rest we were not run */
#define STALL_NS 1000000000ull /* where waiting is not allowed */
#define WAIT_NS  (10 * STALL_NS) /* where waiting is allowed */

void slab_reclaim_boot(int up)
{
	gb_ipi_open_kick(up ? slab_drain_pending : NULL);
}

static void answer_others(void)
{
	unsigned long flags = arch_local_irq_save();

	slab_drain_pending();
	arch_local_irq_restore(flags);
}

/* 1: it has drained all its sets.  Time counts while this CPU runs: after a sleep of the
 * machine the other had no more of it than we. */
static int wait_for(unsigned int cpu, const struct slab_percpu *pc, int patient)
{
	uint64_t last = gb_monotonic_ns(), kicked = last, waited = 0, spun = 0, now, step;

	while (gb_load_acquire(&pc->drain_wanted)) {
		int deaf = gb_cpu_spins_deaf(cpu);

		answer_others();
		now = gb_monotonic_ns();
		step = now - last < STEP_NS ? now - last : STEP_NS;
		last = now;
		waited += step;
		spun = deaf ? spun + step : 0;
		if (deaf < 0 || waited > (patient ? WAIT_NS : STALL_NS) ||
		    (!patient && spun > SPIN_NS))
			return 0;
		if (now - kicked > KICK_NS) {
			kicked = now;
			gb_ipi_kick(cpu);
		}
		gb_cpu_yield();
	}
	return 1;
}

static int drain_cpu(unsigned int cpu, struct slab_percpu *pc, int patient)
{
	gb_store_seq_cst(&pc->drain_wanted, 1);
	return !gb_ipi_kick(cpu) && wait_for(cpu, pc, patient);
}

/* Cache @id matters, 0: all; but a CPU drains everything.  Returns how many CPUs did. */
static unsigned int drain_other_cpus(unsigned int id)
{
	int patient = !in_atomic() && !arch_irqs_disabled();
	unsigned int drained = 0;

	for (unsigned int cpu = 0; cpu < GB_MAX_CPUS; cpu++) {
		struct slab_percpu *pc = slab_percpu_of(cpu);

		if (pc && (int)cpu != gb_self.id && gb_cpu_get(cpu) &&
		    (patient || slab_percpu_holds(pc, id)))
			drained += (unsigned int)drain_cpu(cpu, pc, patient);
	}
	return drained;
}

/* ------------------------------------------------------------------ one cache */

/* Asking other CPUs is waiting for them: for those who may, and for GFP_ATOMIC, which means
 * it.  GFP_NOWAIT asks for what is there. */
static int may_ask(gfp_t gfp)
{
	return !!(gfp & (__GFP_DIRECT_RECLAIM | __GFP_HIGH));
}

void slab_rescue(struct kmem_cache *s, gfp_t gfp)
{
	unsigned long flags = arch_local_irq_save();

	drain_this_cpu(s->id);
	slab_depot_drain(s, UINT32_MAX);
	arch_local_irq_restore(flags);
	/* what the others stashed arrives in the depot */
	if (may_ask(gfp) && !gb_load_relaxed(&s->nr_partial) && drain_other_cpus(s->id)) {
		flags = arch_local_irq_save();
		slab_depot_drain(s, UINT32_MAX);
		arch_local_irq_restore(flags);
	}
}

/* Everything that others have taken out of the depot to flush it has arrived. */
static void wait_for_flushes(const struct kmem_cache *s)
{
	while (gb_load_seq_cst(&s->depot.flushing))
		gb_cpu_yield();
}

int slab_cache_empty(struct kmem_cache *s)
{
	unsigned long flags = arch_local_irq_save();

	drain_this_cpu(s->id);
	arch_local_irq_restore(flags);
	drain_other_cpus(s->id);
	slab_depot_drain(s, UINT32_MAX);
	wait_for_flushes(s);
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
unsigned long slab_reclaim_atomic(gfp_t gfp)
{
	unsigned long before = slab_pages(), after;

	/* An array is a convenience: without one an object goes to its slab by itself, and a
	 * search of all lists for each of them would never come to an end. */
	if (slab_wanting && slab_wanting->flags & SLAB_INTERNAL)
		return 0;
	slab_drain_local();
	drain_depots();
	shrink_all(slab_wanting);
	after = slab_pages();
	if (after >= before && may_ask(gfp) && !slab_wanting_more && drain_other_cpus(0)) {
		drain_depots();
		shrink_all(slab_wanting);
		after = slab_pages();
	}
	return before > after ? before - after : 0;
}

void slab_drain_everything(void)
{
	slab_drain_local();
	drain_other_cpus(0);
	drain_depots();
	shrink_all(NULL);
}
