/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Spinlocks of the emulated machine.  A holder can lose its core to the system at any
 * time (more emulated CPUs than cores), so a waiter spins briefly and then yields its
 * core, but only in process context: an interrupt handler never makes a system call, it
 * keeps spinning.  (Process code with interrupts soft-disabled or preemption off yields
 * too: the yield is the machine's, not the code's.)
 *
 * Data shared with interrupt handlers is protected by the _irqsave form (or by lock-free
 * structures), never by pthread mutexes.  Debug builds check ranks: a lock may be taken
 * only when every lock held has a lower rank.
 *
 * Layer: machine.  Threads that are no CPU may use all of them.
 */
#ifndef GB_MACHINE_SPINLOCK_H
#define GB_MACHINE_SPINLOCK_H

#include "machine/irq.h"

typedef struct raw_spinlock {
	uint32_t locked;    /* atomic: 0, or who holds it: gb_lock_holder_self() */
	uint16_t rank;      /* 0 = unranked */
	uint16_t reserved;
	const char *name;
} raw_spinlock_t;

#define RAW_SPINLOCK_INIT(n, r) { .locked = 0, .rank = (r), .name = (n) }

void gb_spin_lock_slow(raw_spinlock_t *l);

/* CPUs from 2; 1: a thread that is no CPU. */
GB_INLINE uint32_t gb_lock_holder_self(void)
{
	return (uint32_t)(gb_self.id - GB_NO_HOLDER);
}

#if GB_DEBUG
void gb_lock_rank_acquire(raw_spinlock_t *l);
void gb_lock_rank_release(raw_spinlock_t *l);
#else
GB_INLINE void gb_lock_rank_acquire(raw_spinlock_t *l) { (void)l; }
GB_INLINE void gb_lock_rank_release(raw_spinlock_t *l) { (void)l; }
#endif

/* Never overwrites the holder.  Acquire pairs with the release in raw_spin_unlock. */
GB_INLINE int gb_spin_take(raw_spinlock_t *l)
{
	uint32_t nobody = 0;

	return gb_cas_acquire(&l->locked, &nobody, gb_lock_holder_self());
}

GB_INLINE int raw_spin_trylock(raw_spinlock_t *l)
{
	if (gb_load_relaxed(&l->locked) || !gb_spin_take(l))
		return 0;
	gb_lock_rank_acquire(l);
	return 1;
}

GB_INLINE void raw_spin_lock(raw_spinlock_t *l)
{
	if (gb_unlikely(!gb_spin_take(l)))
		gb_spin_lock_slow(l);
	gb_lock_rank_acquire(l);
}

GB_INLINE void raw_spin_unlock(raw_spinlock_t *l)
{
	gb_lock_rank_release(l);
	gb_store_release(&l->locked, 0);
}

GB_INLINE unsigned long raw_spin_lock_irqsave(raw_spinlock_t *l)
{
	unsigned long flags = arch_local_irq_save();

	raw_spin_lock(l);
	return flags;
}

GB_INLINE void raw_spin_unlock_irqrestore(raw_spinlock_t *l, unsigned long flags)
{
	raw_spin_unlock(l);
	arch_local_irq_restore(flags);
}

#endif
