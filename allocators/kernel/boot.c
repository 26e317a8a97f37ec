/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Bringing the memory management up and down.
 *
 *   mm_boot         config -> RAM -> zones and free lists -> layers (slab...) -> kswapd, RCU
 *   kernel_boot     the emulated CPUs' machinery, then mm_boot
 *   kernel_shutdown the reverse; what was not given back is counted against the free
 *                   pages at the end of boot
 *
 * A forked child has no kswapd, and the CPUs of its parent; every call there is refused.
 */
#include "kernel/profile.h"
#include "kernel/ram.h"
#include "kernel/rcu.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB        (1024ull * 1024)
#define ZONE_ALIGN (PAGE_SIZE << MAX_PAGE_ORDER)
#define DMA_MAX    (16 * MIB)

struct mm mm = { .memfd = -1 };

static char boot_error[1024];
static int machine_is_ours;

/* ------------------------------------------------------------------ configuration */

static int usage(struct gb_error *e, const char *hint, const char *what, uint64_t value)
{
	return gb_fail(e, GB_EXIT_USAGE, hint, "kernel_config: %s (%llu)", what,
		       (unsigned long long)value);
}

static int check_sizes(struct kernel_config *c, struct gb_error *e)
{
	if (c->ram_bytes < KERNEL_RAM_MIN || c->ram_bytes > KERNEL_RAM_MAX ||
	    c->ram_bytes % PAGE_SIZE)
		return usage(e, "16 MiB to 64 GiB, a multiple of 4096",
			     "ram_bytes is out of range", c->ram_bytes);
	if (c->dma_bytes > DMA_MAX || c->dma_bytes < ZONE_ALIGN)
		return usage(e, "4 MiB to 16 MiB", "dma_bytes is out of range",
			     c->dma_bytes);
	if (c->highmem_bytes > c->ram_bytes - c->dma_bytes)
		return usage(e, "leave room for ZONE_DMA",
			     "highmem_bytes exceeds the RAM", c->highmem_bytes);
	if (c->min_free_kbytes > (c->ram_bytes - c->highmem_bytes) / 2048)
		return usage(e, "at most half of the memory below HIGHMEM",
			     "min_free_kbytes is too large", c->min_free_kbytes);
	if (c->watermark_scale_factor > 3000)
		return usage(e, "1 to 3000", "watermark_scale_factor is out of range",
			     c->watermark_scale_factor);
	if (c->percpu_pagelist_batch > 63)
		return usage(e, "1 to 63", "percpu_pagelist_batch is out of range",
			     c->percpu_pagelist_batch);
	if (c->nr_cpus > GB_MAX_CPUS - 4)
		return usage(e, "1 to 60", "nr_cpus is out of range", c->nr_cpus);
	return 0;
}

static uint64_t or_default(uint64_t value, uint64_t fallback)
{
	return value ? value : fallback;
}

/* Defaults in, borders rounded to whole blocks. */
static int resolve(const struct kernel_config *config, struct gb_error *e)
{
	struct kernel_config *c = &mm.config;

	*c = config ? *config : (struct kernel_config){ .ram_bytes = 0 };
	mm.profile = profile_find(c->profile);
	if (!mm.profile)
		return gb_fail(e, GB_EXIT_USAGE, "6.18, 6.1 or 3.4",
			       "kernel_config: unknown profile '%.40s'", c->profile);
	c->ram_bytes = or_default(c->ram_bytes, 256 * MIB);
	c->dma_bytes = or_default(c->dma_bytes, DMA_MAX);
	c->dma_bytes = (c->dma_bytes + ZONE_ALIGN - 1) & ~(ZONE_ALIGN - 1);
	c->nr_cpus = (unsigned int)or_default(c->nr_cpus, 1);
	c->watermark_scale_factor =
		(unsigned int)or_default(c->watermark_scale_factor, 10);
	c->watermark_boost_factor =
		c->watermark_boost_factor ? c->watermark_boost_factor : 15000;
	c->io_latency_us = (unsigned int)or_default(c->io_latency_us, 100);
	if (check_sizes(c, e))
		return -GB_EXIT_USAGE;
	mm.nr_cpus = c->nr_cpus;
	mm.nr_pages = c->ram_bytes >> PAGE_SHIFT;
	mm.highmem_pfn = ((c->ram_bytes - c->highmem_bytes) &
			  (c->highmem_bytes ? ~(ZONE_ALIGN - 1) : ~0ull)) >>
			 PAGE_SHIFT;
	return 0;
}

/* ------------------------------------------------------------------ fork */

static void forked_child(void)
{
	if (!mm.up)
		return;
	mm.forked = 1;
	gb_store_relaxed(&mm.up, 0);
	for (int i = 0; mm_layers[i]; i++)
		if (mm_layers[i]->forked)
			mm_layers[i]->forked();
}

static void install_fork_handler(void)
{
	pthread_atfork(NULL, NULL, forked_child);
}

/* ------------------------------------------------------------------ up */

static void release_tables(void)
{
	kmap_free();
	zones_free();
	ram_free();
}

static void layers_down(int n)
{
	while (n-- > 0)
		if (mm_layers[n]->shutdown)
			mm_layers[n]->shutdown();
}

static int layers_up(struct gb_error *e)
{
	for (int i = 0; mm_layers[i]; i++)
		if (mm_layers[i]->boot && mm_layers[i]->boot(e)) {
			layers_down(i);
			return -(int)e->code;
		}
	return 0;
}

static int nr_layers(void)
{
	int n = 0;

	while (mm_layers[n])
		n++;
	return n;
}

static int start_threads(struct gb_error *e)
{
	if (kswapd_start(e))
		return -GB_EXIT_HARNESS;
	if (rcu_start(e)) {
		kswapd_stop();
		return -GB_EXIT_HARNESS;
	}
	return 0;
}

static void reset_state(void)
{
	memset(&mm, 0, sizeof(mm));
	mm.memfd = -1;
	vm_events_reset();
	kernel_reports_reset();
	fault_inject_reset();
	shrinkers_reset();
	tasks_reset();
}

/* The machine (gb_machine_init) is up; main thread. */
int mm_boot(const struct kernel_config *config, struct gb_error *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (mm.up || mm.forked)
		return gb_fail(
			e, GB_EXIT_HARNESS, NULL, "%s",
			mm.up ? "the emulated memory management is up already" :
				"this process was forked from an emulated machine");
	reset_state();
	if (resolve(config, e))
		return -(int)e->code;
	pthread_once(&once, install_fork_handler);
	if (ram_init(e))
		return -(int)e->code;
	if (zones_init(e) || kmap_init(e))
		goto fail;
	mm.up = 1;
	if (layers_up(e))
		goto fail;
	if (start_threads(e)) {
		layers_down(nr_layers());
		goto fail;
	}
	mm_drain_everything();
	mm.boot_free = nr_free_pages();
	return 0;
fail:
	mm.up = 0;
	release_tables();
	return -(int)e->code;
}

/* ------------------------------------------------------------------ down */

/* Reclaim is content with the first memory that it finds; this is not. */
static void drain_layer(const struct mm_layer *l)
{
	if (l->drain_all) {
		l->drain_all();
		return;
	}
	if (l->drain_cpu && gb_is_cpu())
		l->drain_cpu();
	if (l->reclaim)
		l->reclaim(GFP_KERNEL);
}

void mm_drain_everything(void)
{
	for (int i = 0; mm_layers[i]; i++)
		drain_layer(mm_layers[i]);
	pcp_drain_all();
}

unsigned long mm_shutdown(void)
{
	unsigned long left;

	if (!mm_ready(__func__))
		return 0;
	trace_kmem_stop(); /* its writer would outlive what it formats */
	rcu_stop();
	kswapd_stop();
	pagecache_drop(mm.nr_pages);
	mm_drain_everything();
	rcu_run_rest(); /* the drain's: pages of SLAB_TYPESAFE_BY_RCU slabs */
	pcp_drain_all();
	left = mm.boot_free - nr_free_pages();
	if (left)
		kernel_warn("page-leak", "%lu page frames were never freed", left);
	layers_down(nr_layers());
	mm.up = 0;
	release_tables();
	return left;
}

/* ------------------------------------------------------------------ the public pair */

static int errno_of(const struct gb_error *e)
{
	return e->code == GB_EXIT_USAGE ? -EINVAL : -ENOMEM;
}

int kernel_boot(const struct kernel_config *config)
{
	struct gb_error e = GB_ERROR_INIT;
	unsigned int nr = config && config->nr_cpus ? config->nr_cpus : 1;
	int err;

	boot_error[0] = '\0';
	if (mm.up || mm.forked) {
		strcpy(boot_error, mm.up ? "the machine is up already" :
					   "this process was forked from a machine");
		return -EBUSY;
	}
	err = nr > GB_MAX_CPUS ? usage(&e, "1 to 60", "nr_cpus is out of range", nr) : 0;
	machine_is_ours = gb_nr_cpus() == 0;
	if (!err && machine_is_ours)
		err = gb_machine_init(nr, &e);
	if (!err && mm_boot(config, &e)) {
		err = 1;
		if (machine_is_ours)
			gb_machine_exit();
	}
	if (!err)
		return 0;
	snprintf(boot_error, sizeof(boot_error), "%s%s%s", e.what, *e.hint ? ": " : "",
		 e.hint);
	return errno_of(&e);
}

const char *kernel_boot_error(void)
{
	return boot_error;
}

unsigned long kernel_shutdown(void)
{
	unsigned long left = mm_shutdown();

	if (machine_is_ours && gb_nr_cpus())
		gb_machine_exit();
	machine_is_ours = 0;
	return left;
}
