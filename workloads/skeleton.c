/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A template for a workload: it fills every hook, is compiled by `make check`, and is in
 * no table.  Copy it, rename it, delete the hooks that you do not need, and add
 *
 *	one row in workloads/table.c      (and its name to the suites that fit)
 *	one word in Makefile.am           (workload_sources)
 *
 * It allocates and frees one block at a time, in process context, in its softirq and in
 * its hardirq, and ends after a fixed number of operations.
 */
#include "slots.h"

struct options {
	uint64_t size, total;
};

/* One row each: name, type, place, default, range, choices, help. */
static const struct gb_option options[] = {
	{ "size", GB_OPTION_SIZE, offsetof(struct options, size), "64", 1, 1 << 20, NULL,
	  "bytes of a block" },
	{ "total", GB_OPTION_UINT, offsetof(struct options, total), "1000", 1, 1 << 30,
	  NULL, "operations of a thread in one pass" },
	{ NULL },
};

/* A thread's state, from gb_map.  The interrupt contexts have fields of their own: they
 * may run between any two instructions of run(). */
struct state {
	uint64_t left;
	struct gb_slot process, softirq, hardirq;
};

/* Main thread, backend not up.  Refuse what cannot be; declare the peak of live bytes.
 * May be called more than once, and in a process that never runs the workload. */
static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	r->peak_live_bytes = GB_NR_CONTEXTS * r->nr_threads * o->size;
	return 0;
}

/* Main thread, backend up: what all threads share. */
static int setup(struct gb_run *r, struct gb_error *e)
{
	r->data = gb_map(4096);
	if (!r->data)
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "workload skeleton: cannot map a page");
	return 0;
}

/* Each emulated CPU, interrupts not armed yet: map and fill its state. */
static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	struct state *s = gb_thread_map(t, sizeof(*s), e);

	if (!s)
		return -(int)e->code;
	s->left = o->total;
	t->data = s;
	return 0;
}

GB_INLINE void turn_over(struct gb_thread *t, enum gb_context c, struct gb_slot *slot,
			 gfp_t gfp, const uint32_t full)
{
	const struct options *o = t->run->options;

	gb_slot_free(t, c, full, slot);
	gb_slot_alloc(t, c, full, slot, o->size, gfp);
}

/* Interrupts armed.  About n operations, no harness allocation, then return; 0 at the
 * end of a finite pass.  The macro below makes run() and run_full() of it. */
GB_INLINE uint64_t skeleton_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t done = 0;

	while (done < n && s->left && !gb_stopping(t)) {
		turn_over(t, GB_PROCESS, &s->process, GFP_KERNEL, full);
		s->left -= s->left > 1 ? 2 : 1;
		done += 2;
	}
	return done;
}

GB_WORKLOAD_RUN(skeleton)

/* Context hardirq, at any instruction of run(). */
static void hardirq(struct gb_thread *t)
{
	struct state *s = t->data;

	turn_over(t, GB_HARDIRQ, &s->hardirq, GFP_ATOMIC, t->full);
	gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
}

/* Context softirq: after the hardirq that raised it, interrupts on. */
static void softirq(struct gb_thread *t)
{
	struct state *s = t->data;

	turn_over(t, GB_SOFTIRQ, &s->softirq, GFP_ATOMIC, t->full);
}

/* All CPUs stopped: back to the start for another pass. */
static void rewind_pass(struct gb_run *r)
{
	const struct options *o = r->options;

	for (unsigned int i = 0; i < r->nr_threads; i++) {
		struct state *s = r->threads[i].data;

		s->left = o->total;
	}
}

/* Each CPU, no interrupt comes any more: free what is live. */
static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (!s)
		return;
	gb_slot_free(t, GB_PROCESS, 0, &s->process);
	gb_slot_free(t, GB_SOFTIRQ, 0, &s->softirq);
	gb_slot_free(t, GB_HARDIRQ, 0, &s->hardirq);
	t->data = NULL;
	gb_unmap(s, sizeof(*s));
}

/* Main thread, last. */
static void cleanup(struct gb_run *r)
{
	if (r->data)
		gb_unmap(r->data, 4096);
	r->data = NULL;
}

extern const struct gb_workload gb_workload_skeleton;
const struct gb_workload gb_workload_skeleton = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "skeleton",
	.summary = "one line for `list`",
	.imitates = "what it imitates",
	.strains = "what in an allocator it strains",
	.good_score = "what a good score means",
	.paper = "after whom, or empty",
	.flags = GB_WL_FINITE | GB_WL_OWN_IRQ,
	.needs = GB_CAP_ATOMIC,
	.default_irq_rate_hz = 1000,
	.min_threads = 1,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { NULL },
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = skeleton_run,
	.run_full = skeleton_run_full,
	.hardirq = hardirq,
	.softirq = softirq,
	.rewind = rewind_pass,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
