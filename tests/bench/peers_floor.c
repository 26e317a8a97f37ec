/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The floor: what malloc and free cost when only the unavoidable is done.  A stack of free
 * blocks for each thread and power-of-two class; the class of a block follows from its
 * address, because each class has a reservation of its own.  An empty stack takes fresh
 * blocks from the reservation, a full one drops its block.
 */
#include "peers.h"

#include "base/atomic.h"
#include "base/map.h"

#define CLASS_SHIFT 34              /* 16 GiB of addresses for each class */
#define NR_CLASSES  24
#define STACK       (1u << 17)
#define FRESH       32

struct stack {
	uint32_t n;
	void *block[STACK];
};

static char *reservation;
static uint64_t next_fresh[NR_CLASSES]; /* atomic: offset in the class's reservation */
static __thread struct stack *stacks;   /* [NR_CLASSES]; lazily backed by memory */

static unsigned int class_of(size_t size)
{
	return size <= 16 ? 4 : 64 - (unsigned int)__builtin_clzl(size - 1);
}

static __attribute__((noinline)) void *fresh(unsigned int class)
{
	size_t size = (size_t)1 << class;
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

static void *floor_alloc(size_t size, gfp_t gfp)
{
	unsigned int class = class_of(size);
	struct stack *s = &stacks[class];

	(void)gfp;
	if (gb_unlikely(!stacks || !s->n))
		return fresh(class);
	return s->block[--s->n];
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

int peers_floor_start(const struct gb_backend_config *c, struct gb_heap *h,
		      struct gb_error *e)
{
	(void)c;
	reservation = gb_map_lazy((size_t)NR_CLASSES << CLASS_SHIFT);
	if (!reservation)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no addresses for the floor");
	*h = (struct gb_heap){ .alloc = floor_alloc, .free = floor_free };
	return 0;
}
