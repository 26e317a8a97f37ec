/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The file that libgfprecord.so writes: what a program asked of its malloc family.
 *
 *   header (one page) | chunk 0 | chunk 1 | ...        all chunks GB_PROGRAM_CHUNK bytes
 *
 * A chunk belongs to one thread at a time; threads write their own chunks through a
 * shared mapping, so what was written survives any kind of death of the program.  A chunk
 * is an array of 64-bit words; events are one or two of them, and a zero where an event
 * should begin ends it (a fresh chunk is zero).
 * The first event of a chunk, and the first after another thread took it over, is THREAD;
 * TIME sets the chunk's clock.  Events of two words carry the ticks since the one before,
 * those of one word (SHORT_...) share its time: they are most of what a program with one
 * thread does, and half the bytes are half the pages that recording takes from the
 * kernel.  Chunks stand in no order: a thread writes a full one away and goes on in the
 * pages it has mapped.
 *
 * Order between threads: an allocation's time is taken after the allocator returned, a
 * free's before it is called, so for one address free < next allocation holds on a
 * synchronised clock, and sorting all events by time is a valid order of the program.
 * While a program has one thread, up to 63 events share the time of the one before.
 *
 * All integers are little-endian.  A reader refuses a version it does not know.
 *
 * Layer: workloads (shared with the preloaded library: includes nothing of ours).
 */
#ifndef GB_WORKLOADS_PROGRAM_FORMAT_H
#define GB_WORKLOADS_PROGRAM_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define GB_PROGRAM_MAGIC   "GFPREC\r\n"
#define GB_PROGRAM_VERSION 2u /* version 1 had no SHORT_ events */
#define GB_PROGRAM_HEADER  4096u
#define GB_PROGRAM_CHUNK   65536u

struct gb_program_header {
	char magic[8];
	uint32_t version;
	uint32_t chunk_bytes;
	uint64_t next_chunk;      /* chunks handed out; atomic */
	uint64_t dropped;         /* events that found no room; atomic */
	uint64_t first_ticks, first_ns; /* one pair of readings at the start ... */
	uint64_t last_ticks, last_ns;   /* ... and the newest: gives the tick's length */
	uint32_t clock;           /* 0: time stamp counter, 1: CLOCK_MONOTONIC in ns */
	uint32_t pid;
	uint32_t threads;         /* threads seen; atomic */
	uint32_t ended;           /* 1: the program reached its end in order */
	char command[256];        /* argv, spaces between */
	uint32_t closed;          /* 1: the recording was taken away; write no more; atomic */
};

enum gb_program_op {
	GB_PROGRAM_END = 0,
	GB_PROGRAM_ALLOC = 1,       /* malloc: pointer, size */
	GB_PROGRAM_ZALLOC = 2,      /* calloc */
	GB_PROGRAM_ALIGNED = 3,     /* memalign and its kin: alignment too */
	GB_PROGRAM_FREE = 4,        /* pointer (0: free(NULL)) */
	GB_PROGRAM_REALLOC_OLD = 5, /* before realloc: the old pointer; the next event ... */
	GB_PROGRAM_REALLOC_NEW = 6, /* ... of this thread is this or FAILED */
	GB_PROGRAM_FAILED = 7,      /* an allocation of that size returned NULL */
	GB_PROGRAM_SIZE_HIGH = 8,   /* upper 32 bits of the next event's size, in size */
	GB_PROGRAM_THREAD = 9,      /* pointer field: the thread's number */
	GB_PROGRAM_TIME = 10,       /* pointer field low 48 | size: absolute ticks, see below */
	GB_PROGRAM_SHORT_ALLOC = 11, /* these five: the same in one word */
	GB_PROGRAM_SHORT_ZALLOC = 12,
	GB_PROGRAM_SHORT_FREE = 13,
	GB_PROGRAM_SHORT_REALLOC_OLD = 14,
	GB_PROGRAM_SHORT_REALLOC_NEW = 15,
};

/*
 * word0 = op << 60 | log2(alignment) << 54 | pointer (48 bits); word1 = ticks << 32 | size.
 * TIME: word1 is the whole absolute reading and word0's pointer field is 0.
 * SHORT_...: op << 60 | size (16 bits) << 44 | pointer / 16 (44 bits), and no word1.
 */
struct gb_program_event {
	uint64_t word0, word1;
};

#define GB_PROGRAM_POINTER_MASK UINT64_C(0xffffffffffff)
#define GB_PROGRAM_SHORT_SIZES  UINT64_C(0x10000) /* a short event's size is below */

static inline enum gb_program_op gb_program_op(uint64_t word0)
{
	return (enum gb_program_op)(word0 >> 60);
}

static inline uint64_t gb_program_long(enum gb_program_op op, const void *p,
				       unsigned int alignment_log2)
{
	return (uint64_t)op << 60 | (uint64_t)alignment_log2 << 54 |
	       ((uintptr_t)p & GB_PROGRAM_POINTER_MASK);
}

/* Whether pointer and size fit into a short event. */
static inline int gb_program_fits(const void *p, size_t size)
{
	const uint64_t odd = ~GB_PROGRAM_POINTER_MASK | 15;

	return !(((uintptr_t)p & odd) | (size & ~(GB_PROGRAM_SHORT_SIZES - 1)));
}

static inline uint64_t gb_program_short(enum gb_program_op op, const void *p, size_t size)
{
	return (uint64_t)op << 60 | (uint64_t)size << 44 | (uintptr_t)p >> 4;
}

/* A short event in the long form; one that is not short comes back as it is. */
static inline struct gb_program_event gb_program_widen(struct gb_program_event e)
{
	static const uint8_t ops[] = { GB_PROGRAM_ALLOC, GB_PROGRAM_ZALLOC,
				       GB_PROGRAM_FREE, GB_PROGRAM_REALLOC_OLD,
				       GB_PROGRAM_REALLOC_NEW };
	uint64_t op = e.word0 >> 60, w = e.word0;

	if (op < GB_PROGRAM_SHORT_ALLOC)
		return e;
	return (struct gb_program_event){
		.word0 = (uint64_t)ops[op - GB_PROGRAM_SHORT_ALLOC] << 60 |
			 (w << 4 & GB_PROGRAM_POINTER_MASK),
		.word1 = w >> 44 & (GB_PROGRAM_SHORT_SIZES - 1),
	};
}

#endif
