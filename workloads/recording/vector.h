/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Growing arrays outside malloc, and memory for the libraries that decompress: in a
 * runner malloc is the allocator under test, and even reading a file must leave it
 * untouched (one large block freed changes glibc's mmap threshold for the rest of the
 * process).
 *
 * Layer: workloads/recording.  Running out of memory is an error of the caller's.
 */
#ifndef GB_RECORDING_VECTOR_H
#define GB_RECORDING_VECTOR_H

#include "recording/recording.h"

/* Room for @bytes in all; contents are kept, new bytes are zero, the address may change.
 * 0, or -1 with errno and the vector as it was. */
int gb_vector_reserve(struct gb_vector *v, size_t bytes) GB_MUST_CHECK;
void gb_vector_free(struct gb_vector *v);

/* Blocks straight from mmap: for the allocation hooks of zstd, zlib and liblzma. */
void *gb_library_alloc(size_t bytes);
void gb_library_free(void *p);

#endif
