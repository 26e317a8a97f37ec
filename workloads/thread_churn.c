/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * thread-churn: short-lived threads that leave objects behind.
 *
 * A life: allocate `objects` blocks, free all of them but every so-manieth, leave those
 * behind, free what a thread left `keep` lives ago, and end.  The live set is constant
 * after `keep` lives, so memory must reach a plateau.  It grows without end in an
 * allocator that gives each thread a heap and does not adopt those of the dead.
 */
#include "sizes.h"
#include "slots.h"

struct options {
	uint64_t objects, leave, keep, size_min, size_max;
};

static const struct gb_option options[] = {
	{ "objects", GB_OPTION_UINT, offsetof(struct options, objects), "2000", 1,
	  1 << 20, NULL, "blocks that a life allocates" },
	{ "leave", GB_OPTION_UINT, offsetof(struct options, leave), "100", 1, 1 << 20,
	  NULL, "blocks that it leaves behind" },
	{ "keep", GB_OPTION_UINT, offsetof(struct options, keep), "20", 1, 10000, NULL,
	  "lives after which they are freed" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "16", 1,
	  1 << 20, NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "2k", 1,
	  1 << 20, NULL,
	  "largest block, bytes; every doubling of the size is equally likely" },
	{ NULL },
};

struct state {
	uint32_t objects, leave, keep, life; /* life: which group is the oldest */
	size_t bytes;
	struct gb_sizes sizes;
	struct gb_slot *left;  /* keep groups of leave */
	struct gb_slot slot[]; /* objects */
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	if (o->leave > o->objects)
		return gb_fail(e, GB_EXIT_USAGE,
			       "leave at most as many as a life allocates",
			       "workload thread-churn: leave is above objects");
	r->peak_live_bytes =
		r->nr_threads * (o->objects + o->keep * o->leave) * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	size_t slots = o->objects + o->keep * o->leave;
	size_t bytes = sizeof(struct state) + slots * sizeof(struct gb_slot);
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->objects = (uint32_t)o->objects;
	s->leave = (uint32_t)o->leave;
	s->keep = (uint32_t)o->keep;
	s->left = s->slot + o->objects;
	gb_sizes_log_uniform(&s->sizes, &t->rng[GB_PROCESS], o->size_min, o->size_max);
	return 0;
}

/* Of every objects/leave blocks the first stays. */
GB_INLINE void leave_some(struct gb_thread *t, struct state *s, struct gb_slot *to,
			  const uint32_t full)
{
	uint32_t step = s->objects / s->leave, left = 0;

	for (uint32_t i = 0; i < s->objects; i++) {
		if (left < s->leave && i % step == 0) {
			to[left++] = s->slot[i];
			s->slot[i].p = NULL;
		} else {
			gb_slot_free(t, GB_PROCESS, full, &s->slot[i]);
		}
	}
}

GB_INLINE uint64_t one_life(struct gb_thread *t, struct state *s, const uint32_t full)
{
	struct gb_slot *oldest = s->left + (size_t)(s->life++ % s->keep) * s->leave;

	for (uint32_t i = 0; i < s->objects; i++)
		gb_slot_alloc(t, GB_PROCESS, full, &s->slot[i],
			      gb_pick_size(&s->sizes, gb_rng_next(&t->rng[GB_PROCESS])),
			      GFP_KERNEL);
	for (uint32_t i = 0; i < s->leave; i++)
		gb_slot_free(t, GB_PROCESS, full, &oldest[i]);
	leave_some(t, s, oldest, full);
	t->count[GB_PROCESS].custom[0]++;
	return 2 * (uint64_t)s->objects;
}

/* A call is a life, whatever n says: the thread ends after it. */
GB_INLINE uint64_t thread_churn_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	(void)n;
	t->handover = 1;
	return one_life(t, t->data, full);
}

GB_WORKLOAD_RUN(thread_churn)

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (!s)
		return;
	gb_slots_drain(t, s->left, (size_t)s->keep * s->leave);
	t->data = NULL;
	gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_thread_churn = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "thread-churn",
	.summary = "short-lived threads that leave objects behind",
	.imitates = "a thread for each request, results that outlive it",
	.strains = "thread start and exit, adoption of a dead thread's memory",
	.good_score = "memory that reaches a plateau after the first lives",
	.paper = "mleak; the blowup of Berger et al., Hoard, ASPLOS 2000",
	.flags = GB_WL_HANDOVER | GB_WL_RSS_DECAY,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "lives" },
	.plan = plan,
	.thread_setup = thread_setup,
	.run = thread_churn_run,
	.run_full = thread_churn_run_full,
	.thread_cleanup = thread_cleanup,
};
