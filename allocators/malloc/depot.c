/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Arrays of free objects on their way between threads: per class a stack of full and one of
 * empty arrays (kernel/array_stack.h).
 *
 * All depots together hold at most DEPOT_MAX bytes of objects.  Within that, as in the
 * kernel's working-set estimate, `low` is the smallest number of full arrays since the last
 * trim: that many nobody needed, and the trim returns them to the slabs.
 *
 * There is no thread of our own that could do so: gm_tick() is called where memory moves
 * anyway, looks at a clock that costs a few nanoseconds, and acts four times a second.
 */
#include "malloc/malloc_int.h"

#include <time.h>

#define DEPOT_MAX ((size_t)8 << 20)
#define TICK_NS   250000000ull

static size_t depot_bytes; /* atomic, relaxed */

static size_t bytes_of(const struct gm_class *c)
{
	return (size_t)c->size * c->capacity;
}

int gm_depot_put_full(struct gm_class *c, struct slab_array *a)
{
	if (gb_add_relaxed(&depot_bytes, bytes_of(c)) > DEPOT_MAX) {
		gb_sub_relaxed(&depot_bytes, bytes_of(c));
		return 0;
	}
	a->count = a->capacity;
	array_stack_push(&c->full, gm_hot.base, a);
	return 1;
}

void gm_depot_put_empty(struct gm_class *c, struct slab_array *a)
{
	a->count = 0;
	array_stack_push(&c->empty, gm_hot.base, a);
}

struct slab_array *gm_depot_get_full(struct gm_class *c)
{
	struct slab_array *a = array_stack_pop(&c->full, gm_hot.base);
	uint32_t left = a ? a->depth - 1 : 0;

	if (left < gb_load_relaxed(&c->low))
		gb_store_relaxed(&c->low, left);
	if (a)
		gb_sub_relaxed(&depot_bytes, bytes_of(c));
	return a;
}

struct slab_array *gm_depot_get_empty(struct gm_class *c)
{
	struct slab_array *a = array_stack_pop(&c->empty, gm_hot.base);
	void *p;

	if (a)
		return a;
	if (!gm_slab_take(&gm_class[c->array_class], &p, 1))
		return NULL;
	a = p;
	*a = (struct slab_array){ .capacity = c->capacity };
	return a;
}

/* ------------------------------------------------------------------ giving back */

static void array_free(const struct gm_class *c, struct slab_array *a)
{
	void *p = a;

	gm_slab_put(&gm_class[c->array_class], &p, 1);
}

static void flush(struct gm_class *c, uint32_t arrays)
{
	struct slab_array *a;

	while (arrays-- && (a = gm_depot_get_full(c))) {
		gm_slab_put(c, a->slot, a->capacity);
		array_free(c, a);
	}
	while ((a = array_stack_pop(&c->empty, gm_hot.base)))
		array_free(c, a);
}

void gm_depot_drain(void)
{
	for (unsigned int id = 1; id < GM_NR_CLASSES; id++)
		flush(&gm_class[id], UINT32_MAX);
}

static void trim(struct gm_class *c)
{
	uint32_t unused = gb_load_relaxed(&c->low);

	if (unused)
		flush(c, unused);
	gb_store_relaxed(&c->low, array_stack_depth(&c->full, gm_hot.base));
}

void gm_tick(void)
{
	static uint64_t last; /* atomic: when somebody acted */
	uint64_t was = gb_load_relaxed(&last), now;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	now = (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
	if (now - was < TICK_NS || !gb_cas_relaxed(&last, &was, now))
		return;
	for (unsigned int id = 1; id < GM_NR_CLASSES; id++)
		trim(&gm_class[id]);
	gm_run_trim();
}
