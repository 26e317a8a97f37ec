/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * replay: what a real kernel (or program) asked of its allocator, asked again.
 *
 * Each worker has one sequential array of operations, those of its CPUs in the order of the
 * file (replay_deal.c).  Nothing is parsed or hashed while the clock runs: an object is a
 * slot in an array that all workers share.
 *
 *	slot: EMPTY -> block (or FAILED) by the allocation's worker, release
 *	            -> FREED             by the free's worker, after an acquire
 *
 * Program order holds within a worker; a free whose slot is EMPTY waits for the other
 * worker.  Waits cannot form a circle: a free stands behind its allocation in the file,
 * so of all operations not yet done, the first in the file never waits.
 *
 * Operations of softirqs and hardirqs are executed at their place as that interrupt;
 * neighbours of one kind are one interrupt unless time went by between them.  A hardirq
 * that hit a softirq (H) is raised inside it.  An interrupt does not wait: it returns,
 * the wait happens in process context, and it is raised again.
 *
 * An allocation that fails here is published, too, and its free is skipped.  One that had
 * failed in the recording is not asked again: it left the recorded program without memory,
 * and here it would mostly succeed and hold what nobody frees; the reader counts it
 * (failed_allocs of `show FILE`).  What the recording never frees is freed between passes.
 *
 * A worker beyond the number of recorded CPUs has nothing to do: its stream is empty, and
 * the rate of a row counts only CPUs that had work.
 */
#include "replay.h"

#include <sched.h>
#include <time.h>

#include "wait.h"

enum { EMPTY, FAILED, FREED }; /* of a slot; anything above is a block */

/* Longest interrupt: a softirq's budget of packets, a few operations each. */
#define GROUP_MAX 1024

static const struct gb_option options[] = {
	{ "file", GB_OPTION_TEXT, offsetof(struct gb_replay_options, file), "@bundled", 1,
	  4000, NULL,
	  "recording: text of ftrace, trace-cmd report or perf script (.zst, .gz, .xz), or "
	  "made by gfpbench record; bundled: @bundled @gcc @git @python3 @sqlite3" },
	{ "pace", GB_OPTION_DOUBLE, offsetof(struct gb_replay_options, pace), "0", 0, 1000,
	  NULL,
	  "0 = as fast as possible, 1 = as recorded, 2 = twice as fast" },
	{ NULL },
};

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	struct gb_replay *s = t->run->data;

	(void)e;
	s->worker[t->id].t = t;
	t->data = &s->worker[t->id];
	return 0;
}

/* --- one operation ---------------------------------------------------------------- */

GB_INLINE void allocate(struct gb_thread *t, struct gb_replay_worker *w,
			const struct gb_recorded_op *op, enum gb_context c,
			const uint32_t full)
{
	void *p = gb_alloc(t, c, full, op->size, op->gfp);

	if (gb_likely(p != NULL))
		gb_fill(p, op->size);
	/* release pairs with the acquire in ready(): whoever frees sees the contents */
	gb_store_release(&w->slot[op->object], p ? (uintptr_t)p : FAILED);
}

GB_INLINE void release(struct gb_thread *t, struct gb_replay_worker *w,
		       const struct gb_recorded_op *op, enum gb_context c,
		       const uint32_t full)
{
	uintptr_t v = w->slot[op->object];
	void *p = (void *)v;

	gb_store_relaxed(&w->slot[op->object], FREED);
	if (gb_unlikely(v == FAILED)) {
		if (full) /* the stream of operations is the same on every backend */
			gb_mix(&t->count[c], ~(uint64_t)op->size);
		return;
	}
	gb_check(t, c, p, op->size);
	gb_free(t, c, full, p, op->size);
}

/* May it be done now?  Only a free of another worker's object may not. */
GB_INLINE int ready(const struct gb_replay_worker *w, const struct gb_recorded_op *op)
{
	return !(op->flags & GB_RECORDED_FREE) ||
	       gb_load_acquire(&w->slot[op->object]) != EMPTY;
}

GB_INLINE void perform(struct gb_thread *t, struct gb_replay_worker *w,
		       const struct gb_recorded_op *op, enum gb_context c,
		       const uint32_t full)
{
	__builtin_prefetch(&w->slot[op[GB_REPLAY_AHEAD].object], 1);
	if (op->flags & GB_RECORDED_FREE)
		release(t, w, op, c, full);
	else
		allocate(t, w, op, c, full);
}

/* --- interrupts ------------------------------------------------------------------- */

GB_INLINE int is_hardirq(const struct gb_recorded_op *op, uint8_t nested)
{
	return op->context == GB_HARDIRQ && (op->flags & GB_RECORDED_NESTED) == nested;
}

GB_INLINE int is_softirq(const struct gb_recorded_op *op)
{
	return op->context == GB_SOFTIRQ || is_hardirq(op, GB_RECORDED_NESTED);
}

/* Does @op belong to the running interrupt, and can it be done now?  The first one does
 * and can. */
GB_INLINE int goes_on(const struct gb_replay_worker *w, const struct gb_recorded_op *op)
{
	if (w->left == GROUP_MAX)
		return 1;
	return w->left && !(op->flags & GB_RECORDED_APART) && ready(w, op);
}

GB_INLINE void hardirq_body(struct gb_replay_worker *w, uint8_t nested, const uint32_t full)
{
	const struct gb_recorded_op *op = w->next;

	for (; is_hardirq(op, nested) && goes_on(w, op); w->left--)
		perform(w->t, w, op++, GB_HARDIRQ, full);
	w->next = op;
}

static void plain_hardirq(void *arg)
{
	hardirq_body(arg, 0, 0);
}
static void plain_hardirq_full(void *arg)
{
	hardirq_body(arg, 0, 1);
}
static void nested_hardirq(void *arg)
{
	hardirq_body(arg, GB_RECORDED_NESTED, 0);
}
static void nested_hardirq_full(void *arg)
{
	hardirq_body(arg, GB_RECORDED_NESTED, 1);
}

GB_INLINE void softirq_body(struct gb_replay_worker *w, const uint32_t full)
{
	const struct gb_recorded_op *op = w->next;

	while (is_softirq(op) && goes_on(w, op)) {
		if (op->context == GB_HARDIRQ) {
			w->next = op;
			gb_run_as_hardirq(full ? nested_hardirq_full : nested_hardirq, w);
			op = w->next;
			continue;
		}
		perform(w->t, w, op++, GB_SOFTIRQ, full);
		w->left--;
	}
	w->next = op;
}

static void softirq(void *arg)
{
	softirq_body(arg, 0);
}
static void softirq_full(void *arg)
{
	softirq_body(arg, 1);
}

/* w->next is ready, so at least that one is done. */
GB_INLINE void raise_interrupt(struct gb_replay_worker *w, const uint32_t full)
{
	w->left = GROUP_MAX;
	if (is_softirq(w->next))
		gb_run_as_softirq(full ? softirq_full : softirq, w);
	else
		gb_run_as_hardirq(full ? plain_hardirq_full : plain_hardirq, w);
}

/* --- pace ------------------------------------------------------------------------- */

#define NAP_NS  UINT64_C(1000000)
#define SPIN_NS UINT64_C(100000) /* a sleep may last that much too long */

static uint64_t pass_start(struct gb_replay *s)
{
	uint64_t none = 0, now = gb_clock_now();

	if (gb_load_relaxed(&s->start_ticks))
		return gb_load_relaxed(&s->start_ticks);
	return gb_cas_relaxed(&s->start_ticks, &none, now) ? now : none;
}

/* Wait for the time of w->next; 0 when stopping. */
static __attribute__((noinline)) int keep_pace(struct gb_thread *t, struct gb_replay_worker *w)
{
	uint64_t when =
		pass_start(w->shared) + gb_clock_ticks(w->due[w->next - w->first]);
	uint64_t start = gb_clock_now(), now = start;

	for (; now < when && !gb_stopping(t); now = gb_clock_now()) {
		uint64_t ns = gb_clock_ns(when - now);
		struct timespec nap = { 0, (long)(ns < NAP_NS ? ns - SPIN_NS : NAP_NS) };

		if (ns > 2 * SPIN_NS)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
		else
			gb_cpu_relax();
	}
	t->wait_ticks += now - start;
	return now >= when;
}

/* --- the loop --------------------------------------------------------------------- */

/* Wait until w->next is ready; 0 when stopping.  A long wait is told to the budget: a CPU
 * that sleeps for memory must not sleep for what this one would free. */
static __attribute__((noinline)) int await(struct gb_thread *t, struct gb_replay_worker *w)
{
	uint64_t start = gb_clock_now();
	unsigned int spins = 0;

	while (!ready(w, w->next) && !gb_stopping(t)) {
		if (++spins == GB_WAIT_SPINS)
			gb_budget_idle(1);
		if (spins < GB_WAIT_SPINS)
			gb_cpu_relax();
		else
			sched_yield();
	}
	if (spins >= GB_WAIT_SPINS)
		gb_budget_idle(-1);
	t->wait_ticks += gb_clock_now() - start;
	return ready(w, w->next);
}

/* Only here does it wait: in process context.  @op is w->next to be. */
GB_INLINE int may_go_on(struct gb_thread *t, struct gb_replay_worker *w,
			const struct gb_recorded_op *op)
{
	w->next = op;
	if (gb_unlikely(w->due != NULL) && !keep_pace(t, w))
		return 0;
	return gb_likely(ready(w, op)) || await(t, w);
}

/* The place in the stream is kept in a register: what comes next is then known long before
 * what came last is done. */
GB_INLINE uint64_t replay_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct gb_replay_worker *w = t->data;
	const struct gb_recorded_op *from = w->next, *op = from, *to = w->end;

	if (n < (uint64_t)(to - from))
		to = from + n;
	while (op < to && may_go_on(t, w, op)) {
		if (op->context == GB_PROCESS) {
			perform(t, w, op++, GB_PROCESS, full);
		} else {
			raise_interrupt(w, full);
			op = w->next;
		}
	}
	w->next = op;
	if (gb_unlikely(op == w->end) && !w->finished) {
		w->finished = 1;
		gb_budget_idle(1);
	}
	return (uint64_t)(op - from);
}

GB_WORKLOAD_RUN(replay)

/* --- the end of a pass ------------------------------------------------------------ */

/* On the main thread, between passes: no CPU's operation, so only the balance of bytes is
 * kept. */
static void free_leaked(struct gb_run *r, struct gb_replay *s)
{
	struct gb_thread *t = &r->threads[0];

	for (size_t i = 0; i < s->nr_objects; i++) {
		if (s->slot[i] <= FREED)
			continue;
		gb_check(t, GB_PROCESS, (void *)s->slot[i], s->size[i]);
		t->free((void *)s->slot[i]);
		t->count[GB_PROCESS].freed_bytes += s->size[i];
	}
}

static void start_over(struct gb_replay_worker *w)
{
	if (w->finished)
		gb_budget_idle(-1);
	w->finished = 0;
	w->next = w->first;
}

static void rewind_pass(struct gb_run *r)
{
	struct gb_replay *s = r->data;

	free_leaked(r, s);
	memset(s->slot, 0, s->nr_objects * sizeof(*s->slot));
	s->start_ticks = 0;
	for (unsigned int w = 0; w < s->nr_workers; w++)
		start_over(&s->worker[w]);
}

/* Stopped in the middle of a pass: the last worker frees what is live. */
static void thread_cleanup(struct gb_thread *t)
{
	struct gb_replay *s = t->run->data;

	start_over(&s->worker[t->id]);
	t->data = NULL;
	if (!gb_last_to_leave(&s->left))
		return;
	for (size_t i = 0; i < s->nr_objects; i++) {
		if (s->slot[i] <= FREED)
			continue;
		gb_check(t, GB_PROCESS, (void *)s->slot[i], s->size[i]);
		gb_free(t, GB_PROCESS, 0, (void *)s->slot[i], s->size[i]);
		s->slot[i] = FREED;
	}
}

const struct gb_workload gb_workload_replay = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "replay",
	.summary = "a recording of a real kernel's or program's allocations",
	.imitates =
		"the machine that was recorded: sizes, flags, contexts, CPUs and order",
	.strains =
		"everything at the proportions of real life; objects freed on other CPUs "
		"and in interrupts",
	.good_score =
		"closest to null; it is the one that says what a change is worth in use",
	.paper = "",
	.flags = GB_WL_FINITE,
	.options = options,
	.options_size = sizeof(struct gb_replay_options),
	.plan = gb_replay_plan,
	.setup = gb_replay_setup,
	.thread_setup = thread_setup,
	.run = replay_run,
	.run_full = replay_run_full,
	.rewind = rewind_pass,
	.thread_cleanup = thread_cleanup,
	.cleanup = gb_replay_cleanup,
};
