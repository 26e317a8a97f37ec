/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Workloads on the emulated kernel: every row of the table that slab can run, driven
 * (drive.h), and what only a kernel shows: contexts and masks, progress without free
 * memory, zones, watermarks, the shrinker's rule.
 */
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "drive.h"

#define OPS   40000
#define CHUNK 500
#define MAX_THREADS 3

static const struct gb_backend *slab;
static struct gb_heap heap;
static struct gb_figures figures;

struct setting {
	const char *workload, *options;
	unsigned int threads;
	uint64_t ram_bytes, seed, ops;
	int in_step; /* see drive.h */
	void (*before)(struct gb_run *r); /* backend up, before set-up of the threads */
};

struct outcome {
	int good;
	uint64_t hash, planned_peak, live_peak;
	struct gb_counters count[GB_NR_CONTEXTS];
	uint64_t gfp[GB_NR_CONTEXTS][GB_NR_GFP_CLASSES]; /* timed allocations */
};

/* --- the driver --------------------------------------------------------------------------- */

static int64_t live_peak; /* atomic, roughly */

static void note_live(const struct gb_run *r)
{
	int64_t live = gb_live_bytes(r);

	if (live > gb_load_relaxed(&live_peak))
		gb_store_relaxed(&live_peak, live);
}

static void sum_counters(struct gb_counters *to, const struct gb_counters *n)
{
	to->allocs += n->allocs;
	to->frees += n->frees;
	to->allocated_bytes += n->allocated_bytes;
	to->freed_bytes += n->freed_bytes;
	to->atomic_allocs += n->atomic_allocs;
	to->atomic_failures += n->atomic_failures;
	to->sleeping_allocs += n->sleeping_allocs;
	to->sleeping_failures += n->sleeping_failures;
	to->corrupt += n->corrupt;
	for (int k = 0; k < 4; k++)
		to->custom[k] += n->custom[k];
}

static void sum_up(const struct gb_thread *t, struct outcome *o)
{
	for (int c = 0; c < GB_NR_CONTEXTS; c++) {
		sum_counters(&o->count[c], &t->count[c]);
		o->hash = (o->hash ^ t->count[c].hash) * UINT64_C(0x100000001b3);
		for (int g = 0; g < GB_NR_GFP_CLASSES; g++)
			o->gfp[c][g] += t->latency->h[GB_OP_ALLOC][c][g].count;
	}
}

static void free_run(struct gb_run *r)
{
	drive_free_threads(r);
	if (r->workload->options)
		gb_options_free(r->workload->options, (void *)(uintptr_t)r->options);
	free((void *)(uintptr_t)r->options);
}

static int start(struct gb_run *r, struct gb_error *e)
{
	struct gb_backend_config config = { .nr_cpus = r->nr_threads,
					    .ram_bytes = r->ram_bytes,
					    .argument = "" };

	if (r->workload->plan(r, e) || gb_machine_init(r->nr_threads, e))
		return -1;
	config.peak_live_bytes = r->peak_live_bytes;
	return slab->start(&config, &heap, e);
}

static struct outcome drive(const struct setting *s)
{
	struct gb_error e = GB_ERROR_INIT;
	const struct gb_workload *w = gb_workload_find(s->workload, &e);
	void *options = calloc(1, w->options_size + 1);
	struct drive how = { .backend = slab, .ops = s->ops ? s->ops : OPS, .chunk = CHUNK,
			     .in_step = s->in_step, .after = note_live };
	struct outcome o = { .good = 1 };
	uint64_t done;
	struct gb_run r = { .workload = w,
			    .options = options,
			    .heap = &heap,
			    .backend_caps = slab->caps,
			    .nr_threads = s->threads,
			    .seed = s->seed ? s->seed : 1,
			    .ram_bytes = s->ram_bytes ? s->ram_bytes : w->default_ram_bytes,
			    .figures = &figures };

	memset(&figures, 0, sizeof(figures));
	live_peak = 0;
	if ((w->options && gb_options_parse(w->options, options, w->name, s->options, &e)) ||
	    start(&r, &e)) {
		tap_diag("%s: %s", s->workload, e.what);
		abort();
	}
	drive_make_threads(&r);
	o.good = !w->setup || !w->setup(&r, &e);
	if (s->before)
		s->before(&r);
	if (o.good)
		o.good = drive_threads(&r, &how, &done);
	else
		tap_diag("%s: %s", s->workload, e.what);
	if (w->cleanup)
		w->cleanup(&r);
	for (unsigned int i = 0; i < r.nr_threads; i++)
		sum_up(&r.threads[i], &o);
	o.planned_peak = r.peak_live_bytes + r.nr_threads * gb_irq_burst_peak();
	o.live_peak = (uint64_t)live_peak;
	slab->stop();
	gb_machine_exit();
	free_run(&r);
	return o;
}

/* NaN: there is no such figure. */
static double figure(const char *series, const char *metric)
{
	for (uint32_t i = 0; i < figures.n && i < GB_MAX_FIGURES; i++)
		if (!strcmp(figures.figure[i].series, series) &&
		    !strcmp(figures.figure[i].metric, metric))
			return figures.figure[i].value;
	return NAN;
}

static uint64_t sum3(const struct outcome *o, size_t field)
{
	uint64_t n = 0;

	for (int c = 0; c < GB_NR_CONTEXTS; c++)
		n += *(const uint64_t *)(const void *)((const char *)&o->count[c] + field);
	return n;
}
#define SUM(o, f) sum3(o, offsetof(struct gb_counters, f))

/* --- what holds for all ------------------------------------------------------------------------ */

static void sound(const char *what, const struct outcome *o)
{
	tap_ok(o->good && !SUM(o, corrupt), "%s: runs on slab, contents intact", what);
	if (!tap_ok(SUM(o, allocs) && SUM(o, allocs) == SUM(o, frees) &&
			    SUM(o, allocated_bytes) == SUM(o, freed_bytes),
		    "%s: everything allocated was freed", what))
		tap_diag("%lu allocated, %lu freed", SUM(o, allocs), SUM(o, frees));
	tap_ok(!o->count[GB_HARDIRQ].sleeping_allocs && !o->count[GB_SOFTIRQ].sleeping_allocs,
	       "%s: no interrupt asks with leave to sleep", what);
	if (!tap_ok(o->live_peak <= o->planned_peak,
		    "%s: never more live than planned", what))
		tap_diag("%lu live, %lu planned", o->live_peak, o->planned_peak);
}

/* Small enough for a test; the default otherwise. */
static const char *options_for(const char *name)
{
	static const struct { const char *name, *options; } small[] = {
		{ "fscache", "names=5000" },
		{ "rcu-free", "entries=2000" },
		{ "large", "buffers=2:size_min=100k:size_max=300k:touch=pages" },
		{ "exchange", "slots=1000" },
		{ "storm", "slots=200:life=3000:large=64k" },
		{ "larson", "slots=200:rounds=3000" },
	};

	for (size_t i = 0; i < GB_ARRAY_SIZE(small); i++)
		if (!strcmp(small[i].name, name))
			return small[i].options;
	return "";
}

static void every_row(void)
{
	for (const struct gb_workload *const *w = gb_workloads; *w; w++) {
		struct setting s = { .workload = (*w)->name,
				     .options = options_for((*w)->name),
				     .threads = (*w)->min_threads > 2 ? (*w)->min_threads : 2,
				     .ops = 10000 };
		struct outcome o;

		if (((*w)->needs & ~slab->caps) || drive_lacks_option(*w) ||
		    s.threads > MAX_THREADS) {
			tap_skip((*w)->name, "not for this driver");
			continue;
		}
		o = drive(&s);
		sound((*w)->name, &o);
	}
}

/* Interrupts at fixed places and nothing that waits: the same in every run. */
static void reproducible(void)
{
	static const char *const name[] = { "bulk", "blkio", "netrx", "rcu-free", "storm" };

	for (size_t i = 0; i < GB_ARRAY_SIZE(name); i++) {
		struct setting s = { .workload = name[i], .options = "", .threads = 1 };
		struct outcome a = drive(&s), b = drive(&s);

		tap_ok(a.hash == b.hash && a.hash, "%s: the same stream for the same seed",
		       name[i]);
	}
}

/* --- what each promises ---------------------------------------------------------------------------- */

static void netrx(void)
{
	struct setting s = { .workload = "netrx", .options = "", .threads = 2 };
	struct outcome o = drive(&s);

	tap_ok(o.count[GB_HARDIRQ].allocs > 1000 && o.count[GB_SOFTIRQ].allocs > 500 &&
		       o.gfp[GB_HARDIRQ][GB_GFP_ATOMIC] == o.count[GB_HARDIRQ].atomic_allocs,
	       "netrx: the card allocates in hardirq, the stack in softirq, with GFP_ATOMIC");
	/* How many a full socket drops depends on when its reader gets a core; each is three
	 * blocks, freed in softirq, and all others are the reader's. */
	tap_ok(o.count[GB_HARDIRQ].frees == 0 &&
		       o.count[GB_SOFTIRQ].frees == 3 * SUM(&o, custom[1]) &&
		       o.count[GB_PROCESS].frees ==
			       SUM(&o, allocs) - 3 * SUM(&o, custom[1]) &&
		       o.count[GB_PROCESS].frees > 0,
	       "netrx: whatever is not dropped is freed in process context");
	tap_ok(SUM(&o, custom[0]) == 0, "netrx: with memory no refill starves");
	s.ram_bytes = 16 << 20;
	s.options = "queue=4096:data=64k";
	o = drive(&s);
	tap_ok(o.good && SUM(&o, custom[0]) > 0 && !SUM(&o, corrupt),
	       "netrx: without memory refills starve, are counted, and it goes on");
}

/* Every slab allocation fails: what is left are the reserves. */
static void fail_slab(struct gb_run *r)
{
	const struct gb_kernel_ops *k = r->heap->kernel;

	CHECK(!k->fault_set("failslab/ignore-gfp-wait", 0));
	CHECK(!k->fault_set("failslab/times", -1));
	CHECK(!k->fault_set("failslab/probability", 100));
}

static void blkio(void)
{
	struct setting s = { .workload = "blkio", .options = "", .threads = 2 };
	struct outcome o = drive(&s);

	tap_ok(o.count[GB_HARDIRQ].frees == SUM(&o, frees) && !o.count[GB_HARDIRQ].allocs,
	       "blkio: all is freed by completions, in hardirq");
	tap_eq_u64(o.gfp[GB_PROCESS][GB_GFP_NOIO], o.count[GB_PROCESS].sleeping_allocs,
		   "blkio: every request is GFP_NOIO");
	for (s.threads = 1; s.threads <= 2; s.threads++) {
		s.before = fail_slab;
		s.options = "reserve=16:batch=4:depth=64";
		o = drive(&s);
		tap_ok(o.good && SUM(&o, allocs) >= OPS / 2 && !SUM(&o, sleeping_failures),
		       "blkio x%u: goes on with the reserves alone", s.threads);
	}
}

static void fscache(void)
{
	struct setting s = { .workload = "fscache", .options = "names=60k", .threads = 2,
			     .ram_bytes = 32 << 20, .ops = 400000 };
	struct outcome o = drive(&s);

	sound("fscache larger than RAM", &o);
	tap_ok(o.gfp[GB_PROCESS][GB_GFP_NOFS] &&
		       o.gfp[GB_PROCESS][GB_GFP_NOFS] <= o.gfp[GB_PROCESS][GB_GFP_KERNEL],
	       "fscache: inodes with GFP_NOFS, dentries with GFP_KERNEL");
	tap_ok(figure("shrinker", "trimmed_count") > 100, "fscache: the shrinker trims (%g)",
	       figure("shrinker", "trimmed_count"));
	tap_ok(figure("shrinker", "recursions_count") == 0,
	       "fscache: never from inside the filesystem");
	tap_ok(SUM(&o, custom[0]) > 1000, "fscache: readers find what is cached");
}

static int in_dma_zone(const void *p, size_t size)
{
	return virt_to_phys(p) + size <= UINT64_C(16) << 20;
}

static void *(*real_alloc)(size_t size, gfp_t gfp);
static uint64_t dma_blocks, dma_wrong; /* atomic */

static void *spy_alloc(size_t size, gfp_t gfp)
{
	void *p = real_alloc(size, gfp);

	if (p) {
		gb_add_relaxed(&dma_blocks, 1);
		if (!(gfp & GFP_DMA) || !in_dma_zone(p, size))
			gb_add_relaxed(&dma_wrong, 1);
	}
	return p;
}

static void watch_dma(struct gb_run *r)
{
	real_alloc = heap.alloc;
	for (unsigned int i = 0; i < r->nr_threads; i++)
		r->threads[i].alloc = spy_alloc;
}

static void dma_ring(void)
{
	/* in step: the zone is small for both together */
	struct setting s = { .workload = "dma-ring", .options = "", .threads = 2,
			     .in_step = 1, .before = watch_dma };
	struct outcome o = drive(&s);

	tap_ok(dma_blocks && !dma_wrong, "dma-ring: every block from the first 16 MiB");
	tap_ok(o.count[GB_PROCESS].custom[1] > 0, "dma-ring: process context exhausts the zone");
	tap_ok(o.gfp[GB_HARDIRQ][GB_GFP_DMA] > 0, "dma-ring: interrupts refill the ring");
	tap_ok(o.count[GB_HARDIRQ].custom[0] < o.count[GB_HARDIRQ].atomic_allocs / 2,
	       "dma-ring: the reserve keeps most refills alive (%lu of %lu starve)",
	       o.count[GB_HARDIRQ].custom[0], o.count[GB_HARDIRQ].atomic_allocs);
}

static void gfp_mix(void)
{
	struct setting s = { .workload = "gfp-mix", .options = "fill=40", .threads = 2,
			     .ram_bytes = 32 << 20 };
	struct outcome o = drive(&s);
	double share;

	sound("gfp-mix", &o);
	share = (double)o.gfp[GB_PROCESS][GB_GFP_ATOMIC] / (double)o.count[GB_PROCESS].allocs;
	tap_ok(share > 0.08 && share < 0.2, "gfp-mix: 13 %% GFP_ATOMIC in process (%.3f)", share);
	tap_ok(figure("GFP_KERNEL", "served_count") > 1000 &&
		       figure("GFP_NOIO", "served_count") > 100 &&
		       figure("GFP_NOWAIT", "served_count") > 100,
	       "gfp-mix: each mask is tallied");
	tap_ok(!isnan(figure("GFP_ATOMIC", "above_min_pages")), "gfp-mix: dips are reported");
}

/* The rules: GFP_KERNEL stops at min, __GFP_HIGH at a half, GFP_ATOMIC at three eighths: none
 * is served with fewer free pages.  A refill of a CPU's page list takes a batch at once, so
 * that the fewest may be missed by some. */
static void pressure(void)
{
	struct setting s = { .workload = "pressure", .options = "cache=0:dwell=2048",
			     .threads = 1, .ram_bytes = 512 << 20,
			     .ops = 12 * 2 * 2048 * 3 };
	struct outcome o = drive(&s);
	double min = figure("", "min_pages"), slack = 40;
	double kernel = figure("GFP_KERNEL", "deepest_dip_pages");
	double high = figure("GFP_KERNEL|__GFP_HIGH", "deepest_dip_pages");
	double atomic = figure("GFP_ATOMIC", "deepest_dip_pages");

	sound("pressure", &o);
	tap_ok(figure("", "sweeps_count") >= 2, "pressure: sweeps all levels");
	tap_diag("min %g, GFP_KERNEL %g, __GFP_HIGH %g, GFP_ATOMIC %g", min, kernel, high,
		 atomic);
	tap_ok(kernel > min && kernel < min + slack, "pressure: GFP_KERNEL stops at min");
	tap_ok(high > min / 2 && high < min / 2 + slack,
	       "pressure: __GFP_HIGH stops at half of it");
	tap_ok(atomic > min * 3 / 8 && atomic < min * 3 / 8 + slack,
	       "pressure: GFP_ATOMIC stops at three eighths");
	tap_ok(kernel > high && high >= atomic, "pressure: in that order");
	tap_ok(SUM(&o, atomic_failures) > 0, "pressure: bursts fail when nothing is left");
}

static void rcu_free(void)
{
	struct setting s = { .workload = "rcu-free",
			     .options = "entries=1000:waiting=2000", .threads = 2,
			     .ops = 200000 };
	struct outcome o = drive(&s);

	sound("rcu-free", &o);
	tap_ok(figure("", "waiting_peak_count") > 0, "rcu-free: objects wait for a grace period");
	tap_ok(figure("", "waiting_peak_count") < 2000 + 2 * 64 * 2,
	       "rcu-free: writers are held back at the limit (%g)",
	       figure("", "waiting_peak_count"));
}

static void bulk(void)
{
	struct setting s = { .workload = "bulk", .options = "n=250", .threads = 1 };
	struct outcome o = drive(&s);

	tap_ok(o.count[GB_PROCESS].allocs % 250 == 0 &&
		       o.count[GB_PROCESS].allocs >= OPS / 2,
	       "bulk: whole rounds of 250");
	s.options = "calls=single:n=3";
	o = drive(&s);
	tap_ok(o.count[GB_PROCESS].sleeping_allocs == o.gfp[GB_PROCESS][GB_GFP_KERNEL],
	       "bulk: single calls are timed one by one");
}

int main(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_backend_ref ref;

	unsetenv("GFPBENCH_RECORDING"); /* what replay runs is the bundled one */
	gb_clock_init();
	CHECK(!gb_backend_parse("slab", &ref, &e));
	slab = ref.backend;
	every_row();
	reproducible();
	netrx();
	blkio();
	fscache();
	dma_ring();
	gfp_mix();
	pressure();
	rcu_free();
	bulk();
	return tap_done();
}
