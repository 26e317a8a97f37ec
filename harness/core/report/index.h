/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Strings to numbers, for joining tables.  Layer: core.  Uses malloc. */
#ifndef GB_CORE_REPORT_INDEX_H
#define GB_CORE_REPORT_INDEX_H

#include <stddef.h>

struct gb_index {
	struct gb_index_slot {
		char *key; /* NULL: free */
		size_t value;
	} *slot;
	size_t slots, used;
};

#define GB_INDEX_NONE ((size_t)-1)

/* The number of @key, or GB_INDEX_NONE. */
size_t gb_index_find(const struct gb_index *x, const char *key);
/* The number of @key; a new one becomes @value. */
size_t gb_index_add(struct gb_index *x, const char *key, size_t value);
void gb_index_free(struct gb_index *x);

#endif
