/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The contract of a workload: one access pattern, one file, one const descriptor, one row
 * in workloads/table.c, one word in Makefile.am.
 *
 * Life of a workload, in a runner:
 *   plan     main thread, before the backend is up: derive sizes, declare the peak of live
 *            bytes, refuse impossible parameters
 *   setup    main thread, backend up: shared state (harness memory: gb_map)
 *   thread_setup    on each emulated CPU, interrupts not armed: map and fill its state
 *   run / run_full  on each CPU, interrupts armed: about n operations, then return.  Called
 *            again and again; all state lives in t->data.  run() is the one that
 *            throughput is taken from: no timestamps.  run_full() is the same body with
 *            each call timed and the checksum kept.  The two are made from one
 *            always-inline body by GB_WORKLOAD_RUN.
 *            An operation is one request for a block, served or not, or one free.  The
 *            return value counts those of the workload's own plan in process context, at
 *            least one: it paces the caller, and for the same seed and the same n it is the
 *            same on every backend (0 only when stopping, or at the end of a finite
 *            pass).  ops_count of a row is the sum of what all contexts asked for and
 *            freed (count[]), where blocks that other threads sent count too.
 *   hardirq / softirq   in that context on that CPU, at any instruction of run
 *   rewind   (finite workloads) all CPUs stopped: back to the start for another pass
 *   thread_cleanup  on each CPU, interrupts off for good: free what is live
 *   cleanup  main thread
 *
 * Rules: allocate only through gb_alloc/gb_free; own memory from gb_map, before timing;
 * random numbers from t->rng[context] only, so that the stream of operations depends on
 * seed and thread number alone; every block is written (gb_fill) and checked at free
 * (gb_check); a wait for another thread ends when gb_stopping(t), and its time is added to
 * t->wait_ticks.
 *
 * Layer: workloads.  May include base, machine, allocators/backend.h; never core.
 */
#ifndef GB_WORKLOADS_WORKLOAD_H
#define GB_WORKLOADS_WORKLOAD_H

#include <math.h>
#include <string.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/map.h"
#include "base/option.h"
#include "base/rng.h"

#include "machine/cpu.h"
#include "machine/event.h"
#include "machine/irq.h"

#include "backend.h"

#define GB_WORKLOAD_INTERFACE 1

/* --- what is counted and timed ---------------------------------------------- */

enum gb_op { GB_OP_ALLOC, GB_OP_FREE, GB_OP_IRQ_ENTRY, GB_NR_OPS };
extern const char *const gb_op_name[GB_NR_OPS];

/* The gfp column of latency.csv: classes of masks that behave alike. */
enum gb_gfp_class {
	GB_GFP_KERNEL, GB_GFP_ATOMIC, GB_GFP_NOWAIT, GB_GFP_NOFS, GB_GFP_NOIO, GB_GFP_DMA,
	GB_GFP_USER, GB_GFP_NONE /* frees, interrupt entry */, GB_NR_GFP_CLASSES
};
extern const char *const gb_gfp_class_name[GB_NR_GFP_CLASSES]; /* "GFP_KERNEL", ..., "" */

GB_INLINE enum gb_gfp_class gb_gfp_class(gfp_t gfp)
{
	if (gfp & __GFP_DMA)
		return GB_GFP_DMA;
	if (!(gfp & __GFP_DIRECT_RECLAIM))
		return gfp & __GFP_HIGH ? GB_GFP_ATOMIC : GB_GFP_NOWAIT;
	if (!(gfp & __GFP_IO))
		return GB_GFP_NOIO;
	if (!(gfp & __GFP_FS))
		return GB_GFP_NOFS;
	return gfp & __GFP_HARDWALL ? GB_GFP_USER : GB_GFP_KERNEL;
}

/* One per CPU and context; written by that context alone, read by the parent. */
struct gb_counters {
	uint64_t allocs, frees;
	uint64_t allocated_bytes, freed_bytes;      /* requested sizes */
	uint64_t atomic_allocs, atomic_failures;    /* attempts without __GFP_DIRECT_RECLAIM */
	uint64_t sleeping_allocs, sleeping_failures;
	uint64_t corrupt;                           /* blocks whose contents were not ours */
	uint64_t hash;                              /* of the operation stream (run_full) */
	uint64_t timestamps;                        /* pairs taken */
	uint64_t custom[4];                         /* the workload's own, named by custom_name */
};

struct gb_histograms {
	struct gb_histogram h[GB_NR_OPS][GB_NR_CONTEXTS][GB_NR_GFP_CLASSES];
};

/* What a workload found out beyond counts and times: points of curves, tallies.  Rows of
 * figures.csv.  Filled by gb_figure from thread_cleanup and cleanup; the runner's. */
struct gb_figure {
	char series[40];   /* the curve: "burst=16", "GFP_KERNEL|__GFP_NORETRY" */
	char metric[32];   /* "failure_ratio", "dip_pages" */
	double x;          /* where on the curve; NaN: the figure is no point of one */
	double value;
};
#define GB_MAX_FIGURES 1024
struct gb_figures {
	uint32_t n;        /* atomic; may exceed the array: what does not fit is dropped */
	struct gb_figure figure[GB_MAX_FIGURES];
};

/* A sentence that was tried out.  Rows of claims.csv; filled by gb_claim_row. */
struct gb_claim_row {
	char claim[48], measure[48], unit[16], predicate[64], verdict[24];
	double value;      /* NaN: not observable */
};
#define GB_MAX_CLAIMS 64
struct gb_claim_rows {
	uint32_t n;        /* main thread only; never above the array */
	struct gb_claim_row row[GB_MAX_CLAIMS];
};

struct gb_run;

/* A worker = one emulated CPU's workload state.  Only its own CPU writes it. */
struct gb_thread {
	/* hot: copies of the heap's calls */
	void *(*alloc)(size_t size, gfp_t gfp);
	void (*free)(void *p);
	const volatile uint32_t *stop;      /* set by the harness: return from run soon */
	uint32_t verify;                    /* check contents at free (not on `null`) */
	uint32_t full;                      /* in interrupts: time and hash, as run_full */
	struct gb_histograms *latency;      /* this thread's; NULL outside the runner's phases */
	struct gb_rng rng[GB_NR_CONTEXTS];
	unsigned int id, nr_threads;
	uint64_t wait_ticks;                /* time spent waiting for other threads in run */
	uint64_t handover;                  /* set by run: end this pthread, go on in a successor */
	void *data;                         /* the workload's, for this thread */
	void *burst;                        /* irq_burst.c's */
	struct gb_run *run;
	GB_ALIGNED_LINE struct gb_counters count[GB_NR_CONTEXTS];
};

/* What all threads of a sample share. */
struct gb_run {
	const struct gb_workload *workload;
	const void *options;                /* the workload's parsed option struct */
	const struct gb_heap *heap;
	uint32_t backend_caps;
	unsigned int nr_threads;
	uint64_t seed;
	double irq_rate_hz;                 /* per CPU; 0 = none */
	uint64_t ram_bytes;                 /* 0 = not limited */
	uint64_t peak_live_bytes;           /* set by plan */
	uint64_t max_block_bytes;           /* set by plan: what it cannot do without; 0 = any */
	char note[240];                     /* set by plan: a warning for who asked, or "" */
	void *data;                         /* the workload's, shared */
	struct gb_thread *threads;          /* [nr_threads] */
	struct gb_figures *figures;         /* NULL: nobody wants them */
	struct gb_claim_rows *claims;       /* the same */
};

/* Add a row to figures.csv.  thread_cleanup and cleanup; any thread. */
void gb_figure(struct gb_run *r, const char *series, double x, const char *metric,
	       double value);

/* Add a row to claims.csv.  setup and cleanup: main thread. */
void gb_claim_row(struct gb_run *r, const char *claim, const char *measure, const char *unit,
		  double value, const char *predicate, const char *verdict);

/* --- allocation --------------------------------------------------------------- */

GB_INLINE int gb_stopping(const struct gb_thread *t)
{
	return gb_load_relaxed(t->stop) != 0;
}

GB_INLINE void gb_mix(struct gb_counters *n, uint64_t v)
{
	n->hash = (n->hash ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	n->hash ^= n->hash >> 29;
}

/* What all CPUs hold; any thread.  What was freed is read after what was allocated: what
 * moves on meanwhile makes the sum smaller than it ever was, never larger. */
int64_t gb_live_bytes(const struct gb_run *r);

/* Failures, contents faults: out of line. */
void gb_count_failure(struct gb_thread *t, enum gb_context c, size_t size, gfp_t gfp);
void gb_report_corrupt(struct gb_thread *t, enum gb_context c, const void *p, size_t size);

GB_INLINE void gb_record(struct gb_thread *t, enum gb_op op, enum gb_context c,
			 enum gb_gfp_class g, uint64_t ticks)
{
	t->count[c].timestamps++;
	ticks = ticks > gb_clock.overhead_ticks ? ticks - gb_clock.overhead_ticks : 0;
	gb_hist_record(&t->latency->h[op][c][g], gb_clock_ns(ticks));
}

/* What became of a request, counted. */
GB_INLINE void *gb_count_alloc(struct gb_thread *t, enum gb_context c, void *p, size_t size,
			       gfp_t gfp)
{
	struct gb_counters *n = &t->count[c];
	uint64_t sleeping = !!(gfp & __GFP_DIRECT_RECLAIM);

	gb_escape(p);
	/* No branch: in a mix of masks a processor could not foresee it. */
	n->sleeping_allocs += sleeping;
	n->atomic_allocs += !sleeping;
	if (gb_unlikely(!p)) {
		gb_count_failure(t, c, size, gfp);
		return NULL;
	}
	n->allocs++;
	n->allocated_bytes += size;
	return p;
}

/* One allocation in context @c; @full is a compile-time constant in run/run_full and
 * t->full in interrupts.  The block's first and last line are not yet written: gb_fill. */
GB_INLINE void *gb_alloc(struct gb_thread *t, enum gb_context c, uint32_t full, size_t size,
			 gfp_t gfp)
{
	void *p;

	if (full) {
		uint64_t t0, t1;

		gb_mix(&t->count[c], size * 8 + gb_gfp_class(gfp));
		t0 = gb_clock_begin();
		p = t->alloc(size, gfp);
		t1 = gb_clock_end();
		gb_record(t, GB_OP_ALLOC, c, gb_gfp_class(gfp), t1 - t0);
	} else {
		p = t->alloc(size, gfp);
	}
	return gb_count_alloc(t, c, p, size, gfp);
}

/* The same through heap.aligned, which the caller has seen to exist.  In the checksum it
 * is an allocation as any: a backend without the call gets gb_alloc instead. */
GB_INLINE void *gb_alloc_aligned(struct gb_thread *t, enum gb_context c, uint32_t full,
				 size_t alignment, size_t size, gfp_t gfp)
{
	void *p;

	if (full) {
		uint64_t t0, t1;

		gb_mix(&t->count[c], size * 8 + gb_gfp_class(gfp));
		t0 = gb_clock_begin();
		p = t->run->heap->aligned(alignment, size, gfp);
		t1 = gb_clock_end();
		gb_record(t, GB_OP_ALLOC, c, gb_gfp_class(gfp), t1 - t0);
	} else {
		p = t->run->heap->aligned(alignment, size, gfp);
	}
	return gb_count_alloc(t, c, p, size, gfp);
}

/* Free a block whose arrival at this thread, at this moment, is a matter of timing (another
 * thread sent it): counted and timed as any, but no part of the checksum, which must be
 * the same in every run. */
GB_INLINE void gb_free_unordered(struct gb_thread *t, enum gb_context c, uint32_t full,
				 void *p, size_t size)
{
	struct gb_counters *n = &t->count[c];

	n->frees++;
	n->freed_bytes += size;
	if (full) {
		uint64_t t0, t1;

		t0 = gb_clock_begin();
		t->free(p);
		t1 = gb_clock_end();
		gb_record(t, GB_OP_FREE, c, GB_GFP_NONE, t1 - t0);
	} else {
		t->free(p);
	}
}

GB_INLINE void gb_free(struct gb_thread *t, enum gb_context c, uint32_t full, void *p,
		       size_t size)
{
	if (full)
		gb_mix(&t->count[c], ~(uint64_t)size);
	gb_free_unordered(t, c, full, p, size);
}

/* --- contents ------------------------------------------------------------------ */

/* The pattern of a block: a function of address and size, so whoever frees can check. */
GB_INLINE uint64_t gb_pattern(const void *p, size_t size)
{
	return ((uintptr_t)p ^ (size * UINT64_C(0xff51afd7ed558ccd))) | 1;
}

/* Write the first and last eight bytes (all bytes of a block below eight): first and last
 * cache line are touched. */
GB_INLINE void gb_fill(void *p, size_t size)
{
	uint64_t v = gb_pattern(p, size);

	if (gb_likely(size >= 8)) {
		memcpy(p, &v, 8);
		memcpy((char *)p + size - 8, &v, 8);
	} else {
		memcpy(p, &v, size);
	}
}

/* gb_fill for sizes that lie on both sides of eight in no order that a processor could
 * foresee: the same bytes, of four at least, by four narrower stores and no branch. */
GB_INLINE void gb_fill_mixed(void *p, size_t size)
{
	uint64_t v = gb_pattern(p, size);
	size_t n = size < 8 ? size : 8;
	uint32_t low = (uint32_t)v, high;

	if (gb_unlikely(size < 4)) {
		memcpy(p, &v, size);
		return;
	}
	high = (uint32_t)(v >> (8 * (n - 4)));
	memcpy(p, &low, 4);
	memcpy((char *)p + n - 4, &high, 4);
	memcpy((char *)p + size - n, &low, 4);
	memcpy((char *)p + size - 4, &high, 4);
}

GB_INLINE void gb_check(struct gb_thread *t, enum gb_context c, const void *p, size_t size)
{
	uint64_t v = gb_pattern(p, size), first, last;

	if (!t->verify)
		return;
	if (gb_likely(size >= 8)) {
		memcpy(&last, (const char *)p + size - 8, 8);
		if (size >= 16) {
			memcpy(&first, p, 8);
			if (gb_unlikely(first != v))
				gb_report_corrupt(t, c, p, size);
		}
		if (gb_unlikely(last != v))
			gb_report_corrupt(t, c, p, size);
	} else if (gb_unlikely(memcmp(p, &v, size))) {
		gb_report_corrupt(t, c, p, size);
	}
}

/* --- the descriptor ---------------------------------------------------------------- */

enum gb_workload_flags {
	GB_WL_FINITE = 1 << 0,     /* run returns 0 at the end of a pass; rewind starts anew */
	GB_WL_OWN_IRQ = 1 << 1,    /* has its own interrupts even when --irq-rate is not given */
	GB_WL_HANDOVER = 1 << 2,   /* ends and recreates threads through t->handover */
	GB_WL_WRITES_INSIDE = 1 << 4, /* writes more of its blocks than gb_fill does */
	GB_WL_RSS_DECAY = 1 << 3,  /* RSS is sampled 0.1, 1 and 5 s after free-all */
	GB_WL_PRESSURE = 1 << 5,   /* wants more than there is: RAM below the peak is fine */
};

struct gb_workload {
	unsigned int interface;
	const char *name;
	const char *summary;       /* one line for `list` */
	const char *imitates;      /* what it imitates */
	const char *strains;       /* what in an allocator it strains */
	const char *good_score;    /* what a good score means */
	const char *paper;         /* after whom; "" when our own */
	uint32_t flags;
	uint32_t needs;            /* backend capabilities without which a cell is unavailable */
	double default_irq_rate_hz; /* GB_WL_OWN_IRQ: unless --irq-rate says otherwise */
	unsigned int min_threads;  /* 0 = 1 */
	const struct gb_option *options; /* may be NULL */
	size_t options_size;
	uint64_t default_ram_bytes; /* unless --ram says otherwise; 0 = not limited */
	const char *custom_name[4]; /* what count[].custom counts, or NULL: figures.csv */
	uint64_t warmup_ops;       /* per CPU, through run_full; 0 = 16384.  Not for finite
				    * workloads: their warm-up is one pass */

	int (*plan)(struct gb_run *r, struct gb_error *e);           /* required */
	int (*setup)(struct gb_run *r, struct gb_error *e);          /* optional */
	int (*thread_setup)(struct gb_thread *t, struct gb_error *e); /* optional */
	uint64_t (*run)(struct gb_thread *t, uint64_t n);            /* required */
	uint64_t (*run_full)(struct gb_thread *t, uint64_t n);       /* required */
	void (*hardirq)(struct gb_thread *t);  /* NULL: the burst of irq_burst.c */
	void (*softirq)(struct gb_thread *t);  /* optional: GB_SOFTIRQ_WORKLOAD */
	void (*rewind)(struct gb_run *r);      /* GB_WL_FINITE: required */
	void (*thread_cleanup)(struct gb_thread *t);                 /* optional */
	void (*cleanup)(struct gb_run *r);                           /* optional */
};

/* Make name_run and name_run_full from
 *   GB_INLINE uint64_t name_body(struct gb_thread *t, uint64_t n, const uint32_t full) */
#define GB_WORKLOAD_RUN(name)                                                          \
	static uint64_t name##_run(struct gb_thread *t, uint64_t n)                      \
	{                                                                                \
		return name##_body(t, n, 0);                                             \
	}                                                                                \
	static uint64_t name##_run_full(struct gb_thread *t, uint64_t n)                 \
	{                                                                                \
		return name##_body(t, n, 1);                                             \
	}

/* --- the table (workloads/table.c) --------------------------------------------------- */

extern const struct gb_workload *const gb_workloads[]; /* NULL-terminated */
/* GB_EXIT_USAGE with did-you-mean for an unknown name. */
const struct gb_workload *gb_workload_find(const char *name, struct gb_error *e);
/* The plan hook, and on top of its peak what irq_burst.c holds when it provides the
 * interrupts. */
int gb_workload_plan(struct gb_run *r, struct gb_error *e) GB_MUST_CHECK;
/* NULL, or one sentence that says what is wrong with the descriptor. */
const char *gb_workload_check(const struct gb_workload *w);

struct gb_suite {
	const char *name, *summary;
	const char *const *specs; /* "name:key=value", NULL-terminated */
};
extern const struct gb_suite gb_suites[]; /* ends with name NULL */

/* The burst that every workload without interrupts of its own gets when --irq-rate is
 * above 0 (irq-churn's): workloads/irq_burst.c. */
int gb_irq_burst_setup(struct gb_thread *t, struct gb_error *e) GB_MUST_CHECK;
void gb_irq_burst(struct gb_thread *t);
void gb_irq_burst_cleanup(struct gb_thread *t);
/* Most bytes that the burst holds on one CPU: comes on top of a plan's peak_live_bytes. */
uint64_t gb_irq_burst_peak(void);

#endif
