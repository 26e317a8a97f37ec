/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Open addressing with linear probing; at most half full. */
#include "core/report/index.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static size_t hash(const char *key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ (h >> 32));
}

/* The slot of @key, or the free one where it belongs. */
static struct gb_index_slot *probe(const struct gb_index *x, const char *key)
{
	size_t i = hash(key) & (x->slots - 1);

	while (x->slot[i].key && strcmp(x->slot[i].key, key))
		i = (i + 1) & (x->slots - 1);
	return &x->slot[i];
}

static void grow(struct gb_index *x)
{
	struct gb_index old = *x;

	x->slots = old.slots ? 2 * old.slots : 64;
	x->slot = calloc(x->slots, sizeof(*x->slot));
	GB_BUG_ON(!x->slot);
	for (size_t i = 0; i < old.slots; i++)
		if (old.slot[i].key)
			*probe(x, old.slot[i].key) = old.slot[i];
	free(old.slot);
}

size_t gb_index_find(const struct gb_index *x, const char *key)
{
	const struct gb_index_slot *s;

	if (!x->slots)
		return GB_INDEX_NONE;
	s = probe(x, key);
	return s->key ? s->value : GB_INDEX_NONE;
}

size_t gb_index_add(struct gb_index *x, const char *key, size_t value)
{
	struct gb_index_slot *s;

	if (2 * x->used >= x->slots)
		grow(x);
	s = probe(x, key);
	if (!s->key) {
		s->key = strdup(key);
		GB_BUG_ON(!s->key);
		s->value = value;
		x->used++;
	}
	return s->value;
}

void gb_index_free(struct gb_index *x)
{
	for (size_t i = 0; i < x->slots; i++)
		free(x->slot[i].key);
	free(x->slot);
	x->slot = NULL;
	x->slots = x->used = 0;
}
