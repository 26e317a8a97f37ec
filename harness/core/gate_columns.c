/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate_columns.h"

#include <stddef.h>

const char *const gb_gate_file_name[GB_GATE_FILES] = {
	[GB_GATE_SLICES] = "gate-slices.csv",
	[GB_GATE_PROCS] = "gate-procs.csv",
	[GB_GATE_HIST] = "gate-hist.csv",
	[GB_GATE_CELLS] = "gate-cells.csv",
};

static const char key[] =
	"schema_version,run_id,sample_id,rep,block,workload,params,backend,"
	"backend_version,backend_origin,threads,irq_mode";

static const struct gb_gate_column slices[] = {
	{ "cell_id", "cell, as in gate-cells.csv" },
	{ "metric_set", "what the slice measures: time" },
	{ "pair", "number of the pair of processes, from 0" },
	{ "slice", "number of the slice within the pair, from 0, warm-up not counted" },
	{ "side", "A (baseline) or B (candidate)" },
	{ "slot", "0: this side ran first in the slice, 1: second" },
	{ "core", "CPU the process was pinned to; empty: not pinned" },
	{ "seed", "seed of the workload, equal on both sides" },
	{ "env_pad", "bytes of padding in the environment" },
	{ "ops", "operations in the slice" },
	{ "wall_ns", "wall time of the slice" },
	{ "cpu_ns", "CPU time of the slice" },
	{ "t_start_ns", "start of the slice on the monotonic clock" },
	{ "minflt", "minor page faults during the slice" },
	{ "majflt", "major page faults during the slice" },
	{ "nvcsw", "voluntary context switches during the slice" },
	{ "nivcsw", "involuntary context switches during the slice" },
	{ "exit_status", "exit status of the process if it ended in this slice" },
	{ "signal", "signal that ended the process in this slice" },
	{ "timeout", "1: the slice did not end in time" },
	{ "checksum", "of the stream of operations up to here; equal for both sides" },
	{ NULL, NULL },
};

static const struct gb_gate_column procs[] = {
	{ "cell_id", "cell, as in gate-cells.csv" },
	{ "pair", "number of the pair of processes, from 0" },
	{ "side", "A (baseline) or B (candidate)" },
	{ "pid", "process id" },
	{ "vmhwm_kb", "peak resident memory (VmHWM), KiB" },
	{ "rss_end_kb", "resident memory after the workload, KiB" },
	{ "rss_100ms_kb", "0.1 s after everything was freed, KiB" },
	{ "rss_1s_kb", "1 s after everything was freed, KiB" },
	{ "rss_5s_kb", "5 s after everything was freed, KiB" },
	{ "utime_us", "user time, us" },
	{ "stime_us", "system time, us" },
	{ "psi_cpu_some_us", "CPU pressure stall time of the machine meanwhile, us" },
	{ "steal_ticks", "stolen time of the machine meanwhile, clock ticks" },
	{ "wall_total_ns", "life of the process" },
	{ "warmup_ns", "warm-up before the first slice" },
	{ "attempt", "0: the pair itself; 1..3: rerun after a failure, same seed" },
	{ "status",
	  "ok, failed, crashed, hung, corrupt, interrupted, unavailable, untrustworthy" },
	{ "error", "why, in words" },
	{ "exit_signal", "signal that ended the process" },
	{ "checksum", "of the whole stream of operations; equal for both sides" },
	{ "held_peak_bytes", "most memory held, idle process subtracted" },
	{ "minor_faults_count", "minor page faults, whole process" },
	{ "atomic_allocs_count", "allocations that must not sleep" },
	{ "atomic_failures_count", "of these, failed" },
	{ "irq_count", "interrupts delivered" },
	{ "irq_off_max_ns", "longest time from an interrupt's due time to its entry" },
	{ "oversubscribed",
	  "yes: more emulated CPUs than cores; interrupt figures not judged" },
	{ NULL, NULL },
};

static const struct gb_gate_column hist[] = {
	{ "cell_id", "cell, as in gate-cells.csv" },
	{ "pair", "number of the pair of processes, from 0" },
	{ "side", "A (baseline) or B (candidate)" },
	{ "bucket_lo_ns", "smallest value of the bucket" },
	{ "bucket_hi_ns", "largest value of the bucket" },
	{ "count", "values in the bucket" },
	{ "op", "alloc, free, irq_entry" },
	{ "context", "process, softirq, hardirq" },
	{ NULL, NULL },
};

static const struct gb_gate_column cells[] = {
	{ "cell_id", "short name, unique within the run" },
	{ "allocator", "the candidate; the key column backend is the baseline" },
	{ "unit", "of the metric" },
	{ "direction", "lower or higher: which is better" },
	{ "gated", "yes: a regression turns the gate red; no: reported only" },
	{ "margin", "largest tolerated change, as a fraction (0.02 = 2 %)" },
	{ "pairing", "lockstep or process" },
	{ "definition_hash", "of workload, parameters and harness version" },
	{ "metric", "time, held_peak, alloc_p99@hardirq, ..." },
	{ "floor", "change in units of the metric below which nothing is red" },
	{ "sentinel", "yes: baseline against a copy of itself" },
	{ "slices", "slices planned for each process" },
	{ "hw_id", "machine that measured the cell" },
	{ NULL, NULL },
};

const struct gb_gate_column *gb_gate_columns(enum gb_gate_file file)
{
	static const struct gb_gate_column *const table[GB_GATE_FILES] = {
		[GB_GATE_SLICES] = slices,
		[GB_GATE_PROCS] = procs,
		[GB_GATE_HIST] = hist,
		[GB_GATE_CELLS] = cells,
	};

	return table[file];
}

void gb_gate_header(enum gb_gate_file file, struct gb_text *into)
{
	gb_text_add(into, key);
	for (const struct gb_gate_column *c = gb_gate_columns(file); c->name; c++)
		gb_text_printf(into, ",%s", c->name);
}
