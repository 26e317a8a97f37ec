/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * threadtest: every thread allocates its share of small objects, all of them, then frees
 * all of them in the same order, again and again.  No block changes threads: whatever does
 * not scale here is a lock or a cache line that the allocator made the threads share.
 */
#include "slots.h"

struct options {
	uint64_t objects, size, work;
};

static const struct gb_option options[] = {
	{ "objects", GB_OPTION_UINT, offsetof(struct options, objects), "30000", 1,
	  10000000, NULL, "objects of all threads together" },
	{ "size", GB_OPTION_SIZE, offsetof(struct options, size), "8", 1, 1 << 20, NULL,
	  "bytes of an object" },
	{ "work", GB_OPTION_UINT, offsetof(struct options, work), "0", 0, 1000000, NULL,
	  "turns of an empty loop after each operation" },
	{ NULL },
};

struct state {
	uint32_t objects;
	uint64_t work;
	size_t size, bytes;
	struct gb_slot slot[];
};

static uint64_t share(const struct gb_run *r)
{
	const struct options *o = r->options;
	uint64_t n = o->objects / r->nr_threads;

	return n ? n : 1;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	r->peak_live_bytes = share(r) * r->nr_threads * o->size;
	return 0;
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	size_t n = share(t->run),
	       bytes = sizeof(struct state) + n * sizeof(struct gb_slot);
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->objects = (uint32_t)n;
	s->work = o->work;
	s->size = o->size;
	s->bytes = bytes;
	return 0;
}

GB_INLINE void work(const struct state *s)
{
	for (uint64_t i = 0; i < s->work; i++)
		gb_barrier();
}

GB_INLINE uint64_t threadtest_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		for (uint32_t i = 0; i < s->objects; i++) {
			gb_slot_alloc(t, GB_PROCESS, full, &s->slot[i], s->size,
				      GFP_KERNEL);
			work(s);
		}
		for (uint32_t i = 0; i < s->objects; i++) {
			gb_slot_free(t, GB_PROCESS, full, &s->slot[i]);
			work(s);
		}
		done += 2 * (uint64_t)s->objects;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(threadtest)

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	t->data = NULL;
	if (s)
		gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_threadtest = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "threadtest",
	.summary = "each thread allocates many small objects, then frees all in order",
	.imitates = "threads that work on data of their own",
	.strains =
		"scaling of the fast path and of its refill: locks and shared cache lines",
	.good_score = "operations per second that grow with the threads",
	.paper = "Berger, McKinley, Blumofe & Wilson, Hoard, ASPLOS 2000",
	.options = options,
	.options_size = sizeof(struct options),
	.plan = plan,
	.thread_setup = thread_setup,
	.run = threadtest_run,
	.run_full = threadtest_run_full,
	.thread_cleanup = thread_cleanup,
};
