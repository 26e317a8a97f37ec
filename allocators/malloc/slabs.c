/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Slabs: runs cut into objects of one class, one bit per object in the run's descriptor.
 *
 * As in the kernel's slab here, a free touches no object, and a second free or a free of an
 * address that is no object's is noticed when it gets here (it may lie in an array until
 * then).  A slab is on its class's `partial` list while it has free objects; empty ones
 * stay at its end, at most KEEP_EMPTY of them, the others go back as runs.
 */
#include "malloc/malloc_int.h"

#define KEEP_EMPTY 1
#define PUT_CHUNK  64 /* objects per hold of a class lock */

/* ------------------------------------------------------------------ making and unmaking */

static void set_class(const struct gm_unit *slab, uint8_t id)
{
	size_t first = ((uintptr_t)gm_unit_address(slab) - gm_hot.base) >> GM_UNIT_SHIFT;

	for (unsigned int i = 0; i < slab->units; i++)
		gb_store_relaxed(&gm_unit_class[first + i], id);
}

static struct gm_unit *make(struct gm_class *c)
{
	int zeroed;
	struct gm_unit *slab = gm_run_alloc(c->units, GM_SLAB, &zeroed);
	unsigned int words = c->objects / 64, rest = c->objects % 64;

	if (!slab)
		return NULL;
	for (unsigned int i = 0; i < c->units; i++)
		slab[i].head = (uint16_t)i;
	slab->class = (uint8_t)c->id;
	slab->objects = c->objects;
	slab->inuse = 0;
	slab->hint = 0;
	for (unsigned int w = 0; w < words; w++)
		slab->bits[w] = ~0ULL;
	if (rest)
		slab->bits[words] = (1ULL << rest) - 1;
	set_class(slab, (uint8_t)c->id);
	return slab;
}

static void unmake(struct gm_unit *slab)
{
	set_class(slab, 0);
	gm_run_free(slab);
}

static void unmake_all(struct list_head *dead)
{
	while (!list_empty(dead))
		unmake(list_entry(list_pop(dead), struct gm_unit, list));
}

/* ------------------------------------------------------------------ taking; class lock */

static size_t take_bits(const struct gm_class *c, struct gm_unit *slab, void **p,
			size_t n)
{
	char *base = gm_unit_address(slab);
	unsigned int w, words = (slab->objects + 63u) / 64;
	size_t got = 0;

	for (w = slab->hint; w < words; w++) {
		uint64_t b = slab->bits[w];

		for (; b && got < n; b &= b - 1)
			p[got++] = base + (w * 64 + (size_t)__builtin_ctzll(b)) * c->size;
		slab->bits[w] = b;
		if (got == n)
			break;
	}
	slab->hint = (uint16_t)w;
	slab->inuse = (uint16_t)(slab->inuse + got);
	return got;
}

static size_t take_partial(struct gm_class *c, void **p, size_t n)
{
	size_t got = 0;

	while (got < n && !list_empty(&c->partial)) {
		struct gm_unit *slab = list_entry(c->partial.next, struct gm_unit, list);

		if (!slab->inuse)
			c->nr_empty--;
		got += take_bits(c, slab, p + got, n - got);
		if (slab->inuse == slab->objects)
			list_del(&slab->list);
	}
	return got;
}

size_t gm_slab_take(struct gm_class *c, void **p, size_t n)
{
	struct gm_unit *slab;
	size_t got;

	gm_lock(&c->lock);
	got = take_partial(c, p, n);
	gm_unlock(&c->lock);
	if (got)
		return got;
	slab = make(c);
	if (!slab)
		return 0;
	gm_lock(&c->lock);
	got = take_bits(c, slab, p, n);
	if (slab->inuse < slab->objects)
		list_add(&slab->list, &c->partial);
	gm_unlock(&c->lock);
	return got;
}

/* ------------------------------------------------------------------ giving back */

/* Sets the object's bit. */
static struct gm_unit *put_bit(const struct gm_class *c, const void *p)
{
	struct gm_unit *slab = gm_unit_of(p);
	uint64_t off, index;

	slab -= slab->head;
	off = (uint64_t)((const char *)p - gm_unit_address(slab));
	index = off * c->reciprocal >> 32;
	if (slab->class != c->id || index >= slab->objects || index * c->size != off)
		gm_die("free(): invalid pointer");
	if (slab->bits[index / 64] >> (index % 64) & 1)
		gm_die("free(): double free detected");
	slab->bits[index / 64] |= 1ULL << (index % 64);
	if (index / 64 < slab->hint)
		slab->hint = (uint16_t)(index / 64);
	return slab;
}

static void put_one(struct gm_class *c, const void *p, struct list_head *dead)
{
	struct gm_unit *slab = put_bit(c, p);

	if (slab->inuse-- == slab->objects)
		list_add(&slab->list, &c->partial);
	if (slab->inuse)
		return;
	list_del(&slab->list);
	if (c->nr_empty < KEEP_EMPTY) {
		c->nr_empty++;
		list_add_tail(&slab->list, &c->partial);
	} else {
		list_add(&slab->list, dead);
	}
}

void gm_slab_put(struct gm_class *c, void **p, size_t n)
{
	while (n) {
		size_t now = n < PUT_CHUNK ? n : PUT_CHUNK;
		struct list_head dead;

		list_init(&dead);
		gm_lock(&c->lock);
		for (size_t i = 0; i < now; i++)
			put_one(c, p[i], &dead);
		gm_unlock(&c->lock);
		unmake_all(&dead);
		p += now;
		n -= now;
	}
}

void gm_slab_shrink(struct gm_class *c)
{
	struct list_head dead, *l, *next;

	list_init(&dead);
	gm_lock(&c->lock);
	list_for_each_safe(l, next, &c->partial)
	{
		if (list_entry(l, struct gm_unit, list)->inuse)
			continue;
		list_del(l);
		list_add(l, &dead);
	}
	c->nr_empty = 0;
	gm_unlock(&c->lock);
	unmake_all(&dead);
}
