/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A cell, resolved: everything that a runner must know, and its text.  The text is one
 * "key=value" an entry, so it can be an argument vector (how a runner gets it), a line of
 * a plan, or the input of a hash; two cells that mean the same have the same text.
 *
 * Layer: core.  Strings are owned by the cell (gb_cell_free).
 */
#ifndef GB_CORE_CELL_H
#define GB_CORE_CELL_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"
#include "base/error.h"

#include "machine/irq.h"

#define GB_OPS_AUTO UINT64_MAX
#define GB_STILL_MAX_NS UINT64_C(250000000) /* two looks of the parent (spawn.c), and more */

struct gb_cell {
	char *backend;          /* spec: "glibc", "preload:FILE:name=x", "check:slab" */
	char *workload;
	char *params;           /* canonical text of the workload's options; "" = none */
	uint64_t threads;
	uint64_t ops;           /* per sample, all CPUs; 0 = by duration; GB_OPS_AUTO in a plan:
				 * not yet calibrated (freeze.h) */
	uint64_t duration_ns;   /* of the throughput phase */
	uint64_t limit_ns;      /* ends a throughput phase of calibrated work; 0 = none */
	uint64_t warmup_ns;     /* on top of the fixed warm-up; 0 = none */
	double irq_rate_hz;     /* per CPU; 0 = none */
	enum gb_irq_law irq_law;
	uint64_t ram_bytes;     /* 0 = not limited */
	uint64_t interval_ns;   /* between memory samples */
	uint64_t pin;           /* pin CPU i to the i-th allowed core */
};

/* What changes from sample to sample of a cell. */
struct gb_sample_spec {
	uint64_t id, rep, block; /* all from 1 */
	uint64_t seed;
	uint64_t watch;          /* do the extra pass with the watcher armed */
	uint64_t decay;          /* watch RSS fall after everything was freed */
	uint64_t calibrate;      /* throughput alone: how much work is a duration? */
	uint64_t keep_map;       /* the runner's memory map goes into the result page */
	uint64_t unguarded;      /* probe: enter it from interrupts whatever it says, and stop
				  * after so many; 0 = not */
};

/* How long a sample that calibrates @c lasts. */
GB_INLINE double gb_calibration_ns(const struct gb_cell *c)
{
	return (double)c->duration_ns / 3;
}

/* How long a runner keeps still after everything was freed, for the parent to look at its
 * resident set: an interval, and never so long that it is felt. */
GB_INLINE uint64_t gb_still_ns(const struct gb_cell *c)
{
	return c->interval_ns < GB_STILL_MAX_NS ? c->interval_ns : GB_STILL_MAX_NS;
}

void gb_cell_free(struct gb_cell *c);
/* NULL-terminated vector of malloc'ed "key=value"; release with gb_cell_args_free.
 * @s may be NULL: the cell alone (hash of a plan). */
char **gb_cell_args(const struct gb_cell *c, const struct gb_sample_spec *s);
void gb_cell_args_free(char **args);
/* What in @params (canonical) differs from the workload's defaults, cut to fit @buf: for
 * headings. */
char *gb_params_short(const char *workload, const char *params, char *buf, size_t n);
/* The reverse; unknown or missing keys are GB_EXIT_USAGE. */
int gb_cell_parse(char *const *args, struct gb_cell *c, struct gb_sample_spec *s,
		  struct gb_error *e) GB_MUST_CHECK;

#endif
