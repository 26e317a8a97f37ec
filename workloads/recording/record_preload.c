/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libgfprecord.so: preloaded into a program, writes its malloc family's calls to a file
 * (program_format.h) and passes every call on to the allocator that would have served it
 * (record_real.h).
 *
 * The idea: each thread writes a word or two an event (record_event.h) into its own
 * 64 KiB chunk of the file, mapped shared (record_file.h), so an event costs a store or
 * two and, with several threads, a timestamp; it needs no lock, and is safe from the
 * program's death: the pages belong to the file.  An image that a program becomes by
 * exec, and a child of its fork, have files of their own, PID-N.gfprec in
 * GFPBENCH_RECORD_DIR.
 *
 * Nothing here calls malloc; memory comes from mmap or a static buffer.
 *
 * Left out: programs that replace malloc by static linking (they do not call us), and
 * allocations made by raw clone() children without exec.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "recording/record_event.h"
#include "recording/record_real.h"

#define EXPORT __attribute__((visibility("default")))

__attribute__((constructor)) static void start(void)
{
	(void)gb_real_ready();
	gb_record_start();
}

/* An allocation that may have failed. */
static inline void *record_alloc(enum gb_program_op op, enum gb_program_op as, void *p,
				 size_t size)
{
	if (gb_likely(p != NULL))
		gb_record(op, as, p, size);
	else
		gb_record_slowly(gb_program_long(GB_PROGRAM_FAILED, NULL, 0), size);
	return p;
}

static void *record_aligned(void *p, size_t alignment, size_t size)
{
	unsigned int log2 = alignment ? 63u - (unsigned int)__builtin_clzll(alignment)
				      : 0;
	enum gb_program_op op = p ? GB_PROGRAM_ALIGNED : GB_PROGRAM_FAILED;

	gb_record_slowly(gb_program_long(op, p, log2), size);
	return p;
}

/* --- the malloc family ------------------------------------------------------------ */

EXPORT void *malloc(size_t size)
{
	if (gb_unlikely(!gb_real_ready()))
		return gb_bootstrap_alloc(size);
	return record_alloc(GB_PROGRAM_ALLOC, GB_PROGRAM_SHORT_ALLOC,
			    gb_real.malloc(size), size);
}

EXPORT void free(void *p)
{
	if (gb_unlikely(gb_is_bootstrap(p)) || gb_unlikely(!gb_real_ready()))
		return;
	gb_record(GB_PROGRAM_FREE, GB_PROGRAM_SHORT_FREE, p, 0);
	gb_real.free(p);
}

EXPORT void *calloc(size_t n, size_t size)
{
	if (gb_unlikely(!gb_real_ready()))
		return gb_bootstrap_alloc(n * size); /* a static buffer is zero */
	return record_alloc(GB_PROGRAM_ZALLOC, GB_PROGRAM_SHORT_ZALLOC,
			    gb_real.calloc(n, size), n * size);
}

static void *leave_bootstrap(void *p, size_t size)
{
	size_t most = (size_t)(gb_bootstrap + GB_BOOTSTRAP - (char *)p);
	void *fresh = malloc(size);

	if (fresh)
		memcpy(fresh, p, size < most ? size : most);
	return fresh;
}

EXPORT void *realloc(void *p, size_t size)
{
	void *fresh;

	if (gb_unlikely(gb_is_bootstrap(p)))
		return leave_bootstrap(p, size);
	if (gb_unlikely(!gb_real_ready()))
		return gb_bootstrap_alloc(size);
	if (!p)
		return record_alloc(GB_PROGRAM_ALLOC, GB_PROGRAM_SHORT_ALLOC,
				    gb_real.realloc(p, size), size);
	gb_record(GB_PROGRAM_REALLOC_OLD, GB_PROGRAM_SHORT_REALLOC_OLD, p, 0);
	fresh = gb_real.realloc(p, size);
	return record_alloc(GB_PROGRAM_REALLOC_NEW, GB_PROGRAM_SHORT_REALLOC_NEW, fresh,
			    size);
}

EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t size)
{
	int rc;

	if (gb_unlikely(!gb_real_ready()))
		return ENOMEM;
	rc = gb_real.posix_memalign(out, alignment, size);
	if (!rc)
		record_aligned(*out, alignment, size);
	return rc;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	if (gb_unlikely(!gb_real_ready()))
		return NULL;
	return record_aligned(gb_real.aligned_alloc(alignment, size), alignment, size);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	if (gb_unlikely(!gb_real_ready() || !gb_real.memalign))
		return NULL;
	return record_aligned(gb_real.memalign(alignment, size), alignment, size);
}

EXPORT void *valloc(size_t size)
{
	if (gb_unlikely(!gb_real_ready() || !gb_real.valloc))
		return NULL;
	return record_aligned(gb_real.valloc(size), 4096, size);
}
