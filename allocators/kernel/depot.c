/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The depot of a cache: arrays of free objects on their way between CPUs and contexts.
 *
 * Two lock-free stacks (array_stack.h), of full and of empty arrays.  Arrays lie in RAM,
 * which stays mapped.
 *
 * Arrays are memory, too, and what is freed once, in the end, needs none.  So beyond loaded
 * and spare ones their number grows only with objects that came back to the slabs and were
 * taken again: that earns credit, an array more costs what it holds.  Without credit a
 * context that lacks an array flushes a full one into its slabs.
 *
 * Working set: `low` is the smallest number of full arrays since the last trim: that many
 * nobody needed, and slab_depot_trim() returns them to the slabs.
 */
#define GFPKERNEL_INTERNAL 1
#include "kernel/slab.h"

static void push(uint64_t *stack, struct slab_array *a)
{
	array_stack_push(stack, slab_hot.base, a);
}

static struct slab_array *pop(uint64_t *stack)
{
	return array_stack_pop(stack, slab_hot.base);
}

uint32_t slab_depot_full_count(const struct kmem_cache *s)
{
	return array_stack_depth(&s->depot.full, slab_hot.base);
}

void slab_depot_put_full(struct kmem_cache *s, struct slab_array *a)
{
	a->count = a->capacity;
	push(&s->depot.full, a);
}

void slab_depot_put_empty(struct kmem_cache *s, struct slab_array *a)
{
	a->count = 0;
	push(&s->depot.empty, a);
}

struct slab_array *slab_depot_get_full(struct kmem_cache *s)
{
	struct slab_array *a = pop(&s->depot.full);

	if (a) {
		uint32_t left = a->depth - 1;

		if (left < gb_load_relaxed(&s->depot.low))
			gb_store_relaxed(&s->depot.low, left);
	} else {
		gb_store_relaxed(&s->depot.low, 0);
	}
	return a;
}

struct slab_array *slab_depot_get_empty(struct kmem_cache *s)
{
	return pop(&s->depot.empty);
}

/* Objects and array go to their slabs; 0: the stack is empty.  `flushing` tells who looks
 * for them that they are in nobody's sight; who waits for it is never on top of it. */
static int flush_one(struct kmem_cache *s, uint64_t *stack, size_t *moved)
{
	struct slab_array *a;
	unsigned long flags;

	if (!(uint32_t)gb_load_acquire(stack))
		return 0;
	flags = arch_local_irq_save();
	__atomic_fetch_add(&s->depot.flushing, 1, __ATOMIC_SEQ_CST);
	a = pop(stack);
	if (a) {
		*moved += a->count;
		slab_put(s, a->slot, a->count);
		slab_array_free(a);
	}
	__atomic_fetch_sub(&s->depot.flushing, 1, __ATOMIC_SEQ_CST);
	arch_local_irq_restore(flags);
	return a != NULL;
}

size_t slab_depot_drain(struct kmem_cache *s, uint32_t arrays)
{
	size_t moved = 0;

	while (arrays-- && flush_one(s, &s->depot.full, &moved))
		;
	while (flush_one(s, &s->depot.empty, &moved))
		;
	return moved;
}

size_t slab_depot_trim(struct kmem_cache *s)
{
	uint32_t unused = gb_load_relaxed(&s->depot.low);
	size_t moved = unused ? slab_depot_drain(s, unused) : 0;

	gb_store_relaxed(&s->depot.low, slab_depot_full_count(s));
	return moved;
}

/* ------------------------------------------------------------------ credit */

/* No more than all objects: that pays for all arrays that can ever be filled. */
void slab_depot_earn(struct kmem_cache *s, size_t n)
{
	n = n < s->nr_returned ? n : s->nr_returned;
	if (!n || !s->array_capacity)
		return;
	s->nr_returned -= n;
	if (gb_load_relaxed(&s->depot.credit) < s->nr_objects)
		gb_add_relaxed(&s->depot.credit, (uint32_t)n);
}

int slab_depot_affords(struct kmem_cache *s, uint32_t objects)
{
	uint32_t credit = gb_load_relaxed(&s->depot.credit);

	while (credit >= objects)
		if (gb_cas_relaxed(&s->depot.credit, &credit, credit - objects))
			return 1;
	return 0;
}
