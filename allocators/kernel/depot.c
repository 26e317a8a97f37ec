/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The depot of a cache: arrays of free objects on their way between CPUs and contexts.
 *
 * Two lock-free stacks, of full and of empty arrays.  A stack is one 64-bit word: a handle
 * of the top array in the low half and a tag in the high half that every change advances,
 * so that a top that went away and came back is noticed (a CPU would have to stand still
 * for 2^32 changes to be fooled).  No lock means no holder to be preempted: with more
 * emulated CPUs than cores a spinning depot lock collapses.
 *
 * Reading the `next` of an array that another CPU just popped reads memory that may be
 * anything by now; it stays mapped, as all RAM does, and the tag refuses the result.
 *
 * Each array knows its height above the bottom (depth), so the number of full ones is
 * known without a counter.  An array travels with everything written before the push
 * (release) visible after the pop (acquire).
 *
 * Working set: `low` is the smallest number of full arrays since the last trim: that many
 * nobody needed, and slab_depot_trim() returns them to the slabs.
 */
#define GFPKERNEL_INTERNAL 1
#include "kernel/slab.h"

#define ARRAY_UNIT 64 /* arrays are aligned to it */

static uint32_t handle_of(const struct slab_array *a)
{
	return (uint32_t)(((uintptr_t)a - slab_hot.base) / ARRAY_UNIT) + 1;
}

static struct slab_array *array_of(uint64_t head)
{
	uint32_t handle = (uint32_t)head;

	if (!handle)
		return NULL;
	return (struct slab_array *)(slab_hot.base + (size_t)(handle - 1) * ARRAY_UNIT);
}

static uint64_t next_head(uint64_t head, uint32_t handle)
{
	return ((head >> 32) + 1) << 32 | handle;
}

/* The array may belong to somebody else already: not a race but a guess that the tag
 * checks. */
__attribute__((noinline, no_sanitize_thread, no_sanitize_address)) static uint32_t
guess_next(const struct slab_array *a)
{
	return *(const volatile uint32_t *)&a->next;
}

__attribute__((noinline, no_sanitize_thread, no_sanitize_address)) static uint32_t
guess_depth(const struct slab_array *a)
{
	return a ? *(const volatile uint32_t *)&a->depth : 0;
}

static void push(uint64_t *stack, struct slab_array *a)
{
	uint64_t head = gb_load_acquire(stack);

	do {
		a->next = (uint32_t)head;
		a->depth = guess_depth(array_of(head)) + 1;
	} while (!gb_cas_acq_rel(stack, &head, next_head(head, handle_of(a))));
}

static struct slab_array *pop(uint64_t *stack)
{
	uint64_t head = gb_load_acquire(stack);
	struct slab_array *a;

	do {
		a = array_of(head);
		if (!a)
			return NULL;
	} while (!gb_cas_acq_rel(stack, &head, next_head(head, guess_next(a))));
	return a;
}

uint32_t slab_depot_full_count(const struct kmem_cache *s)
{
	return guess_depth(array_of(gb_load_relaxed(&s->depot.full)));
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

static size_t flush_one(struct kmem_cache *s)
{
	struct slab_array *a = pop(&s->depot.full);
	size_t n;

	if (!a)
		return 0;
	n = a->count;
	slab_put(s, a->slot, n);
	slab_array_free(a);
	return n;
}

size_t slab_depot_drain(struct kmem_cache *s, uint32_t arrays)
{
	struct slab_array *a;
	size_t moved = 0, n;

	while (arrays-- && (n = flush_one(s)))
		moved += n;
	while ((a = pop(&s->depot.empty)))
		slab_array_free(a);
	return moved;
}

size_t slab_depot_trim(struct kmem_cache *s)
{
	uint32_t unused = gb_load_relaxed(&s->depot.low);
	size_t moved = unused ? slab_depot_drain(s, unused) : 0;

	gb_store_relaxed(&s->depot.low, slab_depot_full_count(s));
	return moved;
}
