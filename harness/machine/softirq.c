/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Softirqs: work that a hardirq leaves for a moment when interrupts are on again.
 *
 * Pending softirqs are bits of this CPU.  They run (gb_softirq_run) only where neither a
 * hardirq nor a softirq nor a BH-disabled section is in progress and interrupts are on:
 * at the end of the outermost hardirq, at local_bh_enable(), or at once when raised from
 * plain process context (kernel-model 5.1).  Raised with interrupts off in process context
 * they ride on GB_IRQ_SOFTIRQ, which makes arch_local_irq_restore() look.
 *
 * The bits are looked at again after the SOFTIRQ bit is gone from preempt_count: a hardirq
 * that raises one between the last look and that moment runs none itself, since it still
 * sees a softirq in progress.  A hardirq after that moment runs them itself.
 *
 * A kernel hands softirqs that raise themselves again and again to a thread, so that they
 * cannot starve processes; there is no such thread here: after MAX_ROUNDS the rest waits for
 * the next occasion (cpu.c drains it before a CPU goes offline).
 */
#include <errno.h>

#include "machine/internal.h"
#include "machine/watch.h"

#define MAX_ROUNDS 10

/* Written by gb_softirq_open() before anything raises that number. */
static struct {
	void (*fn)(void *arg);
	void *arg;
} actions[GB_NR_SOFTIRQS];

void gb_softirq_open(unsigned int nr, void (*action)(void *arg), void *arg)
{
	GB_BUG_ON(nr >= GB_NR_SOFTIRQS);
	actions[nr].arg = arg;
	gb_store_release(&actions[nr].fn, action);
}

static void enter(void)
{
	gb_self.preempt_count = gb_self.preempt_count + SOFTIRQ_OFFSET;
	gb_context_changed();
	gb_watch_enter();
}

static void leave(void)
{
	gb_watch_leave();
	gb_barrier();
	gb_self.preempt_count = gb_self.preempt_count - SOFTIRQ_OFFSET;
	gb_context_changed();
}

static void run_actions(uint32_t pending)
{
	void (*fn)(void *arg);
	unsigned int nr;

	for (; pending; pending &= pending - 1) {
		nr = (unsigned int)__builtin_ctz(pending);
		fn = gb_load_acquire(&actions[nr].fn); /* pairs with gb_softirq_open */
		GB_BUG_ON(!fn);
		fn(actions[nr].arg);
		gb_self.stats.softirq_count++;
	}
}

void gb_softirq_run(void)
{
	unsigned int rounds = 0;
	int saved = errno;

	while (gb_self.softirq_pending && !in_interrupt() && rounds++ < MAX_ROUNDS) {
		enter();
		run_actions(gb_xchg_acq_rel(&gb_self.softirq_pending, 0));
		leave();
	}
	errno = saved;
}

void gb_softirq_check(void)
{
	if (!gb_self.softirq_pending || in_interrupt())
		return;
	if (arch_irqs_disabled())
		gb_fetch_or_acq_rel(&gb_self.irq_pending, GB_IRQ_SOFTIRQ);
	else
		gb_softirq_run();
}

void gb_softirq_raise(unsigned int nr)
{
	GB_BUG_ON(nr >= GB_NR_SOFTIRQS);
	gb_fetch_or_acq_rel(&gb_self.softirq_pending, 1u << nr);
	gb_softirq_check();
}

void local_bh_disable(void)
{
	gb_self.preempt_count = gb_self.preempt_count + SOFTIRQ_DISABLE_OFFSET;
	gb_barrier();
	gb_watch_enter();
}

void local_bh_enable(void)
{
	GB_BUG_ON(in_hardirq() || !(gb_self.preempt_count & SOFTIRQ_MASK & ~SOFTIRQ_OFFSET));
	gb_watch_leave();
	gb_barrier();
	gb_self.preempt_count = gb_self.preempt_count - SOFTIRQ_DISABLE_OFFSET;
	gb_barrier();
	gb_softirq_check();
}

void gb_run_as_softirq(void (*fn)(void *arg), void *arg)
{
	int saved = errno;

	GB_BUG_ON(in_hardirq() || in_serving_softirq()); /* softirqs never nest */
	enter();
	fn(arg);
	gb_self.stats.softirq_count++;
	leave();
	errno = saved;
	gb_softirq_check();
}
