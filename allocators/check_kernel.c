/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * check:BACKEND for what only the emulated kernel can do (kernel_ops.h): objects of caches,
 * pages, reserves, mappings, frees that wait for readers.
 *
 * Every object, block of pages and mapping is a block like those of heap.alloc: it overlaps
 * no live one, is aligned as its cache or order promises, zeroed when that was asked for, and
 * holds a pattern until it is freed, which audits look at.  There are no red zones: a cache's
 * objects have the size that was asked for, and pages are whole.
 *
 * Bytes that are not ours to write: objects of a cache with a constructor (they stay
 * constructed between a free and the next allocation) or of one whose readers may look at
 * freed objects; frames by struct page (they may be mapped elsewhere); mappings.  Those are
 * checked for overlap and alignment only.
 *
 * kfree_rcu() ends the block at the call: when its grace period ends is the kernel's affair,
 * and readers look until then, so it is verified but not overwritten.  Frames of HIGHMEM,
 * which have no address, pass unchecked.
 *
 * What the workload says of a cache or a pool is kept in a small table; the main thread
 * alone creates and destroys them, while no other allocates from that one.  Members whose
 * names are macros of the header as well are called in parentheses.
 */
#include "check_int.h"

#include <string.h>

#include "base/atomic.h"

#include "kernel/mm.h"

#include "kernel_ops.h"

#define MAX_SOURCES (2 * GB_MAX_CPUS + 64) /* blkio has two for each CPU */
#define AT_ONCE     64 /* pointers of a bulk call that are handled together */

/* A cache or a mempool. */
struct source {
	const void *id;  /* atomic; NULL: free */
	size_t size, align;
	unsigned int how; /* enum gb_check_how */
};

static struct source sources[MAX_SOURCES]; /* written by the main thread */
static const struct gb_kernel_ops *real;

/* --- caches and pools -------------------------------------------------------------- */

static const struct source *source_of(const void *id)
{
	for (size_t i = 0; i < MAX_SOURCES; i++)
		if (gb_load_acquire(&sources[i].id) == id)
			return &sources[i];
	GB_BUG("check: a cache or a pool that it never saw: %p", id);
}

/* Acquire pairs with the release by which a source is published. */
static void remember(const void *id, size_t size, size_t align, unsigned int how)
{
	for (size_t i = 0; i < MAX_SOURCES; i++) {
		if (gb_load_acquire(&sources[i].id))
			continue;
		sources[i].size = size;
		sources[i].align = align;
		sources[i].how = how;
		gb_store_release(&sources[i].id, id);
		return;
	}
	GB_BUG("check: more than %d caches and pools", MAX_SOURCES);
}

static void forget(const void *id)
{
	for (size_t i = 0; i < MAX_SOURCES; i++)
		if (gb_load_relaxed(&sources[i].id) == id)
			gb_store_release(&sources[i].id, NULL);
}

static struct kmem_cache *cache_create(const char *name, size_t size, size_t align,
				       unsigned int flags, void (*ctor)(void *))
{
	struct kmem_cache *s =
		real->cache_create(name, size, align, flags | SLAB_NO_MERGE, ctor);

	if (flags & SLAB_HWCACHE_ALIGN && align < GB_CACHE_LINE && size > GB_CACHE_LINE / 2)
		align = GB_CACHE_LINE;
	if (s)
		remember(s, size, align > sizeof(void *) ? align : sizeof(void *),
			 ctor || flags & SLAB_TYPESAFE_BY_RCU ? GB_CHECK_UNTOUCHED : 0);
	return s;
}

static void cache_destroy(struct kmem_cache *s)
{
	forget(s);
	real->cache_destroy(s);
}

static void *cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	const struct source *c = source_of(s);

	return gb_check_born(real->cache_alloc(s, gfp), c->size, gfp, c->align, c->how);
}

static void cache_free(struct kmem_cache *s, void *p)
{
	if (gb_check_dies(p, source_of(s)->how))
		real->cache_free(s, p);
}

static int cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, size_t n, void **p)
{
	const struct source *c = source_of(s);
	int got = real->cache_alloc_bulk(s, gfp, n, p);

	for (int i = 0; i < got; i++)
		gb_check_born(p[i], c->size, gfp, c->align, c->how);
	return got;
}

static void cache_free_bulk(struct kmem_cache *s, size_t n, void **p)
{
	const struct source *c = source_of(s);

	for (size_t i = 0; i < n; i++)
		if (!gb_check_dies(p[i], c->how))
			return;
	real->cache_free_bulk(s, n, p);
}

/* Blocks of heap.alloc, whose red zones the backend knows nothing of. */
static void free_bulk(size_t n, void **p)
{
	void *base[AT_ONCE];
	size_t now;

	for (; n; n -= now, p += now) {
		now = n < AT_ONCE ? n : AT_ONCE;
		for (size_t i = 0; i < now; i++)
			if (!(base[i] = gb_check_dies(p[i], 0)))
				return;
		real->free_bulk(now, base);
	}
}

static struct mempool_s *pool_create(int min_nr, size_t size)
{
	struct mempool_s *pool = real->mempool_create_kmalloc(min_nr, size);

	if (pool)
		remember(pool, size, sizeof(void *), 0);
	return pool;
}

static void pool_destroy(struct mempool_s *pool)
{
	forget(pool);
	real->mempool_destroy(pool);
}

/* What comes from the reserve was used before, and the kernel zeroes it only on request. */
static void *pool_alloc(struct mempool_s *pool, gfp_t gfp)
{
	const struct source *c = source_of(pool);

	return gb_check_born(real->mempool_alloc(pool, gfp), c->size, gfp & ~__GFP_ZERO,
			     c->align, c->how);
}

static void pool_free(void *element, struct mempool_s *pool)
{
	if (gb_check_dies(element, source_of(pool)->how))
		real->mempool_free(element, pool);
}

/* --- pages ------------------------------------------------------------------------ */

static unsigned long get_free_pages(gfp_t gfp, unsigned int order)
{
	size_t bytes = PAGE_SIZE << order;

	return (unsigned long)gb_check_born((void *)real->get_free_pages(gfp, order), bytes,
					    gfp, bytes, 0);
}

static void free_pages_checked(unsigned long addr, unsigned int order)
{
	if (!addr || gb_check_dies((void *)addr, 0))
		real->free_pages(addr, order);
}

static void frame_born(struct page *page, gfp_t gfp, unsigned int order)
{
	size_t bytes = PAGE_SIZE << order;
	void *p = page ? page_address(page) : NULL;

	if (p)
		gb_check_born(p, bytes, gfp, bytes, GB_CHECK_UNTOUCHED);
}

static struct page *alloc_frames(gfp_t gfp, unsigned int order)
{
	struct page *page = real->alloc_pages(gfp, order);

	frame_born(page, gfp, order);
	return page;
}

static void free_frames_checked(struct page *page, unsigned int order)
{
	void *p = page_address(page);

	if (!p || gb_check_dies(p, GB_CHECK_UNTOUCHED))
		real->free_page_block(page, order);
}

/* Only empty entries are filled; frames that lay there before are known. */
static unsigned long alloc_frames_bulk(gfp_t gfp, unsigned long nr, struct page **pages)
{
	unsigned long got = (real->alloc_pages_bulk)(gfp, nr, pages);

	for (unsigned long i = 0; i < nr; i++)
		if (pages[i] && !gb_check_known(page_address(pages[i])))
			frame_born(pages[i], gfp, 0);
	return got;
}

static void *map_frames(struct page **pages, unsigned int count, int node)
{
	return gb_check_born(real->vm_map_ram(pages, count, node), (size_t)count * PAGE_SIZE, 0,
			     PAGE_SIZE, GB_CHECK_UNTOUCHED);
}

static void unmap_frames(const void *p, unsigned int count)
{
	if (gb_check_dies(p, GB_CHECK_UNTOUCHED))
		real->vm_unmap_ram(p, count);
}

/* --- readers ----------------------------------------------------------------------- */

static void free_after_readers(struct rcu_head *head, void *p)
{
	void *base = gb_check_dies(p, GB_CHECK_UNTOUCHED);

	if (base)
		(real->kfree_rcu)(head, base);
}

/* --- the table ---------------------------------------------------------------------- */

const struct gb_kernel_ops *gb_check_kernel(const struct gb_kernel_ops *ops)
{
	static struct gb_kernel_ops checked;

	if (!ops)
		return NULL;
	memset(sources, 0, sizeof(sources));
	real = ops;
	checked = *ops;
	checked.cache_create = cache_create;
	checked.cache_destroy = cache_destroy;
	checked.cache_alloc = cache_alloc;
	checked.cache_free = cache_free;
	checked.cache_alloc_bulk = cache_alloc_bulk;
	checked.cache_free_bulk = cache_free_bulk;
	checked.free_bulk = free_bulk;
	checked.get_free_pages = get_free_pages;
	checked.free_pages = free_pages_checked;
	checked.alloc_pages = alloc_frames;
	checked.free_page_block = free_frames_checked;
	checked.alloc_pages_bulk = alloc_frames_bulk;
	checked.mempool_create_kmalloc = pool_create;
	checked.mempool_destroy = pool_destroy;
	checked.mempool_alloc = pool_alloc;
	checked.mempool_free = pool_free;
	checked.kfree_rcu = free_after_readers;
	checked.vm_map_ram = map_frames;
	checked.vm_unmap_ram = unmap_frames;
	return &checked;
}
