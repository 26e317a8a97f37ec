/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The null backend: what the harness itself costs.
 *
 * Each emulated CPU owns a prefaulted ring of addresses, 64 MiB or four times its share of
 * what is planned to be live, whichever is larger; an allocation is a bump of its cursor, a
 * free does nothing.  Blocks begin in the ring, and may reach into the apron behind it,
 * which is as long as the largest of them:
 *
 *	base                 ring                         apron
 *	|  younger  ^ cursor modulo ring    |  tails of what began shortly before  |
 *
 * The ring is addresses only: all of it shows the same small window of memory, again and
 * again.  An allocator that reuses the block freed last writes to memory that is in the
 * cache.  A ring with as much memory as addresses would charge null for misses that no such
 * allocator has (2.9 ns for a block of 64 bytes instead of 1), and the floor would lie above
 * what stands on it.
 *
 * Hence live blocks have addresses of their own, but share memory: contents are not
 * promised (no GB_CAP_CONTENTS), only that the memory is there.  Blocks of different CPUs
 * never share any.
 *
 * Safe at any instruction.  The cursor only grows, by one instruction that no interrupt can
 * divide, so an interrupt's block lies behind or ahead of the interrupted one's.
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

#define MIN_RING   (UINT64_C(64) << 20)
#define MIN_WINDOW (UINT64_C(16) << 10) /* a third to a half of a first-level cache */
#define MAX_PIECES 49152u /* of all rings; a process may have 65530 mappings */
#define GRAIN      16

struct ring {
	char *base;
	size_t bytes;  /* with the apron */
	size_t cycle;  /* without, a power of two */
	size_t window; /* memory behind it */
};

static struct ring rings[GB_MAX_CPUS]; /* written by start and stop only */
static struct ring shared;             /* for threads that are no CPU */
static uint64_t shared_next;           /* atomic, relaxed */

/* The calling CPU's ring; all 0 on a thread that is no CPU.  The cursor counts bytes handed
 * out and is never taken back. */
static __thread uintptr_t cursor, ring_base;
static __thread size_t ring_mask;
static __thread size_t limit; /* of one block: the apron; 0 without a ring */

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

/* No ring, no bytes, or more than the apron takes. */
static __attribute__((noinline)) void *unusual(size_t step)
{
	if (!ring_base)
		return shared_alloc(step);
	return step ? NULL : (void *)ring_base;
}

static void *null_alloc(size_t size, gfp_t gfp)
{
	size_t step = (size + GRAIN - 1) & ~(size_t)(GRAIN - 1);

	(void)gfp;
	if (gb_unlikely(step - 1 >= limit))
		return unusual(step);
	return (void *)(ring_base + (bump(step) & ring_mask));
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

/* @r is released by the caller, whatever it has by then. */
static int check_map(const struct ring *r, struct gb_error *e)
{
	if (r->base)
		return 0;
	return gb_fail_errno(e, GB_EXIT_HARNESS, errno,
			     "use fewer threads or a smaller live set",
			     "backend null: cannot map a ring of %zu KiB", r->bytes >> 10);
}

static uint64_t power_of_two(uint64_t least)
{
	uint64_t n = 1;

	while (n < least)
		n *= 2;
	return n;
}

/* No block is larger than what is planned to be live, but for what it is rounded up by. */
static int map_cpu_ring(struct ring *r, uint64_t live, unsigned int cpus, struct gb_error *e)
{
	uint64_t least;

	r->cycle = power_of_two(4 * live < MIN_RING ? MIN_RING : 4 * live);
	least = (r->cycle + 2 * live) / (MAX_PIECES / cpus);
	r->window = power_of_two(least < MIN_WINDOW ? MIN_WINDOW : least);
	r->bytes = r->cycle + (2 * live + r->window) / r->window * r->window;
	r->base = gb_map_repeated(r->bytes, r->window);
	return check_map(r, e);
}

static int map_shared_ring(uint64_t live, struct gb_error *e)
{
	shared.bytes = shared.window = 2 * live < MIN_WINDOW ? MIN_WINDOW : 2 * live;
	shared.base = gb_map_lazy(shared.bytes);
	return check_map(&shared, e);
}

static void unmap_ring(struct ring *r)
{
	if (r->base)
		gb_unmap(r->base, r->bytes);
	*r = (struct ring){ NULL, 0, 0, 0 };
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
	int ret;

	GB_BUG_ON(cpus > GB_MAX_CPUS);
	shared_next = 0;
	ret = map_shared_ring(c->peak_live_bytes, e);
	for (unsigned int i = 0; !ret && i < cpus; i++)
		ret = map_cpu_ring(&rings[i], c->peak_live_bytes / cpus + 1, cpus, e);
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
	cursor = 0;
	ring_base = (uintptr_t)rings[cpu].base;
	ring_mask = rings[cpu].cycle - 1;
	limit = rings[cpu].bytes - rings[cpu].cycle;
}

static void cpu_offline(unsigned int cpu)
{
	(void)cpu;
	limit = 0;
	ring_base = cursor = 0;
}

static void memory(struct gb_backend_memory *m)
{
	*m = GB_BACKEND_MEMORY_UNKNOWN;
	m->held_bytes = shared.window;
	for (unsigned int i = 0; i < GB_MAX_CPUS; i++)
		m->held_bytes += rings[i].window;
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
		"A prefaulted ring of addresses for each CPU, 64 MiB or more, over a little\n"
		"memory that stays in the cache, as the block does that an allocator uses again\n"
		"at once; free does nothing.  Blocks share that memory, so contents are not\n"
		"checked, and the resident set counts it once for each address.  What remains is\n"
		"the cost of the harness: its loop, its random numbers, its writes to the blocks.\n"
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
