/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A thread's working set: so many slots, and a law of sizes.  What the workloads of random
 * replacement have in common; what makes each of them another (which slot, what happens
 * to it) is in its own file.
 *
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_SLOT_SET_H
#define GB_WORKLOADS_SLOT_SET_H

#include "sizes.h"
#include "slots.h"

struct gb_slot_set {
	uint32_t slots;
	uint64_t left; /* the workload's own: steps until something */
	size_t bytes;  /* of harness memory */
	struct gb_sizes sizes;
	struct gb_slot slot[];
};

/* Becomes t->data; empty, its sizes not drawn yet.  NULL: @e says why. */
struct gb_slot_set *gb_slot_set_new(struct gb_thread *t, uint64_t slots, struct gb_error *e);
/* Before the run: a block in every slot.  What fails stays empty. */
void gb_slot_set_fill(struct gb_thread *t, struct gb_slot_set *s);
/* thread_cleanup: free what is live, and the set; t->data may be NULL. */
void gb_slot_set_end(struct gb_thread *t);

/* A random slot's block makes room for a new one: two operations. */
GB_INLINE void gb_slot_set_replace(struct gb_thread *t, struct gb_slot_set *s,
				   const uint32_t full)
{
	uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);
	struct gb_slot *slot = &s->slot[gb_pick(random, s->slots)];

	gb_slot_free(t, GB_PROCESS, full, slot);
	gb_slot_alloc(t, GB_PROCESS, full, slot, gb_pick_size(&s->sizes, random),
		      GFP_KERNEL);
}

#endif
