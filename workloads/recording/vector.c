/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "recording/vector.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/map.h"

#define VECTOR_MIN ((size_t)64 << 10)

/* mremap moves pages, not bytes: growing never needs room for two copies. */
int gb_vector_reserve(struct gb_vector *v, size_t bytes)
{
	size_t cap = v->cap ? v->cap : VECTOR_MIN;
	void *p;

	if (bytes <= v->cap)
		return 0;
	while (cap < bytes) {
		if (cap > SIZE_MAX / 2) {
			errno = ENOMEM;
			return -1;
		}
		cap *= 2;
	}
	if (v->data)
		p = mremap(v->data, v->cap, cap, MREMAP_MAYMOVE);
	else
		p = gb_map_lazy(cap);
	if (!p || p == MAP_FAILED)
		return -1;
	v->data = p;
	v->cap = cap;
	return 0;
}

void gb_vector_free(struct gb_vector *v)
{
	if (v->data)
		gb_unmap(v->data, v->cap);
	*v = (struct gb_vector){ 0 };
}

/* The size stands in a header of one cache line, which also keeps the alignment. */
#define LIBRARY_HEADER 64

void *gb_library_alloc(size_t bytes)
{
	size_t *p;

	if (bytes > SIZE_MAX - LIBRARY_HEADER)
		return NULL;
	p = gb_map_lazy(bytes + LIBRARY_HEADER);
	if (!p)
		return NULL;
	*p = bytes + LIBRARY_HEADER;
	return (char *)p + LIBRARY_HEADER;
}

void gb_library_free(void *p)
{
	size_t *head = p ? (size_t *)(void *)((char *)p - LIBRARY_HEADER) : NULL;

	if (head)
		gb_unmap(head, *head);
}
