/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Random numbers for workloads: one multiply a number, 64-bit state, the same stream on
 * every machine.  A Weyl sequence put through a 128-bit multiply-fold (the idea behind
 * wyrand); passes the smoke tests of tests/unit/test_rng.c, not for cryptography.
 *
 * Layer: base; usable anywhere; one owner per generator.
 */
#ifndef GB_BASE_RNG_H
#define GB_BASE_RNG_H

#include <stdint.h>

struct gb_rng {
	uint64_t state;
};

static inline uint64_t gb_rng_next(struct gb_rng *r)
{
	unsigned __int128 m;

	r->state += UINT64_C(0x9e3779b97f4a7c15);
	m = (unsigned __int128)r->state * (r->state ^ UINT64_C(0xe7037ed1a0b428db));
	return (uint64_t)(m >> 64) ^ (uint64_t)m;
}

/* Uniform in [0, n), n > 0 (multiply-shift; bias below n / 2^64). */
static inline uint64_t gb_rng_below(struct gb_rng *r, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)gb_rng_next(r) * n) >> 64);
}

static inline uint64_t gb_rng_between(struct gb_rng *r, uint64_t lo, uint64_t hi)
{
	return lo + gb_rng_below(r, hi - lo + 1);
}

static inline double gb_rng_unit(struct gb_rng *r)
{
	return (double)(gb_rng_next(r) >> 11) * 0x1.0p-53;
}

/* An independent stream number @n of seed @seed (splitmix64's finaliser). */
static inline struct gb_rng gb_rng_seed(uint64_t seed, uint64_t n)
{
	uint64_t z = seed + (n + 1) * UINT64_C(0xbf58476d1ce4e5b9);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (struct gb_rng){ z ^ (z >> 31) };
}

#endif
