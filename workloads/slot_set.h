/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A thread's working set: so many slots, all of them full, and a law of sizes.  What the
 * workloads of random replacement have in common; what makes each of them another (which
 * law, which slot, what else happens) is in its own file.
 *
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_SLOT_SET_H
#define GB_WORKLOADS_SLOT_SET_H

#include "sizes.h"
#include "slots.h"

/* In the options of such a workload; the rows are its own, as their defaults and ranges. */
struct gb_slot_set_options {
	uint64_t slots, size_min, size_max;
};

struct gb_slot_set {
	uint32_t slots;
	uint64_t left; /* the workload's own: steps until something */
	size_t bytes;  /* of harness memory */
	struct gb_sizes sizes;
	struct gb_slot slot[];
};

/* plan: the live bytes of all threads' sets; refuses sizes that are the wrong way round. */
int gb_slot_set_plan(struct gb_run *r, const struct gb_slot_set_options *o,
		     struct gb_error *e) GB_MUST_CHECK;
/* thread_setup: t->data becomes a set with its sizes drawn and a block in every slot; one
 * that is refused leaves its slot empty. */
int gb_slot_set_setup(struct gb_thread *t, const struct gb_slot_set_options *o,
		      gb_size_law *law, struct gb_error *e) GB_MUST_CHECK;
/* thread_cleanup: free what is live, and the set; t->data may be NULL. */
void gb_slot_set_end(struct gb_thread *t);

/* A random slot's block makes room for a new one: two operations. */
GB_INLINE void gb_slot_set_replace(struct gb_thread *t, struct gb_slot_set *s,
				   const uint32_t full)
{
	uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);

	gb_slot_replace(t, GB_PROCESS, full, &s->slot[gb_pick(random, s->slots)],
			gb_pick_size(&s->sizes, random), GFP_KERNEL);
}

#endif
