/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What is measured, in order:
 *
 *   warm-up     a fixed number of operations through run_full, so that the checksum of the
 *               stream of operations can be compared across backends, faults are taken and
 *               arrays filled; then --warmup, results dropped
 *   throughput  run(): no timestamps.  By duration or by operations
 *   latency     run_full(): every call timed; half as long
 *   watch       (one repetition) with the watcher of system calls armed
 *
 * Interrupts are armed in all but the fixed warm-up, so that the stream of operations is
 * the same in every run; a workload that needs them to move raises them itself.  A finite workload runs in passes: a command is one pass, rewind
 * in between, so times are sums over passes.
 */
#include "runner_int.h"

#include <sched.h>

#define WARMUP_OPS     16384u
#define CHUNK_NS       500000u /* how long one call of run should take */
#define CHUNK_MAX      (UINT64_C(1) << 20)
#define LOST_MAX       1000u   /* merged expiries recorded for one signal */

/* --- interrupts --------------------------------------------------------------- */

static void record_entry(struct gb_worker *w, const struct gb_irq *irq)
{
	struct gb_histogram *h = &w->t->latency->h[GB_OP_IRQ_ENTRY][GB_HARDIRQ][GB_GFP_NONE];
	unsigned int lost = irq->lost < LOST_MAX ? irq->lost : LOST_MAX;

	gb_hist_record(h, irq->entry_ns > irq->intended_ns ? irq->entry_ns - irq->intended_ns : 0);
	for (unsigned int k = 1; k <= lost; k++)
		gb_hist_record(h, irq->entry_ns - gb_irq_merged_ns(irq, k));
}

/* Whoever counts the interrupts until it breaks cannot wait for publish(). */
static void count_irq(struct gb_worker *w)
{
	struct gb_runner *r = w->runner;
	uint64_t sum = 0;

	gb_store_relaxed(&r->page->live[w->id].irqs, gb_self.stats.irq_count);
	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		sum += gb_load_relaxed(&r->page->live[i].irqs);
	if (sum >= r->sample.unguarded)
		gb_store_relaxed(&r->stop, 1);
}

static void on_irq(const struct gb_irq *irq, void *arg)
{
	struct gb_worker *w = arg;
	const struct gb_workload *wl = w->runner->workload;

	if (w->runner->sample.unguarded)
		count_irq(w);
	if (w->t->full)
		record_entry(w, irq);
	/* Handlers that take longer than the period follow one another without end; the
	 * interrupted code must get to see that the phase is over. */
	if (gb_stopping(w->t))
		return;
	if (wl->hardirq)
		wl->hardirq(w->t);
	else
		gb_irq_burst(w->t);
}

static int arm(struct gb_worker *w)
{
	struct gb_runner *r = w->runner;
	struct gb_timer_config config = {
		.rate_hz = r->cell.irq_rate_hz,
		.law = r->cell.irq_law,
		.seed = r->sample.seed ^ (w->id + 1) * UINT64_C(0x9e3779b97f4a7c15),
		.handler = on_irq,
		.arg = w,
	};

	if (w->timer_started) {
		gb_timer_resume();
		return 0;
	}
	if (gb_timer_start(&config, &w->error))
		return -1;
	w->timer_started = 1;
	return 0;
}

void gb_phase_disarm(struct gb_worker *w)
{
	if (w->timer_started)
		gb_timer_stop();
	w->timer_started = 0;
}

/* --- live counters --------------------------------------------------------------- */

/* The counts are plain words of the worker's: to others, what they were a moment ago. */
__attribute__((no_sanitize_thread, noinline)) static uint64_t calls_of(const struct gb_thread *t)
{
	uint64_t calls = 0;

	for (int c = 0; c < GB_NR_CONTEXTS; c++) {
		const volatile struct gb_counters *n = &t->count[c];

		calls += n->allocs + n->frees;
	}
	return calls;
}

/* A worker that never comes back from its first piece of work publishes nothing; and one
 * that does, does so where little may be live: between two batches, two lives. */
void gb_phases_look(struct gb_runner *r)
{
	int64_t live = gb_live_bytes(&r->run);

	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		gb_store_relaxed(&r->page->live[i].calls, calls_of(&r->run.threads[i]));
	gb_store_relaxed(&r->page->live_bytes, live);
	if (live > r->page->live_peak_bytes)
		r->page->live_peak_bytes = live;
}

static void publish(struct gb_worker *w)
{
	struct gb_runner *r = w->runner;
	struct gb_live *live = &r->page->live[w->id];
	int64_t bytes = 0, sum = 0;

	for (int c = 0; c < GB_NR_CONTEXTS; c++) {
		const struct gb_counters *n = &w->t->count[c];

		bytes += (int64_t)(n->allocated_bytes - n->freed_bytes);
	}
	gb_store_relaxed(&live->calls, calls_of(w->t));
	gb_store_relaxed(&live->live_bytes, bytes);
	gb_store_relaxed(&live->ops, w->ops);
	gb_store_relaxed(&live->irqs, gb_self.stats.irq_count);
	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		sum += gb_load_relaxed(&r->page->live[i].live_bytes);
	if (sum > live->live_peak_bytes)
		gb_store_relaxed(&live->live_peak_bytes, sum);
}

/* --- the loops ---------------------------------------------------------------------- */

typedef uint64_t (*run_fn)(struct gb_thread *t, uint64_t n);

static void adapt_chunk(struct gb_worker *w, uint64_t ticks)
{
	uint64_t ns = gb_clock_ns(ticks), limit = w->runner->ops_limit, max = CHUNK_MAX;

	if (limit && limit / (w->runner->run.nr_threads * 64u) < max)
		max = limit / (w->runner->run.nr_threads * 64u);
	if (ns < CHUNK_NS / 2)
		w->chunk *= 2;
	else if (ns > CHUNK_NS * 2)
		w->chunk /= 2;
	if (w->chunk > max)
		w->chunk = max;
	if (w->chunk == 0)
		w->chunk = 1;
}

static void check_limit(struct gb_worker *w)
{
	struct gb_runner *r = w->runner;

	if (r->ops_limit && gb_result_live_ops(r->page) >= r->ops_limit)
		gb_store_relaxed(&r->stop, 1);
}

/* One pass of a finite workload, or until stopped.  1: handover. */
static int loop(struct gb_worker *w, run_fn run)
{
	int finite = w->runner->workload->flags & GB_WL_FINITE;

	while (!gb_stopping(w->t)) {
		uint64_t t0 = gb_clock_now(), n = run(w->t, w->chunk);

		w->ops += n;
		publish(w);
		/* before a handover: a workload may hand over after every call */
		if (!finite)
			check_limit(w);
		if (w->t->handover)
			return 1;
		if (n == 0 && finite)
			return 0;
		if (n == 0)
			sched_yield();
		adapt_chunk(w, gb_clock_now() - t0);
	}
	return 0;
}

static uint64_t stream_hash(const struct gb_worker *w)
{
	const struct gb_counters *n = w->t->count;
	uint64_t h = n[GB_PROCESS].hash;

	return h + 3 * n[GB_SOFTIRQ].hash + 5 * n[GB_HARDIRQ].hash;
}

/* The last one to be through raises the stop flag: whoever still helps may be waiting, deep
 * in run, for work of a CPU that has just left. */
static void warm_complete(struct gb_worker *w)
{
	struct gb_runner *r = w->runner;

	w->warm_hash = stream_hash(w);
	w->warm_finished = 1;
	if (gb_sub_acq_rel(&r->warm_left, 1) == 0)
		gb_store_relaxed(&r->stop, 1);
}

/* The fixed part through run_full; then others may still need this CPU's work (a consumer
 * its producer), so it goes on, unhashed, until all are through. */
static int warm_up(struct gb_worker *w)
{
	const struct gb_workload *wl = w->runner->workload;
	int finite = wl->flags & GB_WL_FINITE;
	uint64_t target = finite ? UINT64_MAX : wl->warmup_ops ? wl->warmup_ops : WARMUP_OPS;

	while (!w->warm_finished && !gb_stopping(w->t)) {
		uint64_t left = target - w->warm_ops;
		uint64_t n = wl->run_full(w->t, left < 4096 ? left : 4096);

		w->warm_ops += n;
		publish(w);
		if ((finite && n == 0) || w->warm_ops >= target)
			warm_complete(w);
		if (w->t->handover)
			return 1;
	}
	while (!finite && gb_load_acquire(&w->runner->warm_left) && !gb_stopping(w->t)) {
		if (wl->run(w->t, 16) == 0)
			sched_yield();
		if (w->t->handover)
			return 1;
	}
	return 0;
}

static int watched(struct gb_worker *w)
{
	int again;

	if (gb_watch_arm(&w->error))
		return 0;
	again = loop(w, w->runner->workload->run);
	gb_watch_disarm();
	return again;
}

static int body(struct gb_worker *w, enum gb_command c)
{
	const struct gb_workload *wl = w->runner->workload;

	switch (c) {
	case GB_CMD_WARMUP:
		return warm_up(w);
	case GB_CMD_RUN:
		return loop(w, wl->run);
	case GB_CMD_LATENCY:
		return loop(w, wl->run_full);
	case GB_CMD_WATCH:
		return watched(w);
	case GB_CMD_SLICE:
		return gb_slices_work(w, 0);
	case GB_CMD_SLICE_FULL:
		return gb_slices_work(w, 1);
	default:
		GB_BUG("command %d", c);
	}
}

/* --- one command, on a worker ----------------------------------------------------------- */

static int wants_irqs(const struct gb_runner *r, enum gb_command c)
{
	return r->irqs && c != GB_CMD_WARMUP;
}

static void add_irq_stats(struct gb_worker *w, const struct gb_irq_stats *before)
{
	w->irq.irq_count += gb_self.stats.irq_count - before->irq_count;
	w->irq.irq_raised += gb_self.stats.irq_raised - before->irq_raised;
	w->irq.irq_lost += gb_self.stats.irq_lost - before->irq_lost;
	if (gb_self.stats.irq_off_max_ns > w->irq.irq_off_max_ns)
		w->irq.irq_off_max_ns = gb_self.stats.irq_off_max_ns;
}

static void begin(struct gb_worker *w)
{
	w->start_ticks = gb_clock_now();
	w->wait_base = w->t->wait_ticks;
	if (w->first_op_ns)
		return;
	w->prefault_ns = gb_prefault_ns();
	w->first_op_ns = gb_monotonic_ns();
}

static int measured(struct gb_worker *w, enum gb_command c)
{
	struct gb_runner *r = w->runner;
	struct gb_irq_stats before;
	uint64_t armed_at;
	int again;

	if (!w->t->handover)
		begin(w);
	w->t->handover = 0;
	w->t->full = c == GB_CMD_WARMUP || c == GB_CMD_LATENCY || c == GB_CMD_SLICE_FULL;
	gb_self.stats.irq_off_max_ns = 0;
	before = gb_self.stats;
	armed_at = gb_clock_now();
	if (wants_irqs(r, c) && arm(w))
		return 0;
	again = body(w, c);
	if (w->timer_started)
		gb_timer_pause();
	if (wants_irqs(r, c))
		w->armed_ticks += gb_clock_now() - armed_at;
	add_irq_stats(w, &before);
	if (again)
		return 1;
	w->busy_ticks += gb_clock_now() - w->start_ticks - (w->t->wait_ticks - w->wait_base);
	publish(w);
	return 0;
}

static void set_up(struct gb_worker *w)
{
	struct gb_runner *r = w->runner;

	if (r->workload->thread_setup && r->workload->thread_setup(w->t, &w->error))
		return;
	if (r->irqs && !r->workload->hardirq && gb_irq_burst_setup(w->t, &w->error))
		return;
	publish(w);
}

/* No timer is armed: what the last interrupts left to be done is done now, while the
 * workload's state is there, not when the CPU goes offline. */
static void settle_irqs(void)
{
	for (int rounds = 0; rounds < 1000 && gb_self.softirq_pending; rounds++) {
		arch_local_irq_restore(arch_local_irq_save()); /* replays what was held back */
		local_bh_disable();
		local_bh_enable(); /* runs what is pending */
	}
}

static void clean_up(struct gb_worker *w)
{
	struct gb_runner *r = w->runner;

	gb_phase_disarm(w);
	settle_irqs();
	if (r->irqs && !r->workload->hardirq)
		gb_irq_burst_cleanup(w->t);
	if (r->workload->thread_cleanup)
		r->workload->thread_cleanup(w->t);
	publish(w);
}

int gb_phase_execute(struct gb_worker *w, enum gb_command c)
{
	switch (c) {
	case GB_CMD_SETUP:
		set_up(w);
		return 0;
	case GB_CMD_CLEANUP:
		clean_up(w);
		return 0;
	default:
		return measured(w, c);
	}
}
