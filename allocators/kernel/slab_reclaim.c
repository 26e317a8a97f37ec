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
 * thread: those whose arrays hold something, and those in a slow path, where objects may be
 * neither in an array nor in a slab (slab_moving).  An atomic request does not sleep, but it
 * does wait for the answer: the other CPU needs some instructions, and the request would
 * fail otherwise.  While it waits it answers itself whoever waits for it.
 *
 * Such waits can close a circle that nobody in it can leave: a CPU spins, interrupts off,
 * for a lock that another holds, and that one waits for an answer; or an interrupt on top
 * of a fast path, which keeps its CPU from answering, waits for another such.  Everybody
 * publishes whom it waits for (waits_for; gb_cpu_spins_for), and looks along that chain
 * whether it leads back; of those in the circle who wait for an answer the one with the
 * lowest number gives up.  Besides, a request gives up on a CPU that is offline, and on one
 * that has not answered for a second: the system does not run it, or it keeps interrupts
 * off.
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

enum { DRAIN_DONE, DRAIN_ASKED, DRAIN_RUNS, DRAIN_BLOCKED /* by a fast path below */ };

/* @id 0: every cache.  Interrupts off.  What cannot be drained is left to the owner. */
static size_t drain_this_cpu(unsigned int id)
{
	struct slab_percpu *pc = slab_own_percpu();
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
		gb_store_relaxed(&pc->drain_wanted, DRAIN_BLOCKED);
	return moved;
}

size_t slab_drain_local(void)
{
	unsigned long flags = arch_local_irq_save();
	size_t moved = drain_this_cpu(0);

	arch_local_irq_restore(flags);
	return moved;
}

/* Nothing can get into a set between its drain and the answer: interrupts are off.  Who asks
 * meanwhile gets an answer of its own. */
static void answer(struct slab_percpu *pc)
{
	uint32_t runs = DRAIN_RUNS;

	gb_store_relaxed(&pc->drain_wanted, DRAIN_RUNS);
	drain_this_cpu(0);
	if (gb_load_relaxed(&pc->drain_wanted) != DRAIN_RUNS)
		return; /* a fast path is in the way, or somebody else asks */
	slab_open_contexts();
	gb_store_relaxed(&pc->answers, pc->answers + 1);
	/* pairs with the load in await_answer() */
	(void)gb_cas_acq_rel(&pc->drain_wanted, &runs, DRAIN_DONE);
}

void slab_drain_pending(void)
{
	struct slab_percpu *pc = slab_own_percpu();

	if (gb_unlikely(pc && gb_load_relaxed(&pc->drain_wanted)))
		answer(pc);
}

/* ------------------------------------------------------------------ other CPUs */

#define KICK_NS  100000ull     /* from one kick to the next: a fast path was in the way */
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

#define NOBODY GB_NO_HOLDER

/* The CPU without whose answer @cpu does not go on.  @asked: its own answer is what matters,
 * and it gives that while it waits, unless a fast path is in the way. */
static int waits_for(unsigned int cpu, int asked)
{
	const struct slab_percpu *pc = slab_percpu_of(cpu);
	uint32_t whom;

	if (!pc || (asked && gb_load_acquire(&pc->drain_wanted) != DRAIN_BLOCKED))
		return NOBODY;
	whom = gb_load_acquire(&pc->waits_for);
	return whom ? (int)whom - 1 : NOBODY;
}

/* Does @cpu wait for what waits for us, and is it for us to give up?  What a lock's waiter
 * saw before @since_ns does not count: it may have got the lock. */
static int in_vain(unsigned int cpu, uint64_t since_ns)
{
	int next = (int)cpu, lowest = gb_self.id, asked = 1;

	for (int n = 0; next >= 0 && next != gb_self.id && n < GB_MAX_CPUS; n++) {
		unsigned int c = (unsigned int)next;

		next = gb_cpu_spins_for(c, since_ns);
		if (next != NOBODY) {
			asked = 0;
			continue;
		}
		next = waits_for(c, asked);
		asked = 1;
		lowest = (int)c < lowest ? (int)c : lowest;
	}
	return next == gb_self.id && lowest == gb_self.id &&
	       (!asked || gb_load_relaxed(&slab_own_percpu()->drain_wanted) == DRAIN_BLOCKED);
}

/* Whom the calling context waits for; returns what stood there: it may have interrupted
 * another that waits. */
static uint32_t publish(uint32_t whom)
{
	struct slab_percpu *pc = slab_own_percpu();

	return pc ? __atomic_exchange_n(&pc->waits_for, whom, __ATOMIC_SEQ_CST) : 0;
}

static void count_stall(void)
{
	struct slab_percpu *pc = slab_own_percpu();

	if (pc)
		gb_store_relaxed(&pc->stalls, pc->stalls + 1);
}

/* 1: it has drained all its sets.  Time counts while this CPU runs: after a sleep of the
 * machine the other had no more of it than we. */
static int await_answer(unsigned int cpu, const struct slab_percpu *pc, int patient)
{
	uint64_t since = gb_monotonic_ns(), last = since, kicked = since, waited = 0, now;

	while (gb_load_acquire(&pc->drain_wanted)) {
		answer_others();
		now = gb_monotonic_ns();
		waited += now - last < STEP_NS ? now - last : STEP_NS;
		last = now;
		if (!gb_cpu_get(cpu) || in_vain(cpu, since))
			return 0;
		if (waited > (patient ? WAIT_NS : STALL_NS)) {
			count_stall();
			return 0;
		}
		if (now - kicked > KICK_NS) {
			kicked = now;
			gb_ipi_kick(cpu);
		}
		gb_cpu_yield();
	}
	return 1;
}

static int wait_for(unsigned int cpu, const struct slab_percpu *pc, int patient)
{
	uint32_t outer = publish(cpu + 1);
	int answered = await_answer(cpu, pc, patient);

	publish(outer);
	return answered;
}

static int drain_cpu(unsigned int cpu, struct slab_percpu *pc, int patient)
{
	gb_store_seq_cst(&pc->drain_wanted, DRAIN_ASKED);
	return !gb_ipi_kick(cpu) && wait_for(cpu, pc, patient);
}

/* Objects that a CPU moves are in no array for a moment; when it is not run meanwhile, the
 * moment is long.  So the arrays are looked at first: empty, and nothing on its way, tells
 * that the slabs have all of them.  Unless a move began and ended between two looks, and
 * brought what was not there yet to where the first had been. */
int slab_percpu_may_hold(const struct slab_percpu *pc, unsigned int id)
{
	uint32_t moves = gb_load_acquire(&pc->moves);

	if (slab_percpu_holds(pc, id))
		return 1;
	__atomic_thread_fence(__ATOMIC_ACQUIRE); /* pairs with slab_moving() */
	return gb_load_acquire(&pc->moving) || gb_load_acquire(&pc->moves) != moves;
}

/* Cache @id matters, 0: all; but a CPU drains everything.  Returns how many CPUs did. */
static unsigned int drain_other_cpus(unsigned int id)
{
	int patient = !in_atomic() && !arch_irqs_disabled();
	unsigned int drained = 0;

	for (unsigned int cpu = 0; cpu < GB_MAX_CPUS; cpu++) {
		struct slab_percpu *pc = slab_percpu_of(cpu);

		if (pc && (int)cpu != gb_self.id && gb_cpu_get(cpu) &&
		    (patient || slab_percpu_may_hold(pc, id)))
			drained += (unsigned int)drain_cpu(cpu, pc, patient);
	}
	return drained;
}

/* ------------------------------------------------------------------ one cache */

/* Everything that others have taken out of the depot to flush it has arrived. */
static void wait_for_flushes(const struct kmem_cache *s)
{
	while (gb_load_seq_cst(&s->depot.flushing))
		gb_cpu_yield();
}

void slab_rescue(struct kmem_cache *s, int others)
{
	unsigned long flags = arch_local_irq_save();

	drain_this_cpu(s->id);
	arch_local_irq_restore(flags);
	if (others)
		drain_other_cpus(s->id);
	slab_depot_drain(s, UINT32_MAX); /* what they stashed has arrived there */
	if (others)
		wait_for_flushes(s);
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

/* @all: also what others are flushing. */
static void drain_depots(int all)
{
	for (unsigned int i = 1; i < gb_load_relaxed(&slab_nr_caches); i++) {
		if (!slab_caches[i].array_capacity)
			continue;
		slab_depot_drain(&slab_caches[i], UINT32_MAX);
		if (all)
			wait_for_flushes(&slab_caches[i]);
	}
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

	drain_depots(0);
	shrink_all(NULL);
	after = slab_pages();
	if (after >= before && gfp & __GFP_DIRECT_RECLAIM) {
		slab_drain_local();
		drain_other_cpus(0);
		drain_depots(0);
		shrink_all(NULL);
		after = slab_pages();
	}
	return before > after ? before - after : 0;
}

/* Slabs of the cache that asks stay: their frames could end below a watermark that the
 * request must not cross, their objects are what it wants (slab_rescue). */
unsigned long slab_reclaim_atomic(gfp_t gfp, int others)
{
	unsigned long before = slab_pages(), after;

	/* An array is a convenience: without one an object goes to its slab by itself, and a
	 * search of all lists for each of them would never come to an end. */
	if (slab_wanting && slab_wanting->flags & SLAB_INTERNAL)
		return 0;
	if (!others)
		slab_drain_local();
	else if (slab_may_ask(gfp) && !slab_wanting_more)
		drain_other_cpus(0);
	else
		return 0;
	drain_depots(others);
	shrink_all(slab_wanting);
	after = slab_pages();
	return before > after ? before - after : 0;
}

void slab_drain_everything(void)
{
	slab_drain_local();
	drain_other_cpus(0);
	drain_depots(0);
	shrink_all(NULL);
}
