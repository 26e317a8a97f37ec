/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A radix tree over the 48 bits of an address:
 *
 *	47       36 35       24 23       12 11        3
 *	| top 4096 | mid 4096  | page 4096 | granule 512 |
 *
 * A page that lies inside one block is owned as a whole, in its page entry; the others
 * through an array of one owner for every eight bytes.  So a block of n bytes costs n/4096
 * steps and at most 1024 more at its ends, and the map costs half of the memory that small
 * blocks ever touched, and next to nothing for large ones.
 *
 * Nodes are cut from one large lazy mapping by an atomic add and linked by compare-and-swap;
 * a node that lost such a race stays unused.  Nothing is ever unlinked.  Hence no locks, no
 * waiting and no system calls (first touches are page faults), and an interrupt may claim
 * in the middle of a claim.
 *
 * Invariants of a page entry, with `used` the granules that are claimed one by one:
 *
 *	whole != 0  =>  used == 0          (else two blocks overlap)
 *
 * A claim of the page stores whole and then reads used; a claim of a granule adds to used
 * and then reads whole; both sequentially consistent, so of two that overlap at least one
 * sees the other.
 */
#include "interval_map.h"

#include <errno.h>

#include "base/atomic.h"
#include "base/map.h"

#define PAGE_BITS  12
#define PAGE       ((uintptr_t)1 << PAGE_BITS)
#define FANOUT     4096u
#define GRANULES   (PAGE / GB_INTERVAL_GRAIN)
#define POOL_BYTES (UINT64_C(64) << 30)

struct page {
	uint32_t whole;     /* atomic: owner of all of it, or 0 */
	uint32_t used;      /* atomic: granules owned */
	uint32_t *granule;  /* atomic: set once; owners, atomic */
	uint32_t touched;   /* atomic: was ever owned */
};

struct middle {
	struct page *leaf[FANOUT]; /* atomic: set once */
};

static struct middle *top[FANOUT]; /* atomic: set once */
static char *pool;                 /* written by open and close */
static uint64_t pool_used;         /* atomic */
static uint64_t pages_touched;     /* atomic, relaxed: a statistic */

int gb_interval_open(struct gb_error *e)
{
	pool_used = pages_touched = 0;
	pool = gb_map_lazy(POOL_BYTES);
	if (!pool)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno,
				     "is the address space limited (ulimit -v)?",
				     "backend check: cannot reserve its map");
	return 0;
}

void gb_interval_close(void)
{
	for (unsigned int i = 0; i < FANOUT; i++)
		top[i] = NULL;
	gb_unmap(pool, POOL_BYTES);
	pool = NULL;
}

static void *new_node(size_t bytes)
{
	uint64_t at = gb_add_relaxed(&pool_used, bytes) - bytes;

	GB_BUG_ON(at + bytes > POOL_BYTES);
	return pool + at;
}

/* The node that *@link points to, made when there is none. */
static void *node(void **link, size_t bytes)
{
	void *n = gb_load_acquire(link), *fresh;

	if (gb_likely(n != NULL))
		return n;
	fresh = new_node(bytes);
	/* pairs with the acquire above; a new node is all zero */
	return gb_cas_acq_rel(link, &n, fresh) ? fresh : n;
}

static struct page *page_of(uintptr_t at, int make)
{
	size_t pn = at >> PAGE_BITS;
	void **mid_link = (void **)&top[(pn >> 24) % FANOUT], **leaf_link;
	struct middle *mid = make ? node(mid_link, sizeof(*mid)) : gb_load_acquire(mid_link);
	struct page *leaf;

	if (!mid)
		return NULL;
	leaf_link = (void **)&mid->leaf[(pn >> 12) % FANOUT];
	leaf = make ? node(leaf_link, FANOUT * sizeof(*leaf)) : gb_load_acquire(leaf_link);
	return leaf ? &leaf[pn % FANOUT] : NULL;
}

/* The part of a block inside one page, in granules. */
struct part {
	size_t first, end;
};

static struct part part_of(uintptr_t page, uintptr_t from, uintptr_t to)
{
	struct part p = { 0, GRANULES };

	if (from > page)
		p.first = (from - page) / GB_INTERVAL_GRAIN;
	if (to < page + PAGE)
		p.end = (to - page + GB_INTERVAL_GRAIN - 1) / GB_INTERVAL_GRAIN;
	return p;
}

static uint32_t claim_whole(struct page *g, uint32_t id)
{
	uint32_t other = 0;

	if (!__atomic_compare_exchange_n(&g->whole, &other, id, 0, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return other;
	if (gb_likely(gb_load_seq_cst(&g->used) == 0))
		return 0;
	for (size_t i = 0; i < GRANULES; i++) {
		other = gb_load_relaxed(&g->granule[i]);
		if (other)
			return other;
	}
	return id; /* its owner is just leaving, or entering: both are wrong */
}

static uint32_t claim_part(struct page *g, struct part p, uint32_t id)
{
	uint32_t *granule = node((void **)&g->granule, GRANULES * sizeof(*granule)), other;

	__atomic_fetch_add(&g->used, (uint32_t)(p.end - p.first), __ATOMIC_SEQ_CST);
	other = gb_load_seq_cst(&g->whole);
	if (gb_unlikely(other))
		return other;
	for (size_t i = p.first; i < p.end; i++) {
		other = 0;
		if (gb_unlikely(!gb_cas_relaxed(&granule[i], &other, id)))
			return other;
	}
	return 0;
}

uint32_t gb_interval_claim(uintptr_t from, size_t bytes, uint32_t id)
{
	uintptr_t to = from + (bytes ? bytes : 1);
	uint32_t other = 0;

	for (uintptr_t at = from & ~(PAGE - 1); at < to && !other; at += PAGE) {
		struct part p = part_of(at, from, to);
		struct page *g = page_of(at, 1);

		if (gb_unlikely(!gb_load_relaxed(&g->touched)) && !gb_xchg_relaxed(&g->touched, 1))
			gb_add_relaxed(&pages_touched, 1);
		other = p.end - p.first == GRANULES ? claim_whole(g, id) : claim_part(g, p, id);
	}
	return other;
}

static void release_part(struct page *g, struct part p, uint32_t id)
{
	for (size_t i = p.first; i < p.end; i++) {
		/* Another's id: that claim has seen ours and is being reported. */
		if (gb_load_relaxed(&g->granule[i]) == id)
			gb_store_relaxed(&g->granule[i], 0);
	}
	/* release: whoever claims these granules next finds them empty */
	gb_sub_acq_rel(&g->used, (uint32_t)(p.end - p.first));
}

void gb_interval_release(uintptr_t from, size_t bytes, uint32_t id)
{
	uintptr_t to = from + (bytes ? bytes : 1);

	for (uintptr_t at = from & ~(PAGE - 1); at < to; at += PAGE) {
		struct part p = part_of(at, from, to);
		struct page *g = page_of(at, 1);

		if (p.end - p.first == GRANULES)
			gb_store_release(&g->whole, 0);
		else
			release_part(g, p, id);
	}
}

uint64_t gb_interval_pages(void)
{
	return gb_load_relaxed(&pages_touched);
}

uint32_t gb_interval_owner(uintptr_t at)
{
	struct page *g = page_of(at, 0);
	uint32_t *granule, id;

	if (!g)
		return 0;
	id = gb_load_acquire(&g->whole);
	granule = gb_load_acquire(&g->granule);
	if (!id && granule)
		id = gb_load_relaxed(&granule[at % PAGE / GB_INTERVAL_GRAIN]);
	return id;
}
