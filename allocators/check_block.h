/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Records of live blocks, and what their bytes must hold: the parts of check.c that know
 * nothing of the allocator that is checked.
 *
 * Layer: allocators; for check.c only.
 */
#ifndef GB_ALLOCATORS_CHECK_BLOCK_H
#define GB_ALLOCATORS_CHECK_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#include "machine/cpu.h"

/* One call of the backend. */
struct gb_check_op {
	uint64_t number;  /* of its CPU and context, from 1 */
	int16_t cpu;      /* -1: a thread that is no CPU */
	uint8_t context;  /* enum gb_context */
};

/*
 *	FREE -take-> BUSY -publish-> LIVE -audit-> AUDIT -publish-> LIVE -seize-> BUSY -put-> FREE
 *
 * Whoever made a block BUSY or AUDIT owns all of it until its next step.
 */
enum gb_block_state { GB_BLOCK_FREE, GB_BLOCK_LIVE, GB_BLOCK_BUSY, GB_BLOCK_AUDIT };

enum gb_block_flags {
	GB_BLOCK_FRONT = 1,   /* a red zone before it */
	GB_BLOCK_TAIL = 2,    /* a red zone behind it */
	GB_BLOCK_INSIDE = 4,  /* its inside holds the pattern */
	GB_BLOCK_ZEROED = 8,  /* its inside holds zeros */
	GB_BLOCK_UNTOUCHED = 16, /* nothing is written to it */
};

#define GB_RED_ZONE 16u

/* Fields but state belong to whoever made it BUSY, and to the owner of the block. */
struct gb_block {
	uintptr_t user;         /* what was handed out */
	size_t size;            /* as asked for */
	struct gb_check_op made;
	uint32_t generation;    /* counts the uses of this record */
	uint32_t state;         /* atomic: enum gb_block_state */
	uint32_t next;          /* in a list of free records */
	uint8_t flags;
};

int gb_blocks_open(struct gb_error *e) GB_MUST_CHECK;
void gb_blocks_close(void);
/* A free record, BUSY, or 0 when 2^26 are in use.  Any context, no waiting. */
uint32_t gb_block_take(void);
void gb_block_put(uint32_t id);
struct gb_block *gb_block_of(uint32_t id);
/* All fields and bytes of the caller's BUSY or AUDIT block are what others may see. */
void gb_block_publish(struct gb_block *b);
/* True: @b is live, and nobody frees it until gb_block_publish().  The caller soft-disables
 * interrupts: a handler that wants to free it would wait for ever. */
int gb_block_audit(struct gb_block *b);
/* True: @b was live, its audit, if any, is over, and it is the caller's. */
int gb_block_seize(struct gb_block *b);
/* All ids are below this. */
uint32_t gb_block_limit(void);

/* This call's number, CPU and context. */
struct gb_check_op gb_check_op_now(void);

/* The memory as the backend knows it. */
static inline uintptr_t gb_block_base(const struct gb_block *b)
{
	return b->user - (b->flags & GB_BLOCK_FRONT ? GB_RED_ZONE : 0);
}
static inline size_t gb_block_bytes(const struct gb_block *b)
{
	return b->size + (b->flags & GB_BLOCK_FRONT ? GB_RED_ZONE : 0) +
	       (b->flags & GB_BLOCK_TAIL ? GB_RED_ZONE : 0);
}

/* Write red zones and inside, as the flags say. */
void gb_block_fill(const struct gb_block *b);
void gb_block_fill_zones(const struct gb_block *b);
/* NULL, or what is wrong: "red-zone-front", "red-zone-tail", "contents"; @where is then
 * the offset from the block's start. */
const char *gb_block_verify(const struct gb_block *b, long *where);
/* Overwrite the inside before it is freed. */
void gb_block_poison(const struct gb_block *b);
/* Are @n bytes at @p zero (all of them, whatever the size)?  Else *@where. */
int gb_block_is_zero(const void *p, size_t n, long *where);
/* Of the first @n bytes; large blocks by samples. */
uint64_t gb_block_hash(const void *p, size_t n);

#endif
