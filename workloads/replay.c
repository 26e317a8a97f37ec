/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * replay: what a real kernel (or program) asked of its allocator, asked again.
 *
 * The recording is taken apart before the backend starts (recording/); here each worker
 * gets one sequential array of operations of 16 bytes, those of its CPUs in the order of
 * the file.  CPUs of the recording are dealt out to the workers in turn.  Nothing is
 * parsed or hashed while the clock runs: an object is a slot in an array that all workers
 * share.
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
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "recording/recording.h"
#include "wait.h"

enum { EMPTY, FAILED, FREED }; /* anything above is a block */

#define LOOK_AHEAD 8 /* operations: two cache lines of the stream */
/* Longest interrupt: a softirq's budget of packets, a few operations each. */
#define GROUP_MAX 1024
/* Longer than a pause within an interrupt at work, shorter than a timer's period. */
#define GAP_NS UINT64_C(50000)

struct options {
	const char *file;
	double pace;
};

static const struct gb_option options[] = {
	{ "file", GB_OPTION_TEXT, offsetof(struct options, file), "@bundled", 1, 4000,
	  NULL,
	  "recording: text of ftrace, trace-cmd report or perf script (.zst, .gz, .xz), or "
	  "made by gfpbench record; bundled: @bundled @gcc @git @python3 @sqlite3" },
	{ "pace", GB_OPTION_DOUBLE, offsetof(struct options, pace), "0", 0, 1000, NULL,
	  "0 = as fast as possible, 1 = as recorded, 2 = twice as fast" },
	{ NULL },
};

struct worker {
	GB_ALIGNED_LINE const struct gb_recorded_op
		*next; /* own CPU, its interrupts too */
	const struct gb_recorded_op *end;
	uintptr_t *slot;     /* shared: see above */
	uint32_t left;       /* operations that the running interrupt may still do */
	uint32_t finished;   /* this pass, and the budget knows */
	const uint64_t *due; /* [operation]: ns after the start; NULL: not paced */
	const struct gb_recorded_op *first;
	struct gb_thread *t;
	struct shared *shared;
	/* plan and setup */
	size_t nr_ops;
	uint64_t last_ns;
	int64_t balance, highest; /* bytes allocated here less bytes freed here */
};

struct shared {
	struct gb_recording rec; /* from plan to setup */
	size_t nr_objects, nr_ops;
	struct gb_recorded_op
		*op; /* all workers', each with LOOK_AHEAD behind its last */
	uint64_t *due;
	uintptr_t *slot;
	uint32_t *size; /* [object] */
	uint64_t
		start_ticks; /* atomic: of this pass, set by the first to come; 0: none */
	unsigned int nr_workers;
	uint32_t left; /* atomic: workers that have not cleaned up yet */
	struct worker worker[];
};

/* --- plan ------------------------------------------------------------------------- */

static size_t shared_bytes(const struct gb_run *r)
{
	return sizeof(struct shared) + r->nr_threads * sizeof(struct worker);
}

static struct worker *worker_of(struct shared *s, size_t i)
{
	return &s->worker[s->rec.cpu_rank[s->rec.cpu[i]] % s->nr_workers];
}

/* The most that can be live at once: workers may run ahead of each other, so each adds
 * the highest point of its own balance. */
static uint64_t peak(struct shared *s)
{
	const struct gb_recording *rec = &s->rec;
	uint64_t sum = 0;

	for (size_t i = 0; i < rec->nr_ops; i++) {
		struct worker *w = worker_of(s, i);
		int64_t size = rec->op[i].size;

		w->balance += rec->op[i].flags & GB_RECORDED_FREE ? -size : size;
		if (w->balance > w->highest)
			w->highest = w->balance;
		w->nr_ops++;
	}
	for (unsigned int w = 0; w < s->nr_workers; w++)
		sum += (uint64_t)s->worker[w].highest;
	return sum;
}

static int needs_atomic(const struct gb_recording *rec)
{
	for (size_t i = 0; i < rec->nr_ops; i++)
		if (rec->op[i].context != GB_PROCESS ||
		    (!(rec->op[i].flags & GB_RECORDED_FREE) &&
		     !(rec->op[i].gfp & __GFP_DIRECT_RECLAIM)))
			return 1;
	return 0;
}

static int judge(const struct gb_run *r, const struct gb_recording *rec,
		 struct gb_error *e)
{
	const struct options *o = r->options;

	if (!rec->nr_ops)
		return gb_fail(e, GB_EXIT_USAGE,
			       "record kmem events: kmalloc, kfree, kmem_cache_alloc, "
			       "kmem_cache_free",
			       "recording %s holds no allocation", o->file);
	if (!(r->backend_caps & GB_CAP_ATOMIC) && needs_atomic(rec))
		return gb_fail(
			e, GB_EXIT_HARNESS, "choose a backend that serves interrupts",
			"recording %s allocates in atomic context, which this backend "
			"does not serve",
			o->file);
	return 0;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	struct shared *s = gb_map(shared_bytes(r));
	const char *name = strrchr(o->file, '/');

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "workload replay: no memory");
	s->nr_workers = s->left = r->nr_threads;
	if (gb_recording_load(o->file, &s->rec, e) || judge(r, &s->rec, e)) {
		gb_recording_free(&s->rec);
		gb_unmap(s, shared_bytes(r));
		return -(int)e->code;
	}
	r->peak_live_bytes = peak(s);
	if (s->rec.nr_warnings)
		snprintf(r->note, sizeof(r->note), "recording %.28s: %s",
			 name ? name + 1 : o->file, s->rec.warning[0]);
	r->data = s;
	return 0;
}

/* --- set-up ----------------------------------------------------------------------- */

static int map_arrays(struct shared *s, int paced, struct gb_error *e)
{
	s->nr_objects = s->rec.nr_objects;
	s->nr_ops = s->rec.nr_ops + (size_t)s->nr_workers * LOOK_AHEAD;
	s->op = gb_map(s->nr_ops * sizeof(*s->op));
	s->slot = gb_map(s->nr_objects * sizeof(*s->slot));
	s->size = gb_map(s->nr_objects * sizeof(*s->size));
	if (paced)
		s->due = gb_map(s->nr_ops * sizeof(*s->due));
	if (!s->op || !s->slot || !s->size || (paced && !s->due))
		return gb_fail(e, GB_EXIT_HARNESS, "use a shorter recording",
			       "workload replay: cannot map %zu MiB",
			       s->nr_ops * sizeof(*s->op) >> 20);
	return 0;
}

/* Where each worker's operations begin. */
static void lay_out(struct shared *s)
{
	size_t at = 0;

	for (unsigned int i = 0; i < s->nr_workers; i++) {
		struct worker *w = &s->worker[i];

		w->shared = s;
		w->slot = s->slot;
		w->first = w->next = w->end = s->op + at;
		w->due = s->due ? s->due + at : NULL;
		at += w->nr_ops + LOOK_AHEAD;
	}
}

/* Deal the operations out in the order of the file. */
static void deal(struct shared *s, double pace)
{
	const struct gb_recording *rec = &s->rec;

	for (size_t i = 0; i < rec->nr_ops; i++) {
		struct worker *w = worker_of(s, i);
		size_t at = (size_t)(w->end++ - s->op);
		uint64_t ns = rec->time_ns[i];

		s->op[at] = rec->op[i];
		if (ns > w->last_ns + GAP_NS)
			s->op[at].flags |= GB_RECORDED_APART;
		w->last_ns = ns;
		s->size[rec->op[i].object] = rec->op[i].size;
		if (s->due)
			s->due[at] = (uint64_t)((double)(ns - rec->first_ns) / pace);
	}
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	struct shared *s = r->data;

	if (map_arrays(s, o->pace > 0, e))
		return -(int)e->code;
	lay_out(s);
	deal(s, o->pace);
	gb_recording_free(&s->rec);
	return 0;
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	struct shared *s = t->run->data;

	(void)e;
	s->worker[t->id].t = t;
	t->data = &s->worker[t->id];
	return 0;
}

/* --- one operation ---------------------------------------------------------------- */

GB_INLINE void allocate(struct gb_thread *t, struct worker *w,
			const struct gb_recorded_op *op, enum gb_context c,
			const uint32_t full)
{
	void *p = gb_alloc(t, c, full, op->size, op->gfp);

	if (gb_likely(p != NULL))
		gb_fill(p, op->size);
	/* release pairs with the acquire in ready(): whoever frees sees the contents */
	gb_store_release(&w->slot[op->object], p ? (uintptr_t)p : FAILED);
}

GB_INLINE void release(struct gb_thread *t, struct worker *w,
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
GB_INLINE int ready(const struct worker *w, const struct gb_recorded_op *op)
{
	return !(op->flags & GB_RECORDED_FREE) ||
	       gb_load_acquire(&w->slot[op->object]) != EMPTY;
}

GB_INLINE void perform(struct gb_thread *t, struct worker *w,
		       const struct gb_recorded_op *op, enum gb_context c,
		       const uint32_t full)
{
	__builtin_prefetch(&w->slot[op[LOOK_AHEAD].object], 1);
	if (op->flags & GB_RECORDED_FREE)
		release(t, w, op, c, full);
	else
		allocate(t, w, op, c, full);
}

/* --- interrupts ------------------------------------------------------------------- */

/* Behind the last operation stand zeroes: process context, which ends every group. */
GB_INLINE int is_hardirq(const struct gb_recorded_op *op, uint8_t nested)
{
	return op->context == GB_HARDIRQ && (op->flags & GB_RECORDED_NESTED) == nested;
}

GB_INLINE int is_softirq(const struct gb_recorded_op *op)
{
	return op->context == GB_SOFTIRQ || is_hardirq(op, GB_RECORDED_NESTED);
}

/* Does w->next belong to the running interrupt, and can it be done now?  The first one
 * does and can. */
GB_INLINE int goes_on(const struct worker *w)
{
	if (w->left == GROUP_MAX)
		return 1;
	return w->left && !(w->next->flags & GB_RECORDED_APART) && ready(w, w->next);
}

GB_INLINE void hardirq_body(struct worker *w, uint8_t nested, const uint32_t full)
{
	for (; is_hardirq(w->next, nested) && goes_on(w); w->left--) {
		perform(w->t, w, w->next, GB_HARDIRQ, full);
		w->next++;
	}
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

GB_INLINE void softirq_body(struct worker *w, const uint32_t full)
{
	while (is_softirq(w->next) && goes_on(w)) {
		if (w->next->context == GB_HARDIRQ) {
			gb_run_as_hardirq(full ? nested_hardirq_full : nested_hardirq, w);
			continue;
		}
		perform(w->t, w, w->next, GB_SOFTIRQ, full);
		w->next++;
		w->left--;
	}
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
GB_INLINE void raise_interrupt(struct worker *w, const uint32_t full)
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

static uint64_t pass_start(struct shared *s)
{
	uint64_t none = 0, now = gb_clock_now();

	if (gb_load_relaxed(&s->start_ticks))
		return gb_load_relaxed(&s->start_ticks);
	return gb_cas_relaxed(&s->start_ticks, &none, now) ? now : none;
}

/* Wait for the time of w->next; 0 when stopping. */
static __attribute__((noinline)) int keep_pace(struct gb_thread *t, struct worker *w)
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
static __attribute__((noinline)) int await(struct gb_thread *t, struct worker *w)
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

/* Only here does it wait: in process context. */
GB_INLINE int may_go_on(struct gb_thread *t, struct worker *w)
{
	if (gb_unlikely(w->due != NULL) && !keep_pace(t, w))
		return 0;
	return gb_likely(ready(w, w->next)) || await(t, w);
}

GB_INLINE uint64_t replay_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct worker *w = t->data;
	const struct gb_recorded_op *from = w->next, *to = w->end;

	if (n < (uint64_t)(to - from))
		to = from + n;
	while (w->next < to && may_go_on(t, w)) {
		if (w->next->context == GB_PROCESS) {
			perform(t, w, w->next, GB_PROCESS, full);
			w->next++;
		} else {
			raise_interrupt(w, full);
		}
	}
	if (gb_unlikely(w->next == w->end) && !w->finished) {
		w->finished = 1;
		gb_budget_idle(1);
	}
	return (uint64_t)(w->next - from);
}

GB_WORKLOAD_RUN(replay)

/* --- the end of a pass ------------------------------------------------------------ */

/* On the main thread, between passes: no CPU's operation, so only the balance of bytes is
 * kept. */
static void free_leaked(struct gb_run *r, struct shared *s)
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

static void start_over(struct worker *w)
{
	if (w->finished)
		gb_budget_idle(-1);
	w->finished = 0;
	w->next = w->first;
}

static void rewind_pass(struct gb_run *r)
{
	struct shared *s = r->data;

	free_leaked(r, s);
	memset(s->slot, 0, s->nr_objects * sizeof(*s->slot));
	s->start_ticks = 0;
	for (unsigned int w = 0; w < s->nr_workers; w++)
		start_over(&s->worker[w]);
}

/* Stopped in the middle of a pass: the last worker frees what is live. */
static void thread_cleanup(struct gb_thread *t)
{
	struct shared *s = t->run->data;

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

static void unmap(void *p, size_t bytes)
{
	if (p)
		gb_unmap(p, bytes);
}

static void cleanup(struct gb_run *r)
{
	struct shared *s = r->data;

	r->data = NULL;
	if (!s)
		return;
	gb_recording_free(&s->rec);
	unmap(s->op, s->nr_ops * sizeof(*s->op));
	unmap(s->due, s->nr_ops * sizeof(*s->due));
	unmap(s->slot, s->nr_objects * sizeof(*s->slot));
	unmap(s->size, s->nr_objects * sizeof(*s->size));
	gb_unmap(s, shared_bytes(r));
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
	.options_size = sizeof(struct options),
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = replay_run,
	.run_full = replay_run_full,
	.rewind = rewind_pass,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
