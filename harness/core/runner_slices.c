/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A runner that takes turns with another one (slices.h).
 *
 * A slice is a fixed number of operations of every worker, timed by the worker itself, so
 * that neither the hand-over of the token nor the start line is in it.  With interrupts,
 * the worker first waits for one to arrive: what the timer had to do after its pause is
 * over then.
 *
 * Workers may need each other (a consumer its producer).  Whoever has done its operations
 * goes on, untimed, until all have; the last one raises the stop flag, which ends waits
 * inside the workload.  A finite workload's passes may end inside a slice: then the others
 * finish the pass untimed, everything is rewound, and the slice goes on.
 */
#include "runner_int.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PILOT_CHUNK_MAX (UINT64_C(1) << 32)
#define PILOT_STEPS     40
#define PILOT_PARK_NS   10000000
#define PILOT_PARKS     3
#define PILOT_LATENCY   12
#define SETTLE_NS       50000
#define SETTLE_ROUNDS   100  /* with SETTLE_NS: 5 ms and more */
#define IDLE_NS         5000 /* processor time in one such round that is no work */

/* --- attaching ---------------------------------------------------------------------- */

static int go_to_core(uint32_t core, struct gb_error *e)
{
	cpu_set_t one;

	if (core == UINT32_MAX)
		return 0;
	CPU_ZERO(&one);
	CPU_SET(core, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot go to core %u", core);
	return 0;
}

static int check_page(const struct gb_slices *s, struct gb_error *e)
{
	if (s->magic == GB_SLICES_MAGIC && s->version == GB_SLICES_VERSION &&
	    s->bytes == sizeof(*s) && s->nr_turns <= GB_SLICES_TURNS)
		return 0;
	return gb_fail(e, GB_EXIT_HARNESS, NULL, "the page of turns is of another version");
}

int gb_slices_attach(struct gb_runner *r, struct gb_error *e)
{
	const char *side = getenv(GB_SLICES_SIDE);
	struct gb_slices *s;
	struct stat st;

	if (!side)
		return 0;
	r->side = *side == 'B';
	unsetenv(GB_SLICES_SIDE);
	if (fstat(GB_SLICES_FD, &st) || (size_t)st.st_size != sizeof(*s))
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no page of turns on descriptor %d",
			       GB_SLICES_FD);
	/* Populated: the sides' parts lie in different pages, and neither shall fault. */
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		 GB_SLICES_FD, 0);
	if (s == MAP_FAILED)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL,
				     "cannot map the page of turns");
	r->slices = s;
	if (check_page(s, e))
		return -e->code;
	return go_to_core(s->core, e);
}

/* --- one slice, on a worker ----------------------------------------------------------- */

/* At most one and a half periods: a Poisson gap may be longer, and nothing is lost then. */
static void await_interrupt(const struct gb_worker *w)
{
	uint64_t seen = gb_self.stats.irq_count, start = gb_clock_now(), limit;

	if (!w->timer_started)
		return;
	limit = gb_clock_ticks((uint64_t)(1.5e9 / w->runner->cell.irq_rate_hz));
	while (*(volatile uint64_t *)&gb_self.stats.irq_count == seen &&
	       gb_clock_now() - start < limit)
		gb_cpu_relax();
}

/* The worker's operations, or as many as the pass has left.  1: handover. */
static int timed_part(struct gb_worker *w, int full)
{
	const struct gb_workload *wl = w->runner->workload;
	uint64_t (*run)(struct gb_thread *t, uint64_t n) = full ? wl->run_full : wl->run;
	uint64_t want = w->runner->slice_chunk, n;

	if (!w->slice_started) {
		await_interrupt(w);
		w->slice_started = 1;
		w->slice_wait_base = w->t->wait_ticks;
		w->slice_start = gb_clock_now();
	}
	while (w->slice_ops < want) {
		n = run(w->t, want - w->slice_ops);
		w->slice_ops += n;
		if (w->t->handover)
			return 1;
		if (n == 0 && (wl->flags & GB_WL_FINITE)) {
			w->pass_ended = 1;
			break;
		}
		if (n == 0)
			sched_yield();
	}
	w->slice_ticks += gb_clock_now() - w->slice_start -
			  (w->t->wait_ticks - w->slice_wait_base);
	w->slice_started = 0;
	w->slice_finished = w->slice_ops >= want;
	if (gb_sub_acq_rel(&w->runner->slice_left, 1) == 0)
		gb_store_relaxed(&w->runner->stop, 1);
	return 0;
}

/* Untimed: for the others' sake, or to the end of the pass. */
static int go_on(struct gb_worker *w, uint64_t step)
{
	const struct gb_workload *wl = w->runner->workload;

	while (!w->pass_ended && !gb_stopping(w->t)) {
		uint64_t n = wl->run(w->t, step);

		if (w->t->handover)
			return 1;
		if (n == 0 && (wl->flags & GB_WL_FINITE) && !gb_stopping(w->t))
			w->pass_ended = 1;
		else if (n == 0)
			sched_yield();
	}
	return 0;
}

int gb_slices_work(struct gb_worker *w, int full)
{
	if (w->runner->slice_chunk == 0)
		return go_on(w, 4096); /* drain */
	if (!w->slice_finished && !w->pass_ended && timed_part(w, full))
		return 1;
	return go_on(w, 16);
}

/* --- one slice, from the main thread -------------------------------------------------- */

static uint64_t cpu_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void begin_slice(struct gb_runner *r)
{
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		struct gb_worker *w = &r->workers[i];

		w->slice_ops = w->slice_ticks = 0;
		w->slice_started = w->slice_finished = 0;
	}
}

static uint32_t unfinished(const struct gb_runner *r)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		n += !r->workers[i].slice_finished;
	return n;
}

/* When a pass has ended somewhere, it is ended everywhere, and a new one begins. */
static int next_pass(struct gb_runner *r)
{
	int ended = 0;

	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		ended |= r->workers[i].pass_ended;
	if (!ended)
		return 0;
	r->slice_chunk = 0;
	if (gb_workers_command(r, GB_CMD_SLICE, 0))
		return -1;
	r->workload->rewind(&r->run);
	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		r->workers[i].pass_ended = 0;
	return 0;
}

static int work(struct gb_runner *r, uint64_t chunk, enum gb_turn_kind kind)
{
	begin_slice(r);
	while ((r->slice_left = unfinished(r))) {
		r->slice_chunk = chunk;
		if (gb_workers_command(r, kind == GB_TURN_LATENCY ? GB_CMD_SLICE_FULL :
								     GB_CMD_SLICE, 0) ||
		    next_pass(r))
			return -1;
	}
	return 0;
}

static int slice(struct gb_runner *r, uint64_t chunk, enum gb_turn_kind kind,
		 struct gb_slice *out)
{
	struct rusage before, after;
	uint64_t cpu, ticks = 0;

	getrusage(RUSAGE_SELF, &before);
	out->t_start_ns = gb_monotonic_ns();
	cpu = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
	if (work(r, chunk, kind))
		return -1;
	out->cpu_ns = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	getrusage(RUSAGE_SELF, &after);
	out->minflt = (uint64_t)(after.ru_minflt - before.ru_minflt);
	out->majflt = (uint64_t)(after.ru_majflt - before.ru_majflt);
	out->nvcsw = (uint64_t)(after.ru_nvcsw - before.ru_nvcsw);
	out->nivcsw = (uint64_t)(after.ru_nivcsw - before.ru_nivcsw);
	out->ops = 0;
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		out->ops += r->workers[i].slice_ops;
		ticks += r->workers[i].slice_ticks;
	}
	out->wall_ns = gb_clock_ns(ticks) / r->run.nr_threads;
	if (kind != GB_TURN_WARM)
		r->page->r.ops_count += out->ops;
	return 0;
}

/* --- parking ----------------------------------------------------------------------------- */

/* Processor time of all threads but this one. */
static uint64_t others_cpu_ns(void)
{
	return cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Threads beyond the main one and the workers: kswapd, RCU, the allocator's own. */
static int has_helpers(const struct gb_runner *r)
{
	struct stat st;

	return stat("/proc/self/task", &st) || st.st_nlink > r->run.nr_threads + 3;
}

/* The token must not pass while a helper still works. */
static void settle(struct gb_runner *r)
{
	const struct timespec t = { 0, SETTLE_NS };
	uint64_t before, after = others_cpu_ns();

	if (!has_helpers(r))
		return;
	for (int i = 0; i < SETTLE_ROUNDS; i++) {
		before = after;
		nanosleep(&t, NULL);
		after = others_cpu_ns();
		if (after - before < IDLE_NS)
			return;
	}
	r->slices->side[r->side].restless++;
}

static void futex_wait(uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void futex_wake_all(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Until *@word has reached @value, or the other side is gone. */
static void await(struct gb_slices *s, uint32_t *word, uint32_t value)
{
	uint32_t now;

	/* pairs with the releases in pass_on(), arrive() and gb_slices_leave_alone() */
	while ((now = gb_load_acquire(word)) < value && !gb_load_acquire(&s->alone))
		futex_wait(word, now);
}

static void arrive(struct gb_slices *s)
{
	gb_add_acq_rel(&s->ready, 1);
	futex_wake_all(&s->ready);
	await(s, &s->ready, s->runners);
}

static void pass_on(struct gb_slices *s, uint32_t turn)
{
	gb_store_release(&s->token, turn + 1);
	futex_wake_all(&s->token);
}

static void parked_until(struct gb_runner *r, uint32_t turn)
{
	struct gb_slices_side *me = &r->slices->side[r->side];
	uint64_t start = gb_monotonic_ns(), cpu = others_cpu_ns();

	await(r->slices, &r->slices->token, turn);
	me->parked_cpu_ns += others_cpu_ns() - cpu;
	me->parked_ns += gb_monotonic_ns() - start;
}

/* --- all turns ---------------------------------------------------------------------------- */

static int take_turn(struct gb_runner *r, const struct gb_turn *turn)
{
	struct gb_slices *s = r->slices;
	struct gb_slice ignored, *out = &ignored;

	if (turn->kind == GB_TURN_TIMED)
		out = &s->side[r->side].slice[turn->slice % GB_SLICES_MAX];
	gb_store_relaxed(&r->page->phase, turn->kind == GB_TURN_LATENCY ? GB_PHASE_LATENCY :
									  GB_PHASE_THROUGHPUT);
	if (slice(r, turn->kind == GB_TURN_LATENCY ? s->latency_chunk : s->chunk,
		  (enum gb_turn_kind)turn->kind, out))
		return -1;
	settle(r);
	return 0;
}

static int take_turns(struct gb_runner *r)
{
	struct gb_slices *s = r->slices;

	arrive(s);
	for (uint32_t i = 0; i < s->nr_turns; i++) {
		if (s->turn[i].side != r->side)
			continue;
		parked_until(r, i);
		if (take_turn(r, &s->turn[i]))
			return -1;
		pass_on(s, i);
	}
	/* What follows (freeing everything) would disturb the other side's last slice. */
	parked_until(r, s->nr_turns);
	return 0;
}

static uint64_t timed_calls(const struct gb_runner *r, enum gb_op op)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		for (int c = 0; c < GB_NR_CONTEXTS; c++)
			for (int g = 0; g < GB_NR_GFP_CLASSES; g++)
				n += r->run.threads[i].latency->h[op][c][g].count;
	return n;
}

/* Where the rarer kind of call is more than frequent enough, less of it will do. */
static void choose_latency_chunk(struct gb_slices_side *me)
{
	uint64_t least = me->latency_allocs < me->latency_frees ? me->latency_allocs :
								  me->latency_frees;
	double share = least > GB_SLICES_CALLS ? (double)GB_SLICES_CALLS / (double)least : 1;

	me->latency_chunk = (uint64_t)((double)me->chunk * share);
	me->latency_chunk += !me->latency_chunk;
	me->latency_allocs = (uint64_t)((double)me->latency_allocs * share);
	me->latency_frees = (uint64_t)((double)me->latency_frees * share);
}

/* The least of several: a workload with phases may free nothing for many slices. */
static int count_timed_calls(struct gb_runner *r, struct gb_slices_side *me)
{
	me->latency_allocs = me->latency_frees = UINT64_MAX;
	for (int i = 0; i < PILOT_LATENCY; i++) {
		uint64_t allocs = timed_calls(r, GB_OP_ALLOC), frees = timed_calls(r, GB_OP_FREE);
		struct gb_slice s;

		if (slice(r, me->chunk, GB_TURN_LATENCY, &s))
			return -1;
		allocs = timed_calls(r, GB_OP_ALLOC) - allocs;
		frees = timed_calls(r, GB_OP_FREE) - frees;
		me->latency_allocs = allocs < me->latency_allocs ? allocs : me->latency_allocs;
		me->latency_frees = frees < me->latency_frees ? frees : me->latency_frees;
	}
	choose_latency_chunk(me);
	return 0;
}

/* Grow until a slice is long enough to judge by, then take the least disturbed of three. */
static int find_chunk(struct gb_runner *r, uint64_t target_ns, uint64_t *chunk)
{
	struct gb_slice s;
	uint64_t best = UINT64_MAX;
	int left = 3;

	*chunk = 64;
	for (int i = 0; i < PILOT_STEPS && left; i++) {
		if (slice(r, *chunk, GB_TURN_WARM, &s))
			return -1;
		if (s.wall_ns < target_ns / 2 && best == UINT64_MAX && *chunk < PILOT_CHUNK_MAX) {
			*chunk *= s.wall_ns < target_ns / 16 ? 8 : 2;
			continue;
		}
		best = s.wall_ns < best ? s.wall_ns : best;
		left--;
	}
	*chunk = (uint64_t)((double)*chunk * (double)target_ns / (double)(best ? best : 1));
	*chunk = *chunk ? *chunk : 1;
	return 0;
}

/* Of several looks: a worker's last steps, taken late on a busy machine, are no helper. */
static uint64_t least_parked_cpu_ns(void)
{
	const struct timespec park = { 0, PILOT_PARK_NS };
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < PILOT_PARKS; i++) {
		uint64_t before = others_cpu_ns(), used;

		nanosleep(&park, NULL);
		used = others_cpu_ns() - before;
		least = used < least ? used : least;
	}
	return least;
}

static int pilot(struct gb_runner *r)
{
	struct gb_slices *s = r->slices;
	struct gb_slices_side *me = &s->side[r->side];

	if (find_chunk(r, s->target_ns, &me->chunk) || count_timed_calls(r, me))
		return -1;
	settle(r);
	me->parked_cpu_ns = least_parked_cpu_ns();
	me->parked_ns = PILOT_PARK_NS;
	return 0;
}

/* One thread does the same operations on both sides, so their number is part of the
 * checksum.  Several help each other by the clock. */
static void add_to_checksum(struct gb_runner *r)
{
	if (r->run.nr_threads == 1)
		r->page->r.checksum = (r->page->r.checksum ^ r->page->r.ops_count) *
				      UINT64_C(0x9e3779b97f4a7c15);
}

int gb_slices_run(struct gb_runner *r)
{
	struct gb_slices_side *me = &r->slices->side[r->side];

	me->warmup_ns = gb_monotonic_ns() - r->page->spawned_ns;
	if (r->slices->chunk == 0 ? pilot(r) : take_turns(r))
		return -1;
	me->rss_end_bytes = gb_statm_rss(0);
	add_to_checksum(r);
	return 0;
}
