/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * bulk: what is saved by asking for many objects at once.
 *
 * One cache of objects of one size.  A round takes n objects and gives them back, either
 * with kmem_cache_alloc_bulk and kmem_cache_free_bulk or one by one, in the same order.  A
 * latency is that of a whole call, so of n objects in bulk mode.
 */
#include "calls.h"
#include "slots.h"

#define MOST 250

struct options {
	uint64_t n, size, single;
};

static const struct gb_option options[] = {
	{ "n", GB_OPTION_UINT, offsetof(struct options, n), "16", 1, MOST, NULL,
	  "objects of a call" },
	{ "size", GB_OPTION_SIZE, offsetof(struct options, size), "256", 8, 8192, NULL,
	  "bytes of an object" },
	{ "calls", GB_OPTION_CHOICE, offsetof(struct options, single), "bulk", 0, 0,
	  "bulk|single", "all with one call, or each with its own" },
	{ NULL },
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	r->peak_live_bytes = r->nr_threads * o->n * o->size;
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	r->data = r->heap->kernel->cache_create("gfpbench-bulk", o->size, 0, 0, NULL);
	if (!r->data)
		return gb_fail(e, GB_EXIT_HARNESS, "give more memory with --ram",
			       "workload bulk: cannot create a cache");
	return 0;
}

GB_INLINE uint64_t take_bulk(struct gb_thread *t, const struct options *o, void **p,
			     const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	uint64_t start = 0, got;

	if (full) {
		for (uint64_t i = 0; i < o->n; i++)
			gb_mix(&t->count[GB_PROCESS], o->size * 8 + GB_GFP_KERNEL);
		start = gb_clock_begin();
	}
	got = (uint64_t)k->cache_alloc_bulk(t->run->data, GFP_KERNEL, o->n, p);
	if (full)
		gb_record(t, GB_OP_ALLOC, GB_PROCESS, GB_GFP_KERNEL,
			  gb_clock_end() - start);
	for (uint64_t i = 0; i < o->n; i++)
		gb_count_alloc(t, GB_PROCESS, i < got ? p[i] : NULL, o->size, GFP_KERNEL);
	return got;
}

GB_INLINE void give_bulk(struct gb_thread *t, const struct options *o, uint64_t n, void **p,
			 const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	uint64_t start = full ? gb_clock_begin() : 0;

	if (!n)
		return;
	k->cache_free_bulk(t->run->data, n, p);
	if (full)
		gb_record(t, GB_OP_FREE, GB_PROCESS, GB_GFP_NONE, gb_clock_end() - start);
	t->count[GB_PROCESS].frees += n;
	t->count[GB_PROCESS].freed_bytes += n * o->size;
}

GB_INLINE uint64_t take_singly(struct gb_thread *t, const struct options *o, void **p,
			       const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	uint64_t got = 0;

	for (uint64_t i = 0; i < o->n; i++) {
		p[got] = GB_CALL_ALLOC(t, GB_PROCESS, full, o->size, GFP_KERNEL,
				       k->cache_alloc(t->run->data, GFP_KERNEL));
		got += p[got] != NULL;
	}
	return got;
}

GB_INLINE void give_singly(struct gb_thread *t, const struct options *o, uint64_t n,
			   void **p, const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;

	for (uint64_t i = 0; i < n; i++)
		GB_CALL_FREE(t, GB_PROCESS, full, o->size,
			     k->cache_free(t->run->data, p[i]));
}

GB_INLINE void use(struct gb_thread *t, const struct options *o, uint64_t n, void **p)
{
	for (uint64_t i = 0; i < n; i++)
		gb_fill(p[i], o->size);
	for (uint64_t i = 0; i < n; i++)
		gb_check(t, GB_PROCESS, p[i], o->size);
}

GB_INLINE uint64_t bulk_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	const struct options *o = t->run->options;
	uint64_t done = 0, got;
	void *p[MOST + 1];

	do {
		got = o->single ? take_singly(t, o, p, full) : take_bulk(t, o, p, full);
		use(t, o, got, p);
		if (o->single)
			give_singly(t, o, got, p, full);
		else
			give_bulk(t, o, got, p, full);
		done += 2 * o->n;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(bulk)

static void cleanup(struct gb_run *r)
{
	if (r->data)
		r->heap->kernel->cache_destroy(r->data);
	r->data = NULL;
}

const struct gb_workload gb_workload_bulk = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "bulk",
	.summary = "objects of a cache in bulk, against single calls",
	.imitates = "network receive and io_uring, which take and return objects by the dozen",
	.strains = "the cost of a call against that of an object",
	.good_score = "a cost of an object that falls well below calls=single as n grows",
	.paper = "",
	.needs = GB_CAP_KERNEL,
	.options = options,
	.options_size = sizeof(struct options),
	.plan = plan,
	.setup = setup,
	.run = bulk_run,
	.run_full = bulk_run_full,
	.cleanup = cleanup,
};
