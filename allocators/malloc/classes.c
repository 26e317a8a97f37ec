/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Size classes: every 16 bytes up to 128, then four to a doubling up to 32 KiB, so that at
 * most a fifth of a block is lost to rounding.
 *
 * A slab is the shortest run of units that wastes at most 1/16 of itself; its objects start
 * at a 64 KiB boundary without header, so an object lies at multiples of every power of two
 * that divides its size.  What a slab wastes at its end is never touched.
 */
#include "malloc/malloc_int.h"

#define LINEAR_MAX      128u
#define STEPS           4u
#define ARRAY_MAX_BYTES (32u << 10) /* of objects in one array */
#define ARRAY_MIN       4u          /* objects, even of the largest class */
#define ARRAY_MAX       ((2048 - offsetof(struct slab_array, slot)) / sizeof(void *))
#define SLAB_UNITS_MAX  4u

struct gm_class gm_class[GM_NR_CLASSES];

static uint32_t class_size(unsigned int id)
{
	unsigned int linear = LINEAR_MAX / GM_ALIGN, step = id - linear - 1;
	uint32_t base;

	if (id <= linear)
		return id * GM_ALIGN;
	base = LINEAR_MAX << (step / STEPS);
	return base + base / STEPS * (step % STEPS + 1);
}

static uint16_t slab_units(uint32_t size)
{
	unsigned int units;

	for (units = 1; units < SLAB_UNITS_MAX; units++)
		if (units * GM_UNIT % size <= units * GM_UNIT / 16)
			break;
	return (uint16_t)units;
}

static uint16_t capacity(uint32_t size)
{
	uint32_t n = ARRAY_MAX_BYTES / size;

	return (uint16_t)(n < ARRAY_MIN ? ARRAY_MIN : n > ARRAY_MAX ? ARRAY_MAX : n);
}

static void init_class(struct gm_class *c, unsigned int id)
{
	size_t array;

	c->id = (uint16_t)id;
	c->size = class_size(id);
	c->reciprocal = (uint32_t)(((1ULL << 32) + c->size - 1) / c->size);
	c->units = slab_units(c->size);
	c->objects = (uint16_t)(c->units * GM_UNIT / c->size);
	c->capacity = capacity(c->size);
	array = offsetof(struct slab_array, slot) + c->capacity * sizeof(void *);
	c->array_class = (uint16_t)gm_class_aligned(array, ARRAY_UNIT);
	list_init(&c->partial);
}

static void fill_table(void)
{
	unsigned int id = 1;

	for (size_t i = 0; i < GB_ARRAY_SIZE(gm_hot.size_class); i++) {
		while (i * GM_ALIGN > class_size(id))
			id++;
		gb_store_relaxed(&gm_hot.size_class[i], (uint8_t)id);
	}
}

void gm_classes_init(void)
{
	_Static_assert(GM_UNIT / GM_ALIGN <= UINT16_MAX, "objects of a slab");
	for (unsigned int id = 1; id < GM_NR_CLASSES; id++)
		gm_class[id].size = class_size(id);
	fill_table();
	for (unsigned int id = 1; id < GM_NR_CLASSES; id++)
		init_class(&gm_class[id], id);
}

unsigned int gm_class_aligned(size_t size, size_t align)
{
	unsigned int id;

	if (size > GM_SMALL_MAX || align > GM_SMALL_MAX)
		return 0;
	id = gm_hot.size_class[(size + GM_ALIGN - 1) / GM_ALIGN];
	while (gm_class[id].size % align) /* ends at GM_SMALL_MAX, a power of two */
		id++;
	return id;
}
