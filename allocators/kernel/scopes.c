/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Scopes: a task narrows what its allocations may do, for everything called below it.
 * The bits live in the task (gb_self.task_flags); an interrupt runs with those of the task
 * that it interrupted.  save returns only what it newly set, so that scopes nest
 * (kernel-model 5.3, statement 86).  kernel: include/linux/sched/mm.h.
 */
#include "kernel/mm.h"

static unsigned int scope_save(unsigned int bit)
{
	unsigned int newly = ~gb_self.task_flags & bit;

	gb_self.task_flags |= bit;
	return newly;
}

static void scope_restore(unsigned int newly, unsigned int bit)
{
	gb_self.task_flags &= ~(newly & bit);
}

#define SCOPE(name, bit) \
	unsigned int memalloc_##name##_save(void) \
	{ \
		return scope_save(bit); \
	} \
	void memalloc_##name##_restore(unsigned int flags) \
	{ \
		scope_restore(flags, bit); \
	}

SCOPE(nofs, PF_MEMALLOC_NOFS)
SCOPE(noio, PF_MEMALLOC_NOIO)
SCOPE(noreclaim, PF_MEMALLOC)
SCOPE(pin, PF_MEMALLOC_PIN)

/* The mask that @gfp means inside the scopes of the running task; NOIO wins over NOFS. */
gfp_t current_gfp_context(gfp_t gfp)
{
	uint32_t flags = gb_self.task_flags;

	if (gb_likely(!(flags & (PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS | PF_MEMALLOC_PIN))))
		return gfp;
	if (flags & PF_MEMALLOC_NOIO)
		gfp &= ~(__GFP_IO | __GFP_FS);
	else if (flags & PF_MEMALLOC_NOFS)
		gfp &= ~__GFP_FS;
	if (flags & PF_MEMALLOC_PIN)
		gfp &= ~__GFP_MOVABLE;
	return gfp;
}
