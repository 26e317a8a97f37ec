/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * exchange: every thread allocates a block, exchanges it atomically into a random place of
 * a large shared array, and frees what it displaced.  With T threads all but 1/T of the
 * frees are of blocks that another thread allocated, one by one and in no order: the worst
 * case of remote freeing.
 */
#include "packed.h"
#include "sizes.h"
#include "slots.h"
#include "wait.h"

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

struct shared {
	GB_ALIGNED_LINE uint32_t left; /* atomic: threads that have not cleaned up */
	uint32_t slots;
	size_t bytes;
	GB_ALIGNED_LINE uint64_t block[]; /* packed; atomic */
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
	size_t bytes = sizeof(struct shared) + o->slots * sizeof(uint64_t);
	struct shared *s = gb_map(bytes);

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, "use fewer slots",
			       "workload exchange: cannot map the shared array");
	s->bytes = bytes;
	s->slots = (uint32_t)o->slots;
	s->left = r->nr_threads;
	r->data = s;
	return 0;
}

/* Each thread fills its share, so that from the start every exchange displaces a block. */
static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;
	struct gb_sizes *sizes = gb_thread_map(t, sizeof(*sizes), e);
	struct gb_rng *rng = &t->rng[GB_PROCESS];

	if (!sizes)
		return -(int)e->code;
	t->data = sizes;
	gb_sizes_uniform(sizes, rng, o->size_min, o->size_max);
	for (uint32_t i = t->id; i < s->slots; i += t->run->nr_threads)
		gb_store_release(
			&s->block[i],
			gb_packed_alloc(t, 0, gb_pick_size(sizes, gb_rng_next(rng))));
	return 0;
}

GB_INLINE uint64_t exchange_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct shared *s = t->run->data;
	const struct gb_sizes *sizes = t->data;
	uint64_t done = 0;

	do {
		uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);
		uint64_t mine = gb_packed_alloc(t, full, gb_pick_size(sizes, random));

		/* acq_rel: whoever displaces ours sees it filled, we see theirs */
		gb_packed_free(
			t, full,
			gb_xchg_acq_rel(&s->block[gb_pick(random, s->slots)], mine));
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(exchange)

static void thread_cleanup(struct gb_thread *t)
{
	struct shared *s = t->run->data;

	if (t->data)
		gb_unmap(t->data, sizeof(struct gb_sizes));
	t->data = NULL;
	if (!gb_last_to_leave(&s->left))
		return;
	for (uint32_t i = 0; i < s->slots; i++)
		gb_packed_free(t, 0, gb_xchg_acq_rel(&s->block[i], 0));
}

static void cleanup(struct gb_run *r)
{
	struct shared *s = r->data;

	r->data = NULL;
	if (s)
		gb_unmap(s, s->bytes);
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
	.cleanup = cleanup,
};
