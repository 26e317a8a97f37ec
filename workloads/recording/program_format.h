/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The file that libgfprecord.so writes: what a program asked of its malloc family.
 *
 *   header (one page) | chunk 0 | chunk 1 | ...        all chunks GB_PROGRAM_CHUNK bytes
 *
 * A chunk belongs to one thread at a time; threads write their own chunks through a
 * shared mapping, so what was written survives any kind of death of the program.  A chunk
 * is an array of 16-byte events; an event of all zeroes ends it (a fresh chunk is zero).
 * The first event of a chunk, and the first after another thread took it over, is THREAD;
 * TIME sets the chunk's clock.  Other events carry the ticks since the one before.  Chunks
 * stand in no order: a thread writes a full one away and goes on in the pages it has mapped.
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

#include <stdint.h>

#define GB_PROGRAM_MAGIC   "GFPREC\r\n"
#define GB_PROGRAM_VERSION 1u
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
};

/* word0 = op << 60 | log2(alignment) << 54 | pointer (48 bits); word1 = ticks << 32 | size.
 * TIME: word1 is the whole absolute reading and word0's pointer field is 0. */
struct gb_program_event {
	uint64_t word0, word1;
};

#define GB_PROGRAM_POINTER_MASK UINT64_C(0xffffffffffff)

static inline enum gb_program_op gb_program_op(const struct gb_program_event *e)
{
	return (enum gb_program_op)(e->word0 >> 60);
}

static inline unsigned int gb_program_alignment_log2(const struct gb_program_event *e)
{
	return (unsigned int)(e->word0 >> 54) & 63;
}

#endif
