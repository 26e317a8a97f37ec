/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Slabs: blocks of page frames cut into objects, one bit per object.  How they come and go:
 * slab_new.c.
 *
 * The bits live beside the frames, never in the objects: in the struct page itself up to
 * 64 objects, else in a table (slab_bits.c).  So a free touches no
 * object, a write after free cannot break the allocator, and a second free of the same
 * object, or a free of an address that is no object's, is noticed when it gets here.
 *
 * A slab is on `partial` while it has free objects and somebody has been here; full slabs
 * are on no list (caches with debugging keep them on `full`, to be checked).  An empty slab
 * stays on partial while the list is short (min_partial), else it goes back to the buddy
 * (kernel-model 3.4, statement 70); slabs of SLAB_TYPESAFE_BY_RCU after a grace period.
 *
 * Differs from the kernel: no free pointers in objects, hence no "Freechain corrupt"; the
 * objects of a fresh slab come in ascending order (CONFIG_SLAB_FREELIST_RANDOM is off).
 */
#include "kernel/slab.h"

#define PUT_CHUNK  64 /* objects per hold of a cache lock */

int slab_bit_free(struct page *slab, unsigned int index)
{
	return (int)(slab_bits(slab)[index / 64] >> (index % 64) & 1);
}

/* ------------------------------------------------------------------ addresses */

static char *first_object(const struct page *slab)
{
	return lowmem_page_address(slab);
}

/* Index of the object that starts at @p, or -1. */
static int object_index(const struct kmem_cache *s, struct page *slab, const void *p)
{
	uint64_t off = (uint64_t)((const char *)p - first_object(slab)) - s->red_left_pad;
	uint64_t index = off * s->reciprocal >> 32;

	if (off >> 22 || index >= slab->objects || index * s->size != off)
		return -1;
	return (int)index;
}

int slab_is_object(const struct kmem_cache *s, const void *p)
{
	return object_index(s, virt_to_head_page(p), p) >= 0;
}

void *slab_object_at(const struct kmem_cache *s, struct page *slab, unsigned int index)
{
	return first_object(slab) + (size_t)index * s->size + s->red_left_pad;
}

void *slab_object(struct kmem_cache *s, const void *p, unsigned int *index)
{
	struct page *slab = virt_to_head_page(p);
	unsigned int i = (unsigned int)(((const char *)p - first_object(slab)) / s->size);

	if (i >= slab->objects)
		return NULL;
	if (index)
		*index = i;
	return slab_object_at(s, slab, i);
}

/* ------------------------------------------------------------------ lists; cache lock */

/* Counters are read by others without the lock. */
static void count_free(struct kmem_cache *s, long n)
{
	gb_store_relaxed(&s->nr_free, s->nr_free + (unsigned long)n);
}

void slab_count(struct kmem_cache *s, const struct page *slab, long sign)
{
	gb_store_relaxed(&s->nr_slabs, s->nr_slabs + (unsigned long)sign);
	gb_store_relaxed(&s->nr_pages,
			 s->nr_pages + (unsigned long)(sign * (1L << slab->order)));
	gb_store_relaxed(&s->nr_objects,
			 s->nr_objects + (unsigned long)(sign * slab->objects));
	count_free(s, sign * slab->objects);
}

static void list_partial(struct kmem_cache *s, struct page *slab, int tail)
{
	if (tail)
		list_add_tail(&slab->lru, &s->partial);
	else
		list_add(&slab->lru, &s->partial);
	gb_store_relaxed(&s->nr_partial, s->nr_partial + 1);
}

static void unlist_partial(struct kmem_cache *s, struct page *slab)
{
	list_del(&slab->lru);
	list_init(&slab->lru);
	gb_store_relaxed(&s->nr_partial, s->nr_partial - 1);
}

static void list_full(struct kmem_cache *s, struct page *slab)
{
	if (s->flags & SLAB_DEBUG_FLAGS)
		list_add(&slab->lru, &s->full);
}

/* Take up to @n objects out of the bits. */
static size_t take_bits(struct kmem_cache *s, struct page *slab, void **p, size_t n)
{
	uint64_t *bits = slab_bits(slab);
	char *base = slab_object_at(s, slab, 0);
	size_t got = 0;

	for (unsigned int w = 0; w * 64 < slab->objects && got < n; w++) {
		uint64_t b = bits[w];

		while (b && got < n) {
			unsigned int i = w * 64 + (unsigned int)__builtin_ctzll(b);

			p[got++] = base + (size_t)i * s->size;
			b &= b - 1;
		}
		bits[w] = b;
	}
	slab->inuse = (uint16_t)(slab->inuse + got);
	count_free(s, -(long)got);
	slab_depot_earn(s, got);
	return got;
}

size_t slab_take_partial(struct kmem_cache *s, void **p, size_t n, int reserve)
{
	struct list_head *l, *next;
	size_t got = 0;

	if (!gb_load_relaxed(&s->nr_partial))
		return 0;
	raw_spin_lock(&s->lock);
	list_for_each_safe(l, next, &s->partial) {
		struct page *slab = list_entry(l, struct page, lru);

		if (got == n)
			break;
		if (slab->flags & PG_PFMEMALLOC && !reserve)
			continue;
		got += take_bits(s, slab, p + got, n - got);
		if (slab->inuse == slab->objects) {
			unlist_partial(s, slab);
			list_full(s, slab);
		}
	}
	raw_spin_unlock(&s->lock);
	return got;
}

size_t slab_take_new(struct kmem_cache *s, struct page *slab, void **p, size_t n)
{
	size_t got;

	raw_spin_lock(&s->lock);
	got = take_bits(s, slab, p, n);
	if (slab->inuse < slab->objects)
		list_partial(s, slab, 0);
	else
		list_full(s, slab);
	raw_spin_unlock(&s->lock);
	return got;
}

/* ------------------------------------------------------------------ frees */

/* Set one bit; 0: refused.  An object of a slab whose bit is set is free already. */
static int put_bit(struct kmem_cache *s, struct page *slab, void *p)
{
	int index = object_index(s, slab, p);
	uint64_t *bits;

	if (index < 0)
		return 0;
	bits = &slab_bits(slab)[index / 64];
	if (*bits >> (index % 64) & 1)
		return 0;
	*bits |= 1ULL << (index % 64);
	return 1;
}

/* An empty slab leaves the cache: from here on a free of an address in it is refused. */
static void bury(struct kmem_cache *s, struct page *slab, struct list_head *dead)
{
	unlist_partial(s, slab);
	slab_count(s, slab, -1);
	gb_store_relaxed(&slab->slab_cache, NULL);
	list_add(&slab->lru, dead);
}

static void put_one(struct kmem_cache *s, struct page *slab, struct list_head *dead)
{
	int was_full = slab->inuse == slab->objects;

	slab->inuse--;
	s->nr_returned++;
	count_free(s, 1);
	if (was_full) {
		if (s->flags & SLAB_DEBUG_FLAGS)
			list_del(&slab->lru);
		list_partial(s, slab, 1);
	}
	/* as __slab_free(): a slab that was full does not count itself */
	if (slab->inuse || s->nr_partial - (unsigned int)was_full < s->min_partial)
		return;
	bury(s, slab, dead);
}

/* What has become empty, once the lock is free. */
static void discard_list(struct kmem_cache *s, struct list_head *dead)
{
	while (!list_empty(dead))
		slab_discard(s, list_entry(list_pop(dead), struct page, lru));
}

/* Returns the first object that was refused, or NULL; *@done counts those looked at. */
static void *put_chunk(struct kmem_cache *s, void **p, size_t n, size_t *done)
{
	struct list_head dead;
	unsigned long flags;
	void *refused = NULL;
	size_t i;

	list_init(&dead);
	flags = raw_spin_lock_irqsave(&s->lock);
	for (i = 0; i < n && !refused; i++) {
		struct page *slab = virt_to_head_page(p[i]);

		if (gb_likely(slab->slab_cache == s && put_bit(s, slab, p[i])))
			put_one(s, slab, &dead);
		else
			refused = p[i];
	}
	raw_spin_unlock_irqrestore(&s->lock, flags);
	discard_list(s, &dead);
	*done = i;
	return refused;
}

void slab_put(struct kmem_cache *s, void **p, size_t n)
{
	size_t done;

	for (; n; n -= done, p += done) {
		void *refused = put_chunk(s, p, n < PUT_CHUNK ? n : PUT_CHUNK, &done);

		if (gb_unlikely(refused != NULL))
			slab_report_invalid(s, refused);
	}
}

unsigned long slab_shrink(struct kmem_cache *s)
{
	struct list_head dead, *l, *next;
	unsigned long flags, left;

	list_init(&dead);
	flags = raw_spin_lock_irqsave(&s->lock);
	list_for_each_safe(l, next, &s->partial) {
		struct page *slab = list_entry(l, struct page, lru);

		if (!slab->inuse)
			bury(s, slab, &dead);
	}
	left = s->nr_slabs;
	raw_spin_unlock_irqrestore(&s->lock, flags);
	discard_list(s, &dead);
	return left;
}

void slab_retire(struct kmem_cache *s, struct page *slab)
{
	unsigned long flags = raw_spin_lock_irqsave(&s->lock);
	uint64_t *bits = slab_bits(slab);

	count_free(s, -(long)(slab->objects - slab->inuse));
	for (unsigned int w = 0; w * 64 < slab->objects; w++)
		bits[w] = 0;
	if (slab->inuse < slab->objects) {
		unlist_partial(s, slab);
		list_full(s, slab);
	}
	slab->inuse = slab->objects;
	raw_spin_unlock_irqrestore(&s->lock, flags);
}
