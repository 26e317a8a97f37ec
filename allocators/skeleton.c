/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A template for a backend: it fills every hook, is compiled by `make check`, and is in no
 * table.  Copy it, rename it, delete the optional hooks and calls that you do not need,
 * state in caps only what is true, and add
 *
 *	one row in allocators/table.c
 *	one word in Makefile.am         (backend_sources)
 *
 * What it does is too simple to be of use: it cuts blocks from one fixed arena, under a
 * spinlock that holds off interrupts, and never reuses one.
 */
#include "backend.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "machine/spinlock.h"

#define ARENA_BYTES ((size_t)64 << 20)
#define GRAIN       16

static char *arena; /* written by start and stop */
static size_t used; /* lock */
static raw_spinlock_t lock = RAW_SPINLOCK_INIT("skeleton", 0);
static unsigned int online; /* atomic: emulated CPUs that are up */

/* Every block is preceded by its size. */
struct header {
	size_t size;
	size_t padding; /* keeps blocks aligned to GRAIN */
};

/* Any CPU, in the contexts that caps allow.  NULL on failure, never an abort.  Without
 * __GFP_DIRECT_RECLAIM it must not sleep. */
static void *skeleton_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	unsigned long flags = raw_spin_lock_irqsave(&lock);
	size_t mask = (alignment < GRAIN ? GRAIN : alignment) - 1;
	size_t at = (used + sizeof(struct header) + mask) & ~mask;
	struct header *h = NULL;

	if (at <= ARENA_BYTES && size <= ARENA_BYTES - at) {
		h = (struct header *)(void *)(arena + at) - 1;
		used = (at + size + GRAIN - 1) & ~(size_t)(GRAIN - 1);
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	if (!h)
		return NULL;
	h->size = size;
	return gfp & __GFP_ZERO ? memset(h + 1, 0, size) : h + 1;
}

static void *skeleton_alloc(size_t size, gfp_t gfp)
{
	return skeleton_aligned(GRAIN, size, gfp);
}

static void skeleton_free(void *p)
{
	(void)p;
}

static size_t skeleton_usable(const void *p)
{
	return ((const struct header *)p)[-1].size;
}

static void *skeleton_realloc(void *p, size_t size, gfp_t gfp)
{
	void *q = skeleton_alloc(size, gfp);
	size_t old = p ? skeleton_usable(p) : 0;

	return q && p ? memcpy(q, p, old < size ? old : size) : q;
}

/* Parent process: is it usable on this machine, and which file must be preloaded?  Fill
 * @e with GB_EXIT_HARNESS and a hint when it is not installed here. */
static int locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	(void)argument;
	(void)e;
	*l = (struct gb_backend_location){ .version = "1", .label = "skeleton" };
	return 0;
}

/* Runner, main thread, no interrupts yet: bring it up and hand out its calls. */
static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	if (c->peak_live_bytes > ARENA_BYTES)
		return gb_fail(e, GB_EXIT_HARNESS, "choose a smaller live set",
			       "backend skeleton: the workload needs more than %zu MiB",
			       ARENA_BYTES >> 20);
	arena = gb_map(ARENA_BYTES);
	if (!arena)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL,
				     "backend skeleton: cannot map its arena");
	used = 0;
	*h = (struct gb_heap){
		.alloc = skeleton_alloc,
		.free = skeleton_free,
		.aligned = skeleton_aligned,
		.realloc = skeleton_realloc,
		.usable = skeleton_usable,
		.kernel = NULL,
	};
	return 0;
}

/* Runner, main thread, every block freed or forgotten. */
static void stop(void)
{
	gb_unmap(arena, ARENA_BYTES);
	arena = NULL;
}

/* On the CPU itself, before its first and after its last allocation. */
static void cpu_online(unsigned int cpu)
{
	(void)cpu;
	gb_add_relaxed(&online, 1);
}

static void cpu_offline(unsigned int cpu)
{
	(void)cpu;
	gb_sub_relaxed(&online, 1);
}

/* Main thread, no CPU allocates, after a free-all: hand cached memory back. */
static void quiesce(void)
{
	used = 0;
}

/* Any thread, any time: what it holds; GB_UNKNOWN for what it cannot know. */
static void memory(struct gb_backend_memory *m)
{
	*m = GB_BACKEND_MEMORY_UNKNOWN;
	m->held_bytes = arena ? ARENA_BYTES : 0;
}

static void version(char *buf, size_t n)
{
	snprintf(buf, n, "1");
}

static void origin(char *buf, size_t n)
{
	snprintf(buf, n, "builtin");
}

extern const struct gb_backend gb_backend_skeleton;
const struct gb_backend gb_backend_skeleton = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "skeleton",
	.summary = "one line for `list`",
	.detail = "Paragraphs for `show`.",
	.caps = GB_CAP_IRQ_SAFE | GB_CAP_ATOMIC | GB_CAP_CONTENTS | GB_CAP_ZERO |
		GB_CAP_ALIGNED | GB_CAP_REALLOC | GB_CAP_USABLE | GB_CAP_LARGE,
	.argument_help = NULL,
	.locate = locate,
	.start = start,
	.stop = stop,
	.cpu_online = cpu_online,
	.cpu_offline = cpu_offline,
	.quiesce = quiesce,
	.memory = memory,
	.version = version,
	.origin = origin,
};
