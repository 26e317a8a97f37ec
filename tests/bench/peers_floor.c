/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The floor: what malloc and free cost when only the unavoidable is done.  A stack of free
 * blocks for each thread and power-of-two class; the class of a block follows from its
 * address, because each class has a reservation of its own.  An empty stack takes fresh
 * blocks from the reservation, a full one drops its block.
 *
 * "floor-fine" has four classes from one power of two to the next, as other mallocs have,
 * and so shows what kmalloc's classes alone cost.
 */
#include "peers.h"

#include "base/atomic.h"
#include "base/map.h"

#define CLASS_SHIFT 34              /* 16 GiB of addresses for each class */
#define NR_POWERS   24
#define NR_CLASSES  (4 * NR_POWERS)
#define STACK       (1u << 17)
#define FRESH       32

struct stack {
	uint32_t n;
	void *block[STACK];
};

static char *reservation;
static uint64_t next_fresh[NR_CLASSES]; /* atomic: offset in the class's reservation */
static __thread struct stack *stacks;   /* [NR_CLASSES]; lazily backed by memory */

/* Class 4n + 3 is 2^n. */
static unsigned int class_of(size_t size)
{
	return 4 * (size <= 16 ? 4 : 64 - (unsigned int)__builtin_clzl(size - 1)) + 3;
}

static unsigned int fine_class_of(size_t size)
{
	unsigned int power;

	if (size <= 64)
		return class_of(size);
	power = 64 - (unsigned int)__builtin_clzl(size - 1);
	return 4 * power + (unsigned int)((size - 1) >> (power - 3) & 3);
}

/* Bytes of a block. */
static size_t class_size(unsigned int class)
{
	return ((size_t)5 + class % 4) << (class / 4) >> 3;
}

static __attribute__((noinline)) void *fresh(unsigned int class)
{
	size_t size = class_size(class);
	uint64_t at;
	struct stack *s;

	if (!stacks)
		stacks = gb_map_lazy(NR_CLASSES * sizeof(*stacks));
	if (!stacks || class >= NR_CLASSES)
		return NULL;
	s = &stacks[class];
	at = gb_add_relaxed(&next_fresh[class], FRESH * size) - FRESH * size;
	if (at + FRESH * size > 1ull << CLASS_SHIFT)
		return NULL;
	for (unsigned int i = FRESH; i-- > 0;)
		s->block[s->n++] = reservation + ((uint64_t)class << CLASS_SHIFT) + at +
				   i * size;
	return s->block[--s->n];
}

GB_INLINE void *pop(unsigned int class)
{
	struct stack *s = &stacks[class];

	if (gb_unlikely(!stacks || !s->n))
		return fresh(class);
	return s->block[--s->n];
}

static void *floor_alloc(size_t size, gfp_t gfp)
{
	(void)gfp;
	return pop(class_of(size));
}

static void *fine_alloc(size_t size, gfp_t gfp)
{
	(void)gfp;
	return pop(fine_class_of(size));
}

static void floor_free(void *p)
{
	struct stack *s;

	if (gb_unlikely(!p || !stacks))
		return;
	s = &stacks[(size_t)((char *)p - reservation) >> CLASS_SHIFT];
	if (gb_likely(s->n < STACK))
		s->block[s->n++] = p;
}

int peers_floor_start(int fine, struct gb_heap *h, struct gb_error *e)
{
	reservation = gb_map_lazy((size_t)NR_CLASSES << CLASS_SHIFT);
	if (!reservation)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no addresses for the floor");
	*h = (struct gb_heap){ .alloc = fine ? fine_alloc : floor_alloc, .free = floor_free };
	return 0;
}
