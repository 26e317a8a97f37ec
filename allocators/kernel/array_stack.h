/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Arrays of free objects, and lock-free stacks of such arrays: what a depot is made of.
 * Shared by the emulated kernel's slab and by libgfpmalloc; knows neither.
 *
 * A stack is one 64-bit word: a handle of the top array in the low half and a tag in the
 * high half that every change advances, so that a top that went away and came back is
 * noticed (a CPU would have to stand still for 2^32 changes to be fooled).  No lock means
 * no holder to be preempted: with more threads than cores a spinning depot lock collapses.
 *
 * Reading the `next` of an array that another CPU just popped reads memory that may be
 * anything by now; the caller guarantees that it stays mapped, and the tag refuses the
 * result.
 *
 * Each array knows its height above the bottom (depth), so the number of arrays is known
 * without a counter.  An array travels with everything written before the push (release)
 * visible after the pop (acquire).
 *
 * Layer: allocators/kernel.  Callers pass the base of a range of at most 256 GiB, less one
 * unit, in which all arrays of the stack lie, aligned to ARRAY_UNIT; it is never unmapped.
 */
#ifndef GFPKERNEL_ARRAY_STACK_H
#define GFPKERNEL_ARRAY_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"

#define ARRAY_UNIT 64 /* arrays are aligned to it */

/* The word before slot[0] is always NULL: popping an empty array finds it. */
struct slab_array {
	uint32_t next;  /* in a depot: handle of the next array, 0 = none */
	uint32_t depth; /* in a depot: arrays from here to the bottom */
	uint32_t capacity;
	uint32_t count; /* objects in it, while it is not loaded */
	void *none;     /* NULL */
	void *slot[];
};

static inline struct slab_array *array_stack_top(uintptr_t base, uint64_t head)
{
	uint32_t handle = (uint32_t)head;

	if (!handle)
		return NULL;
	return (struct slab_array *)(base + (size_t)(handle - 1) * ARRAY_UNIT);
}

/* The array may belong to somebody else already: not a race but a guess that the tag
 * checks. */
__attribute__((noinline, unused, no_sanitize_thread, no_sanitize_address)) static uint32_t
array_guess_next(const struct slab_array *a)
{
	return *(const volatile uint32_t *)&a->next;
}

__attribute__((noinline, unused, no_sanitize_thread, no_sanitize_address)) static uint32_t
array_guess_depth(const struct slab_array *a)
{
	return a ? *(const volatile uint32_t *)&a->depth : 0;
}

static inline void array_stack_push(uint64_t *stack, uintptr_t base, struct slab_array *a)
{
	uint64_t head = gb_load_acquire(stack),
		 handle = ((uintptr_t)a - base) / ARRAY_UNIT + 1;

	do {
		a->next = (uint32_t)head;
		a->depth = array_guess_depth(array_stack_top(base, head)) + 1;
	} while (!gb_cas_acq_rel(stack, &head, ((head >> 32) + 1) << 32 | handle));
}

static inline struct slab_array *array_stack_pop(uint64_t *stack, uintptr_t base)
{
	uint64_t head = gb_load_acquire(stack);
	struct slab_array *a;

	do {
		a = array_stack_top(base, head);
		if (!a)
			return NULL;
	} while (!gb_cas_acq_rel(stack, &head,
				 ((head >> 32) + 1) << 32 | array_guess_next(a)));
	return a;
}

/* Arrays in it; a snapshot. */
static inline uint32_t array_stack_depth(const uint64_t *stack, uintptr_t base)
{
	return array_guess_depth(array_stack_top(base, gb_load_relaxed(stack)));
}

#endif
