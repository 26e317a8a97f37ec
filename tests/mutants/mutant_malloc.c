/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A small malloc, sound unless GFPBENCH_MUTANT names a bug: the family of functions, what
 * goes wrong at the door, and large blocks.  How it works: mutant_heap.h.
 *
 * Tests only.
 */
#include "mutant_heap.h"

#include <errno.h>
#include <sched.h>

#include "mutant.h"

#define KEPT   64u
#define EXPORT __attribute__((visibility("default")))

static struct span *kept[KEPT]; /* large_lock */

/* --- large blocks ------------------------------------------------------------------- */

static struct span *reuse(size_t bytes)
{
	struct span *s = NULL;

	lock(&large_lock);
	for (unsigned int i = 0; i < KEPT && !s; i++) {
		if (!kept[i] || kept[i]->bytes < bytes || kept[i]->bytes > 2 * bytes)
			continue;
		s = kept[i];
		kept[i] = NULL;
	}
	unlock(&large_lock);
	return s;
}

static void *large(size_t n, size_t offset)
{
	size_t bytes = (n + offset + 4095) & ~(size_t)4095;
	struct span *s;

	if (n > (size_t)1 << 46)
		return NULL;
	if (BUG(large_short) && n > 100000)
		bytes -= 4096;
	s = reuse(bytes);
	if (!s) {
		s = map_span(bytes);
		if (!s)
			return NULL;
		s->bytes = bytes;
	}
	s->magic = MAGIC;
	s->class = CLASSES;
	s->offset = (uint32_t)offset;
	s->size = n;
	return (char *)s + offset;
}

static void free_large(struct span *s)
{
	lock(&large_lock);
	for (unsigned int i = 0; i < KEPT && s; i++) {
		if (kept[i])
			continue;
		kept[i] = s;
		s = NULL;
	}
	unlock(&large_lock);
	if (s)
		munmap(s, s->bytes);
}

/* --- what goes wrong at the door ---------------------------------------------------- */

static void *last_live;

static void system_calls(void)
{
	if (BUG(futex_in_atomic) && EVERY(64))
		mutant_futex(&large_lock);
	if (BUG(mmap_in_atomic) && EVERY(64))
		mutant_mmap();
	if (BUG(livelock) && EVERY(30000))
		for (;;)
			sched_yield();
	if (BUG(gives_up) && EVERY(30000))
		_exit(0);
}

static void *misdeed(void *p, size_t n)
{
	system_calls();
	if (BUG(misaligned) && EVERY(1000) && n <= 1024)
		return (char *)p + 4;
	if (BUG(scribble) && n >= 64) {
		char *old = __atomic_exchange_n(&last_live, p, __ATOMIC_RELAXED);

		if (old && EVERY(500))
			old[24] ^= 1;
	}
	if (BUG(write_before) && EVERY(500) && n < 1024)
		((uint64_t *)p)[-1] = n;
	return p;
}

/* --- the family --------------------------------------------------------------------- */

static void *get(size_t n)
{
	void *p = n <= SMALL ? small(n ? n : 1) : large(n, FIRST);

	if (!p) {
		errno = ENOMEM;
		return NULL;
	}
	return misdeed(p, n);
}

/* The family below takes its blocks from get(): were they handed a piece of the stack, they
 * would write over their own frames and crash before anyone could see the address. */
EXPORT void *malloc(size_t n)
{
	if (BUG(foreign) && EVERY(5000))
		return (void *)((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)15);
	return get(n);
}

EXPORT void free(void *p)
{
	struct span *s;
	size_t at;

	if (!p)
		return;
	s = span_of(p);
	if (s->class == CLASSES) {
		free_large(s);
		return;
	}
	at = (((uintptr_t)p & (SPAN - 1)) - FIRST) / s->size;
	p = (char *)s + FIRST + at * s->size;
	if (BUG(leak) && EVERY(1000))
		return;
	free_small(s, p);
	if (BUG(double_hand_out) && EVERY(20000))
		free_small(s, p);
	if (BUG(write_after) && EVERY(500) && at + 2 < (SPAN - FIRST) / s->size)
		((uint64_t *)p)[s->size / 8 + 1] = 0;
}

EXPORT void *calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	p = get(bytes);
	if (p && !(BUG(calloc_dirty) && bytes > 65536))
		memset(p, 0, bytes);
	return p;
}

EXPORT size_t malloc_usable_size(void *p)
{
	size_t n = p ? span_of(p)->size : 0;

	return BUG(usable_size) && n >= 64 ? n / 2 : n;
}

EXPORT void *realloc(void *p, size_t n)
{
	size_t old = malloc_usable_size(p), bytes = old < n ? old : n;
	void *q = get(n);

	if (q && p) {
		if (BUG(realloc_stale) && bytes > 64 && EVERY(100))
			bytes -= 40;
		memcpy(q, p, bytes);
		free(p);
	}
	return q;
}

EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
	if (alignment <= 16 || BUG(aligned_ignored))
		return get(n);
	if (alignment > SPAN / 2) {
		errno = ENOMEM;
		return NULL;
	}
	return large(n, alignment < FIRST ? FIRST : alignment);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t n)
{
	void *p = aligned_alloc(alignment, n);

	if (p)
		*out = p;
	return p ? 0 : ENOMEM;
}

EXPORT void *memalign(size_t alignment, size_t n)
{
	return aligned_alloc(alignment, n);
}
