/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * fault over the emulated kernel's own calls: each request that is due fails with the result
 * that the kernel's failure has, the others reach the kernel, and NOFAIL is never refused.
 */
#include "tests/tap.h"

#include "backend.h"
#include "kernel_ops.h"
#include "machine/cpu.h"
#include "machine/irq.h"

#include "kernel/mm.h"

extern const struct gb_backend gb_backend_failing;

#define SIZE 96

static struct gb_heap heap;

static void start(const char *argument)
{
	struct gb_backend_config c = { .nr_cpus = 1, .seed = 7, .argument = argument };
	struct gb_error e = GB_ERROR_INIT;

	if (gb_machine_init(1, &e) || gb_backend_failing.start(&c, &heap, &e)) {
		tap_diag("%s: %s", argument, e.what);
		abort();
	}
	if (gb_cpu_online(0, &e)) {
		tap_diag("%s", e.what);
		abort();
	}
	gb_backend_failing.cpu_online(0);
}

static void stop(void)
{
	gb_backend_failing.cpu_offline(0);
	gb_cpu_offline();
	gb_backend_failing.stop();
	gb_machine_exit();
}

static void caches(const struct gb_kernel_ops *k)
{
	struct kmem_cache *s = k->cache_create("test", SIZE, 0, SLAB_NO_MERGE, NULL);
	void *first, *p[4] = { NULL };

	first = k->cache_alloc(s, GFP_KERNEL);
	CHECK(first && !k->cache_alloc(s, GFP_KERNEL));
	CHECK(k->cache_alloc_bulk(s, GFP_KERNEL, 4, p) == 4 && p[3]);
	k->cache_free_bulk(s, 4, p);
	CHECK(k->cache_alloc_bulk(s, GFP_KERNEL, 4, p) == 0);
	k->cache_free(s, first);
	k->cache_destroy(s);
}

static void pages(const struct gb_kernel_ops *k)
{
	struct page *frame, *some[3] = { NULL };
	unsigned long addr = k->get_free_pages(GFP_KERNEL, 1);
	void *map;

	CHECK(addr && !k->get_free_pages(GFP_KERNEL, 1));
	k->free_pages(addr, 1);
	frame = k->alloc_pages(GFP_KERNEL, 0);
	CHECK(frame && !k->alloc_pages(GFP_KERNEL, 0));
	map = k->vm_map_ram(&frame, 1, -1);
	CHECK(map && !k->vm_map_ram(&frame, 1, -1));
	k->vm_unmap_ram(map, 1);
	some[1] = frame;
	CHECK((k->alloc_pages_bulk)(GFP_KERNEL, 3, some) == 3 && some[0] && some[2]);
	k->free_page_block(some[0], 0);
	k->free_page_block(some[2], 0);
	some[0] = some[2] = NULL;
	CHECK((k->alloc_pages_bulk)(GFP_KERNEL, 3, some) == 1 && !some[0] && !some[2]);
	k->free_page_block(frame, 0);
}

/* The option counts bytes: an object's, a block's of pages. */
static void sizes(const struct gb_kernel_ops *k)
{
	struct kmem_cache *s = k->cache_create("test", SIZE, 0, SLAB_NO_MERGE, NULL);
	void *p = k->cache_alloc(s, GFP_KERNEL);
	unsigned long addr = k->get_free_pages(GFP_KERNEL, 0);

	CHECK(p && addr && !k->get_free_pages(GFP_KERNEL, 1));
	k->cache_free(s, p);
	k->free_pages(addr, 0);
	addr = k->get_free_pages(GFP_KERNEL | __GFP_NOFAIL, 1);
	CHECK(addr);
	k->free_pages(addr, 1);
	k->cache_destroy(s);
}

/* Its slab fails, but not while the reserve is filled: so the reserve, and then nothing. */
static void reserves(const struct gb_kernel_ops *k)
{
	struct mempool_s *pool = k->mempool_create_kmalloc(2, SIZE);
	void *a = k->mempool_alloc(pool, GFP_ATOMIC), *b = k->mempool_alloc(pool, GFP_KERNEL);

	CHECK(a && b && a != b);
	CHECK(!k->mempool_alloc(pool, GFP_ATOMIC));
	k->mempool_free(a, pool);
	CHECK(k->mempool_alloc(pool, GFP_KERNEL) == a);
	k->mempool_free(a, pool);
	k->mempool_free(b, pool);
	k->mempool_destroy(pool);
}

static void page_cache(const struct gb_kernel_ops *k)
{
	CHECK(k->pagecache_fill(3, GFP_KERNEL, false) == 3);
	CHECK(k->pagecache_fill(3, GFP_KERNEL, false) == 0);
	k->pagecache_drop(3);
}

int main(void)
{
	start("every=2:slab");
	caches(heap.kernel);
	pages(heap.kernel);
	page_cache(heap.kernel);
	stop();
	start("every=1:slab");
	reserves(heap.kernel);
	stop();
	start("every=1:size_min=8192:slab");
	sizes(heap.kernel);
	stop();
	return tap_done();
}
