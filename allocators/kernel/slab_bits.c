/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The free bits of slabs of more than 64 objects: a table with a cache line for each.
 *
 * Such slabs are few and lie anywhere, so a line does not belong to a frame but to a slab
 * while it lives; the lowest free ones are not looked for, the last one given back comes
 * first.  The table is reserved for as many slabs as there are frames, and touched as far
 * as there were slabs at a time.
 */
#include "kernel/slab.h"

#include "base/map.h"

struct line {
	union {
		uint64_t bits[SLAB_MAX_OBJECTS / 64];
		struct line *next; /* while free */
	};
};
_Static_assert(sizeof(struct line) == GB_CACHE_LINE, "one line");

static struct {
	raw_spinlock_t lock;
	struct line *line;          /* constant after boot */
	unsigned long size;         /* constant after boot */
	struct line *free;          /* lock */
	unsigned long used;         /* lock, read anywhere: lines that were ever used */
} table;

void slab_bits_boot(unsigned long nr_frames)
{
	table.lock = (raw_spinlock_t)RAW_SPINLOCK_INIT("slab bits", SLAB_LOCK_RANK + 1);
	table.line = gb_map_lazy(nr_frames * sizeof(*table.line));
	table.size = nr_frames;
	table.free = NULL;
	table.used = 0;
}

void slab_bits_shutdown(void)
{
	if (table.line)
		gb_unmap(table.line, table.size * sizeof(*table.line));
	table.line = NULL;
}

int slab_bits_ready(void)
{
	return table.line != NULL;
}

unsigned long slab_bits_table_bytes(void)
{
	unsigned long bytes = gb_load_relaxed(&table.used) * sizeof(struct line);

	return (bytes + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

static uint64_t *get_line(void)
{
	unsigned long flags = raw_spin_lock_irqsave(&table.lock);
	struct line *l = table.free;

	if (l) {
		table.free = l->next;
	} else {
		l = &table.line[table.used];
		gb_store_relaxed(&table.used, table.used + 1);
	}
	raw_spin_unlock_irqrestore(&table.lock, flags);
	return l->bits;
}

void slab_bits_get(struct page *slab)
{
	unsigned int n = slab->objects;
	uint64_t *bits;

	slab->freelist = n > 64 ? get_line() : NULL;
	bits = slab_bits(slab);
	for (; n >= 64; n -= 64)
		*bits++ = ~0ULL;
	if (n)
		*bits = (1ULL << n) - 1;
}

void slab_bits_put(struct page *slab)
{
	struct line *l = slab->freelist;
	unsigned long flags;

	slab->freelist = NULL;
	if (slab->objects <= 64)
		return;
	flags = raw_spin_lock_irqsave(&table.lock);
	l->next = table.free;
	table.free = l;
	raw_spin_unlock_irqrestore(&table.lock, flags);
}
