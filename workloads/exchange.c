/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * exchange: every thread allocates a block, exchanges it atomically into a random place of
 * a large shared array, and frees what it displaced.  With T threads all but 1/T of the
 * frees are of blocks that another thread allocated, one by one and in no order: the worst
 * case of remote freeing.
 */
#include "shared_blocks.h"
#include "slots.h"

struct options {
	uint64_t slots, size_min, size_max;
};

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct options, slots), "262144", 1, 1 << 24,
	  NULL, "places of the shared array" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "16", 1,
	  GB_PACKED_MAX_SIZE, NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "512", 1,
	  GB_PACKED_MAX_SIZE, NULL, "largest block, bytes" },
	{ NULL },
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	r->peak_live_bytes = (o->slots + r->nr_threads) * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	return gb_shared_blocks_setup(r, o->slots, e);
}

/* From the start every exchange displaces a block. */
static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	struct gb_sizes *sizes = gb_thread_map(t, sizeof(*sizes), e);

	if (!sizes)
		return -(int)e->code;
	t->data = sizes;
	gb_sizes_uniform(sizes, &t->rng[GB_PROCESS], o->size_min, o->size_max);
	gb_shared_blocks_fill(t, sizes);
	return 0;
}

GB_INLINE uint64_t exchange_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct gb_shared_blocks *s = t->run->data;
	const struct gb_sizes *sizes = t->data;
	uint64_t done = 0;

	do {
		uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);
		uint64_t mine = gb_packed_alloc(t, GB_PROCESS, full,
						gb_pick_size(sizes, random), GFP_KERNEL);

		gb_packed_free(t, GB_PROCESS, full,
			       gb_shared_blocks_swap(s, gb_pick(random, s->n), mine));
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(exchange)

static void thread_cleanup(struct gb_thread *t)
{
	if (t->data)
		gb_unmap(t->data, sizeof(struct gb_sizes));
	t->data = NULL;
	gb_shared_blocks_leave(t);
}

const struct gb_workload gb_workload_exchange = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "exchange",
	.summary =
		"threads exchange blocks through a shared array: nearly all frees remote",
	.imitates = "a shared table whose entries are replaced by whoever comes",
	.strains = "remote frees one by one, in no order",
	.good_score = "close to ws-replace with one thread, and growing with the threads",
	.paper = "Lietar et al., snmalloc, ISMM 2019 (its contention test)",
	.options = options,
	.options_size = sizeof(struct options),
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = exchange_run,
	.run_full = exchange_run_full,
	.thread_cleanup = thread_cleanup,
	.cleanup = gb_shared_blocks_cleanup,
};
