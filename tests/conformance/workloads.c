/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Every workload of the table, driven through its hooks without the runner, on null and on
 * glibc, with one thread and with several.  One body, a row for each workload that says
 * how to shrink it and what its description promises.
 *
 * Between the workload and the backend sits a spy: it keeps the sizes, contexts and owners
 * of blocks, in a header of its own, and can let requests fail.  What it saw must agree
 * with the workload's counters and with its plan.
 *
 * Interrupts are run at fixed places (between two run calls), so that everything that
 * should be the same in every run is the same.  What interrupts do at any instruction is
 * the business of the tests of the machine and of the runner.
 */
#include "tests/tap.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "spy.h"
#include "workload.h"

#define OPS         20000
#define CHUNK       500
#define MAX_THREADS 4

static const struct row {
	const char *name, *options;
	unsigned int min_size,
		max_size;              /* of blocks in process context; 0 = not checked */
	int same_for_all_seeds;        /* nothing in its stream is random */
	double remote_min, remote_max; /* of the run's frees in process context, 4 threads */
	unsigned int step; /* operations after which the threads meet; 0 = they never do */
} rows[] = {
	{ "irq-churn", "slots=200", 1, 8192, 0, 0, 0 },
	{ "netrx", "", 256, 2048, 1, 1, 1 },
	{ "gfp-mix", "", 64, 8192, 0, 0, 0 },
	{ "pressure", "", 4096, 4096, 1, 0, 0 },
	{ "mayhem", "slots=200:life=0:forks=0", 0, 0, 0, 0.01, 0.6 },
	{ "storm", "slots=200:life=3000:large=64k:small=4k", 8, 65536, 0, 0.01, 0.3 },
	{ "larson", "slots=200:rounds=1000", 8, 1000, 0, 0, 0 },
	{ "prodcons", "batch=64", 64, 64, 1, 1, 1 },
	{ "prodcons", "batch=64:size=mixed", 16, 2048, 0, 1, 1 },
	{ "pairs", "n=25", 64, 64, 1, 0, 0 },
	{ "pairs", "size=8:size_max=4096:order=lifo", 8, 4096, 0, 0, 0 },
	{ "pairs", "size=8:size_max=512:order=random:n=400", 8, 512, 0, 0, 0 },
	{ "replay", "", 0, 0, 1, 0, 1 },
	{ "threadtest", "objects=1000", 8, 8, 1, 0, 0 },
	{ "ws-replace", "slots=200", 4, 32768, 0, 0, 0 },
	{ "pareto-slots", "slots=500", 8, 4096, 0, 0, 0 },
	{ "window-local", "window=300:slice=32", 16, 4096, 0, 0, 0 },
	{ "window-remote", "window=300:slice=32", 16, 4096, 0, 0.01, 0.5 },
	/* 50 blocks of each thread in turn, 1000 places: a place was filled last by any of them,
	 * and hardly ever in this very step */
	{ "exchange", "slots=1000", 16, 512, 0, 0.5, 1, 100 },
	{ "migrate", "objects=100:transfer=100:rounds=1000", 16, 32768, 0, 0.01, 0.3 },
	{ "migrate-batch", "slots=500:scatter=64", 16, 8000, 0, 0.01, 0.6 },
	/* a block of 25 is handed to each, and found in every other step at least */
	{ "false-sharing", "writes=3:period=25", 8, 8, 1, 0.01, 0.6, 50 },
	{ "false-sharing", "mode=active:writes=3:size=40", 40, 40, 1, 0, 0 },
	{ "thread-churn", "objects=500:leave=50:keep=3", 16, 2048, 0, 0, 0 },
	{ "fragment", "fill=64k", 16, 2048, 1, 0, 0 },
	{ "size-sweep", "size_max=64k:pairs=64", 8, 65536, 1, 0, 0 },
	{ "vmalloc-fix", "", 12288, 12288, 1, 0, 0 },
	{ "vmalloc-full-fit", "live=40", 4096, 4096, 1, 0, 0 },
	{ "vmalloc-long-busy", "live=40", 4096, 409600, 1, 0, 0 },
	{ "vmalloc-random", "", 4096, 409600, 0, 0, 0 },
	{ "vmalloc-fix-align", "", 20480, 20480, 1, 0, 0 },
	{ "vmalloc-random-align", "", 4096, 40960, 0, 0, 0 },
	{ "large", "buffers=3:size_min=100k:size_max=300k:touch=pages", 100 << 10,
	  300 << 10, 0, 0, 0 },
};

/* --- the driver ----------------------------------------------------------------------- */

struct worker {
	struct gb_thread *t;
	const struct gb_backend *backend;
	pthread_barrier_t *start;
	uint64_t done;
	int set_up, finished, failed;
	unsigned int step; /* the row's */
};

static void irq(void *arg)
{
	struct gb_thread *t = arg;

	if (t->run->workload->hardirq)
		t->run->workload->hardirq(t);
	else
		gb_irq_burst(t);
}

static void softirq(void *arg)
{
	const struct gb_run *r = arg;

	r->workload->softirq(&r->threads[gb_self.id]);
}

static int set_up(struct worker *k)
{
	const struct gb_workload *w = k->t->run->workload;
	struct gb_error e = GB_ERROR_INIT;

	if (w->thread_setup && w->thread_setup(k->t, &e))
		k->failed = 1;
	if (!k->failed && !w->hardirq && gb_irq_burst_setup(k->t, &e))
		k->failed = 1;
	if (k->failed)
		tap_diag("set-up of thread %u: %s", k->t->id, e.what);
	k->set_up = 1;
	pthread_barrier_wait(k->start);
	return k->failed;
}

/* The threads of a row that needs it go on in step, however the system runs them: what they
 * find of each other's is then no matter of chance.  By @lock. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t all_here;
	unsigned int running, waiting, round;
} meeting = { .lock = PTHREAD_MUTEX_INITIALIZER, .all_here = PTHREAD_COND_INITIALIZER };

static void meet(int leave)
{
	unsigned int round;

	pthread_mutex_lock(&meeting.lock);
	round = meeting.round;
	if (leave)
		meeting.running--;
	else
		meeting.waiting++;
	if (meeting.waiting == meeting.running) {
		meeting.waiting = 0;
		meeting.round++;
		pthread_cond_broadcast(&meeting.all_here);
	}
	while (!leave && round == meeting.round)
		pthread_cond_wait(&meeting.all_here, &meeting.lock);
	pthread_mutex_unlock(&meeting.lock);
}

/* Until the share is done or the workload wants a successor. */
static void run_share(struct worker *k)
{
	const struct gb_workload *w = k->t->run->workload;
	/* a pass is finite, and others wait for all of it */
	uint64_t n, ops = w->flags & GB_WL_FINITE ? UINT64_MAX : OPS;

	in_run = 1;
	while (k->done < ops && !k->t->handover) {
		n = w->run_full(k->t, k->step ? k->step : CHUNK);
		k->done += n;
		if (!n)
			break;
		gb_run_as_hardirq(irq, k->t);
		if (k->step)
			meet(0);
		else
			sched_yield();
	}
	if (k->step)
		meet(1);
	in_run = 0;
	k->finished = !k->t->handover || k->done >= ops;
	k->t->handover = 0;
}

static void *work(void *arg)
{
	struct worker *k = arg;
	const struct gb_workload *w = k->t->run->workload;
	struct gb_error e = GB_ERROR_INIT;

	self = k->t->id + 1;
	requests = k->t->id; /* failures fall at different places */
	if (gb_cpu_online(k->t->id, &e)) {
		tap_diag("CPU %u: %s", k->t->id, e.what);
		k->failed = k->finished = 1;
		return NULL;
	}
	if (k->backend->cpu_online)
		k->backend->cpu_online(k->t->id);
	if (w->softirq)
		gb_softirq_open(GB_SOFTIRQ_WORKLOAD, softirq, k->t->run);
	if (k->set_up || !set_up(k))
		run_share(k);
	else
		k->finished = 1;
	if (k->finished) {
		if (w->thread_cleanup)
			w->thread_cleanup(k->t);
		gb_irq_burst_cleanup(k->t);
	}
	if (k->backend->cpu_offline)
		k->backend->cpu_offline(k->t->id);
	gb_cpu_offline();
	return NULL;
}

/* A chain of threads that are one emulated CPU after the other. */
static void *manage(void *arg)
{
	struct worker *k = arg;
	pthread_t thread;

	while (!k->finished) {
		if (pthread_create(&thread, NULL, work, k))
			abort();
		pthread_join(thread, NULL);
	}
	return NULL;
}

struct outcome {
	int good;
	uint64_t hash, process_hash, done, corrupt;
	uint64_t allocs, frees, failures, allocated, freed, hardirq_allocs;
	uint64_t plan;
};

static void sum_up(const struct gb_thread *t, struct outcome *o)
{
	for (int c = 0; c < GB_NR_CONTEXTS; c++) {
		const struct gb_counters *n = &t->count[c];

		o->hash = (o->hash ^ n->hash) * UINT64_C(0x100000001b3);
		o->corrupt += n->corrupt;
		o->allocs += n->allocs;
		o->frees += n->frees;
		o->failures += n->atomic_failures + n->sleeping_failures;
		o->allocated += n->allocated_bytes;
		o->freed += n->freed_bytes;
	}
	o->process_hash = o->process_hash * 31 + t->count[GB_PROCESS].hash;
	o->hardirq_allocs += t->count[GB_HARDIRQ].atomic_allocs;
}

static void run_threads(struct gb_run *r, const struct gb_backend *b, struct outcome *o,
			unsigned int step)
{
	struct worker worker[MAX_THREADS];
	pthread_t manager[MAX_THREADS];
	pthread_barrier_t start;

	meeting.running = r->nr_threads;
	pthread_barrier_init(&start, NULL, r->nr_threads);
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		worker[i] = (struct worker){ &r->threads[i], b, &start, 0, 0, 0, 0, step };
		if (pthread_create(&manager[i], NULL, manage, &worker[i]))
			abort();
	}
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		pthread_join(manager[i], NULL);
		o->good &= !worker[i].failed;
		o->done = o->done * 31 + worker[i].done;
	}
	pthread_barrier_destroy(&start);
}

static struct gb_thread *make_threads(struct gb_run *r, const struct gb_heap *h)
{
	static const uint32_t never = 0;
	struct gb_thread *t = gb_map(r->nr_threads * sizeof(*t));

	for (unsigned int i = 0; t && i < r->nr_threads; i++) {
		t[i].alloc = h->alloc;
		t[i].free = h->free;
		t[i].stop = &never;
		t[i].verify = !!(r->backend_caps & GB_CAP_CONTENTS);
		t[i].full = 1;
		t[i].latency = gb_map_lazy(sizeof(*t[i].latency));
		t[i].id = i;
		t[i].nr_threads = r->nr_threads;
		t[i].run = r;
		for (int c = 0; c < GB_NR_CONTEXTS; c++)
			t[i].rng[c] =
				gb_rng_seed(r->seed, i * GB_NR_CONTEXTS + (unsigned)c);
	}
	return t;
}

static void free_threads(struct gb_run *r)
{
	for (unsigned int i = 0; i < r->nr_threads; i++)
		gb_unmap(r->threads[i].latency, sizeof(*r->threads[i].latency));
	gb_unmap(r->threads, r->nr_threads * sizeof(*r->threads));
}

struct backend_state {
	const struct gb_backend *backend;
	struct gb_heap heap;
};

/* Each backend is started once, for as many CPUs and bytes as any row plans: faulting null's
 * rings in again for every test would take longer than the tests. */
static void start_backend(struct backend_state *s, const char *name)
{
	const struct gb_backend_config config = { .nr_cpus = MAX_THREADS,
						  .peak_live_bytes = 64 << 20,
						  .argument = "" };
	struct gb_error e = GB_ERROR_INIT;
	struct gb_backend_ref ref;

	if (gb_backend_parse(name, &ref, &e) ||
	    ref.backend->start(&config, &s->heap, &e)) {
		tap_diag("%s: %s", name, e.what);
		abort();
	}
	s->backend = ref.backend;
}

static int bring_up(struct gb_run *r, struct gb_error *e)
{
	int ret = r->workload->plan(r, e);

	return ret ? ret : gb_machine_init(r->nr_threads, e);
}

static struct outcome drive(const struct row *row, const struct gb_workload *w,
			    const struct backend_state *s, unsigned int threads,
			    uint64_t seed, uint64_t every)
{
	const struct gb_backend *b = s->backend;
	struct gb_error e = GB_ERROR_INIT;
	struct gb_heap heap = s->heap;
	struct outcome o = { .good = 1 };
	void *options = calloc(1, w->options_size ? w->options_size : 1);
	struct gb_run r = { .workload = w,
			    .options = options,
			    .heap = &heap,
			    .backend_caps = b->caps,
			    .nr_threads = threads,
			    .ram_bytes = w->default_ram_bytes,
			    .seed = seed };
	int ret = w->options ? gb_options_parse(w->options, options, w->name,
						row ? row->options : "", &e) :
			       0;

	if (!ret)
		ret = bring_up(&r, &e);
	inner = s->heap;
	spy_reset(every, !!(b->caps & GB_CAP_CONTENTS));
	heap.alloc = spy_alloc;
	heap.free = spy_free;
	heap.aligned = heap.aligned ? spy_aligned : NULL;
	heap.usable = heap.usable ? spy_usable : NULL;
	heap.zalloc = NULL; /* the spy does not see these */
	heap.realloc = NULL;
	r.threads = make_threads(&r, &heap);
	if (!ret && w->setup)
		ret = w->setup(&r, &e);
	if (!ret)
		run_threads(&r, b, &o, row ? row->step : 0);
	else
		tap_diag("%s: %s", w->name, e.what);
	if (!ret && w->cleanup)
		w->cleanup(&r);
	for (unsigned int i = 0; i < threads; i++)
		sum_up(&r.threads[i], &o);
	o.good &= !ret;
	o.plan = r.peak_live_bytes + threads * gb_irq_burst_peak();
	free_threads(&r);
	gb_machine_exit();
	if (w->options)
		gb_options_free(w->options, options);
	free(options);
	return o;
}

/* --- what must hold ----------------------------------------------------------------------- */

static void counts(const char *what, const struct outcome *o)
{
	tap_ok(o->good && !o->corrupt, "%s: runs, contents intact", what);
	tap_ok(o->allocs && o->allocs == o->frees && o->allocated == o->freed,
	       "%s: everything allocated was freed", what);
	if (!tap_ok(o->allocs == allocs && o->frees == frees && o->failures == failures,
		    "%s: counters agree with what the backend saw", what))
		tap_diag("allocs %lu/%lu frees %lu/%lu failures %lu/%lu", o->allocs,
			 allocs, o->frees, frees, o->failures, failures);
	tap_ok(o->hardirq_allocs > 0 && !wrong_flags,
	       "%s: interrupts allocate, and never with leave to sleep", what);
}

static void promises(const char *what, const struct row *row, const struct outcome *o,
		     unsigned int threads)
{
	double remote = run_frees ? (double)remote_frees / (double)run_frees : 0;

	if (!tap_ok(live_peak <= o->plan, "%s: never more live than planned", what))
		tap_diag("live %lu, planned %lu", live_peak, o->plan);
	if (!row)
		return;
	if (row->max_size &&
	    !tap_ok(min_size >= row->min_size && max_size <= row->max_size,
		    "%s: sizes within their range", what))
		tap_diag("sizes %lu..%lu", min_size, max_size);
	if (threads == MAX_THREADS &&
	    !tap_ok(remote >= row->remote_min && remote <= row->remote_max,
		    "%s: share of remote frees is %.3f", what, remote))
		tap_diag("want %g..%g", row->remote_min, row->remote_max);
}

static void streams(const char *what, const struct row *row, const struct gb_workload *w,
		    const struct outcome *first, const struct backend_state *other,
		    const struct backend_state *s, unsigned int threads)
{
	struct outcome same = drive(row, w, other, threads, 1, 0);
	struct outcome seed;

	tap_ok(same.hash == first->hash && same.done == first->done,
	       "%s: the same stream and number of operations on %s", what,
	       other->backend->name);
	seed = drive(row, w, s, threads, 2, 0);
	if (!row || !row->same_for_all_seeds)
		tap_ok(seed.process_hash != first->process_hash,
		       "%s: another stream for another seed", what);
}

static void one(const struct row *row, const struct gb_workload *w,
		const struct backend_state *glibc, const struct backend_state *null,
		unsigned int threads)
{
	char what[160];
	struct outcome o;

	snprintf(what, sizeof(what), "%s:%s x%u", w->name, row ? row->options : "",
		 threads);
	o = drive(row, w, glibc, threads, 1, 0);
	counts(what, &o);
	promises(what, row, &o, threads);
	if (!(w->needs & ~null->backend->caps))
		streams(what, row, w, &o, null, glibc, threads);
	o = drive(row, w, glibc, threads, 3, 7);
	snprintf(what, sizeof(what), "%s:%s x%u, one in seven fails", w->name,
		 row ? row->options : "", threads);
	counts(what, &o);
	tap_ok(o.failures > 0, "%s: failures happened", what);
}

static int has_required_option(const struct gb_workload *w)
{
	for (const struct gb_option *o = w->options; o && o->name; o++)
		if (!o->def)
			return 1;
	return 0;
}

static void all_rows_of(const struct gb_workload *w, const struct backend_state *glibc,
			const struct backend_state *null)
{
	const char *wrong = gb_workload_check(w);
	int found = 0;

	if (!tap_ok(!wrong, "descriptor of %s is complete", w->name))
		tap_diag("it %s", wrong);
	if (w->needs & ~glibc->backend->caps) {
		tap_skip(w->name, "glibc lacks what it needs");
		return;
	}
	if (has_required_option(w)) {
		tap_skip(w->name, "has an option without default: tested elsewhere");
		return;
	}
	for (size_t i = 0; i < GB_ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].name, w->name))
			continue;
		found = 1;
		one(&rows[i], w, glibc, null, 1);
		one(&rows[i], w, glibc, null, MAX_THREADS);
	}
	if (!found)
		one(NULL, w, glibc, null, w->min_threads > 2 ? w->min_threads : 2);
}

static const struct gb_suite *suite(const char *name)
{
	const struct gb_suite *s = gb_suites;

	while (s->name && strcmp(s->name, name))
		s++;
	return s;
}

static int holds(const struct gb_suite *s, const char *name)
{
	size_t n = strlen(name);

	for (const char *const *spec = s->specs; *spec; spec++)
		if (!strncmp(*spec, name, n) && ((*spec)[n] == ':' || !(*spec)[n]))
			return 1;
	return 0;
}

static void suites(void)
{
	for (const struct gb_workload *const *w = gb_workloads; *w; w++)
		tap_ok(holds(suite("all"), (*w)->name), "suite all: %s is in it", (*w)->name);
	for (const struct gb_suite *s = gb_suites; s->name; s++) {
		for (const char *const *spec = s->specs; *spec; spec++) {
			struct gb_error e = GB_ERROR_INIT;
			char name[64];

			snprintf(name, sizeof(name), "%.*s", (int)strcspn(*spec, ":"),
				 *spec);
			tap_ok(gb_workload_find(name, &e) != NULL, "suite %s: %s exists",
			       s->name, name);
		}
	}
}

int main(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct backend_state glibc, null;

	gb_clock_init();
	start_backend(&glibc, "glibc");
	start_backend(&null, "null");
	for (const struct gb_workload *const *w = gb_workloads; *w; w++)
		all_rows_of(*w, &glibc, &null);
	null.backend->stop();
	suites();
	tap_ok(!gb_workload_find("larsen", &e) && e.code == GB_EXIT_USAGE &&
		       strstr(e.hint, "'larson'"),
	       "an unknown workload is refused: %s (%s)", e.what, e.hint);
	return tap_done();
}
