/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The C library's malloc, made worse on purpose by a known amount: what a gate must find.
 *
 *   SLOW_STEPS   dependent multiplications: extra work, not sleep, so it costs the same
 *                share on a fast and on a slow machine
 *   SLOW_EVERY   in every so-many-th malloc or free of a thread (a few steps in each call
 *                would vanish between its other instructions)
 *   CRASH_AFTER  abort in that call of malloc; 0 = never
 *   FAIL_THREAD  the start of that thread fails, as where a limit of processes is
 *                reached for a moment; 0 = of none
 *
 * All are settled when it is compiled: two libraries that differ must be two files.
 */
/* All of it is meant to be seen, whatever the compiler was told. */
#pragma GCC visibility push(default)

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifndef SLOW_STEPS
#define SLOW_STEPS 0
#endif
#ifndef SLOW_EVERY
#define SLOW_EVERY 1
#endif
#ifndef CRASH_AFTER
#define CRASH_AFTER 0
#endif
#ifndef FAIL_THREAD
#define FAIL_THREAD 0
#endif

extern void *__libc_malloc(size_t size);
extern void __libc_free(void *p);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

int posix_memalign(void **p, size_t alignment, size_t size);
size_t malloc_usable_size(void *p);

/* The sound library counts too: the two differ in the work alone. */
static inline void work(void)
{
	static __thread unsigned int left;
	uint64_t x = 1;

	if (++left < SLOW_EVERY)
		return;
	left = 0;
	for (int i = 0; i < SLOW_STEPS; i++) {
		x *= UINT64_C(0x9e3779b97f4a7c15);
		__asm__ volatile("" : "+r"(x)); /* each step waits for the one before */
	}
}

static inline void count(void)
{
	static unsigned long calls; /* racy, and good enough to crash by */

	if (CRASH_AFTER && ++calls == CRASH_AFTER)
		abort();
}

void *malloc(size_t size)
{
	work();
	count();
	return __libc_malloc(size);
}

void free(void *p)
{
	work();
	__libc_free(p);
}

void *calloc(size_t n, size_t size)
{
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return __libc_realloc(p, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **p, size_t alignment, size_t size)
{
	*p = __libc_memalign(alignment, size);
	return *p ? 0 : ENOMEM;
}

/* dlsym may call calloc, which goes to the C library straight. */
size_t malloc_usable_size(void *p)
{
	static size_t (*next)(void *);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "malloc_usable_size");
	return next ? next(p) : 0;
}

#if FAIL_THREAD
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
		   void *arg)
{
	static unsigned int started;
	int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (__atomic_add_fetch(&started, 1, __ATOMIC_RELAXED) == FAIL_THREAD)
		return EAGAIN;
	*(void **)&next = dlsym(RTLD_NEXT, "pthread_create");
	return next ? next(thread, attr, start, arg) : EAGAIN;
}
#endif
