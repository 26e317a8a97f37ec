/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What only the emulated kernel can do, for workloads that need more than alloc and free
 * (GB_CAP_KERNEL; gb_heap.kernel).  The functions are those of gfpkernel.h, with its
 * contexts, units and ownership; a workload takes them from here because it allocates only
 * through the handle that it is given.
 *
 * Layer: allocators.
 */
#ifndef GB_ALLOCATORS_KERNEL_OPS_H
#define GB_ALLOCATORS_KERNEL_OPS_H

#include <stdbool.h>

#include "backend.h"

struct kmem_cache;
struct page;
struct rcu_head;
struct shrinker;
struct mempool_s;
struct zone_info;
struct kernel_config;

struct gb_kernel_ops {
	/* caches of objects of one size */
	struct kmem_cache *(*cache_create)(const char *name, size_t size, size_t align,
					   unsigned int flags, void (*ctor)(void *));
	void (*cache_destroy)(struct kmem_cache *s);
	void *(*cache_alloc)(struct kmem_cache *s, gfp_t gfp);
	void (*cache_free)(struct kmem_cache *s, void *p);
	int (*cache_shrink)(struct kmem_cache *s);
	/* n or 0 */
	int (*cache_alloc_bulk)(struct kmem_cache *s, gfp_t gfp, size_t n, void **p);
	void (*cache_free_bulk)(struct kmem_cache *s, size_t n, void **p);
	void (*free_bulk)(size_t n, void **p);
	/* 2^order page frames by direct-map address; 0 on failure */
	unsigned long (*get_free_pages)(gfp_t gfp, unsigned int order);
	void (*free_pages)(unsigned long addr, unsigned int order);
	/* by frame: the only way to HIGHMEM */
	struct page *(*alloc_pages)(gfp_t gfp, unsigned int order);
	void (*free_page_block)(struct page *page, unsigned int order);
	unsigned long (*alloc_pages_bulk)(gfp_t gfp, unsigned long nr, struct page **pages);
	/* reserves */
	struct mempool_s *(*mempool_create_kmalloc)(int min_nr, size_t size);
	void *(*mempool_alloc)(struct mempool_s *pool, gfp_t gfp);
	void (*mempool_free)(void *element, struct mempool_s *pool);
	void (*mempool_destroy)(struct mempool_s *pool);
	/* reclaim calls these back */
	int (*register_shrinker)(struct shrinker *s, const char *fmt, ...) GB_PRINTF(2, 3);
	void (*unregister_shrinker)(struct shrinker *s);
	unsigned long (*pagecache_fill)(unsigned long nr, gfp_t gfp, bool dirty);
	unsigned long (*pagecache_drop)(unsigned long nr);
	/* RCU; kfree_rcu(p, head): @head lies in @p */
	void (*rcu_read_lock)(void);
	void (*rcu_read_unlock)(void);
	void (*kfree_rcu)(struct rcu_head *head, void *p);
	void (*call_rcu)(struct rcu_head *head, void (*func)(struct rcu_head *head));
	void (*synchronize_rcu)(void);
	void (*rcu_barrier)(void);
	/* figures */
	int (*zone_info)(const char *zone, struct zone_info *info);
	unsigned long (*vm_event)(const char *name);
	unsigned long (*free_frames)(void);
	/* vmalloc: process context */
	void *(*vm_map_ram)(struct page **pages, unsigned int count, int node);
	void (*vm_unmap_ram)(const void *p, unsigned int count);
	void (*vmalloc_set_scatter)(bool on);
	/* number of the page frame behind an address of the heap */
	unsigned long (*frame_of)(const void *p);
	/* Another machine in this one's place, or (NULL) the first one again: main thread, no
	 * CPU online, everything freed */
	int (*reboot)(const struct kernel_config *c, struct gb_error *e);
	/* faults: "failslab/probability" and so on; 0 or a negative errno */
	int (*fault_set)(const char *file, long value);
};

/* The table that slab, pages and the vmalloc backends share. */
extern const struct gb_kernel_ops gb_kernel_ops;

#endif
