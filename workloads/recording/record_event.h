/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * One event of a thread into the thread's chunk: what every malloc and free of a recorded
 * program pays.
 *
 * Programs that allocate are short of cache and wait for memory; what hurts them are
 * instructions between one miss and the next.  So gb_record() is little more than a store
 * of one word; all that is rare sits behind one comparison with the thread's limit.
 *
 * A slot is claimed (self.at) before it is written, so a signal handler that allocates in
 * between takes the next slot: an event may be a little late, never torn.
 *
 * Layer: workloads (the preloaded library only).  Any thread, any time; errno is kept.
 */
#ifndef GB_WORKLOADS_RECORD_EVENT_H
#define GB_WORKLOADS_RECORD_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"

#include "recording/program_format.h"

#pragma GCC visibility push(hidden)

struct gb_record_writer {
	uint64_t *at;        /* next slot */
	uint64_t *limit;     /* up to it gb_record() asks nothing; NULL: asks */
	uint64_t *chunk;     /* NULL: none yet */
	uint64_t last_ticks;
	uint32_t number;     /* of the thread; 0 = not numbered yet */
	uint32_t dead;       /* the thread is ending: keep no chunk */
	uint32_t busy;       /* in refill(): drop a signal handler's events */
};
extern __thread struct gb_record_writer gb_record_self
	__attribute__((tls_model("initial-exec")));
extern uint32_t gb_record_several; /* a second thread records; every event looks (relaxed) */

/* Whatever the fast path leaves: an event with a time of its own, a new chunk, ... */
void gb_record_slowly(uint64_t word0, size_t size);

/* At the library's start, before other threads: notice threads that end, and forks. */
void gb_record_start(void);
#pragma GCC visibility pop

/* The next @n words are the caller's.  One instruction, which no signal can divide, where
 * there is one; elsewhere a handler that allocates right here costs an event. */
GB_INLINE uint64_t *gb_record_claim(size_t n)
{
	uint64_t *at;
#if defined(__x86_64__)
	at = (uint64_t *)(n * sizeof(*at));
	__asm__ volatile("xaddq %0, %1"
			 : "+r"(at), "+m"(gb_record_self.at) : : "cc", "memory");
#else
	at = gb_record_self.at;
	gb_store_relaxed(&gb_record_self.at, at + n);
	gb_barrier();
#endif
	return at;
}

/*
 * Time orders the events of several threads.  A thread that is alone needs none, and the
 * counter is the dearest part of an event in a virtual machine, so it is read now and
 * then only.  A time is never later than the event it stands for; who hands a block to
 * another thread, or gets one, has synchronised with that thread after it had set
 * gb_record_several.
 *
 * @op in its long form, and @as in its short form.
 */
GB_INLINE void gb_record(enum gb_program_op op, enum gb_program_op as, const void *p,
			 size_t size)
{
	if (gb_unlikely(gb_record_self.at >= gb_record_self.limit ||
			!gb_program_fits(p, size) || gb_load_relaxed(&gb_record_several)))
		gb_record_slowly(gb_program_long(op, p, 0), size);
	else
		gb_store_relaxed(gb_record_claim(1), gb_program_short(as, p, size));
}

#endif
