/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * fault:[KEY=VALUE:]...BACKEND: some requests fail, as if memory had run out.
 *
 * A request that matches ctx, gfp and the sizes is counted, and fails when it is the nth,
 * a multiple of every, or drawn with probability p.  The draw is a hash of the seed, the
 * CPU, the context and the request's number there, so the seed repeats it; nth and every
 * count over all CPUs, so with one CPU they repeat too.
 *
 * The kernel's own calls (kernel_ops.h) are requests like any other: objects of caches,
 * pages, mappings, page cache.  A bulk request is one, of one object's size, and fails
 * as a whole.  What a mempool asks the slab for may fail, so that it must turn to its
 * reserve; filling the reserve is spared, as the creation of a cache is: without either
 * a workload does not begin.
 */
#include "wrapper.h"

#include <stdio.h>
#include <string.h>

#include "base/atomic.h"

#include "machine/cpu.h"
#include "machine/event.h"

#include "kernel/mm.h"

#include "kernel_ops.h"

enum { GFP_ANY, GFP_SLEEPING, GFP_NONSLEEPING };

static struct options {
	uint64_t nth, every, ctx, gfp, size_min, size_max;
	double p;
} opt;

static const struct gb_option rows[] = {
	{ "nth", GB_OPTION_UINT, offsetof(struct options, nth), "0", 0, 0, NULL,
	  "fail the request of this number, the warm-up included; 0 = none" },
	{ "every", GB_OPTION_UINT, offsetof(struct options, every), "0", 0, 0, NULL,
	  "fail each multiple of it; 0 = none" },
	{ "p", GB_OPTION_DOUBLE, offsetof(struct options, p), "0", 0, 1, NULL,
	  "fail with this probability" },
	{ "ctx", GB_OPTION_CHOICE, offsetof(struct options, ctx), "any", 0, 0,
	  "process|softirq|hardirq|any", "requests of this context only" },
	{ "gfp", GB_OPTION_CHOICE, offsetof(struct options, gfp), "any", 0, 0,
	  "any|sleeping|atomic", "requests that may or may not sleep only" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "0", 0, 0, NULL,
	  "requests of this size or larger only" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "1t", 0, 0, NULL,
	  "requests of this size or smaller only" },
	{ NULL },
};

static struct gb_wrapped in;
static uint64_t seed;
static uint64_t matched;                                   /* atomic */
static GB_ALIGNED_LINE struct stream {
	uint64_t number;
} stream[GB_MAX_CPUS + 1][GB_NR_CONTEXTS];                 /* owner; the last: atomic */
static double limit;                                       /* p as a fraction of 2^64 */

static uint64_t next_number(unsigned int *cpu, enum gb_context c)
{
	*cpu = gb_is_cpu() ? (unsigned int)gb_self.id : GB_MAX_CPUS;
	return gb_is_cpu() ? ++stream[*cpu][c].number : gb_add_relaxed(&stream[*cpu][c].number, 1);
}

static int drawn(enum gb_context c)
{
	unsigned int cpu;
	uint64_t n = next_number(&cpu, c);
	uint64_t h = seed ^ n * UINT64_C(0x9e3779b97f4a7c15) ^
		     (uint64_t)(cpu * GB_NR_CONTEXTS + c + 1) * UINT64_C(0xd6e8feb86659fd93);

	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (double)(h ^ h >> 32) < limit;
}

static int matches(size_t size, gfp_t gfp, enum gb_context c)
{
	int sleeping = !!(gfp & __GFP_DIRECT_RECLAIM);

	if (opt.ctx != GB_NR_CONTEXTS && opt.ctx != (uint64_t)c)
		return 0;
	if ((opt.gfp == GFP_SLEEPING && !sleeping) || (opt.gfp == GFP_NONSLEEPING && sleeping))
		return 0;
	return size >= opt.size_min && size <= opt.size_max;
}

static int fails(size_t size, gfp_t gfp)
{
	enum gb_context c = gb_context_now();
	uint64_t n;

	/* A caller that cannot take no for an answer is never told it. */
	if (gfp & __GFP_NOFAIL || !matches(size, gfp, c))
		return 0;
	n = gb_add_relaxed(&matched, 1);
	if (!(n == opt.nth || (opt.every && n % opt.every == 0) || (limit > 0 && drawn(c))))
		return 0;
	gb_event_tally("injected-failure");
	return 1;
}

static void *fault_alloc(size_t size, gfp_t gfp)
{
	return gb_unlikely(fails(size, gfp)) ? NULL : in.heap.alloc(size, gfp);
}

static void *fault_zalloc(size_t size, gfp_t gfp)
{
	return gb_unlikely(fails(size, gfp)) ? NULL : in.heap.zalloc(size, gfp);
}

static void *fault_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	return gb_unlikely(fails(size, gfp)) ? NULL : in.heap.aligned(alignment, size, gfp);
}

static void *fault_realloc(void *p, size_t size, gfp_t gfp)
{
	return gb_unlikely(fails(size, gfp)) ? NULL : in.heap.realloc(p, size, gfp);
}

/* --- the kernel's calls ------------------------------------------------------------ */

static void *fault_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	return fails(kmem_cache_size(s), gfp) ? NULL :
						in.heap.kernel->cache_alloc(s, gfp);
}

static int fault_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, size_t n, void **p)
{
	return fails(kmem_cache_size(s), gfp) ?
		       0 :
		       in.heap.kernel->cache_alloc_bulk(s, gfp, n, p);
}

static unsigned long fault_get_free_pages(gfp_t gfp, unsigned int order)
{
	return fails(PAGE_SIZE << order, gfp) ?
		       0 :
		       in.heap.kernel->get_free_pages(gfp, order);
}

static struct page *fault_alloc_pages(gfp_t gfp, unsigned int order)
{
	return fails(PAGE_SIZE << order, gfp) ? NULL :
						in.heap.kernel->alloc_pages(gfp, order);
}

/* How many entries are filled, those that were before among them. */
static unsigned long fault_alloc_pages_bulk(gfp_t gfp, unsigned long nr,
					    struct page **pages)
{
	unsigned long got = 0;

	if (!fails(PAGE_SIZE, gfp))
		return (in.heap.kernel->alloc_pages_bulk)(gfp, nr, pages);
	for (unsigned long i = 0; i < nr; i++)
		got += !!pages[i];
	return got;
}

static unsigned long fault_pagecache_fill(unsigned long nr, gfp_t gfp, bool dirty)
{
	return fails(PAGE_SIZE, gfp) ? 0 : in.heap.kernel->pagecache_fill(nr, gfp, dirty);
}

static void *fault_vm_map_ram(struct page **pages, unsigned int count, int node)
{
	return fails((size_t)count * PAGE_SIZE, GFP_KERNEL) ?
		       NULL :
		       in.heap.kernel->vm_map_ram(pages, count, node);
}

/* --- reserves: the kernel's mempool over a kmalloc that fails ---------------------- */

static __thread int filling; /* this thread fills a new pool's reserve */

static void *fault_element(gfp_t gfp, void *size)
{
	return !filling && fails((size_t)size, gfp) ? NULL : mempool_kmalloc(gfp, size);
}

static struct mempool_s *fault_mempool_create_kmalloc(int min_nr, size_t size)
{
	struct mempool_s *pool;

	filling = 1;
	pool = mempool_create(min_nr, fault_element, mempool_kfree, (void *)size);
	filling = 0;
	return pool;
}

/* --- the table of them ------------------------------------------------------------- */

static const struct gb_kernel_ops *failing_kernel(const struct gb_kernel_ops *ops)
{
	static struct gb_kernel_ops failing;

	if (!ops)
		return NULL;
	failing = *ops;
	failing.cache_alloc = fault_cache_alloc;
	failing.cache_alloc_bulk = fault_cache_alloc_bulk;
	failing.get_free_pages = fault_get_free_pages;
	failing.alloc_pages = fault_alloc_pages;
	failing.alloc_pages_bulk = fault_alloc_pages_bulk;
	failing.pagecache_fill = fault_pagecache_fill;
	failing.vm_map_ram = fault_vm_map_ram;
	/* All four are the kernel's: a wrapper below knows nothing of these pools. */
	failing.mempool_create_kmalloc = fault_mempool_create_kmalloc;
	failing.mempool_alloc = mempool_alloc;
	failing.mempool_free = mempool_free;
	failing.mempool_destroy = mempool_destroy;
	return &failing;
}

/* --- the backend ------------------------------------------------------------------- */

static int parse(const char *argument, struct options *o, struct gb_error *e)
{
	char text[512];

	if (gb_wrapper_options(argument, text, sizeof(text), e))
		return -(int)e->code;
	if (gb_options_parse(rows, o, "backend fault", text, e))
		return -(int)e->code;
	if (!o->nth && !o->every && o->p <= 0)
		return gb_fail(e, GB_EXIT_USAGE, "for example fault:p=0.01:slab",
			       "backend fault: none of nth, every and p is given");
	return 0;
}

static int locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	struct options o;

	if (parse(argument, &o, e))
		return -(int)e->code;
	return gb_wrapped_locate("fault", argument, l, e);
}

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	if (parse(c->argument, &opt, e) || gb_wrapped_start(&in, c, e))
		return -(int)e->code;
	seed = c->seed;
	limit = opt.p * 0x1p64;
	matched = 0;
	memset(stream, 0, sizeof(stream));
	*h = in.heap;
	h->alloc = fault_alloc;
	h->zalloc = in.heap.zalloc ? fault_zalloc : NULL;
	h->aligned = in.heap.aligned ? fault_aligned : NULL;
	h->realloc = in.heap.realloc ? fault_realloc : NULL;
	h->kernel = failing_kernel(in.heap.kernel);
	return 0;
}

GB_WRAPPER_HOOKS(in)

const struct gb_backend gb_backend_failing = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "fault",
	.summary = "lets requests to another backend fail",
	.detail = "Options stand before the backend: fault:p=0.01:ctx=hardirq:slab.  nth=N fails\n"
		  "the N-th request of the sample, its warm-up (16384 operations and more)\n"
		  "included, which no figure counts: events.csv has it; every=N fails each\n"
		  "N-th, p=P one in 1/P; ctx (process, softirq, hardirq), gfp (sleeping,\n"
		  "atomic), size_min and size_max say which requests count.  The seed repeats\n"
		  "the draw.",
	.caps = ~0u,
	.argument_help = "[KEY=VALUE:]...BACKEND",
	.locate = locate,
	.start = start,
	.stop = stop,
	.cpu_online = cpu_online,
	.cpu_offline = cpu_offline,
	.quiesce = quiesce,
	.memory = memory,
	.pressure = pressure,
	.version = version,
	.origin = origin,
};
