/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The arena: one reserved range of addresses, made usable a chunk at a time from the bottom
 * up, so that the whole is two mappings however large it grows.  Reserved addresses cost no
 * memory.  Where the process may not have that many (ulimit -v), less is reserved; when the
 * arena is used up, blocks are mapped one by one (huge.c).
 */
#include "malloc/malloc_int.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARENA_MIN (2 * GM_CHUNK)

struct gm_hot gm_hot GB_ALIGNED_LINE;
uint8_t gm_unit_class[GM_ARENA_MAX >> GM_UNIT_SHIFT];

static struct gm_lock init_lock;
static uint32_t ready;   /* released by gm_init when all tables are filled */
static size_t committed; /* bytes; run lock */

/* Map twice as much as a chunk more, and cut off what is not aligned. */
static uintptr_t reserve(size_t bytes)
{
	char *p = mmap(NULL, bytes + GM_CHUNK, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uintptr_t base;

	if (p == MAP_FAILED)
		return 0;
	base = ((uintptr_t)p + GM_CHUNK - 1) & ~(GM_CHUNK - 1);
	if (base != (uintptr_t)p)
		munmap(p, base - (uintptr_t)p);
	munmap((char *)base + bytes, (uintptr_t)p + GM_CHUNK - base);
	return base;
}

static int init_locked(void)
{
	size_t bytes = GM_ARENA_MAX;
	uintptr_t base;

	while (!(base = reserve(bytes)) && bytes > ARENA_MIN)
		bytes = (bytes / 2) & ~(GM_CHUNK - 1);
	if (!base)
		return 0;
	gm_runs_init();
	gm_classes_init();
	gm_cache_init();
	gb_store_relaxed(&gm_hot.base, base);
	gb_store_relaxed(&gm_hot.bytes, bytes);
	gb_store_release(&ready, 1u);
	return 1;
}

int gm_init(void)
{
	int good;

	if (gb_likely(gb_load_acquire(&ready)))
		return 1;
	gm_lock(&init_lock);
	good = gb_load_relaxed(&ready) || init_locked();
	gm_unlock(&init_lock);
	return good;
}

/* Registering allocates, so not in gm_init. */
__attribute__((constructor)) static void at_start(void)
{
	gm_fork_init();
}

char *gm_arena_chunk(void)
{
	char *chunk = (char *)gm_hot.base + committed;

	if (committed + GM_CHUNK > gm_hot.bytes ||
	    mprotect(chunk, GM_CHUNK, PROT_READ | PROT_WRITE))
		return NULL;
	committed += GM_CHUNK;
	return chunk;
}

void gm_die(const char *what)
{
	static const char prefix[] = "gfpmalloc: ";
	ssize_t ignored;

	ignored = write(STDERR_FILENO, prefix, sizeof(prefix) - 1);
	ignored = write(STDERR_FILENO, what, strlen(what));
	ignored = write(STDERR_FILENO, "\n", 1);
	(void)ignored;
	abort();
}
