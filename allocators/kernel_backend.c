/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The emulated kernel under a backend.
 *
 * RAM without --ram: 256 MiB, or four times what the workload holds at its peak where that
 * is more, so that only cells that ask for little memory ever meet a watermark.
 */
#include "kernel_backend.h"

#include <stdio.h>
#include <string.h>

#include "kernel_ops.h"

#include "kernel/mm.h"
#include "kernel/slab.h"

#define DEFAULT_RAM   (256ull << 20)
#define MAX_RAM       (64ull << 30)
#define RAM_STEP      (64ull << 20)
#define RAM_OVER_PEAK 4

int gb_kernel_locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	(void)argument;
	(void)e;
	*l = (struct gb_backend_location){ .preload = "" };
	gb_kernel_version(l->version, sizeof(l->version));
	return 0;
}

static uint64_t ram_for(const struct gb_backend_config *c)
{
	uint64_t want = c->peak_live_bytes * RAM_OVER_PEAK;

	if (c->ram_bytes)
		return c->ram_bytes;
	want = (want + RAM_STEP - 1) / RAM_STEP * RAM_STEP;
	return want < DEFAULT_RAM ? DEFAULT_RAM : want > MAX_RAM ? MAX_RAM : want;
}

static struct kernel_config booted; /* what start() asked for */

int gb_kernel_start_tuned(const struct gb_backend_config *c,
			  const struct kernel_config *tuned, struct gb_error *e)
{
	booted = *tuned;
	booted.ram_bytes = ram_for(c);
	booted.nr_cpus = c->nr_cpus;
	booted.quiet = 1;
	booted.stall_timeout_ms = 1000; /* no wait of a cell is endless */
	return mm_boot(&booted, e);
}

int gb_kernel_start(const struct gb_backend_config *c, struct gb_error *e)
{
	return gb_kernel_start_tuned(c, &(struct kernel_config){ 0 }, e);
}

int gb_kernel_start_mapped(const struct gb_backend_config *c, struct gb_error *e)
{
	int err = gb_kernel_start(c, e);
	struct vmalloc_figures f;

	if (err)
		return err;
	vmalloc_figures(&f);
	gb_event_post(GB_INFO, "vmalloc-mappings-limit",
		      "the system allows %lu mappings more (vm.max_map_count): at most %lu "
		      "areas of vmalloc, fewer of several runs of frames each",
		      f.max_mappings, f.max_mappings / 2);
	return 0;
}

static int reboot(const struct kernel_config *c, struct gb_error *e)
{
	unsigned long left = mm_shutdown();

	if (left)
		return gb_fail(e, GB_EXIT_FAULT, NULL, "%lu page frames were never freed", left);
	return mm_boot(c ? c : &booted, e);
}

void gb_kernel_stop(void)
{
	mm_shutdown();
}

void gb_kernel_cpu_online(unsigned int cpu)
{
	struct gb_error e = GB_ERROR_INIT;

	if (kernel_cpu_attach(cpu, &e))
		GB_BUG("%s", e.what); /* the machine and start() guarantee what it needs */
}

void gb_kernel_cpu_offline(unsigned int cpu)
{
	(void)cpu;
	kernel_cpu_detach();
}

void gb_kernel_quiesce(void)
{
	mm_drain_everything();
}

long gb_kernel_trace(int fd)
{
	return fd < 0 ? (long)trace_kmem_stop() : trace_kmem_start(fd);
}

void gb_kernel_memory(struct gb_backend_memory *m)
{
	unsigned long free = nr_free_pages();

	*m = GB_BACKEND_MEMORY_UNKNOWN;
	m->held_bytes = mm_touched_table_bytes();
	if (mm.boot_free > free)
		m->held_bytes += (uint64_t)(mm.boot_free - free) << PAGE_SHIFT;
	m->free_pages = free;
	m->slab_pages = slab_pages();
	m->vmalloc_pages = vmalloc_nr_pages();
	m->cached_bytes = slab_cached_bytes();
}

static void zone_figures(const struct zone *z, struct gb_backend_zone *out)
{
	*out = (struct gb_backend_zone){
		.free_pages = zone_free_pages(z),
		.min_pages = gb_load_relaxed(&z->watermark[WMARK_MIN]),
		.low_pages = gb_load_relaxed(&z->watermark[WMARK_LOW]),
		.high_pages = gb_load_relaxed(&z->watermark[WMARK_HIGH]),
		.kswapd_awake = (uint64_t)kswapd_is_awake(),
		.direct_reclaims = vm_event_sum(ALLOCSTALL),
		.atomic_failures = vm_event_sum(PGALLOC_FAIL_ATOMIC),
	};
	snprintf(out->name, sizeof(out->name), "%s", z->name);
}

void gb_kernel_pressure(struct gb_backend_pressure *p)
{
	*p = (struct gb_backend_pressure){
		.sleeps = vm_event_sum(THROTTLE),
		.direct_reclaims = vm_event_sum(ALLOCSTALL),
	};
	for (int i = 0; i < MAX_NR_ZONES; i++)
		if (mm.zones[i].managed)
			zone_figures(&mm.zones[i], &p->zone[p->nr_zones++]);
}

void gb_kernel_version(char *buf, size_t n)
{
	snprintf(buf, n, "%s", PACKAGE_VERSION);
}

void gb_kernel_origin(char *buf, size_t n)
{
	snprintf(buf, n, "builtin");
}

static unsigned long frame_of(const void *p)
{
	return is_vmalloc_addr(p) ? vmalloc_to_pfn(p) : virt_to_pfn(p);
}

const struct gb_kernel_ops gb_kernel_ops = {
	.cache_create = kmem_cache_create,
	.cache_destroy = kmem_cache_destroy,
	.cache_alloc = kmem_cache_alloc,
	.cache_free = kmem_cache_free,
	.cache_shrink = kmem_cache_shrink,
	.cache_alloc_bulk = kmem_cache_alloc_bulk,
	.cache_free_bulk = kmem_cache_free_bulk,
	.free_bulk = kfree_bulk,
	.get_free_pages = __get_free_pages,
	.free_pages = free_pages,
	.alloc_pages = alloc_pages,
	.free_page_block = __free_pages,
	.alloc_pages_bulk = alloc_pages_bulk_array,
	.mempool_create_kmalloc = mempool_create_kmalloc_pool,
	.mempool_alloc = mempool_alloc,
	.mempool_free = mempool_free,
	.mempool_destroy = mempool_destroy,
	.register_shrinker = register_shrinker,
	.unregister_shrinker = unregister_shrinker,
	.pagecache_fill = pagecache_fill,
	.pagecache_drop = pagecache_drop,
	.rcu_read_lock = gfp_rcu_read_lock,
	.rcu_read_unlock = gfp_rcu_read_unlock,
	.kfree_rcu = gfp_kvfree_call_rcu,
	.call_rcu = gfp_call_rcu,
	.synchronize_rcu = gfp_synchronize_rcu,
	.rcu_barrier = gfp_rcu_barrier,
	.zone_info = zone_info,
	.vm_event = vm_event,
	.free_frames = nr_free_pages,
	.vm_map_ram = vm_map_ram,
	.vm_unmap_ram = vm_unmap_ram,
	.vmalloc_set_scatter = vmalloc_set_scatter,
	.frame_of = frame_of,
	.reboot = reboot,
	.fault_set = fault_inject_set,
};
