/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "slot_set.h"

struct gb_slot_set *gb_slot_set_new(struct gb_thread *t, uint64_t slots, struct gb_error *e)
{
	size_t bytes = sizeof(struct gb_slot_set) + slots * sizeof(struct gb_slot);
	struct gb_slot_set *s = gb_thread_map(t, bytes, e);

	if (!s)
		return NULL;
	s->bytes = bytes;
	s->slots = (uint32_t)slots;
	t->data = s;
	return s;
}

void gb_slot_set_fill(struct gb_thread *t, struct gb_slot_set *s)
{
	struct gb_rng *rng = &t->rng[GB_PROCESS];

	for (uint32_t i = 0; i < s->slots; i++)
		gb_slot_alloc(t, GB_PROCESS, 0, &s->slot[i],
			      gb_pick_size(&s->sizes, gb_rng_next(rng)), GFP_KERNEL);
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
