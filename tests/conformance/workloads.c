/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Every workload of the table, driven (drive.h) on null and on glibc, with one thread and
 * with several.  One body, a row for each workload that says
 * how to shrink it and what its description promises.
 *
 * Between the workload and the backend sits a spy: it keeps the sizes, contexts and owners
 * of blocks, in a header of its own, and can let requests fail.  What it saw must agree
 * with the workload's counters and with its plan.
 */
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

#include "drive.h"
#include "spy.h"

#define OPS   20000
#define CHUNK 500

static const struct row {
	const char *name, *options;
	unsigned int min_size,
		max_size;              /* of blocks in process context; 0 = not checked */
	int same_for_all_seeds;        /* nothing in its stream is random */
	double remote_min, remote_max; /* of the run's frees in process context, 4 threads */
	unsigned int step; /* operations after which the threads meet, as one that runs alone
			    * finds few blocks of others; 0 = they never do */
} rows[] = {
	{ "irq-churn", "slots=200", 1, 8192, 0, 0, 0 },
	{ "netrx", "", 256, 2048, 1, 1, 1 },
	{ "gfp-mix", "", 64, 8192, 0, 0, 0 },
	{ "pressure", "", 4096, 4096, 1, 0, 0 },
	{ "mayhem", "slots=200:life=0:forks=0", 0, 0, 0, 0.01, 0.6, 500 },
	{ "storm", "slots=200:life=3000:large=64k:small=4k", 8, 65536, 0, 0.01, 0.3, 500 },
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
	{ "window-remote", "window=300:slice=32", 16, 4096, 0, 0.01, 0.5, 500 },
	/* 50 blocks of each thread in turn, 1000 places: a place was filled last by any of them,
	 * and hardly ever in this very step */
	{ "exchange", "slots=1000", 16, 512, 0, 0.5, 1, 100 },
	{ "migrate", "objects=100:transfer=100:rounds=1000", 16, 32768, 0, 0.01, 0.3, 500 },
	{ "migrate-batch", "slots=500:scatter=64", 16, 8000, 0, 0.01, 0.6, 500 },
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

static void begin(struct gb_thread *t)
{
	self = t->id + 1;
	requests = t->id; /* failures fall at different places */
}

static void running(int yes)
{
	in_run = yes;
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

struct backend_state {
	const struct gb_backend *backend;
	struct gb_heap heap;
};

/* Each backend is started once, for as many CPUs and bytes as any row plans: faulting null's
 * rings in again for every test would take longer than the tests. */
static void start_backend(struct backend_state *s, const char *name)
{
	const struct gb_backend_config config = { .nr_cpus = DRIVE_MAX_THREADS,
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
	const struct drive how = { .backend = b, .ops = OPS,
				   .chunk = row && row->step ? row->step : CHUNK,
				   .in_step = row && row->step, .begin = begin,
				   .running = running };
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
	drive_make_threads(&r);
	if (!ret && w->setup)
		ret = w->setup(&r, &e);
	if (!ret)
		o.good = drive_threads(&r, &how, &o.done);
	else
		tap_diag("%s: %s", w->name, e.what);
	if (!ret && w->cleanup)
		w->cleanup(&r);
	for (unsigned int i = 0; i < threads; i++)
		sum_up(&r.threads[i], &o);
	o.good &= !ret;
	o.plan = r.peak_live_bytes + threads * gb_irq_burst_peak();
	drive_free_threads(&r);
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
	if (threads == DRIVE_MAX_THREADS &&
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
	if (drive_lacks_option(w)) {
		tap_skip(w->name, "has an option without default: tested elsewhere");
		return;
	}
	for (size_t i = 0; i < GB_ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].name, w->name))
			continue;
		found = 1;
		one(&rows[i], w, glibc, null, 1);
		one(&rows[i], w, glibc, null, DRIVE_MAX_THREADS);
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

	unsetenv("GFPBENCH_RECORDING"); /* what replay runs is the bundled one */
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
