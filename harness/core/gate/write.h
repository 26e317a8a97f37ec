/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Writing what core/gate/data.h reads: rows are appended as they come, the manifest's
 * object "gate" is made last.  A directory without a complete one never passes.
 *
 * Layer: core.
 */
#ifndef GB_CORE_GATE_WRITE_H
#define GB_CORE_GATE_WRITE_H

#include <stdint.h>

#include "base/csv.h"
#include "base/text.h"

#include "core/gate/columns.h"
#include "core/gate/config.h"
#include "core/gate/seal.h"

/* The key columns, as text; NULL = empty. */
struct gb_gate_key {
	const char *workload, *params, *backend, *backend_version, *backend_origin,
		*irq_mode;
	const char *cell_id;
	uint64_t threads, pair, round;
	int side; /* GB_GATE_A, GB_GATE_B; -1: a row of no side */
};

/* Counts that may be unknown: GB_GATE_UNKNOWN is written as an empty field. */
#define GB_GATE_UNKNOWN UINT64_MAX

struct gb_gate_slice_row {
	uint64_t slice, slot, core, seed, env_pad, ops, wall_ns, cpu_ns, t_start_ns;
	uint64_t minflt, majflt, nvcsw, nivcsw, exit_status, signal, timeout, checksum;
};

struct gb_gate_process_row {
	uint64_t pid, vmhwm_kb, rss_end_kb, rss_100ms_kb, rss_1s_kb, rss_5s_kb;
	uint64_t utime_us, stime_us, psi_cpu_some_us, steal_ticks, wall_total_ns,
		warmup_ns;
	uint64_t attempt;
	const char *status, *error;
	uint64_t exit_signal, checksum, held_peak_bytes, minor_faults;
	uint64_t atomic_allocs, atomic_failures, irqs, irq_off_max_ns;
	int oversubscribed;
};

struct gb_gate_bucket_row {
	uint64_t lo_ns, hi_ns, count;
	const char *op, *context;
};

struct gb_gate_cell_row {
	const char *allocator, *unit, *metric, *pairing, *definition_hash, *hw_id;
	int higher_is_better, gated, sentinel;
	double margin, floor;
	uint64_t slices;
};

struct gb_gate_writer {
	struct gb_csv *csv[GB_GATE_FILES];
	uint64_t rows[GB_GATE_FILES];
	char run_id[256];
};

/* Creates the four files in @dir, which exists. */
int gb_gate_writer_open(struct gb_gate_writer *w, const char *dir, const char *run_id,
			struct gb_error *e) GB_MUST_CHECK;
int gb_gate_write_slice(struct gb_gate_writer *w, const struct gb_gate_key *k,
			const struct gb_gate_slice_row *r,
			struct gb_error *e) GB_MUST_CHECK;
int gb_gate_write_process(struct gb_gate_writer *w, const struct gb_gate_key *k,
			  const struct gb_gate_process_row *r,
			  struct gb_error *e) GB_MUST_CHECK;
int gb_gate_write_bucket(struct gb_gate_writer *w, const struct gb_gate_key *k,
			 const struct gb_gate_bucket_row *r,
			 struct gb_error *e) GB_MUST_CHECK;
int gb_gate_write_cell(struct gb_gate_writer *w, const struct gb_gate_key *k,
		       const struct gb_gate_cell_row *r,
		       struct gb_error *e) GB_MUST_CHECK;
/* Makes rows durable: after each pair. */
int gb_gate_writer_sync(struct gb_gate_writer *w, struct gb_error *e) GB_MUST_CHECK;
int gb_gate_writer_close(struct gb_gate_writer *w, struct gb_error *e) GB_MUST_CHECK;

struct gb_gate_manifest {
	const struct gb_gate_config *config;
	const char *hw_id, *hw_id_end; /* fingerprint before and after */
	const char *build_mode;        /* "release"; figures of others are refused */
	const char *clock;             /* "ok", or what is wrong with it */
	const char *environment;       /* what hw_id leaves out and times depend on */
	int complete;                  /* every planned cell was measured */
	char digest[GB_GATE_FILES][GB_GATE_SEAL_SIZE]; /* "": not written, as not complete */
	struct {
		const char *spec, *identity, *anchor, *version;
	} side[2];
};

/* The value of the manifest's member "gate": {...}. */
void gb_gate_manifest_json(const struct gb_gate_writer *w,
			   const struct gb_gate_manifest *m, struct gb_text *into);

#endif
