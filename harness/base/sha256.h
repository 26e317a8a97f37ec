/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* SHA-256 (FIPS 180-4) of files and strings: provenance of backends, hashes of plans.
 * Layer: base. */
#ifndef GB_BASE_SHA256_H
#define GB_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct gb_sha256 {
	uint32_t h[8];
	uint64_t bytes;
	unsigned char block[64];
};

void gb_sha256_init(struct gb_sha256 *s);
void gb_sha256_add(struct gb_sha256 *s, const void *data, size_t n);
void gb_sha256_hex(struct gb_sha256 *s, char out[65]);
/* 0, or -errno. */
int gb_sha256_file(const char *path, char out[65]);

#endif
