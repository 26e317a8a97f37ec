/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * might_sleep(): the check at the top of everything that may sleep (kernel-model 5.1).
 *
 * The kernel complains when preempt_count is not 0 or interrupts are off, at most once a
 * second, and goes on.  Here interrupts are "off" when code declared it (gb_atomic_begin());
 * the soft flag alone says nothing, for the guard around a backend uses it too.  A reader of
 * RCU is not atomic (CONFIG_PREEMPT_RCU) but would wait for its own grace period.
 *
 * The limit is kept per site in a few slots found by hash; two sites that share one share
 * its limit, which costs a row and never a count.
 */
#include "base/clock.h"

#include "machine/cpu.h"
#include "machine/event.h"
#include "machine/irq.h"
#include "machine/watch.h"

#define SITES       64
#define INTERVAL_NS UINT64_C(1000000000)

static struct {
	uint64_t next_ns;    /* atomic: no row before; relaxed: a limit, no more */
	uint64_t suppressed; /* atomic, relaxed: statistics only */
} sites[SITES];

unsigned long gb_atomic_begin_at(const char *site)
{
	unsigned long flags = arch_local_irq_save();

	if (gb_self.atomic_depth++ == 0)
		gb_self.atomic_site = site;
	gb_watch_enter();
	return flags;
}

void gb_atomic_end(unsigned long flags)
{
	GB_BUG_ON(gb_self.atomic_depth == 0);
	gb_watch_leave();
	gb_self.atomic_depth--;
	arch_local_irq_restore(flags);
}

static const char *atomic_since(void)
{
	if (in_hardirq())
		return "a hardirq";
	if (in_serving_softirq())
		return "a softirq";
	if (gb_self.atomic_depth)
		return gb_self.atomic_site;
	if (!in_atomic())
		return "rcu_read_lock";
	return in_softirq() ? "local_bh_disable" : "preempt_disable";
}

static unsigned int site_of(const char *where)
{
	uint64_t hash = (uint64_t)(uintptr_t)where * UINT64_C(0x9e3779b97f4a7c15);

	return (unsigned int)(hash >> 58); /* 6 bits: SITES */
}

/* One winner a second and site. */
static int may_report(unsigned int site, uint64_t *suppressed)
{
	uint64_t now = gb_monotonic_ns(), next = gb_load_relaxed(&sites[site].next_ns);

	if (now < next || !gb_cas_relaxed(&sites[site].next_ns, &next, now + INTERVAL_NS)) {
		gb_add_relaxed(&sites[site].suppressed, 1);
		return 0;
	}
	*suppressed = gb_xchg_relaxed(&sites[site].suppressed, 0);
	return 1;
}

int gb_might_sleep(const char *where)
{
	uint64_t suppressed;

	if (gb_likely(!in_atomic() && !gb_self.atomic_depth && !gb_self.rcu_depth))
		return 0;
	if (may_report(site_of(where), &suppressed))
		gb_event_post(GB_FAULT, "sleep-in-atomic",
			      "sleeping function called from invalid context at %s: "
			      "in_atomic(): %d, irqs_disabled(): %d, preempt_count: %#x, "
			      "RCU nest depth: %u, atomic since: %s, not reported before: %lu",
			      where, in_atomic(), gb_self.atomic_depth != 0,
			      gb_self.preempt_count, gb_self.rcu_depth, atomic_since(),
			      (unsigned long)suppressed);
	else
		gb_event_tally("sleep-in-atomic");
	return 1;
}
