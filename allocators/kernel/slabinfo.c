/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the slab layer says about itself: text in the form of /proc/slabinfo (version 2.1,
 * slabinfo_show() in mm/slab_common.c), and kmem_validate(), which writing to
 * /sys/kernel/slab/CACHE/validate does in a kernel.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/slab.h"

static size_t append(char *buf, size_t n, size_t at, const char *fmt, ...) GB_PRINTF(4, 5);
static size_t append(char *buf, size_t n, size_t at, const char *fmt, ...)
{
	va_list ap;
	int r;

	if (at + 1 >= n)
		return at;
	va_start(ap, fmt);
	r = vsnprintf(buf + at, n - at, fmt, ap);
	va_end(ap);
	return r < 0 ? at : at + (size_t)r < n ? at + (size_t)r : n - 1;
}

static size_t cache_line(char *buf, size_t n, size_t at, const struct kmem_cache *s)
{
	unsigned long objects = gb_load_relaxed(&s->nr_objects);
	unsigned long idle = gb_load_relaxed(&s->nr_free) + slab_cache_cached(s);
	unsigned long slabs = gb_load_relaxed(&s->nr_slabs);

	return append(buf, n, at,
		      "%-17s %6lu %6lu %6u %4u %4u : tunables %4u %4u %4u : slabdata %6lu %6lu %6u\n",
		      s->name, objects > idle ? objects - idle : 0, objects, s->size, s->objects,
		      1u << s->order, 0u, 0u, 0u, slabs, slabs, 0u);
}

/* Process context; returns the length. */
size_t proc_slabinfo(char *buf, size_t n)
{
	size_t at = 0;

	if (!n || !mm_ready("proc_slabinfo"))
		return 0;
	buf[0] = '\0';
	at = append(buf, n, at,
		    "slabinfo - version: 2.1\n"
		    "# name            <active_objs> <num_objs> <objsize> <objperslab> "
		    "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata "
		    "<active_slabs> <num_slabs> <sharedavail>\n");
	slab_mutex_lock();
	for (unsigned int i = 1; i < slab_nr_caches; i++)
		if (slab_caches[i].refcount &&
		    !(slab_caches[i].flags & (SLAB_INTERNAL | SLAB_LARGE)))
			at = cache_line(buf, n, at, &slab_caches[i]);
	slab_mutex_unlock();
	return at;
}

static int check_list(struct kmem_cache *s, struct list_head *list)
{
	struct list_head *l;
	int good = 1;

	list_for_each(l, list)
		good &= slab_debug_check_slab(s, list_entry(l, struct page, lru));
	return good;
}

/* Process context; only a cache with debugging has something to check. */
bool kmem_validate(struct kmem_cache *s)
{
	unsigned long flags;
	int good = 1;

	if (!s || !mm_ready("kmem_validate") || !(s->flags & SLAB_DEBUG_FLAGS))
		return s != NULL;
	flags = raw_spin_lock_irqsave(&s->lock);
	good &= check_list(s, &s->partial);
	good &= check_list(s, &s->full);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	return good;
}

/* Page frames in slabs; bytes of free objects in arrays and depots. */
unsigned long slab_pages(void)
{
	unsigned long n = 0;

	for (unsigned int i = 1; i < gb_load_relaxed(&slab_nr_caches); i++)
		n += gb_load_relaxed(&slab_caches[i].nr_pages);
	return n;
}
