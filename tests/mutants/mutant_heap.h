/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the two halves of the mutant malloc share: small blocks (mutant_small.c), and
 * large ones with the door to both (mutant_malloc.c).
 *
 * Blocks of 40 classes, four to an octave, are cut from spans of 64 KiB, each aligned to
 * its size, so the span of a block is found by masking.  Free blocks wait in a cache of
 * the thread's slot, else in the list of their class under its lock; a thread that frees
 * another thread's block pushes it onto the owner slot's remote stack, which the owner
 * takes whole.  Slots of ended threads are adopted with all that they hold.  Large blocks
 * have a span of their own, up to 64 of which are kept for reuse.
 *
 * Tests only.
 */
#ifndef GB_TESTS_MUTANT_HEAP_H
#define GB_TESTS_MUTANT_HEAP_H

#include <stddef.h>
#include <stdint.h>

#define SPAN    ((size_t)64 << 10)
#define FIRST   64u /* offset of the first block in a span */
#define CLASSES 40u
#define SMALL    ((size_t)16 << 10)
#define MAGIC   0x6d757461u

struct span {
	uint32_t magic, class, slot, offset; /* class CLASSES: large */
	size_t bytes, size;                  /* of the mapping; of the block */
};

struct item {
	struct item *next;
};

extern uint32_t large_lock;

void lock(uint32_t *l);
void unlock(uint32_t *l);
/* Aborts on an address that is none of ours. */
struct span *span_of(const void *p);
/* NULL: no memory. */
struct span *map_span(size_t bytes);

/* Up to SMALL bytes; NULL: no memory. */
void *small(size_t n);
void free_small(struct span *n, struct item *p);

#endif
