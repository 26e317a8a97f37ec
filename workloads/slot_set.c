/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "slot_set.h"

int gb_slot_set_plan(struct gb_run *r, const struct gb_slot_set_options *o,
		     struct gb_error *e)
{
	r->peak_live_bytes = r->nr_threads * o->slots * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

int gb_slot_set_setup(struct gb_thread *t, const struct gb_slot_set_options *o,
		      gb_size_law *law, struct gb_error *e)
{
	size_t bytes = sizeof(struct gb_slot_set) + o->slots * sizeof(struct gb_slot);
	struct gb_slot_set *s = gb_thread_map(t, bytes, e);
	struct gb_rng *rng = &t->rng[GB_PROCESS];

	if (!s)
		return -(int)e->code;
	s->bytes = bytes;
	s->slots = (uint32_t)o->slots;
	t->data = s;
	law(&s->sizes, rng, o->size_min, o->size_max);
	for (uint32_t i = 0; i < s->slots; i++)
		gb_slot_alloc(t, GB_PROCESS, 0, &s->slot[i],
			      gb_pick_size(&s->sizes, gb_rng_next(rng)), GFP_KERNEL);
	return 0;
}

void gb_slot_set_end(struct gb_thread *t)
{
	struct gb_slot_set *s = t->data;

	if (!s)
		return;
	gb_slots_drain(t, s->slot, s->slots);
	t->data = NULL;
	gb_unmap(s, s->bytes);
}
