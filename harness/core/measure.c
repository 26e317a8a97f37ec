/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The measured phases from the main thread's side: sequence, sums, rates. */
#include "runner_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "spawn.h"

#define WATCH_NS    UINT64_C(50000000)
#define PATIENCE_NS UINT64_C(5000000000)
#define DECAY_NS    UINT64_C(5100000000) /* past the last instant of spawn.c */

struct sums {
	uint64_t ops, busy_ticks, armed_ticks;
	unsigned int at_work; /* CPUs that did anything */
};

static void set_phase(struct gb_runner *r, enum gb_phase phase)
{
	gb_store_relaxed(&r->page->phase, phase);
	gb_runner_sample(r);
}

static void reset_sums(struct gb_runner *r)
{
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		struct gb_worker *w = &r->workers[i];

		w->ops = w->busy_ticks = 0;
		gb_store_relaxed(&r->page->live[i].ops, 0);
	}
}

static struct sums add_up(const struct gb_runner *r)
{
	struct sums s = { 0 };

	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		s.ops += r->workers[i].ops;
		s.at_work += r->workers[i].ops > 0;
		s.busy_ticks += r->workers[i].busy_ticks;
		s.armed_ticks += r->workers[i].armed_ticks;
	}
	return s;
}

static void add_counters(const struct gb_runner *r, struct gb_counters *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		for (int c = 0; c < GB_NR_CONTEXTS; c++) {
			const struct gb_counters *n = &r->run.threads[i].count[c];

			sum->frees += n->frees;
			sum->allocated_bytes += n->allocated_bytes;
			sum->atomic_allocs += n->atomic_allocs;
			sum->atomic_failures += n->atomic_failures;
			sum->sleeping_allocs += n->sleeping_allocs;
			sum->sleeping_failures += n->sleeping_failures;
			sum->corrupt += n->corrupt;
			sum->timestamps += n->timestamps;
			for (int k = 0; k < 4; k++)
				sum->custom[k] += n->custom[k];
		}
	}
}

/* Repeat passes (finite) or run once (endless) until @ns have gone by or @ops are done; with
 * both, whichever is first, and 0 @ns is no limit then.  One pass at least; and when a busy
 * machine let no operation finish in @ns, again, for up to PATIENCE_NS. */
static int again(uint64_t spent_ns, uint64_t ns, uint64_t ops, uint64_t done, uint64_t last,
		 int finite)
{
	if (!finite)
		return ns && done == 0 && spent_ns < ns + PATIENCE_NS;
	if (ops && (done >= ops || done == last))
		return 0;
	return spent_ns < ns || (ops && !ns);
}

static int repeat(struct gb_runner *r, enum gb_command c, uint64_t ns, uint64_t ops)
{
	int finite = r->workload->flags & GB_WL_FINITE;
	uint64_t start = gb_monotonic_ns(), done = 0, last;

	r->ops_limit = finite ? 0 : ops;
	do {
		last = done;
		if (gb_workers_command(r, c, finite ? 0 : ns))
			return -1;
		if (finite)
			r->workload->rewind(&r->run);
		done = add_up(r).ops;
	} while (again(gb_monotonic_ns() - start, ns, ops, done, last, finite));
	return 0;
}

static void reset_latency(struct gb_runner *r)
{
	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		memset(r->run.threads[i].latency, 0, sizeof(struct gb_histograms));
}

/* How long it took to get going, and how much of that went into touching memory: the main
 * thread's share, and then that of the worker who was first. */
static void note_start(struct gb_runner *r)
{
	const struct gb_worker *first = &r->workers[0];

	for (unsigned int i = 1; i < r->run.nr_threads; i++)
		if (r->workers[i].first_op_ns < first->first_op_ns)
			first = &r->workers[i];
	r->page->r.first_op_ns = first->first_op_ns - r->page->spawned_ns;
	r->page->r.prefault_ns = gb_prefault_ns() + first->prefault_ns;
}

#define TRACE_NS 100000000ull /* of a workload without an end */

static int open_trace(const struct gb_runner *r, const char *dir, struct gb_error *e)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof(path), "%s/trace-%llu.txt", dir, (unsigned long long)r->sample.id);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot write %s", path);
	return fd;
}

static int traced_pass(struct gb_runner *r, int fd, struct gb_error *e)
{
	int finite = r->workload->flags & GB_WL_FINITE, err;
	long lost = r->ref.backend->trace(fd);

	if (lost < 0)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "tracing cannot be switched on");
	r->ops_limit = 0;
	err = gb_workers_command(r, GB_CMD_RUN, finite ? 0 : TRACE_NS);
	lost = r->ref.backend->trace(-1);
	if (!err && finite)
		r->workload->rewind(&r->run);
	if (!err && lost)
		gb_event_post(GB_WARNING, "trace-lost", "%ld events are missing in the trace",
			      lost);
	return err;
}

/* A pass of its own, so that nothing that is measured was traced. */
static int trace(struct gb_runner *r)
{
	const char *dir = getenv(GB_TRACE_DIR);
	struct gb_error e = GB_ERROR_INIT;
	int fd, err;

	if (!dir || !r->ref.backend->trace)
		return 0;
	fd = open_trace(r, dir, &e);
	err = fd < 0 ? -1 : traced_pass(r, fd, &e);
	if (fd >= 0)
		close(fd);
	if (e.code)
		r->page->error = e;
	return err;
}

static int warm_up(struct gb_runner *r)
{
	uint64_t sum = 0;

	set_phase(r, GB_PHASE_WARMUP);
	r->warm_left = r->run.nr_threads;
	r->ops_limit = 0;
	if (gb_workers_command(r, GB_CMD_WARMUP, 0))
		return -1;
	if (r->workload->flags & GB_WL_FINITE)
		r->workload->rewind(&r->run);
	note_start(r);
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		struct gb_worker *w = &r->workers[i];

		sum += (w->warm_hash ^ (i + 1)) * UINT64_C(0xff51afd7ed558ccd) + w->warm_ops;
	}
	r->page->r.checksum = sum;
	if (r->cell.warmup_ns && repeat(r, GB_CMD_RUN, r->cell.warmup_ns, 0))
		return -1;
	if (trace(r))
		return -1;
	reset_latency(r);
	reset_sums(r);
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		r->workers[i].armed_ticks = 0;
		r->workers[i].irq = (struct gb_irq_stats){ 0 };
	}
	return 0;
}

/* Requests, served or not, and frees, in all contexts. */
static uint64_t operations(const struct gb_counters *n)
{
	return n->atomic_allocs + n->sleeping_allocs + n->frees;
}

/* By time, or so many operations. */
static int measured_part(struct gb_runner *r, enum gb_command c, uint64_t divisor)
{
	uint64_t ops = r->cell.ops;

	return repeat(r, c, (ops ? r->cell.limit_ns : r->cell.duration_ns) / divisor,
		      ops > divisor ? ops / divisor : ops);
}

static int throughput(struct gb_runner *r)
{
	struct gb_sample_result *out = &r->page->r;
	struct gb_counters before, after;
	uint64_t start;
	struct sums s;

	set_phase(r, GB_PHASE_THROUGHPUT);
	add_counters(r, &before);
	start = gb_monotonic_ns();
	if (measured_part(r, GB_CMD_RUN, 1))
		return -1;
	out->throughput_ns = gb_monotonic_ns() - start;
	add_counters(r, &after);
	s = add_up(r);
	out->plan_ops = s.ops;
	out->ops_count = operations(&after) - operations(&before);
	out->requested_bytes = after.allocated_bytes - before.allocated_bytes;
	/* A CPU without any work (a recording of fewer CPUs) makes nothing faster. */
	if (s.busy_ticks)
		out->ops_per_s = (double)out->ops_count * s.at_work * 1e9 /
				 (double)gb_clock_ns(s.busy_ticks);
	reset_sums(r);
	return 0;
}

static int latency(struct gb_runner *r)
{
	struct gb_counters before, after;
	struct sums s;

	if (r->sample.calibrate)
		return 0;
	set_phase(r, GB_PHASE_LATENCY);
	add_counters(r, &before);
	if (measured_part(r, GB_CMD_LATENCY, 2))
		return -1;
	add_counters(r, &after);
	s = add_up(r);
	if (s.busy_ticks)
		r->page->r.timer_overhead_ratio =
			(double)(after.timestamps - before.timestamps) *
			(double)gb_clock.overhead_ticks / (double)s.busy_ticks;
	reset_sums(r);
	return 0;
}

static int watch(struct gb_runner *r)
{
	struct gb_sample_result *out = &r->page->r;

	if (!r->sample.watch || out->watch_mode == GB_WATCH_NONE)
		return 0;
	set_phase(r, GB_PHASE_WATCH);
	if (repeat(r, GB_CMD_WATCH, WATCH_NS, 0))
		return -1;
	out->atomic_syscalls = gb_watch_total();
	gb_watch_names(out->atomic_syscall_names, sizeof(out->atomic_syscall_names));
	if (out->atomic_syscalls)
		gb_event_post(GB_WARNING, "atomic-syscalls", "%llu in atomic context: %s",
			      (unsigned long long)out->atomic_syscalls,
			      out->atomic_syscall_names);
	return 0;
}

static int cores_allowed(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
}

static void irq_figures(struct gb_runner *r)
{
	struct gb_sample_result *out = &r->page->r;
	double armed_s = (double)gb_clock_ns(add_up(r).armed_ticks) * 1e-9;
	uint64_t raised = 0;

	out->oversubscribed = r->run.nr_threads > (unsigned int)cores_allowed();
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		const struct gb_irq_stats *s = &r->workers[i].irq;

		out->irq_count += s->irq_count;
		raised += s->irq_raised;
		out->irq_lost += s->irq_lost;
		if (s->irq_off_max_ns > out->irq_off_max_ns)
			out->irq_off_max_ns = s->irq_off_max_ns;
	}
	if (!r->irqs || armed_s <= 0)
		return;
	out->irq_per_s = (double)(out->irq_count - raised) / armed_s;
	if (out->irq_per_s < 0.9 * r->cell.irq_rate_hz)
		out->oversubscribed = 1;
}

static void usage_delta(struct gb_sample_result *out, const struct rusage *a,
			const struct rusage *b)
{
	out->minor_faults = (uint64_t)(b->ru_minflt - a->ru_minflt);
	out->major_faults = (uint64_t)(b->ru_majflt - a->ru_majflt);
	out->voluntary_switches = (uint64_t)(b->ru_nvcsw - a->ru_nvcsw);
	out->involuntary_switches = (uint64_t)(b->ru_nivcsw - a->ru_nivcsw);
}

static void counter_figures(struct gb_runner *r, const struct gb_counters *before)
{
	struct gb_sample_result *out = &r->page->r;
	struct gb_counters after;

	add_counters(r, &after);
	out->atomic_allocs = after.atomic_allocs - before->atomic_allocs;
	out->atomic_failures = after.atomic_failures - before->atomic_failures;
	out->sleeping_allocs = after.sleeping_allocs - before->sleeping_allocs;
	out->sleeping_failures = after.sleeping_failures - before->sleeping_failures;
	for (int k = 0; k < 4; k++)
		out->custom[k] = after.custom[k] - before->custom[k];
}

static void wait_figures(struct gb_runner *r)
{
	struct gb_sample_result *out = &r->page->r;
	struct gb_budget_stats b;

	if (r->budget) {
		gb_budget_stats(&b);
		out->sleeps = b.sleeps;
	} else if (r->ref.backend->pressure) {
		gb_runner_sample(r);
		out->sleeps = r->page->pressure.sleeps;
		out->direct_reclaims = r->page->pressure.direct_reclaims;
	}
}

/* RSS is read by the parent; here the process only keeps still long enough. */
static void decay(struct gb_runner *r)
{
	set_phase(r, GB_PHASE_DECAY);
	while (gb_monotonic_ns() - r->page->freed_ns < DECAY_NS) {
		usleep(50000);
		gb_runner_sample(r);
	}
}

/* Long enough for the parent to read the resident set once; on a busy machine, until it
 * has.  The gate's parent does not look. */
static void keep_still(const struct gb_runner *r)
{
	usleep((useconds_t)(gb_still_ns(&r->cell) / 1000));
	while (!r->slices && !gb_load_relaxed(&r->page->freed_seen) &&
	       gb_monotonic_ns() - r->page->freed_ns < PATIENCE_NS)
		usleep(1000);
}

static int free_all(struct gb_runner *r)
{
	set_phase(r, GB_PHASE_FREED);
	if (gb_workers_command(r, GB_CMD_CLEANUP, 0))
		return -1;
	if (r->ref.backend->quiesce)
		r->ref.backend->quiesce();
	gb_store_relaxed(&r->page->freed_ns, gb_monotonic_ns());
	gb_runner_sample(r);
	if (r->sample.decay)
		decay(r);
	else
		keep_still(r);
	return 0;
}

int gb_phases_run(struct gb_runner *r)
{
	struct rusage before, after;
	struct gb_counters count, end;

	if (gb_workers_command(r, GB_CMD_SETUP, 0) || warm_up(r))
		return -1;
	add_counters(r, &count);
	getrusage(RUSAGE_SELF, &before);
	if (r->slices ? gb_slices_run(r) : throughput(r) || latency(r))
		return -1;
	getrusage(RUSAGE_SELF, &after);
	usage_delta(&r->page->r, &before, &after);
	counter_figures(r, &count);
	irq_figures(r);
	if (watch(r))
		return -1;
	wait_figures(r);
	if (free_all(r))
		return -1;
	add_counters(r, &end);
	r->page->r.corrupt = end.corrupt;
	set_phase(r, GB_PHASE_END);
	return 0;
}
