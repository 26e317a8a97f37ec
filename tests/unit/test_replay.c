/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The replay workload on real threads with real interrupts: a backend that counts and
 * checks every call (its context, its flags, whether a block is live) under recordings
 * that have every context, frees on other CPUs, and failures.
 *
 * GB_TEST_SECONDS=n in the environment makes the race part longer.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/machine_test.h"
#include "tests/unit/still_clock.h"
#include "workload.h"

extern const struct gb_workload gb_workload_replay;

struct options_view { /* as in replay.c */
	const char *file;
	double pace;
};

/* --- the heap under it -------------------------------------------------------------- */

#define ARENA ((size_t)256 << 20)
#define HEAD  16
#define LIVE  UINT64_C(0x6c697665626c6f63)

/* Safe at any instruction: memory is handed out once and never again. */
static struct {
	uint64_t allocs[GB_NR_CONTEXTS], frees[GB_NR_CONTEXTS], bad, live;
	uint64_t fail_every, calls; /* every n-th allocation fails; 0 = none */
	size_t used;
	char *arena;
} heap; /* all atomic */

static void *heap_alloc(size_t size, gfp_t gfp)
{
	size_t need = (size + HEAD + 15) & ~(size_t)15, at;
	uint64_t *p;

	(void)gfp;
	if (heap.fail_every && gb_add_relaxed(&heap.calls, 1) % heap.fail_every == 0)
		return NULL;
	at = gb_add_relaxed(&heap.used, need) - need;
	if (at + need > ARENA)
		return NULL;
	p = (uint64_t *)(void *)(heap.arena + at);
	p[0] = LIVE;
	p[1] = size;
	gb_add_relaxed(&heap.allocs[gb_context_now()], 1);
	gb_add_relaxed(&heap.live, 1);
	return p + HEAD / sizeof(*p);
}

static void heap_free(void *block)
{
	uint64_t *p = (uint64_t *)block - HEAD / sizeof(*p);

	if (p[0] != LIVE)
		gb_add_relaxed(&heap.bad, 1);
	p[0] = 0;
	gb_add_relaxed(&heap.frees[gb_context_now()], 1);
	gb_sub_relaxed(&heap.live, 1);
}

static size_t heap_usable(const void *block)
{
	return ((const uint64_t *)block)[-1];
}

static void heap_reset(void)
{
	char *arena = heap.arena ? heap.arena : gb_map_lazy(ARENA);

	if (!arena)
		exit(99);
	memset(&heap, 0, sizeof(heap));
	heap.arena = arena;
}

/* --- a small runner --------------------------------------------------------------- */

#define MAX_THREADS 4

static struct gb_thread threads[MAX_THREADS];
static struct gb_histograms latency[MAX_THREADS];
static struct options_view opt;
static struct gb_run run;
static volatile uint32_t stop;
static pthread_barrier_t gate;
static int passes, use_full, timers;
static uint64_t done[MAX_THREADS], interrupts;

static void on_irq(const struct gb_irq *irq, void *arg)
{
	struct gb_thread *t = arg;
	void *p = t->alloc(32, GFP_ATOMIC);

	(void)irq;
	gb_add_relaxed(&interrupts, 1);

	if (p)
		t->free(p);
}

static void pass(struct gb_thread *t)
{
	const struct gb_workload *w = &gb_workload_replay;
	uint64_t n;

	while ((n = (use_full ? w->run_full : w->run)(t, 64)))
		done[t->id] += n;
}

static void *cpu(void *arg)
{
	struct gb_thread *t = arg;
	struct gb_error e = GB_ERROR_INIT;

	test_online(t->id);
	must(gb_workload_replay.thread_setup(t, &e), &e);
	if (timers)
		test_timer(timers, GB_IRQ_POISSON, t->id + 1, on_irq, t);
	for (int i = 0; i < passes; i++) {
		pthread_barrier_wait(&gate);
		pass(t);
		if (pthread_barrier_wait(&gate) == PTHREAD_BARRIER_SERIAL_THREAD &&
		    i + 1 < passes)
			gb_workload_replay.rewind(&run);
		pthread_barrier_wait(&gate);
	}
	if (timers)
		gb_timer_stop();
	gb_workload_replay.thread_cleanup(t);
	gb_cpu_offline();
	return NULL;
}

static int begin(const char *file, unsigned int nr_threads, double pace)
{
	struct gb_error e = GB_ERROR_INIT;

	memset(threads, 0, sizeof(threads));
	heap_reset();
	memset(done, 0, sizeof(done));
	interrupts = 0;
	stop = 0;
	opt = (struct options_view){ file, pace };
	run = (struct gb_run){
		.workload = &gb_workload_replay,
		.options = &opt,
		.nr_threads = nr_threads,
		.backend_caps = GB_CAP_ATOMIC | GB_CAP_CONTENTS,
		.threads = threads,
	};
	for (unsigned int i = 0; i < nr_threads; i++) {
		threads[i] = (struct gb_thread){
			.alloc = heap_alloc,
			.free = heap_free,
			.stop = &stop,
			.verify = 1,
			.latency = &latency[i],
			.id = i,
			.nr_threads = nr_threads,
			.run = &run,
		};
	}
	if (gb_workload_replay.plan(&run, &e) || gb_workload_replay.setup(&run, &e)) {
		tap_diag("%s", e.what);
		return 0;
	}
	return 1;
}

static void replay(void)
{
	pthread_t id[MAX_THREADS];

	pthread_barrier_init(&gate, NULL, run.nr_threads);
	for (unsigned int i = 0; i < run.nr_threads; i++)
		if (pthread_create(&id[i], NULL, cpu, &threads[i]))
			exit(99);
	for (unsigned int i = 0; i < run.nr_threads; i++)
		pthread_join(id[i], NULL);
	pthread_barrier_destroy(&gate);
	gb_workload_replay.cleanup(&run);
}

static uint64_t sum(size_t offset)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < run.nr_threads; i++)
		for (int c = 0; c < GB_NR_CONTEXTS; c++)
			n += *(uint64_t *)(void *)((char *)&threads[i].count[c] + offset);
	return n;
}
#define SUM(field) sum(offsetof(struct gb_counters, field))

static uint64_t stream(void)
{
	uint64_t h = 0;

	for (unsigned int i = 0; i < run.nr_threads; i++)
		for (int c = 0; c < GB_NR_CONTEXTS; c++)
			h = h * 31 + threads[i].count[c].hash;
	return h;
}

#define FLAGS4_ALLOCS 4 /* flags4.csv */

/* --- tests ------------------------------------------------------------------------ */

static char data[3500], path[4096];

static const char *file(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", data, name);
	return path;
}

static void contexts(void)
{
	for (unsigned int n = 1; n <= 3; n++) {
		CHECK(begin(file("tests/data/recordings/flags5.trace"), n, 0));
		passes = 1;
		replay();
		tap_ok(heap.allocs[GB_PROCESS] == 1 && heap.allocs[GB_SOFTIRQ] == 1 &&
			       heap.allocs[GB_HARDIRQ] == 4,
		       "%u threads: allocations in their contexts", n);
		tap_ok(heap.frees[GB_PROCESS] == 1 && heap.frees[GB_SOFTIRQ] == 1 &&
			       heap.frees[GB_HARDIRQ] == 4,
		       "%u threads: frees in their contexts", n);
		CHECK(!heap.live && !heap.bad && !SUM(corrupt));
		CHECK(SUM(allocs) == 6 && SUM(frees) == 6 &&
		      SUM(allocated_bytes) == 2100);
		CHECK(threads[0].count[GB_HARDIRQ].atomic_allocs == 4);
	}
}

/* What had failed when it was recorded is not asked again; who has no recorded CPU has
 * nothing to do, and nobody waits for him. */
static void failed_and_idle(void)
{
	for (unsigned int n = 1; n <= 3; n += 2) {
		CHECK(begin(file("tests/data/recordings/flags4.trace"), n, 0));
		passes = 1;
		replay();
		tap_eq_u64(SUM(atomic_allocs) + SUM(sleeping_allocs), FLAGS4_ALLOCS,
			   "a recorded failure is not replayed");
		CHECK(!heap.live && !heap.bad && done[0] > 0);
		for (unsigned int i = 1; i < n; i++)
			tap_eq_u64(done[i], 0, "a thread too many has nothing to do");
	}
}

/* Whatever the number of threads and failures, the same stream of operations. */
static void bundled(void)
{
	const char *name = file("data/recordings/connect-small.trace.zst");
	uint64_t first = 0;

	for (int i = 0; i < 3; i++) {
		CHECK(begin(name, 2, 0));
		CHECK(run.peak_live_bytes >= 317115);
		heap.fail_every = i == 2 ? 7 : 0;
		passes = 1;
		use_full = 1;
		replay();
		use_full = 0;
		tap_eq_u64(done[0] + done[1], 7150 + 6087 + 32, "every operation once");
		tap_eq_u64(heap.live, 0, "what leaked was freed");
		CHECK(!heap.bad && !SUM(corrupt));
		if (!i)
			first = stream();
		tap_eq_u64(stream(), first,
			   i == 2 ? "same stream when allocations fail" :
				    "same stream every time");
	}
	CHECK(SUM(sleeping_failures) + SUM(atomic_failures) == 7150 / 7);
	CHECK(SUM(allocs) == SUM(frees) && SUM(allocated_bytes) == SUM(freed_bytes));
	CHECK(begin(name, 2, 0));
	passes = 3;
	replay();
	tap_eq_u64(heap.allocs[0] + heap.allocs[1] + heap.allocs[2], 3 * 7150,
		   "three passes");
	tap_eq_u64(SUM(allocated_bytes), SUM(freed_bytes), "bytes balance over rewinds");
	CHECK(!heap.live && !heap.bad && !SUM(corrupt));
}

/* Two CPUs that need each other at every line, softirqs too: no circle. */
static void ping_pong(void)
{
	char name[] = "/tmp/gfpbench-replay-XXXXXX";
	static const char *const flags[] = { ".....", "..s1.", "d.h1.", "d.H1." };
	int fd = mkstemp(name);
	FILE *f = fdopen(fd, "w");

	for (int i = 0; i < 4000; i++) {
		const char *g = i % 3 ? "GFP_ATOMIC" : "GFP_KERNEL";

		fprintf(f,
			"x-1 [%03d] %s 1.%06d: kmalloc: ptr=%x bytes_req=%d gfp_flags=%s\n",
			i % 2, flags[i % 3 ? i % 4 : 0], i, i + 1, 1 + i % 100, g);
		if (i >= 2)
			fprintf(f, "x-1 [%03d] %s 1.%06d: kfree: ptr=%x\n", i % 2,
				flags[i / 7 % 4], i, i % 5 ? i : i - 1);
	}
	fclose(f);
	for (unsigned int n = 1; n <= 2; n++) {
		CHECK(begin(name, n, 0));
		passes = 20;
		replay();
		tap_ok(!heap.live && !heap.bad && !SUM(corrupt), "%u CPUs taking turns",
		       n);
		tap_diag("waited %.1f ms", (double)gb_clock_ns(threads[0].wait_ticks +
							       threads[1].wait_ticks) /
						   1e6);
	}
	CHECK(threads[0].wait_ticks + threads[1].wait_ticks > 0);
	unlink(name);
}

static void with_interrupts(void)
{
	uint64_t end = gb_monotonic_ns() + (uint64_t)(test_seconds(1) * 1e9), total = 0;
	int good = 1;

	timers = 4000;
	do {
		good &= begin(file("data/recordings/connect-small.trace.zst"), 2, 0);
		passes = 4;
		replay();
		total += interrupts;
		good &= !heap.live && !heap.bad && !SUM(corrupt);
	} while (good && (gb_monotonic_ns() < end || (total < 1000 && good)));
	timers = 0;
	tap_ok(good && total >= 1000, "timers on top of the recorded interrupts");
	tap_diag("%llu interrupts", (unsigned long long)total);
}

static void *stopper(void *arg)
{
	(void)arg;
	test_spin_ns(30000000);
	gb_store_relaxed(&stop, 1);
	return NULL;
}

static void pace_and_stop(void)
{
	uint64_t start;
	pthread_t id;

	CHECK(begin(file("tests/data/recordings/latency.trace"), 2,
		    0.1)); /* 1.5 ms x 10 */
	passes = 2;
	start = gb_monotonic_ns();
	replay();
	tap_ok(gb_monotonic_ns() - start >= 2 * 14990000,
	       "two passes at a tenth of the pace");
	CHECK(!heap.live && gb_clock_ns(threads[0].wait_ticks) > 10000000);

	CHECK(begin(file("data/recordings/connect-small.trace.zst"), 2, 0.001));
	passes = 1;
	if (pthread_create(&id, NULL, stopper, NULL))
		exit(99);
	replay();
	pthread_join(id, NULL);
	tap_ok(done[0] + done[1] < 10000, "stopped in the middle of a pass");
	CHECK(!heap.live && !heap.bad && !SUM(corrupt));
}

static void refusals(void)
{
	struct gb_error e = GB_ERROR_INIT;

	CHECK(begin(file("tests/data/recordings/perf-script.txt"), 1, 0));
	gb_workload_replay.cleanup(&run);
	run.backend_caps = 0;
	opt.file = file("tests/data/recordings/flags5.trace");
	CHECK(gb_workload_replay.plan(&run, &e) && e.code == GB_EXIT_HARNESS);
	e = (struct gb_error)GB_ERROR_INIT;
	opt.file = "/nonexistent";
	CHECK(gb_workload_replay.plan(&run, &e) && e.code == GB_EXIT_USAGE);
	CHECK(!gb_workload_check(&gb_workload_replay));
}

/* Two thirds of the memory it needs: a CPU that sleeps for memory and one that waits for
 * its allocation must not hold each other up.  Nobody's patience ends, for the clock stands
 * still: each failure is one of which it is known at once that all wait. */
static void short_of_memory(void)
{
	struct gb_heap h = { .alloc = heap_alloc,
			     .free = heap_free,
			     .usable = heap_usable };
	struct gb_error e = GB_ERROR_INIT;
	struct gb_budget_stats before;

	CHECK(begin(file("data/recordings/connect-small.trace.zst"), 2, 0));
	must(gb_budget_heap(&h, 200000, 2, &e), &e);
	for (unsigned int i = 0; i < 2; i++) {
		threads[i].alloc = h.alloc;
		threads[i].free = h.free;
	}
	passes = 2;
	stop_clock();
	replay();
	start_clock();
	gb_budget_stats(&before);
	tap_ok(!before.sleep_ns, "short of memory, it ends without patience");
	tap_ok(before.oom >= 100 && SUM(sleeping_failures) == before.oom,
	       "sleepers failed because all waited");
	tap_diag("%llu sleeping, %llu atomic failures", (unsigned long long)before.oom,
		 (unsigned long long)before.atomic_failures);
	CHECK(!heap.live && !heap.bad && !SUM(corrupt) && !before.used_bytes);
}

int main(void)
{
	const char *source = getenv("GB_SRCDIR");

	snprintf(data, sizeof(data), "%s", source ? source : ".");
	test_machine_up(MAX_THREADS);
	contexts();
	failed_and_idle();
	bundled();
	ping_pong();
	with_interrupts();
	pace_and_stop();
	refusals();
	short_of_memory();
	gb_machine_exit();
	return tap_done();
}
