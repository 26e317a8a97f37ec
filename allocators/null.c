/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The null backend: what the harness itself costs.
 *
 * Each emulated CPU owns a prefaulted ring; an allocation is a bump of its cursor, a free
 * does nothing.  The ring is RING_FACTOR times the CPU's share of the live peak that the
 * workload has planned, so it stays in the cache where the live set would: a longer one
 * would charge null for memory that an allocator which reuses blocks does not touch, and
 * the floor would lie above what stands on it.
 *
 *	base           cursor                      end
 *	|  older blocks  |  oldest blocks, next out  |
 *
 * What is not handed out while it is live: the blocks of a workload that frees in about
 * the order of allocation (pairs in any order of frees, prodcons, threadtest), because
 * between two uses of a byte at least the planned peak goes by, the factor making up for
 * rounding to the grain and for CPUs that allocate for others.  Where lifetimes are random
 * (larson, irq-churn) the longest-lived blocks are overtaken, and then share memory with
 * younger ones of the same CPU.  Hence contents are not promised (no GB_CAP_CONTENTS),
 * only that the memory is there; blocks of different CPUs never share memory.
 *
 * Safe at any instruction.  The cursor is moved by one instruction that no interrupt can
 * divide, so an interrupt's blocks lie behind or ahead of the interrupted one's, never
 * upon them.  Whoever finds the cursor at the end wraps it with a compare-and-swap: if an
 * interrupt has wrapped it meanwhile, that wrap counts.
 *
 * A thread that is no CPU (set-up and clean-up on the main thread) has no cursor and bumps
 * a ring that all such threads share, with an atomic add.
 */
#include "backend.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/map.h"
#include "machine/cpu.h"

#define RING_FACTOR 2
#define MIN_RING    (UINT64_C(16) << 10)
#define HUGE_PAGE   (UINT64_C(2) << 20)
#define GRAIN       16

struct ring {
	char *base;
	size_t bytes;
};

static struct ring rings[GB_MAX_CPUS]; /* written by start and stop only */
static struct ring shared;             /* for threads that are no CPU */
static uint64_t shared_next;           /* atomic, relaxed */

/* The calling CPU's ring; all 0 on a thread that is no CPU.  The cursor may lie beyond the
 * end for a moment, by one block for each context. */
static __thread uintptr_t cursor, ring_base, ring_end;
static __thread size_t limit; /* of one block: the whole ring; 0 without one */

/* The cursor as it was, then @step further, undivided by interrupts of this thread. */
static inline uintptr_t bump(size_t step)
{
#if defined(__x86_64__)
	__asm__("xaddq %0, %1" : "+r"(step), "+m"(cursor) : : "cc");
	return step;
#else
	return gb_add_relaxed(&cursor, step) - step;
#endif
}

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
	uintptr_t at, p;

	if (!ring_base)
		return shared_alloc(step);
	if (step > limit)
		return NULL;
	at = gb_load_relaxed(&cursor);
	do
		p = at < ring_end && step <= ring_end - at ? at : ring_base;
	while (!gb_cas_relaxed(&cursor, &at, p + step));
	return (void *)p;
}

static void *null_alloc(size_t size, gfp_t gfp)
{
	size_t step = (size + GRAIN - 1) & ~(size_t)(GRAIN - 1);
	uintptr_t p;

	(void)gfp;
	/* No ring, no bytes, or so many that the cursor might overflow. */
	if (gb_unlikely(step - 1 >= limit))
		return wrap(step);
	p = bump(step);
	if (gb_unlikely(p + step > ring_end))
		return wrap(step);
	return (void *)p;
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

/* A long ring that is walked from end to end would miss the TLB once a page, which is the
 * harness's cost and no allocator's: huge pages where the system gives them. */
static int map_ring(struct ring *r, size_t bytes, struct gb_error *e)
{
	r->base = gb_map_lazy(bytes);
	if (!r->base)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno,
				     "use fewer threads or a smaller live set",
				     "backend null: cannot map a ring of %zu KiB",
				     bytes >> 10);
	r->bytes = bytes;
	if (bytes >= HUGE_PAGE)
		madvise(r->base, bytes, MADV_HUGEPAGE);
	return 0;
}

static int map_cpu_ring(unsigned int cpu, size_t bytes, struct gb_error *e)
{
	int ret = map_ring(&rings[cpu], bytes, e);

	if (!ret)
		gb_prefault(rings[cpu].base, bytes);
	return ret;
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

static uint64_t ring_bytes(uint64_t live)
{
	uint64_t bytes = RING_FACTOR * live;

	return bytes < MIN_RING ? MIN_RING : (bytes + 4095) & ~UINT64_C(4095);
}

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	unsigned int cpus = c->nr_cpus ? c->nr_cpus : 1;
	int ret;

	GB_BUG_ON(cpus > GB_MAX_CPUS);
	shared_next = 0;
	ret = map_ring(&shared, ring_bytes(c->peak_live_bytes), e);
	for (unsigned int i = 0; !ret && i < cpus; i++)
		ret = map_cpu_ring(i, ring_bytes(c->peak_live_bytes / cpus + 1), e);
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
	ring_base = cursor = (uintptr_t)rings[cpu].base;
	limit = rings[cpu].bytes;
	ring_end = ring_base + limit;
}

static void cpu_offline(unsigned int cpu)
{
	(void)cpu;
	limit = 0;
	ring_base = ring_end = cursor = 0;
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
		"A prefaulted ring for each CPU, twice its share of the workload's declared\n"
		"peak, so that it stays in the cache where the live set would; free does\n"
		"nothing.  Blocks that outlive most others may be overtaken and overlapped\n"
		"once the ring has wrapped, so contents are not checked.  What remains is the\n"
		"cost of the harness: its loop, its random numbers, its writes to the blocks.\n"
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
