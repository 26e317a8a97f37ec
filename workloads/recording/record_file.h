/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The file that libgfprecord.so writes for one process (program_format.h): its header,
 * mapped for as long as the process lives, and room for chunks.
 *
 * Disk blocks of whatever is mapped are claimed first, so a full disk ends the recording
 * (counted in `dropped`), not the program.
 *
 * Layer: workloads (the preloaded library only).  Nothing here calls malloc.  All may
 * change errno.
 */
#ifndef GB_WORKLOADS_RECORD_FILE_H
#define GB_WORKLOADS_RECORD_FILE_H

#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "base/atomic.h"

#include "recording/program_format.h"

#define GB_RECORD_WORDS (GB_PROGRAM_CHUNK / sizeof(uint64_t)) /* of a chunk */
#pragma GCC visibility push(hidden)

struct gb_record_file {
	struct gb_program_header *header; /* published by release; NULL: not recording */
	int fd;
	uint32_t failed;  /* no file, or no room for more: record nothing; atomic */
	uint32_t use_tsc; /* written before header is published */
	uint32_t lock;    /* protects opening, and what lies parked (record_event.c) */
};
extern struct gb_record_file gb_record_file;

void gb_record_lock(void);
void gb_record_unlock(void);

/* Open the file on the first call; NULL when this process is not recorded. */
struct gb_program_header *gb_record_header(void);

/* A new chunk of zeroes, mapped; NULL when the disk is full. */
uint64_t *gb_record_map_chunk(struct gb_program_header *h);

/*
 * Write the full @chunk away and zero it; 0 when the disk is full, and the chunk stays.
 * A program killed between the write and the zeroing leaves these events twice: the
 * reader drops allocations that it knows already.
 */
int gb_record_empty_chunk(struct gb_program_header *h, uint64_t *chunk);

/* In the child of a fork: the parent's file is not ours to write. */
void gb_record_forget_file(void);

uint64_t gb_record_monotonic_ns(void);
#pragma GCC visibility pop

static inline uint64_t gb_record_now(void)
{
#if defined(__x86_64__)
	if (gb_likely(gb_record_file.use_tsc))
		return __rdtsc();
#endif
	return gb_record_monotonic_ns();
}

#endif
