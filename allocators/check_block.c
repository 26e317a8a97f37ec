/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Records.  Free ones wait in a list for each CPU and context, which that context alone
 * touches (an interrupt runs to completion on its own), so the common case needs no atomic.
 * A list that grows past LIST_MAX gives BATCH of its records to a shared stack, whose head
 * carries a tag against a record that leaves and comes back (ABA); an empty list takes a
 * batch from there, or cuts new records from the lazy mapping.  Threads that are no CPU
 * share a list under a lock.
 *
 * Bytes.  Word i of a block's pattern is a function of address, size, generation and i, so
 * a block that was handed out twice, moved or written by its neighbour does not verify.  The
 * first and last eight bytes of the inside belong to the workload (gb_fill); red zones lie
 * outside.  Blocks above WHOLE_MAX are sampled: 64 bytes of every page.
 */
#include "check_block.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/atomic.h"
#include "base/map.h"

#include "machine/spinlock.h"

#define MAX_BLOCKS (1u << 26)
#define LIST_MAX   256u
#define BATCH      128u
#define WHOLE_MAX  ((size_t)32 << 10)
#define SAMPLE     64u
#define STEP       4096u
#define EDGE       8u
#define POISON     0x6b

struct list {
	GB_ALIGNED_LINE uint32_t head, length;
	uint64_t ops;
};

static struct gb_block *blocks;   /* [MAX_BLOCKS], lazy; written by open and close */
static uint32_t used_blocks;      /* atomic: ids handed out ever, from 1 */
static struct list list[GB_MAX_CPUS][GB_NR_CONTEXTS];
static struct list others;        /* others_lock */
static raw_spinlock_t others_lock = RAW_SPINLOCK_INIT("check_others", 0);
/* Batches: id of the first record in the low half, a tag in the high one.  A batch is
 * linked through `next` of its records, batches through `user` of their first. */
static uint64_t shared;           /* atomic */
static int forked; /* in a forked child; written before it has more than one thread */

static void in_child(void)
{
	forked = 1;
}

static int watch_forks(struct gb_error *e)
{
	static int watched; /* handlers stay for good */
	int err = watched ? 0 : pthread_atfork(NULL, NULL, in_child);

	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, err, "free some memory",
				     "backend check: cannot register a fork handler");
	watched = 1;
	return 0;
}

int gb_blocks_open(struct gb_error *e)
{
	used_blocks = 0;
	shared = 0;
	forked = 0;
	memset(list, 0, sizeof(list));
	memset(&others, 0, sizeof(others));
	blocks = gb_map_lazy((size_t)MAX_BLOCKS * sizeof(*blocks));
	if (!blocks)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno,
				     "is the address space limited (ulimit -v)?",
				     "backend check: cannot reserve its records");
	return watch_forks(e);
}

void gb_blocks_close(void)
{
	gb_unmap(blocks, (size_t)MAX_BLOCKS * sizeof(*blocks));
	blocks = NULL;
}

struct gb_block *gb_block_of(uint32_t id)
{
	return &blocks[id];
}

uint32_t gb_block_limit(void)
{
	uint32_t n = gb_load_relaxed(&used_blocks);

	return n < MAX_BLOCKS - 1 ? n + 1 : MAX_BLOCKS;
}

/* --- states ---------------------------------------------------------------------- */

void gb_block_publish(struct gb_block *b)
{
	/* pairs with the acquires of gb_block_audit and gb_block_seize */
	gb_store_release(&b->state, GB_BLOCK_LIVE);
}

int gb_block_audit(struct gb_block *b)
{
	uint32_t live = GB_BLOCK_LIVE;

	return gb_cas_acquire(&b->state, &live, GB_BLOCK_AUDIT);
}

int gb_block_seize(struct gb_block *b)
{
	uint32_t state;

	for (;;) {
		state = GB_BLOCK_LIVE;
		if (gb_likely(gb_cas_acquire(&b->state, &state, GB_BLOCK_BUSY)))
			return 1;
		if (state != GB_BLOCK_AUDIT)
			return 0;
		/* The CPU that audits it is not in this process, and never comes back. */
		if (gb_unlikely(forked))
			gb_block_publish(b);
		gb_cpu_relax();
	}
}

/* --- batches --------------------------------------------------------------------- */

static void share_batch(uint32_t first)
{
	uint64_t old = gb_load_relaxed(&shared), new;

	do {
		/* a record that is free has no other use for `user` */
		blocks[first].user = (uint32_t)old;
		new = ((old >> 32) + 1) << 32 | first;
	} while (!gb_cas_acq_rel(&shared, &old, new)); /* releases the batch */
}

/* May be stale, when another took the batch meanwhile: the tag then differs. */
__attribute__((noinline, no_sanitize_thread)) static uint32_t guess_next(uint32_t first)
{
	return (uint32_t)*(const volatile uintptr_t *)&blocks[first].user;
}

static uint32_t take_batch(void)
{
	uint64_t old = gb_load_acquire(&shared), new;

	do {
		if (!(uint32_t)old)
			return 0;
		new = ((old >> 32) + 1) << 32 | guess_next((uint32_t)old);
	} while (!gb_cas_acq_rel(&shared, &old, new));
	return (uint32_t)old;
}

static uint32_t fresh(void)
{
	uint32_t id;

	if (gb_load_relaxed(&used_blocks) >= MAX_BLOCKS - GB_MAX_CPUS * 8u)
		return 0;
	id = gb_add_relaxed(&used_blocks, 1);
	return id;
}

/* --- lists ------------------------------------------------------------------------ */

static uint32_t pop(struct list *l)
{
	uint32_t id = l->head;

	if (!id && (id = take_batch()) != 0)
		l->length = BATCH;
	if (!id)
		return fresh();
	l->head = blocks[id].next;
	l->length--;
	return id;
}

static void push(struct list *l, uint32_t id)
{
	uint32_t last = id, first;

	blocks[id].next = l->head;
	l->head = id;
	if (++l->length < LIST_MAX)
		return;
	first = l->head;
	for (unsigned int i = 1; i < BATCH; i++)
		last = blocks[last].next;
	l->head = blocks[last].next;
	l->length -= BATCH;
	blocks[last].next = 0;
	share_batch(first);
}

uint32_t gb_block_take(void)
{
	unsigned long flags;
	uint32_t id;

	if (gb_likely(gb_is_cpu())) {
		id = pop(&list[gb_self.id][gb_context_now()]);
	} else {
		flags = raw_spin_lock_irqsave(&others_lock);
		id = pop(&others);
		raw_spin_unlock_irqrestore(&others_lock, flags);
	}
	if (gb_likely(id)) {
		blocks[id].generation++;
		gb_store_relaxed(&blocks[id].state, GB_BLOCK_BUSY);
	}
	return id;
}

void gb_block_put(uint32_t id)
{
	unsigned long flags;

	gb_store_release(&blocks[id].state, GB_BLOCK_FREE);
	if (gb_likely(gb_is_cpu())) {
		push(&list[gb_self.id][gb_context_now()], id);
		return;
	}
	flags = raw_spin_lock_irqsave(&others_lock);
	push(&others, id);
	raw_spin_unlock_irqrestore(&others_lock, flags);
}

struct gb_check_op gb_check_op_now(void)
{
	struct gb_check_op op = { .cpu = (int16_t)gb_self.id,
				  .context = (uint8_t)gb_context_now() };

	op.number = gb_is_cpu() ? ++list[gb_self.id][op.context].ops :
				  gb_add_relaxed(&others.ops, 1);
	return op;
}

/* --- bytes ------------------------------------------------------------------------ */

static uint64_t key_of(const struct gb_block *b)
{
	uint64_t k = b->user ^ (uint64_t)b->generation << 40 ^ (uint64_t)b->size << 8;

	k *= UINT64_C(0xff51afd7ed558ccd);
	return k ^ k >> 33;
}

static uint64_t word(uint64_t key, size_t i)
{
	return key + i * UINT64_C(0x9e3779b97f4a7c15);
}

/* @n bytes of the pattern from byte @at of it on (a multiple of 8). */
static void write_pattern(uint64_t key, uintptr_t p, size_t at, size_t n)
{
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		uint64_t w = word(key, (at + i) / 8);

		memcpy((void *)(p + i), &w, 8);
	}
	if (i < n) {
		uint64_t w = word(key, (at + i) / 8);

		memcpy((void *)(p + i), &w, n - i);
	}
}

/* The offset of the first wrong word, or -1. */
static long wrong_at(uint64_t key, uintptr_t p, size_t at, size_t n)
{
	uint64_t w;
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		w = word(key, (at + i) / 8);
		if (gb_unlikely(memcmp((const void *)(p + i), &w, 8)))
			return (long)i;
	}
	w = word(key, (at + i) / 8);
	return i < n && memcmp((const void *)(p + i), &w, n - i) ? (long)i : -1;
}

/* The next piece of a block's inside, from *@at on: whole, or a sample of each page. */
static size_t piece(size_t size, size_t *at)
{
	size_t end = size - EDGE, n;

	if (*at >= end)
		return 0;
	n = end - *at;
	return size <= WHOLE_MAX || n < SAMPLE ? n : SAMPLE;
}

#define FOR_EACH_PIECE(size, at, n) \
	for (size_t at = EDGE, n; (size) > 3 * EDGE && (n = piece(size, &at)) != 0; \
	     at += (size) <= WHOLE_MAX ? n : STEP)

/* Where in the pattern the zones begin. */
#define FRONT_KEY 0x4000u
#define TAIL_KEY  0x8000u

void gb_block_fill_zones(const struct gb_block *b)
{
	uint64_t key = key_of(b);

	if (b->flags & GB_BLOCK_FRONT)
		write_pattern(~key, b->user - GB_RED_ZONE, FRONT_KEY, GB_RED_ZONE);
	if (b->flags & GB_BLOCK_TAIL)
		write_pattern(~key, b->user + b->size, TAIL_KEY, GB_RED_ZONE);
}

void gb_block_fill(const struct gb_block *b)
{
	gb_block_fill_zones(b);
	if (!(b->flags & GB_BLOCK_INSIDE) || (b->flags & GB_BLOCK_ZEROED))
		return;
	FOR_EACH_PIECE(b->size, at, n)
		write_pattern(key_of(b), b->user + at, at, n);
}

int gb_block_is_zero(const void *p, size_t n, long *where)
{
	const unsigned char *c = p;

	if (!n || (!c[0] && !memcmp(c, c + 1, n - 1)))
		return 1;
	for (*where = 0; !c[*where];)
		++*where;
	return 0;
}

static int inside_wrong(const struct gb_block *b, long *where)
{
	uint64_t key = key_of(b);

	FOR_EACH_PIECE(b->size, at, n) {
		long bad = 0;

		if (b->flags & GB_BLOCK_ZEROED ?
			    gb_block_is_zero((const void *)(b->user + at), n, &bad) :
			    (bad = wrong_at(key, b->user + at, at, n)) < 0)
			continue;
		*where = (long)at + bad;
		return 1;
	}
	return 0;
}

const char *gb_block_verify(const struct gb_block *b, long *where)
{
	uint64_t key = key_of(b);
	long bad;

	if (b->flags & GB_BLOCK_FRONT) {
		bad = wrong_at(~key, b->user - GB_RED_ZONE, FRONT_KEY, GB_RED_ZONE);
		*where = bad - (long)GB_RED_ZONE;
		if (bad >= 0)
			return "red-zone-front";
	}
	if (b->flags & GB_BLOCK_TAIL) {
		bad = wrong_at(~key, b->user + b->size, TAIL_KEY, GB_RED_ZONE);
		*where = bad + (long)b->size;
		if (bad >= 0)
			return "red-zone-tail";
	}
	return b->flags & GB_BLOCK_INSIDE && inside_wrong(b, where) ? "contents" : NULL;
}

void gb_block_poison(const struct gb_block *b)
{
	if (b->size <= 3 * EDGE) {
		memset((void *)b->user, POISON, b->size);
		return;
	}
	memset((void *)b->user, POISON, EDGE);
	FOR_EACH_PIECE(b->size, at, n)
		memset((void *)(b->user + at), POISON, n);
}

uint64_t gb_block_hash(const void *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ n;
	const char *c = p;
	size_t step = n <= WHOLE_MAX ? 8 : STEP / 4;

	for (size_t i = 0; i < n; i += step) {
		uint64_t v = 0;

		memcpy(&v, c + i, n - i < 8 ? n - i : 8);
		h = (h ^ v) * UINT64_C(0x100000001b3);
		h ^= h >> 29;
	}
	return h;
}
