/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Eight threads, random calls of the whole family, every byte of every block verified, and
 * half of the blocks freed by another thread than the one that got them: blocks pass through
 * slots that all threads exchange.
 */
#include "malloc_test.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/atomic.h"

#define THREADS 8
#define SLOTS   512
#define OWN     128

struct block {
	size_t size;    /* all of it */
	uint32_t stamp; /* what its bytes are made of */
	unsigned char bytes[];
};

static struct block *shared[SLOTS]; /* atomic: exchanged */
static uint32_t stop;               /* atomic */
static unsigned long wrong, done;   /* atomic */

static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void fill(struct block *b, size_t size, uint32_t stamp)
{
	b->size = size;
	b->stamp = stamp;
	memset(b->bytes, (int)(stamp & 0xff), size - sizeof(*b));
}

static int whole(const struct block *b, size_t size)
{
	unsigned char want = (unsigned char)b->stamp;
	size_t n = size - sizeof(*b);

	return !n || (b->bytes[0] == want && !memcmp(b->bytes, b->bytes + 1, n - 1));
}

static size_t random_size(uint32_t *seed)
{
	uint32_t r = next(seed), kind = r % 100;

	r >>= 8;
	return sizeof(struct block) + (kind < 80 ? r % 600 :
				       kind < 95 ? r % 10000 :
				       kind < 99 ? r % 100000 :
						   r % 1000000);
}

static struct block *get(uint32_t *seed)
{
	size_t size = random_size(seed);
	void *p = NULL;

	switch (next(seed) % 8) {
	case 0:
		p = calloc(1, size);
		if (p && (*(char *)p || memcmp(p, (char *)p + 1, size - 1)))
			gb_add_relaxed(&wrong, 1);
		break;
	case 1:
		p = memalign((size_t)16 << next(seed) % 10, size);
		break;
	case 2:
		p = aligned_alloc(64, size);
		break;
	default:
		p = malloc(size);
	}
	if (!p || (uintptr_t)p % 16)
		gb_add_relaxed(&wrong, 1);
	if (p)
		fill(p, size, next(seed));
	return p;
}

static void put(struct block *b)
{
	if (!whole(b, b->size))
		gb_add_relaxed(&wrong, 1);
	free(b);
}

static struct block *resize(struct block *b, uint32_t *seed)
{
	size_t had = b->size, size = random_size(seed);
	struct block *r = realloc(b, size);

	if (!r || !whole(r, had < size ? had : size))
		gb_add_relaxed(&wrong, 1);
	if (r)
		fill(r, size, next(seed));
	return r;
}

static void *run(void *arg)
{
	struct block *own[OWN] = { NULL };
	uint32_t seed = (uint32_t)(uintptr_t)arg * 2654435761u + 1;
	unsigned long n = 0;

	for (; !gb_load_relaxed(&stop); n++) {
		uint32_t at = next(&seed) % OWN, what = next(&seed) % 4;

		if (own[at] && what == 0)
			own[at] = gb_xchg_acq_rel(&shared[next(&seed) % SLOTS], own[at]);
		else if (own[at] && what == 1)
			own[at] = resize(own[at], &seed);
		if (own[at])
			put(own[at]);
		own[at] = get(&seed);
	}
	for (int i = 0; i < OWN; i++)
		if (own[i])
			put(own[i]);
	gb_add_relaxed(&done, n);
	return NULL;
}

void test_stress(void)
{
	double seconds = test_seconds();
	struct timespec ts = { (time_t)seconds,
			       (long)((seconds - (double)(time_t)seconds) * 1e9) };
	pthread_t t[THREADS];
	int bad = 0;

	for (size_t i = 0; i < THREADS; i++)
		bad += pthread_create(&t[i], NULL, run, (void *)(i + 1)) != 0;
	nanosleep(&ts, NULL);
	gb_store_relaxed(&stop, 1u);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < SLOTS; i++)
		if (shared[i])
			put(shared[i]);
	test_ok(!bad && !wrong && done, "%d threads, %lu random calls, %lu wrong",
		THREADS, done, wrong);
}
