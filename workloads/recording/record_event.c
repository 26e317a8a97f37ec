/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The seldom half of recording an event: a thread's first chunk, a full one, times,
 * threads that end, forks.
 *
 * A full chunk is written (pwrite) to a place of its own further back and begun anew, so
 * that the thread stays in pages that are mapped and in its cache: fresh file pages for
 * each chunk would cost more than all the rest.
 *
 * Invariants:
 *  - the two events of a realloc stand in one chunk; a chunk can be read by itself;
 *  - only refill_or_drop() and park_again() make system calls, and keep errno;
 *  - after fork the child drops its parent's chunks and opens a file of its own.
 */
#include "recording/record_event.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "recording/record_file.h"

#define EVENT       2u           /* words of the longest event */
#define SLACK       (8u * EVENT) /* for a signal handler that finds the chunk full */
#define ALONE_WORDS 64u          /* that share a time while the program has one thread */
#define MAX_PARKED  256u         /* chunks of ended threads, waiting for a new owner */

__thread struct gb_record_writer gb_record_self
	__attribute__((tls_model("initial-exec")));
uint32_t gb_record_several;
#define self gb_record_self

/* All under the lock of the file. */
static struct {
	uint64_t *chunk, *at;
	uint64_t last_ticks;
} parked[MAX_PARKED];
static unsigned int nr_parked;

static pthread_key_t end_of_thread; /* set, its destructor parks the chunk */
static int have_key;

static inline void put(uint64_t word0, uint64_t word1)
{
	uint64_t *at = gb_record_claim(EVENT);

	gb_store_relaxed(&at[1], word1);
	gb_store_release(&at[0], word0); /* last: zero is where a reader stops */
}

static size_t room(void)
{
	return self.chunk ? (size_t)(self.chunk + GB_RECORD_WORDS - self.at) : 0;
}

/* --- chunks that change hands ------------------------------------------------------ */

static int take_parked(void)
{
	int took = 0;

	gb_record_lock();
	if (nr_parked) {
		nr_parked--;
		self.chunk = parked[nr_parked].chunk;
		self.at = parked[nr_parked].at;
		self.last_ticks = parked[nr_parked].last_ticks;
		took = 1;
	}
	gb_record_unlock();
	return took;
}

static void leave_chunk(void)
{
	if (self.chunk)
		munmap(self.chunk, GB_PROGRAM_CHUNK);
	self.chunk = self.at = self.limit = NULL;
}

/* Thread exit: hand the chunk to whoever comes next. */
static void park(void *unused)
{
	(void)unused;
	self.dead = 1;
	if (!self.chunk)
		return;
	gb_record_lock();
	if (nr_parked < MAX_PARKED) {
		parked[nr_parked].chunk = self.chunk;
		parked[nr_parked].at = self.at;
		parked[nr_parked++].last_ticks = self.last_ticks;
		self.chunk = self.at = self.limit = NULL;
	}
	gb_record_unlock();
	leave_chunk();
}

static __attribute__((noinline)) void park_again(void)
{
	int saved = errno;

	park(NULL);
	errno = saved;
}

/* --- a chunk with room ------------------------------------------------------------- */

static void number_thread(struct gb_program_header *h)
{
	if (self.number)
		return;
	self.number = gb_add_relaxed(&h->threads, 1);
	if (self.number > 1)
		gb_store_relaxed(&gb_record_several, 1);
	if (have_key)
		pthread_setspecific(end_of_thread, &self);
}

static int empty_chunk(struct gb_program_header *h)
{
	if (!gb_record_empty_chunk(h, self.chunk))
		return 0;
	self.at = self.chunk;
	return 1;
}

/* A chunk with room for a few events; 0 when nothing can be recorded. */
static int refill(void)
{
	struct gb_program_header *h = gb_record_header();
	uint64_t t;

	if (h && gb_load_relaxed(&h->closed))
		gb_store_relaxed(&gb_record_file.failed, 1);
	if (!h || gb_load_relaxed(&gb_record_file.failed))
		return 0;
	number_thread(h);
	if (!self.chunk && !take_parked())
		self.chunk = self.at = gb_record_map_chunk(h);
	if (!self.chunk || (room() <= 4 * SLACK && !empty_chunk(h))) {
		gb_store_relaxed(&gb_record_file.failed, 1);
		return 0;
	}
	t = gb_record_now();
	if (t <= self.last_ticks)
		t = self.last_ticks + 1; /* a thread's chunks differ in their times */
	put((uint64_t)GB_PROGRAM_THREAD << 60 | self.number, 0);
	put((uint64_t)GB_PROGRAM_TIME << 60, t);
	self.last_ticks = t;
	return 1;
}

/* The only part of recording an event that can change errno, which is the caller's. */
static __attribute__((noinline)) int refill_or_drop(void)
{
	int saved = errno, filled = 0;
	struct gb_program_header *h;

	if (!self.busy) {
		self.busy = 1;
		filled = refill();
		self.busy = 0;
	}
	h = gb_load_acquire(&gb_record_file.header);
	if (!filled && h)
		gb_add_relaxed(&h->dropped, 1);
	errno = saved;
	return filled;
}

/* --- an event ---------------------------------------------------------------------- */

static void put_timed(uint64_t word0, uint64_t size, uint64_t t)
{
	uint64_t ticks = t - self.last_ticks;

	if (gb_unlikely(ticks >> 32)) {
		put((uint64_t)GB_PROGRAM_TIME << 60, t);
		ticks = 0;
	}
	self.last_ticks = t;
	if (gb_unlikely(size >> 32))
		put((uint64_t)GB_PROGRAM_SIZE_HIGH << 60, size >> 32);
	put(word0, ticks << 32 | (uint32_t)size);
}

/* How far the thread may go before it is asked again. */
static uint64_t *next_limit(void)
{
	size_t left = room();

	if (gb_load_relaxed(&gb_record_several) || left <= 2 * SLACK)
		return NULL;
	left -= 2 * SLACK;
	return self.at + (left < ALONE_WORDS ? left : ALONE_WORDS);
}

void gb_record_slowly(uint64_t word0, size_t size)
{
	enum gb_program_op op = gb_program_op(word0);
	size_t least = 2 * SLACK;

	if (op == GB_PROGRAM_REALLOC_NEW || op == GB_PROGRAM_FAILED)
		least = SLACK;
	if (gb_unlikely(self.busy || room() < least) && !refill_or_drop())
		return;
	put_timed(word0, size, gb_record_now());
	if (gb_unlikely(self.dead))
		park_again();
	else
		self.limit = next_limit();
}

/* --- start, fork, end -------------------------------------------------------------- */

/* Only the forking thread lives on, in a process with a file of its own. */
static void fork_child(void)
{
	gb_record_forget_file();
	leave_chunk();
	for (unsigned int i = 0; i < nr_parked; i++)
		munmap(parked[i].chunk, GB_PROGRAM_CHUNK);
	nr_parked = 0;
	gb_record_several = 0;
	self.number = 0;
	gb_record_unlock();
}

void gb_record_start(void)
{
	have_key = !pthread_key_create(&end_of_thread, park);
	pthread_atfork(gb_record_lock, gb_record_unlock, fork_child);
}

__attribute__((destructor)) static void finish(void)
{
	struct gb_program_header *h = gb_load_acquire(&gb_record_file.header);

	if (!h)
		return;
	h->last_ns = gb_record_monotonic_ns();
	h->last_ticks = gb_record_now();
	h->ended = 1;
}
