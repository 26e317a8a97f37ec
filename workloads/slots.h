/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A slot holds one live block and the size that was asked for: the unit in which most
 * workloads keep their live set.  Kept in the workload's own memory, never in the block:
 * on a backend whose contents are not its own, sizes must still be right.
 *
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_SLOTS_H
#define GB_WORKLOADS_SLOTS_H

#include "workload.h"

struct gb_slot {
	void *p; /* NULL: empty */
	size_t size;
};

/* Allocate into an empty slot; it stays empty when the allocation fails. */
GB_INLINE void gb_slot_alloc(struct gb_thread *t, enum gb_context c, uint32_t full,
			     struct gb_slot *s, size_t size, gfp_t gfp)
{
	void *p = gb_alloc(t, c, full, size, gfp);

	s->p = p;
	s->size = size;
	if (gb_likely(p != NULL))
		gb_fill(p, size);
}

/* Check and free; an empty slot stays empty. */
GB_INLINE void gb_slot_free(struct gb_thread *t, enum gb_context c, uint32_t full,
			    struct gb_slot *s)
{
	void *p = s->p;

	if (gb_unlikely(!p))
		return;
	s->p = NULL;
	gb_check(t, c, p, s->size);
	gb_free(t, c, full, p, s->size);
}

/* A slot's block makes room for a new one: two operations. */
GB_INLINE void gb_slot_replace(struct gb_thread *t, enum gb_context c, uint32_t full,
			       struct gb_slot *s, size_t size, gfp_t gfp)
{
	gb_slot_free(t, c, full, s);
	gb_slot_alloc(t, c, full, s, size, gfp);
}

/* Clean-up: free what is live in @n slots. */
GB_INLINE void gb_slots_drain(struct gb_thread *t, struct gb_slot *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		gb_slot_free(t, GB_PROCESS, 0, &s[i]);
}

/* State of a thread in harness memory, with the one error message that fits all. */
GB_INLINE void *gb_thread_map(struct gb_thread *t, size_t bytes, struct gb_error *e)
{
	void *p = gb_map(bytes);

	if (!p)
		gb_fail(e, GB_EXIT_HARNESS, "use fewer threads or smaller parameters",
			"workload %s: cannot map %zu KiB for thread %u",
			t->run->workload->name, bytes >> 10, t->id);
	return p;
}

#endif
