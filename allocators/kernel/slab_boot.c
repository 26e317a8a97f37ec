/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The slab layer's row in mm_layers[]: boot, CPUs that come and go, reclaim.
 *
 * Boot takes no page of RAM: caches are rows of a static table, the frame table and the
 * bits of small objects lie outside RAM, and arrays come with the first slow path.
 */
#include <errno.h>
#include <pthread.h>

#include "kernel/slab.h"

#include "base/map.h"

__thread uintptr_t slab_stack_top __attribute__((tls_model("initial-exec")));

static int boot_error(struct gb_error *e, int err, const char *what)
{
	return gb_fail_errno(e, err == -EINVAL ? GB_EXIT_USAGE : GB_EXIT_HARNESS, -err,
			     err == -EINVAL ? "as the kernel's slab_debug=, e.g. FZPU,kmalloc-64" :
					      NULL,
			     "slab: %s", what);
}

/* frame_entry and, behind it, frame_last */
size_t slab_frame_table_bytes(void)
{
	return mm.highmem_pfn * (sizeof(*slab_hot.frame_entry) + sizeof(*slab_hot.frame_last));
}

static int slab_boot(struct gb_error *e)
{
	int err = slab_debug_setup(mm.config.slab_debug);

	if (err)
		return boot_error(e, err, "slab_debug option");
	slab_bits_boot(mm.highmem_pfn);
	slab_hot.frame_entry = gb_map_lazy(slab_frame_table_bytes());
	if (!slab_bits_ready() || !slab_hot.frame_entry)
		return boot_error(e, -ENOMEM, "tables");
	slab_hot.frame_last = (int16_t *)(slab_hot.frame_entry + mm.highmem_pfn);
	slab_arrays_boot((uint64_t)mm.nr_pages << PAGE_SHIFT, mm.nr_cpus);
	slab_hot.base = (uintptr_t)mm.direct_map;
	slab_hot.bytes = mm.highmem_pfn << PAGE_SHIFT;
	err = slab_boot_caches();
	slab_reclaim_boot(!err);
	return err ? boot_error(e, err, "kmalloc caches") : 0;
}

static void slab_shutdown(void)
{
	slab_reclaim_boot(0);
	if (slab_hot.frame_entry)
		gb_unmap(slab_hot.frame_entry, slab_frame_table_bytes());
	slab_hot = (struct slab_hot){ 0 };
	slab_arrays_shutdown();
	slab_shutdown_caches();
	slab_bits_shutdown();
}

/* For the callers' addresses of owner tracking. */
static void note_stack(void)
{
	pthread_attr_t attr;
	void *low;
	size_t size;

	if (pthread_getattr_np(pthread_self(), &attr))
		return;
	if (!pthread_attr_getstack(&attr, &low, &size))
		slab_stack_top = (uintptr_t)low + size;
	pthread_attr_destroy(&attr);
}

static void online(unsigned int cpu)
{
	(void)cpu;
	if (mm.config.slab_debug)
		note_stack();
	if (slab_cpu_online())
		kernel_warn("slab-no-arrays", "slab: no memory for the arrays of CPU %u", cpu);
}

static void offline(unsigned int cpu)
{
	(void)cpu;
	slab_cpu_offline();
}

static void drain_cpu(void)
{
	slab_drain_local();
}

unsigned long slab_table_bytes(void)
{
	return mm.up ? slab_bits_table_bytes() + slab_frame_table_bytes() : 0;
}

const struct mm_layer slab_layer = {
	.name = "slab",
	.boot = slab_boot,
	.shutdown = slab_shutdown,
	.cpu_online = online,
	.cpu_offline = offline,
	.forked = slab_forked,
	.drain_cpu = drain_cpu,
	.drain_all = slab_drain_everything,
	.reclaim = slab_reclaim,
	.reclaim_atomic = slab_reclaim_atomic,
};
