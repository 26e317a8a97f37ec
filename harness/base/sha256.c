/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* SHA-256 as FIPS 180-4 section 6.2 states it, byte by byte, no tricks: it hashes a few
 * shared objects a run. */
#include "sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Fractions of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static void schedule(uint32_t w[64], const unsigned char *p)
{
	for (unsigned int t = 0; t < 16; t++, p += 4)
		w[t] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
		       p[3];
	for (unsigned int t = 16; t < 64; t++) {
		uint32_t x = w[t - 15], y = w[t - 2];

		w[t] = (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10) + w[t - 7] +
		       (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + w[t - 16];
	}
}

static void compress(uint32_t hash[8], const unsigned char *block)
{
	uint32_t w[64], v[8]; /* v: the working variables a to h */

	schedule(w, block);
	memcpy(v, hash, sizeof(v));
	for (unsigned int t = 0; t < 64; t++) {
		uint32_t a = v[0], e = v[4];
		uint32_t t1 = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
			      ((e & v[5]) ^ (~e & v[6])) + K[t] + w[t];
		uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
			      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (unsigned int i = 0; i < 8; i++)
		hash[i] += v[i];
}

void gb_sha256_init(struct gb_sha256 *s)
{
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memset(s, 0, sizeof(*s));
	memcpy(s->h, start, sizeof(start));
}

void gb_sha256_add(struct gb_sha256 *s, const void *data, size_t n)
{
	const unsigned char *p = data;

	while (n > 0) {
		size_t at = s->bytes % sizeof(s->block);
		size_t take = sizeof(s->block) - at < n ? sizeof(s->block) - at : n;

		memcpy(s->block + at, p, take);
		s->bytes += take;
		p += take;
		n -= take;
		if (at + take == sizeof(s->block))
			compress(s->h, s->block);
	}
}

/* Pads with a one bit, zeros and the length in bits, then prints. */
void gb_sha256_hex(struct gb_sha256 *s, char out[65])
{
	static const char digit[] = "0123456789abcdef";
	uint64_t bits = s->bytes * 8;
	unsigned char length[8];

	gb_sha256_add(s, "\x80", 1);
	while (s->bytes % sizeof(s->block) != sizeof(s->block) - sizeof(length))
		gb_sha256_add(s, "", 1);
	for (unsigned int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	gb_sha256_add(s, length, sizeof(length));
	for (unsigned int i = 0; i < 64; i++)
		out[i] = digit[s->h[i / 8] >> (28 - 4 * (i % 8)) & 15];
	out[64] = '\0';
}

int gb_sha256_file(const char *path, char out[65])
{
	unsigned char buf[16384];
	struct gb_sha256 s;
	ssize_t got;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	gb_sha256_init(&s);
	do {
		got = read(fd, buf, sizeof(buf));
		if (got > 0)
			gb_sha256_add(&s, buf, (size_t)got);
	} while (got > 0 || (got < 0 && errno == EINTR));
	err = got < 0 ? -errno : 0;
	close(fd);
	if (!err)
		gb_sha256_hex(&s, out);
	return err;
}
