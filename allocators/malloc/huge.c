/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Blocks beyond what runs are for: a mapping each, given back by munmap.  A header in front
 * of the block says where the mapping is; its check word is bound to the address, so that a
 * pointer from elsewhere is noticed, as far as its surroundings can be read at all.
 */
#include "malloc/malloc_int.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct header {
	uintptr_t check;
	char *map;
	size_t bytes;
	size_t unused[5]; /* to a cache line, which is the block's alignment */
};
_Static_assert(sizeof(struct header) == 64, "blocks are aligned to 64");

#define CHECK 0x6766706d616c6c6fUL

static size_t page_up(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (n + page - 1) & ~(page - 1);
}

static struct header *header_of(void *p)
{
	struct header *h = (struct header *)p - 1;

	if ((uintptr_t)p % GM_ALIGN || h->check != (CHECK ^ (uintptr_t)p))
		gm_die("free(): invalid pointer");
	return h;
}

static void *place(char *map, size_t bytes, char *p)
{
	struct header *h = (struct header *)p - 1;

	h->check = CHECK ^ (uintptr_t)p;
	h->map = map;
	h->bytes = bytes;
	return p;
}

/* @size and @align together are below PTRDIFF_MAX (the caller's duty). */
void *gm_huge_alloc(size_t size, size_t align)
{
	size_t bytes, slack = align > sizeof(struct header) ? align : 0;
	char *map, *p;

	bytes = page_up(size + sizeof(struct header) + slack);
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0);
	if (map == MAP_FAILED) {
		errno = ENOMEM;
		return NULL;
	}
	p = map + sizeof(struct header);
	if (slack)
		p = (char *)(((uintptr_t)p + align - 1) & ~(align - 1));
	return place(map, bytes, p);
}

void *gm_huge_resize(void *p, size_t size)
{
	struct header *h = header_of(p);
	size_t offset = (size_t)((char *)p - h->map), bytes = page_up(offset + size);
	char *map;

	if (bytes == h->bytes)
		return p;
	if (offset > sizeof(struct header) || size <= GM_RUN_MAX * GM_UNIT / 2)
		return NULL; /* an alignment to keep; small enough for a run */
	map = mremap(h->map, h->bytes, bytes, MREMAP_MAYMOVE);
	return map == MAP_FAILED ? NULL : place(map, bytes, map + offset);
}

size_t gm_huge_usable(void *p)
{
	struct header *h = header_of(p);

	return (size_t)(h->map + h->bytes - (char *)p);
}

void gm_huge_free(void *p)
{
	struct header *h = header_of(p);
	int saved = errno;

	h->check = 0;
	if (munmap(h->map, h->bytes))
		madvise(h->map, h->bytes, MADV_DONTNEED); /* no mapping left to split */
	errno = saved;
}
