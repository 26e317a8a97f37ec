/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The C library's malloc, slower by a chosen amount of work: what the gate must find.
 * GFPBENCH_SLOW_STEPS is the number of dependent multiplications (about a nanosecond each)
 * added to every malloc, calloc, realloc and aligned allocation; 0, the default, adds
 * nothing but the way through here, so that two runs of this library differ by the steps
 * alone.  Tests only.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t alignment, size_t n);
extern void __libc_free(void *p);

static unsigned long steps;

__attribute__((constructor)) static void read_steps(void)
{
	const char *text = getenv("GFPBENCH_SLOW_STEPS");

	steps = text ? strtoul(text, NULL, 10) : 0;
}

static inline void work(void)
{
	uint64_t v = 3;

	for (unsigned long i = 0; i < steps; i++) {
		v *= UINT64_C(0x9e3779b97f4a7c15);
		__asm__ volatile("" : "+r"(v));
	}
}

EXPORT void *malloc(size_t n)
{
	work();
	return __libc_malloc(n);
}

EXPORT void *calloc(size_t n, size_t size)
{
	work();
	return __libc_calloc(n, size);
}

EXPORT void *realloc(void *p, size_t n)
{
	work();
	return __libc_realloc(p, n);
}

EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
	work();
	return __libc_memalign(alignment, n);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t n)
{
	void *p = aligned_alloc(alignment, n);

	if (p)
		*out = p;
	return p ? 0 : 12 /* ENOMEM */;
}

EXPORT void free(void *p)
{
	__libc_free(p);
}

/* The C library has no other name for it: the next one behind this library is its own. */
EXPORT size_t malloc_usable_size(void *p)
{
	static size_t (*next)(void *);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "malloc_usable_size");
	return next(p);
}
