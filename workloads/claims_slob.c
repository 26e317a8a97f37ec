/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Another small-object allocator in the slab's place, small enough to be read at once, in
 * the manner of the kernel's former SLOB: pages of the page allocator, each with a list of
 * its free pieces by address; a request takes the end of the first piece that is long
 * enough, a free merges with its neighbours, a page that is all free goes back.  What does
 * not fit a page is the page allocator's.
 *
 *	page    struct bin (2 units)  piece or block  piece or block ...     512 units
 *	block   struct piece: its length in units     the object
 *
 * An object follows two units of the page or more, so it never begins a page, which is how
 * a free tells it from a block of pages.  One thread; no locks.
 */
#include "claims.h"

#include <math.h>
#include <string.h>

#include "kernel/mm.h"

#define UNIT       sizeof(struct piece)
#define UNITS      (PAGE_SIZE / UNIT)
#define BIN_UNITS  2
#define ROOM_UNITS (UNITS - BIN_UNITS)
#define NOTHING    0 /* no piece begins at unit 0 */
#define OBJECTS    256
#define REQUESTS   4000

struct piece {
	uint16_t units, next; /* next free piece of the page, by address */
	uint32_t unused;      /* objects are aligned to 8 bytes */
};

struct bin {
	struct bin *next;
	uint16_t first, room; /* first free piece; free units of all */
};

static struct bin *bins;

static struct piece *piece_at(struct bin *b, unsigned int unit)
{
	return (struct piece *)(void *)b + unit;
}

static struct bin *new_bin(gfp_t gfp)
{
	struct bin *b = (void *)__get_free_pages(gfp, 0);

	if (!b)
		return NULL;
	*b = (struct bin){ .next = bins, .first = BIN_UNITS, .room = ROOM_UNITS };
	*piece_at(b, BIN_UNITS) = (struct piece){ .units = ROOM_UNITS };
	bins = b;
	return b;
}

static void *take_from(struct bin *b, unsigned int units)
{
	uint16_t *link = &b->first;
	struct piece *p;
	unsigned int at;

	while (*link != NOTHING && piece_at(b, *link)->units < units)
		link = &piece_at(b, *link)->next;
	if (*link == NOTHING)
		return NULL;
	p = piece_at(b, *link);
	p->units = (uint16_t)(p->units - units);
	at = *link + p->units;
	if (!p->units)
		*link = p->next;
	b->room = (uint16_t)(b->room - units);
	piece_at(b, at)->units = (uint16_t)units;
	return piece_at(b, at) + 1;
}

static void *large_alloc(size_t n, gfp_t gfp)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < n)
		order++;
	return (void *)__get_free_pages(gfp | __GFP_COMP, order);
}

static void *small_alloc(size_t n, gfp_t gfp)
{
	size_t units = 1 + (n + UNIT - 1) / UNIT;
	void *p = NULL;

	if (units > ROOM_UNITS)
		return claims_without ? NULL : large_alloc(n, gfp);
	for (struct bin *b = bins; b && !p; b = b->next)
		p = b->room < units ? NULL : take_from(b, (unsigned int)units);
	if (!p && new_bin(gfp))
		p = take_from(bins, (unsigned int)units);
	return p;
}

/* The piece at @unit takes in the one that begins where it ends. */
static void merge(struct bin *b, unsigned int unit)
{
	struct piece *p = piece_at(b, unit);

	if (p->next == NOTHING || unit + p->units != p->next)
		return;
	p->units = (uint16_t)(p->units + piece_at(b, p->next)->units);
	p->next = piece_at(b, p->next)->next;
}

static void give_to(struct bin *b, unsigned int unit)
{
	unsigned int before = NOTHING;
	uint16_t *link = &b->first;

	while (*link != NOTHING && *link < unit) {
		before = *link;
		link = &piece_at(b, *link)->next;
	}
	piece_at(b, unit)->next = *link;
	*link = (uint16_t)unit;
	b->room = (uint16_t)(b->room + piece_at(b, unit)->units);
	merge(b, unit);
	if (before != NOTHING)
		merge(b, before);
}

static void drop_bin(struct bin *b)
{
	struct bin **link = &bins;

	while (*link != b)
		link = &(*link)->next;
	*link = b->next;
	free_pages((unsigned long)b, 0);
}

static void small_free(void *p)
{
	unsigned long at = (unsigned long)p;
	struct bin *b = (struct bin *)(at & PAGE_MASK);

	if (p == b) {
		free_pages(at, virt_to_page(p)->order);
		return;
	}
	give_to(b, (unsigned int)((at - (unsigned long)b) / UNIT - 1));
	if (b->room == ROOM_UNITS)
		drop_bin(b);
}

/* ------------------------------------------------------------------ the experiment */

struct layer {
	void *(*alloc)(size_t n, gfp_t gfp);
	void (*free)(void *p);
	int slab;
};

static void *slab_alloc(size_t n, gfp_t gfp)
{
	return kmalloc(n, gfp);
}

static void slab_free(void *p)
{
	kfree(p);
}

static struct object {
	unsigned char *p, fill;
	size_t n;
} object[OBJECTS];

/* 1: the object still holds what was written, in memory of the layer that it asked. */
static int good(const struct object *o, const struct layer *l)
{
	int in_slab = !!(compound_head(virt_to_page(o->p))->flags & PG_SLAB);

	for (size_t i = 0; i < o->n; i++)
		if (o->p[i] != o->fill)
			return 0;
	return o->n > PAGE_SIZE || in_slab == l->slab;
}

static double let_go(struct object *o, const struct layer *l)
{
	double right;

	if (!o->p)
		return 0;
	right = good(o, l);
	l->free(o->p);
	o->p = NULL;
	return right;
}

/* Requests of the same stream that @l serves right: small ones mostly, one in sixteen of
 * up to three pages. */
static double served(const struct layer *l)
{
	uint32_t x = 1;
	double right = 0;

	for (int i = 0; i < REQUESTS; i++) {
		struct object *o = &object[(x = x * 1664525u + 1013904223u) >> 24];

		right += let_go(o, l);
		o->n = 1 + (x >> 8) % (i % 16 ? 400 : 3 * PAGE_SIZE);
		o->fill = (unsigned char)i;
		o->p = l->alloc(o->n, GFP_KERNEL | __GFP_NOWARN);
		if (o->p)
			memset(o->p, o->fill, o->n);
	}
	for (int i = 0; i < OBJECTS; i++)
		right += let_go(&object[i], l);
	return right;
}

/* What the other allocator serves right, against the slab.  The page allocator is half of
 * what stands in: without it for what fits no page, less is served. */
double claim_slob(void)
{
	static const struct layer slab = { slab_alloc, slab_free, 1 };
	static const struct layer other = { small_alloc, small_free, 0 };
	double right = served(&slab), stands_in = served(&other);

	return right ? stands_in / right : NAN;
}
