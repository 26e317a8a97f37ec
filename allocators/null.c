/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The null backend: what the harness itself costs.
 *
 * Each emulated CPU owns a prefaulted ring of max(64 MiB, 4 x its share of the workload's
 * declared peak); an allocation is a bump of its cursor, a free does nothing.  The ring is
 * so long that a block is not handed out again while a workload still holds its
 * neighbours in time, but nothing guarantees it: contents are not promised
 * (no GB_CAP_CONTENTS), only that the memory is there.
 *
 * A ring of that length does not stay in the cache, so the lines ahead are prefetched:
 * what remains of a block's cost is the write, not the wait for memory that an allocator
 * that reuses blocks would not have.  A prefetch beyond the end does nothing.
 *
 * Safe at any instruction: an interrupt between reading and writing the cursor advances
 * it, and the interrupted code sets it back.  The two then share memory, which is
 * within the contract above; the cursor never leaves the ring, because every writer
 * stores a value that it compared with the end itself.
 *
 * A thread that is no CPU (set-up and clean-up on the main thread) bumps a shared ring
 * with an atomic add.
 */
#include "backend.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/map.h"
#include "machine/cpu.h"

#define MIN_RING    (UINT64_C(64) << 20)
#define PEAK_FACTOR 4
#define GRAIN       16
#define AHEAD       2048

struct ring {
	char *base;
	size_t bytes;
};

static struct ring rings[GB_MAX_CPUS]; /* written by start and stop only */
static struct ring shared;             /* for threads that are no CPU */
static uint64_t shared_next;           /* atomic, relaxed */

/* The calling CPU's ring; all NULL on a thread that is no CPU. */
static __thread char *cursor, *ring_base, *ring_end;

static void *shared_alloc(size_t step)
{
	uint64_t at;

	if (!shared.base || step > shared.bytes)
		return NULL;
	at = (gb_add_relaxed(&shared_next, step) - step) % shared.bytes;
	return shared.base + (at + step <= shared.bytes ? at : 0);
}

/* The cursor is at the end (or there is no ring): start again from the beginning. */
static __attribute__((noinline)) void *wrap(size_t step)
{
	if (!ring_base)
		return shared_alloc(step);
	if (step > (size_t)(ring_end - ring_base))
		return NULL;
	cursor = ring_base + step;
	return ring_base;
}

static void *null_alloc(size_t size, gfp_t gfp)
{
	size_t step = (size + GRAIN - 1) & ~(size_t)(GRAIN - 1);
	char *p = cursor;

	(void)gfp;
	if (gb_unlikely(step > (size_t)(ring_end - p)))
		return wrap(step);
	cursor = p + step;
	__builtin_prefetch(p + step + AHEAD, 1);
	return p;
}

static void null_free(void *p)
{
	(void)p;
}

static void *null_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	char *p = null_alloc(size + alignment, gfp);

	return p ? (void *)(((uintptr_t)p + alignment - 1) &
			    ~(uintptr_t)(alignment - 1)) :
		   p;
}

/* A new block: what the old one held is not promised to be in it. */
static void *null_realloc(void *p, size_t size, gfp_t gfp)
{
	(void)p;
	return null_alloc(size, gfp);
}

/* Huge pages where the system gives them: a ring that is walked from end to end would
 * otherwise miss the TLB once a page, which is the harness's cost and no allocator's. */
static int map_ring(struct ring *r, size_t bytes, struct gb_error *e)
{
	r->base = gb_map_lazy(bytes);
	if (r->base) {
		madvise(r->base, bytes, MADV_HUGEPAGE);
		for (size_t at = 0; at < bytes; at += 4096)
			((volatile char *)r->base)[at] = 0;
	}
	if (!r->base)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno,
				     "use fewer threads or a smaller live set",
				     "backend null: cannot map a ring of %zu MiB",
				     bytes >> 20);
	r->bytes = bytes;
	return 0;
}

static void unmap_ring(struct ring *r)
{
	if (r->base)
		gb_unmap(r->base, r->bytes);
	*r = (struct ring){ NULL, 0 };
}

static void stop(void)
{
	for (unsigned int i = 0; i < GB_MAX_CPUS; i++)
		unmap_ring(&rings[i]);
	unmap_ring(&shared);
}

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	unsigned int cpus = c->nr_cpus ? c->nr_cpus : 1;
	uint64_t bytes = PEAK_FACTOR * (c->peak_live_bytes / cpus + 1);
	int ret;

	if (bytes < MIN_RING)
		bytes = MIN_RING;
	bytes = (bytes + 4095) & ~UINT64_C(4095);
	GB_BUG_ON(cpus > GB_MAX_CPUS);
	shared_next = 0;
	ret = map_ring(&shared, MIN_RING, e);
	for (unsigned int i = 0; !ret && i < cpus; i++)
		ret = map_ring(&rings[i], bytes, e);
	if (ret) {
		stop();
		return ret;
	}
	*h = (struct gb_heap){
		.alloc = null_alloc,
		.free = null_free,
		.aligned = null_aligned,
		.realloc = null_realloc,
	};
	return 0;
}

static void cpu_online(unsigned int cpu)
{
	if (cpu >= GB_MAX_CPUS || !rings[cpu].base)
		return;
	ring_base = cursor = rings[cpu].base;
	ring_end = ring_base + rings[cpu].bytes;
}

static void cpu_offline(unsigned int cpu)
{
	(void)cpu;
	ring_base = ring_end = cursor = NULL;
}

static void memory(struct gb_backend_memory *m)
{
	*m = GB_BACKEND_MEMORY_UNKNOWN;
	m->held_bytes = shared.bytes;
	for (unsigned int i = 0; i < GB_MAX_CPUS; i++)
		m->held_bytes += rings[i].bytes;
}

static int locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	(void)argument;
	(void)e;
	*l = (struct gb_backend_location){ .version = PACKAGE_VERSION, .label = "null" };
	return 0;
}

static void version(char *buf, size_t n)
{
	snprintf(buf, n, "%s", PACKAGE_VERSION);
}

static void origin(char *buf, size_t n)
{
	snprintf(buf, n, "builtin");
}

const struct gb_backend gb_backend_null = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "null",
	.summary = "bump pointer and empty free: the cost of the harness itself",
	.detail =
		"A prefaulted ring for each CPU, max(64 MiB, 4 x its share of the workload's\n"
		"declared peak); free does nothing.  Blocks may overlap earlier ones once the\n"
		"ring has wrapped, so contents are not checked.  What remains is the cost of\n"
		"the harness: its loop, its random numbers, its writes to the blocks.\n"
		"Subtract it, or read it as the floor that no allocator can beat.",
	.caps = GB_CAP_IRQ_SAFE | GB_CAP_ATOMIC | GB_CAP_ALIGNED | GB_CAP_REALLOC |
		GB_CAP_LARGE,
	.locate = locate,
	.start = start,
	.stop = stop,
	.cpu_online = cpu_online,
	.cpu_offline = cpu_offline,
	.memory = memory,
	.version = version,
	.origin = origin,
};
