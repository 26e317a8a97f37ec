/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Lock ranks (debug builds): a thread remembers what it holds, in order of taking, across
 * the contexts that run on it; taking a lock whose rank is not above every one held is a
 * deadlock waiting for its day, and stops at once with both names.
 *
 * An interrupt pushes above what the interrupted code holds and pops before it returns, so
 * the list looks untouched to that code, unless it lands between the steps of a push or a
 * pop: those are made with interrupts off.  Unranked locks (rank 0) are only checked against
 * being taken twice.
 */
#include "machine/spinlock.h"

#if GB_DEBUG

#define MAX_HELD 32

static __thread struct {
	const raw_spinlock_t *lock[MAX_HELD];
	unsigned int n;
} held __attribute__((tls_model("initial-exec")));

static const char *name_of(const raw_spinlock_t *l)
{
	return l->name ? l->name : "(unnamed)";
}

void gb_lock_rank_acquire(raw_spinlock_t *l)
{
	unsigned long flags = arch_local_irq_save();
	unsigned int i;

	for (i = 0; i < held.n; i++) {
		if (held.lock[i] == l)
			GB_BUG("lock %s is taken twice", name_of(l));
		if (l->rank && held.lock[i]->rank >= l->rank)
			GB_BUG("lock %s (rank %u) is taken while %s (rank %u) is held",
			       name_of(l), l->rank, name_of(held.lock[i]),
			       held.lock[i]->rank);
	}
	GB_BUG_ON(held.n == MAX_HELD);
	held.lock[held.n++] = l;
	arch_local_irq_restore(flags);
}

void gb_lock_rank_release(raw_spinlock_t *l)
{
	unsigned long flags = arch_local_irq_save();
	unsigned int i = held.n;

	while (i > 0 && held.lock[i - 1] != l)
		i--;
	if (i == 0)
		GB_BUG("lock %s is released but not held", name_of(l));
	for (; i < held.n; i++)
		held.lock[i - 1] = held.lock[i];
	held.n--;
	arch_local_irq_restore(flags);
}

#endif
