/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * An allocation or a free, whatever it was read from.  Layer: workloads/recording.
 */
#ifndef GB_RECORDING_KMEM_EVENT_H
#define GB_RECORDING_KMEM_EVENT_H

#include "recording/gfp_names.h"
#include "recording/line.h"

enum gb_kmem_kind {
	GB_KMEM_OTHER, /* an event of another name: counted, not replayed */
	GB_KMEM_ALLOC,
	GB_KMEM_FREE,
	GB_KMEM_MALFORMED, /* the name of one of ours with a body that makes no sense */
};

struct gb_kmem_event {
	enum gb_kmem_kind kind;
	unsigned int cpu;
	uint8_t context, nested;
	uint64_t time_ns;
	uint64_t ptr;  /* an identity, not an address: hashed pointers do; 0 = null */
	uint64_t size; /* alloc: bytes_req, at most UINT32_MAX */
	struct gb_gfp_mask mask; /* alloc */
	const char *cache;       /* not terminated; NULL when the body names none */
	size_t cache_len;
	unsigned int ptr_len; /* characters of the pointer in the text */
	int ends_in_ptr;      /* nothing follows the pointer */
};

void gb_kmem_parse(const struct gb_line *l, struct gb_gfp_memo *memo,
		   struct gb_kmem_event *ev);

#endif
