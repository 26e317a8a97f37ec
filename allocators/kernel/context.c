/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Contexts and spinlocks under the kernel's names, for users of the library: exported
 * functions over the machine's inlines.  Sections with interrupts off are declared to the
 * machine (gb_atomic_begin), so that might_sleep() and the watcher know of them.
 *
 * irqsave and irqrestore nest by the flags word: 0 means "was on".
 */
#include "kernel/mm.h"
#include "machine/watch.h"

#include <string.h>

unsigned int gfp_preempt_count(void)
{
	return preempt_count();
}

void gfp_preempt_disable(void)
{
	preempt_disable();
}

void gfp_preempt_enable(void)
{
	preempt_enable();
}

void gfp_local_bh_disable(void)
{
	local_bh_disable();
}

void gfp_local_bh_enable(void)
{
	local_bh_enable();
}

unsigned long gfp_local_irq_save(void)
{
	if (arch_irqs_disabled())
		return 1;
	return gb_atomic_begin_at("local_irq_save");
}

void gfp_local_irq_restore(unsigned long flags)
{
	if (!flags && arch_irqs_disabled())
		gb_atomic_end(0);
}

bool gfp_irqs_disabled(void)
{
	return arch_irqs_disabled();
}

/* ------------------------------------------------------------------ spinlocks */

_Static_assert(sizeof(raw_spinlock_t) == sizeof(spinlock_t), "the public type is a box");

static raw_spinlock_t *raw(spinlock_t *l)
{
	return (raw_spinlock_t *)(void *)l;
}

void spin_lock_init(spinlock_t *l)
{
	memset(l, 0, sizeof(*l));
}

void spin_lock(spinlock_t *l)
{
	preempt_disable();
	raw_spin_lock(raw(l));
}

int spin_trylock(spinlock_t *l)
{
	preempt_disable();
	if (raw_spin_trylock(raw(l)))
		return 1;
	preempt_enable();
	return 0;
}

void spin_unlock(spinlock_t *l)
{
	raw_spin_unlock(raw(l));
	preempt_enable();
}

void spin_lock_bh(spinlock_t *l)
{
	local_bh_disable();
	raw_spin_lock(raw(l));
}

void spin_unlock_bh(spinlock_t *l)
{
	raw_spin_unlock(raw(l));
	local_bh_enable();
}

unsigned long gfp_spin_lock_irqsave(spinlock_t *l)
{
	unsigned long flags = gfp_local_irq_save();

	spin_lock(l);
	return flags;
}

void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
	spin_unlock(l);
	gfp_local_irq_restore(flags);
}

void spin_lock_irq(spinlock_t *l)
{
	(void)gfp_spin_lock_irqsave(l);
}

void spin_unlock_irq(spinlock_t *l)
{
	spin_unlock_irqrestore(l, 0);
}
