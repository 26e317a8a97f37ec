/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The contract of a backend: an allocator under test.
 *
 * A backend is one file of static functions that ends in one const descriptor, plus one
 * row in allocators/table.c and one word in Makefile.am.  Help, `list`, `show`, man page,
 * conformance tests and CSV names all come from the descriptor.
 *
 * Life of a backend, all in a runner process (a fresh exec for every sample), except
 * locate(), which runs in the parent:
 *
 *   locate  is it usable on this machine?  which file must be preloaded?
 *   start   main thread, interrupts not armed: bring the allocator up, fill the heap
 *   cpu_online / cpu_offline   on each emulated CPU, before its first and after its last
 *           allocation, interrupts not armed
 *   heap.*  the calls under measurement, from any CPU, in the contexts that caps allow
 *   quiesce main thread, no CPU allocates: hand cached memory back (after a free-all)
 *   memory  any thread, at any time: what it holds
 *   stop    main thread, every block freed or forgotten
 *
 * There is one started backend (stack of wrappers included) in a process, so hooks need
 * no self pointer and the hot calls are the allocator's own functions.
 *
 * Layer: allocators.  May include base, machine, allocators/kernel; nothing above.
 */
#ifndef GB_ALLOCATORS_BACKEND_H
#define GB_ALLOCATORS_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "kernel/gfp.h"

#define GB_BACKEND_INTERFACE 1

/* What a backend can do; `list backends` prints these, workloads may need them. */
enum gb_capability {
	GB_CAP_IRQ_SAFE = 1 << 0,  /* may be entered from an interrupt at any instruction */
	GB_CAP_ATOMIC = 1 << 1,    /* serves requests from atomic context (guarded or not) */
	GB_CAP_GFP = 1 << 2,       /* native GFP semantics */
	GB_CAP_CONTENTS = 1 << 3,  /* a live block's contents are its own: can be verified */
	GB_CAP_MALLOC = 1 << 4,    /* it is this process's malloc family */
	GB_CAP_WRAPPER = 1 << 5,   /* takes another backend as its argument */
	GB_CAP_ZERO = 1 << 6,      /* heap.alloc honours __GFP_ZERO */
	GB_CAP_ALIGNED = 1 << 7,   /* heap.aligned */
	GB_CAP_REALLOC = 1 << 8,   /* heap.realloc */
	GB_CAP_USABLE = 1 << 9,    /* heap.usable */
	GB_CAP_CONTIGUOUS = 1 << 10, /* blocks are physically contiguous */
	GB_CAP_KERNEL = 1 << 11,   /* heap.kernel: caches, bulk, pages, RCU, shrinkers, mempool */
	GB_CAP_LARGE = 1 << 12,    /* serves 4 MiB and more */
};

struct gb_kernel_ops; /* allocators/kernel_ops.h: kernel-only calls; see there */

/* The handle through which a workload allocates.  alloc and free are never NULL; the rest
 * is NULL where the capability is missing.  All return NULL on failure.  alloc honours
 * the context: without __GFP_DIRECT_RECLAIM it does not sleep (GB_CAP_ATOMIC backends). */
struct gb_heap {
	void *(*alloc)(size_t size, gfp_t gfp);
	void (*free)(void *p);
	void *(*aligned)(size_t alignment, size_t size, gfp_t gfp);
	void *(*realloc)(void *p, size_t size, gfp_t gfp);
	size_t (*usable)(const void *p);
	/* Zeroed memory by a call of its own (calloc); NULL: alloc with __GFP_ZERO, where
	 * GB_CAP_ZERO says so.  The guard, the budget and check: do not pass it on. */
	void *(*zalloc)(size_t size, gfp_t gfp);
	const struct gb_kernel_ops *kernel;
};

struct gb_backend_config {
	unsigned int nr_cpus;       /* emulated CPUs that will come online, ids 0..nr_cpus-1 */
	uint64_t ram_bytes;         /* --ram; 0 = the backend's default */
	uint64_t peak_live_bytes;   /* the workload's declared peak, all CPUs together */
	uint64_t seed;
	const char *argument;       /* what followed "NAME:" in the spec, or "" */
	int writes_inside;          /* the workload writes more of a block than its edges */
};

/* What it holds now; a field it cannot know is GB_UNKNOWN. */
#define GB_UNKNOWN UINT64_MAX
struct gb_backend_memory {
	uint64_t held_bytes;        /* from the machine: pages plus tables */
	uint64_t free_pages, slab_pages, vmalloc_pages;
	uint64_t cached_bytes;      /* free objects in per-CPU arrays and depots */
};
#define GB_BACKEND_MEMORY_UNKNOWN \
	((struct gb_backend_memory){ GB_UNKNOWN, GB_UNKNOWN, GB_UNKNOWN, GB_UNKNOWN, GB_UNKNOWN })

/* How it copes with little memory; counts since start. */
#define GB_MAX_ZONES 4
struct gb_backend_zone {
	char name[16];              /* as /proc/zoneinfo prints it */
	uint64_t free_pages, min_pages, low_pages, high_pages;
	uint64_t kswapd_awake;
	uint64_t direct_reclaims, atomic_failures;
};
struct gb_backend_pressure {
	uint64_t sleeps, direct_reclaims;
	uint64_t nr_zones;          /* 0: the backend has no pressure hook */
	struct gb_backend_zone zone[GB_MAX_ZONES];
};

/* Result of locate(): how the parent must start a runner for it. */
struct gb_backend_location {
	char preload[4096];         /* file for LD_PRELOAD, or "" */
	char version[128];          /* as far as the parent can know; may be "" */
	char label[128];            /* name in the CSV's backend column */
};

struct gb_backend {
	unsigned int interface;     /* GB_BACKEND_INTERFACE */
	const char *name;
	const char *summary;        /* one line for `list` */
	const char *detail;         /* paragraphs for `show` */
	uint32_t caps;              /* of a wrapper: what it adds; masked by what it wraps */
	uint64_t max_block_bytes;   /* larger requests are refused; 0 = as memory allows */
	const char *argument_help;  /* "FILE[:name=NAME]", "BACKEND", or NULL: needs none */
	/* What may follow the name all the same, "NAME:KEY=VALUE:..."; NULL: nothing.
	 * gb_backend_parse() checks it, start() reads it in its config's argument. */
	const struct gb_option *options;
	size_t options_size;

	/* Parent.  0: usable.  Otherwise @e says why not: code GB_EXIT_USAGE for a bad
	 * argument (no such file, no library), GB_EXIT_HARNESS for "not installed here".
	 * Required. */
	int (*locate)(const char *argument, struct gb_backend_location *l, struct gb_error *e);
	/* Required. */
	int (*start)(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e);
	void (*stop)(void);                                   /* optional */
	void (*cpu_online)(unsigned int cpu);                 /* optional */
	void (*cpu_offline)(unsigned int cpu);                /* optional */
	void (*quiesce)(void);                                /* optional */
	void (*memory)(struct gb_backend_memory *m);          /* optional */
	/* Version of what really serves the calls, e.g. "2.36"; required. */
	void (*version)(char *buf, size_t n);
	/* File that really serves them ("builtin", or a path); required. */
	void (*origin)(char *buf, size_t n);
	/* Any thread, at any time: zones and waits (GB_CAP_GFP backends). */
	void (*pressure)(struct gb_backend_pressure *p);      /* optional */
	/* Main thread, no CPU allocates: write kmem events as ftrace text to @fd from now
	 * on; -1: no longer.  Negative: it cannot; else events lost.  Optional. */
	long (*trace)(int fd);
};

/* --- the table (allocators/table.c) ---------------------------------------- */

extern const struct gb_backend *const gb_backends[]; /* NULL-terminated */

/* A parsed spec: "glibc", "preload:FILE:name=x", "check:slab". */
struct gb_backend_ref {
	const struct gb_backend *backend;
	char argument[4096];
	uint32_t caps;      /* effective: of a wrapper, combined with what it wraps */
	uint64_t max_block_bytes; /* of the innermost */
};
/* GB_EXIT_USAGE with did-you-mean for an unknown name or a missing argument. */
int gb_backend_parse(const char *spec, struct gb_backend_ref *ref, struct gb_error *e)
	GB_MUST_CHECK;
/* Is a descriptor complete?  NULL, or one sentence that says what is wrong. */
const char *gb_backend_check(const struct gb_backend *b);
/* "irq-safe,gfp,..." for list and show. */
char *gb_capability_names(uint32_t caps, char *buf, size_t n);

/* --- guard and budget (allocators/guard.c, allocators/budget.c) ------------- */

/* Replace h's calls by ones that soft-disable interrupts around each call: for backends
 * without GB_CAP_IRQ_SAFE when interrupts will be armed (irq_mode "guarded"). */
void gb_guard_heap(struct gb_heap *h);
/* Put a budget of @bytes over a backend without GB_CAP_GFP (gfp_mode "emulated"):
 * requested (usable) bytes are accounted, atomic requests fail beyond it, sleepers wait
 * for frees; if every CPU waits, the oldest waiter gets NULL.  Call before gb_guard_heap:
 * accounting and waiting happen outside the guard. */
int gb_budget_heap(struct gb_heap *h, uint64_t bytes, unsigned int nr_cpus, struct gb_error *e)
	GB_MUST_CHECK;
struct gb_budget_stats {
	uint64_t limit_bytes, used_bytes, peak_bytes;
	uint64_t sleeps, sleep_ns, atomic_failures, oom;
};
void gb_budget_stats(struct gb_budget_stats *s);
/* A workload's CPU waits for another (@delta 1) or goes on (-1), so it will free nothing:
 * when all others wait for memory, the oldest of them need not wait for this one.  No
 * effect without a budget.  Process context. */
void gb_budget_idle(int delta);

/* --- who serves malloc? (allocators/origin.c) ------------------------------- */

struct gb_malloc_origin {
	char path[4096];    /* the one object that serves all seven functions */
	char version[128];  /* what the library says, else what its file name says; may be "" */
	int sanitizer;      /* malloc is a sanitizer's: its figures mean nothing */
};
extern const char *const gb_malloc_names[]; /* the seven, NULL-terminated */
/* Prove with dladdr which file serves malloc, free, calloc, realloc, aligned_alloc,
 * posix_memalign and malloc_usable_size.  GB_EXIT_HARNESS when they come from more than
 * one file, or (@expect non-empty) from another file than @expect.  In a sanitizer build
 * malloc is the sanitizer's: reported (o->sanitizer), not refused. */
int gb_malloc_origin(const char *expect, struct gb_malloc_origin *o, struct gb_error *e)
	GB_MUST_CHECK;

#endif
