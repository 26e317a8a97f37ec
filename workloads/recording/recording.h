/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Recordings: what a real kernel allocated and freed, read from the text that ftrace,
 * trace-cmd or perf print, ready to be replayed or summed up.
 *
 * The order of lines in the file is the order of time.  Every operation names an object
 * by a number of its own (an address that is used again is another object), and a free
 * always stands after the allocation of its object, so a replay that keeps the order
 * within each CPU can wait for other CPUs without ever waiting in a circle.
 *
 * Memory comes from gb_map, not from malloc: in a runner, malloc is what is measured.
 *
 * Layer: workloads.  Main thread, outside timed regions; not from interrupts.
 */
#ifndef GB_WORKLOADS_RECORDING_H
#define GB_WORKLOADS_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#include "kernel/gfp.h"

/* What `show FILE --format=csv` prints, in its order. */
enum gb_recording_metric {
	GB_REC_EVENTS,
	GB_REC_ALLOCS,
	GB_REC_FREES,
	GB_REC_NULL_FREES,
	GB_REC_UNMATCHED_FREES,
	GB_REC_DUPLICATE_EVENTS,
	GB_REC_IMPLICIT_FREES,
	GB_REC_LEAKED,
	GB_REC_FAILED_ALLOCS,
	GB_REC_CPUS,
	GB_REC_REQUESTED_BYTES,
	GB_REC_PEAK_LIVE_BYTES,
	GB_REC_ALLOCS_PROCESS,
	GB_REC_ALLOCS_SOFTIRQ,
	GB_REC_ALLOCS_HARDIRQ,
	GB_REC_FREES_PROCESS,
	GB_REC_FREES_SOFTIRQ,
	GB_REC_FREES_HARDIRQ,
	GB_REC_MALFORMED_LINES,
	GB_NR_RECORDING_METRICS
};
extern const char *const gb_recording_metric_name[GB_NR_RECORDING_METRICS];

enum gb_recorded_flags {
	GB_RECORDED_FREE = 1 << 0,     /* else: an allocation */
	GB_RECORDED_IMPLICIT = 1 << 1, /* a free that the kernel did not report */
	GB_RECORDED_NESTED = 1 << 2,   /* a hardirq that interrupted a softirq */
	GB_RECORDED_APART = 1 << 3,    /* replay: begins an interrupt of its own */
};

/* 16 bytes: four to a cache line. */
struct gb_recorded_op {
	uint32_t object; /* 0..nr_objects-1 */
	uint32_t size;   /* requested bytes, of the object */
	gfp_t gfp;       /* of the allocation; 0 in frees */
	uint8_t flags;   /* enum gb_recorded_flags */
	uint8_t context; /* enum gb_context */
	uint16_t cache;  /* gb_recording_cache(); 0 = kmalloc or not named */
};

/* A recording of more is cut off there, with a warning: bounds the memory. */
#define GB_RECORDING_MAX_OPS      (UINT32_C(48) << 20)
#define GB_RECORDING_MAX_CPUS     8192u
#define GB_RECORDING_MAX_WARNINGS 12

struct gb_vector {
	void *data;
	size_t cap; /* bytes */
};

struct gb_recording {
	const char *format;      /* "ftrace", "trace-cmd", "perf script"... */
	const char *compression; /* "none", "zstd", "gzip", "xz" */
	size_t nr_ops, nr_objects;
	struct gb_recorded_op *op; /* [nr_ops], in file order */
	uint16_t *cpu;             /* [nr_ops], as recorded */
	uint64_t *time_ns;         /* [nr_ops], the recording's own clock */
	unsigned int nr_cpus;
	uint16_t *cpu_rank; /* [GB_RECORDING_MAX_CPUS]: 0..nr_cpus-1 of those seen */
	uint64_t first_ns, last_ns; /* of all events */
	uint64_t metric[GB_NR_RECORDING_METRICS];
	unsigned int nr_caches; /* names, number 0 (empty) included */
	unsigned int nr_warnings;
	char warning[GB_RECORDING_MAX_WARNINGS][200];
	/* storage */
	struct gb_vector ops, cpus, times, ranks, names, name_offsets;
};

/* Where @path leads: "@bundled" (or "") is the kernel's recording that comes with gfpbench
 * (GFPBENCH_RECORDING, beside the program, installed), "@gcc", "@git", "@python3" and
 * "@sqlite3" are those of programs; anything else is itself. */
int gb_recording_path(const char *path, char *out, size_t n,
		      struct gb_error *e) GB_MUST_CHECK;
/* Read @path whole.  What is damaged becomes a warning; GB_EXIT_USAGE when it cannot be
 * read or holds no event.  Free with gb_recording_free, also after a failure. */
int gb_recording_load(const char *path, struct gb_recording *r,
		      struct gb_error *e) GB_MUST_CHECK;
void gb_recording_free(struct gb_recording *r);
/* Name of a slab cache, "" for number 0. */
const char *gb_recording_cache(const struct gb_recording *r, unsigned int number);
void gb_recording_warn(struct gb_recording *r, const char *fmt, ...) GB_PRINTF(2, 3);

enum gb_recording_format { GB_RECORDING_CSV, GB_RECORDING_TABLE };
/* The summary that `gfpbench show FILE` prints; warnings are the caller's to print. */
void gb_recording_show(const struct gb_recording *r, enum gb_recording_format format,
		       struct gb_text *out);

#endif
