/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"

#define S(n, h)       { n, GB_COL_STRING, "", NULL, h }
#define E(n, v, h)    { n, GB_COL_STRING, "", v, h }
#define I(n, u, h)    { n, GB_COL_INTEGER, u, NULL, h }
#define N(n, u, h)    { n, GB_COL_NUMBER, u, NULL, h }

const struct gb_column gb_key_columns[] = {
	S("schema_version", "MAJOR.MINOR of this table; readers refuse an unknown MAJOR"),
	S("run_id", "name of the run's directory"),
	I("sample_id", "", "number of the sample in the plan, from 1"),
	I("rep", "", "repetition of its cell, from 1"),
	I("block", "", "block in which it ran, from 1: one repetition of every cell"),
	S("workload", "name of the access pattern"),
	S("params", "every parameter of the workload, key=value:key=value, in table order"),
	S("backend", "allocator under test"),
	S("backend_version", "version of what really served the calls"),
	S("backend_origin", "file that malloc really came from, or builtin"),
	I("threads", "", "emulated CPUs"),
	E("irq_mode", "native|guarded|none",
	  "native: entered from interrupts at any instruction; guarded: interrupts "
	  "soft-disabled around each call; none: no interrupts"),
};
const size_t gb_nr_key_columns = GB_ARRAY_SIZE(gb_key_columns);

static const struct gb_column samples[] = {
	E("status", "ok|failed|crashed|hung|corrupt|interrupted|unavailable|untrustworthy",
	  "how the sample ended"),
	S("error", "why, in one sentence; empty when ok"),
	I("exit_signal", "", "signal that ended the runner"),
	I("seed", "", "seed of the stream of operations"),
	S("started_at", "UTC, ISO 8601"),
	N("wall_s", "s", "life of the runner process, start to end"),
	N("user_s", "s", "processor time of the runner in user mode"),
	N("sys_s", "s", "processor time of the runner in the system"),
	I("ops_count", "operations", "operations of the throughput phase, all CPUs"),
	N("ops_per_s", "1/s", "ops_count over the mean busy time of a CPU (waits for other CPUs "
	  "excluded)"),
	I("requested_bytes", "bytes", "sum of the sizes asked for in the throughput phase"),
	I("atomic_allocs_count", "calls", "allocations without leave to sleep, both phases"),
	I("atomic_failures_count", "calls", "those that failed"),
	I("sleeping_allocs_count", "calls", "allocations with leave to sleep, both phases"),
	I("sleeping_failures_count", "calls", "those that failed"),
	I("sleeps_count", "", "times an allocation slept for memory"),
	I("direct_reclaims_count", "", "direct reclaims"),
	I("irq_count", "", "interrupts handled while measuring, all CPUs: the timer's, and "
	  "those that the workload raises itself"),
	N("irq_per_s", "1/s", "achieved rate of the timer on each CPU"),
	I("irq_off_max_ns", "ns", "longest wait of a deferred interrupt for its replay"),
	I("atomic_syscalls_count", "calls", "system calls made in atomic context, in the watched "
	  "pass"),
	S("atomic_syscalls", "their names and counts, \"futex:3 mmap:1\""),
	I("rss_peak_bytes", "bytes", "largest resident set of the runner"),
	I("live_peak_bytes", "bytes", "largest sum of requested bytes alive that was seen: each "
	  "--interval, and after each piece of work"),
	I("minor_faults_count", "", "minor page faults in the measured phases"),
	I("major_faults_count", "", "major page faults in the measured phases"),
	I("voluntary_switches_count", "", "voluntary context switches in the measured phases"),
	I("involuntary_switches_count", "", "involuntary ones"),
	N("timer_overhead_ratio", "", "latency phase: timestamps taken x cost of the timer / "
	  "timed time"),
	S("checksum", "of the stream of operations (order, sizes, contexts); equal for every "
	  "backend"),
	E("gfp_mode", "native|emulated|none", "who keeps the GFP rules: the backend, the "
	  "harness's budget, nobody"),
	E("syscall_watch", "dispatch|switches|none", "how system calls in atomic context were "
	  "looked for"),
	E("verified", "yes|no", "contents of blocks were checked"),
	I("irq_lost_count", "", "timer expiries that the system merged"),
	E("oversubscribed", "yes|no", "more CPUs than cores, or under 90 % of the interrupt "
	  "rate: interrupt latencies are shown, never judged"),
	I("held_peak_bytes", "bytes", "most memory held by the allocator: peak resident set less "
	  "the idle runner's, or the backend's own account"),
	I("planned_ops_count", "operations", "of the workload's own plan, to be done in the "
	  "throughput phase: asked for, or calibrated; empty: by time"),
	I("done_ops_count", "operations", "how many of these were done; of a sample that broke "
	  "off, all that it had done by then, its warm-up included"),
	N("held_to_live_ratio", "", "fragmentation: held_peak_bytes over live_peak_bytes"),
};

static const struct gb_column latency[] = {
	E("op", "alloc|free|irq_entry", "what was timed"),
	E("context", "process|softirq|hardirq", "where"),
	S("gfp", "class of GFP mask; empty for frees and interrupt entry"),
	I("count", "", "operations timed"),
	I("min_ns", "ns", "fastest"),
	N("mean_ns", "ns", "mean"),
	I("p50_ns", "ns", "median"),
	I("p90_ns", "ns", "90 % were at most this"),
	I("p99_ns", "ns", "99 %"),
	I("p999_ns", "ns", "99.9 %"),
	I("p9999_ns", "ns", "99.99 %"),
	I("max_ns", "ns", "slowest"),
};

static const struct gb_column histograms[] = {
	E("op", "alloc|free|irq_entry", "what was timed"),
	E("context", "process|softirq|hardirq", "where"),
	S("gfp", "class of GFP mask; empty for frees and interrupt entry"),
	I("bucket_lo_ns", "ns", "smallest value of the bucket"),
	I("bucket_hi_ns", "ns", "largest value of the bucket"),
	I("count", "", "operations in it"),
};

static const struct gb_column memory[] = {
	N("t_ms", "ms", "time since the runner was started"),
	E("phase", "setup|warmup|throughput|latency|watch|freed|decay|end",
	  "what the runner was doing"),
	I("live_bytes", "bytes", "requested bytes alive"),
	I("rss_bytes", "bytes", "resident set of the runner"),
	I("free_pages", "pages", "free page frames of the emulated RAM"),
	I("slab_pages", "pages", "page frames in slabs"),
	I("vmalloc_pages", "pages", "page frames mapped by vmalloc"),
	I("cached_bytes", "bytes", "free objects in per-CPU arrays and depots"),
};

static const struct gb_column pressure[] = {
	N("t_ms", "ms", "time since the runner was started"),
	S("zone", "name as /proc/zoneinfo has it"),
	I("free_pages", "pages", "free page frames"),
	I("min_pages", "pages", "min watermark"),
	I("low_pages", "pages", "low watermark: kswapd wakes"),
	I("high_pages", "pages", "high watermark: kswapd sleeps"),
	I("kswapd_awake", "", "1 while kswapd is awake, for whatever zone"),
	I("direct_reclaims_count", "", "direct reclaims so far, all zones"),
	I("atomic_failures_count", "", "failed atomic allocations so far, all zones"),
};

static const struct gb_column events[] = {
	N("t_ms", "ms", "time since the runner was started"),
	I("cpu", "", "emulated CPU; -1: none"),
	E("severity", "info|warning|fault", "how bad"),
	S("event", "short id"),
	S("detail", "the rest"),
};

static const struct gb_column figures[] = {
	S("series", "what the figure belongs to: a curve, a class of requests; empty: the "
	  "whole sample"),
	N("x", "", "where on the curve; empty: no curve"),
	S("metric", "what was found, its unit at the end of its name"),
	N("value", "", "the figure"),
};

static const struct gb_column claims[] = {
	S("claim", "number in docs/CLAIMS.md, and what is claimed"),
	S("measure", "what was measured to try it"),
	S("unit", "of the value"),
	N("value", "", "what was measured; empty: it could not be observed"),
	S("predicate", "what the value must satisfy for the claim to hold"),
	E("verdict", "holds|held then (3.4)|false|not observable", "computed from the value, and "
	  "for held then from the same on a machine of kernel 3.4"),
};

static const struct gb_column gate_slices[] = {
	S("cell_id", "cell of the gate"),
	S("metric_set", "what the slice measured"),
	I("pair", "", "pair of processes"),
	I("slice", "", "slice within the pair"),
	E("side", "A|B", "A: baseline, B: candidate"),
	I("slot", "", "which of the two ran first"),
	I("core", "", "core it was pinned to"),
	I("seed", "", "seed of the stream of operations"),
	I("env_pad", "bytes", "padding of the environment"),
	I("ops", "operations", "operations done"),
	I("wall_ns", "ns", "wall time"),
	I("cpu_ns", "ns", "processor time"),
	I("t_start_ns", "ns", "start, monotonic clock"),
	I("minflt", "", "minor faults"),
	I("majflt", "", "major faults"),
	I("nvcsw", "", "voluntary context switches"),
	I("nivcsw", "", "involuntary context switches"),
	I("exit_status", "", "exit status of the process"),
	I("signal", "", "signal that ended it"),
	I("timeout", "", "1: it was ended by the time limit"),
	S("checksum", "of the stream of operations"),
};

static const struct gb_column gate_procs[] = {
	S("cell_id", "cell of the gate"),
	I("pair", "", "pair of processes"),
	E("side", "A|B", "A: baseline, B: candidate"),
	I("pid", "", "process id"),
	I("vmhwm_kb", "KiB", "largest resident set"),
	I("rss_end_kb", "KiB", "resident set at the end"),
	I("rss_100ms_kb", "KiB", "0.1 s after everything was freed"),
	I("rss_1s_kb", "KiB", "1 s after"),
	I("rss_5s_kb", "KiB", "5 s after"),
	I("utime_us", "us", "processor time in user mode"),
	I("stime_us", "us", "processor time in the system"),
	I("psi_cpu_some_us", "us", "pressure stall time of the CPUs"),
	I("steal_ticks", "", "time stolen by the hypervisor"),
	I("wall_total_ns", "ns", "life of the process"),
	I("warmup_ns", "ns", "of which warm-up"),
	I("attempt", "", "0: the pair itself; 1..3: rerun after a failure, same seed"),
	E("status", "ok|failed|crashed|hung|corrupt|interrupted|unavailable|untrustworthy",
	  "how the process ended"),
	S("error", "why, in one sentence; empty when ok"),
	I("exit_signal", "", "signal that ended the process"),
	S("checksum", "of the whole stream of operations; equal for both sides"),
	I("held_peak_bytes", "bytes", "most memory held by the allocator"),
	I("minor_faults_count", "", "minor page faults"),
	I("atomic_allocs_count", "calls", "allocations without leave to sleep"),
	I("atomic_failures_count", "calls", "those that failed"),
	I("irq_count", "", "interrupts handled"),
	I("irq_off_max_ns", "ns", "longest wait of a deferred interrupt for its replay"),
	E("oversubscribed", "yes|no", "more CPUs than cores: interrupt figures are not judged"),
};

static const struct gb_column gate_hist[] = {
	S("cell_id", "cell of the gate"),
	I("pair", "", "pair of processes"),
	E("side", "A|B", "A: baseline, B: candidate"),
	I("bucket_lo_ns", "ns", "smallest value of the bucket"),
	I("bucket_hi_ns", "ns", "largest value of the bucket"),
	I("count", "", "operations in it"),
	E("op", "alloc|free|irq_entry", "what was timed"),
	E("context", "process|softirq|hardirq", "where"),
};

static const struct gb_column gate_cells[] = {
	S("cell_id", "cell of the gate"),
	S("allocator", "the candidate; the key's backend is the baseline"),
	S("unit", "unit of the metric"),
	E("direction", "lower|higher", "which is better"),
	E("gated", "yes|no", "may it turn the verdict"),
	N("margin", "", "smallest relative loss that counts"),
	S("pairing", "how the two sides were run"),
	S("definition_hash", "of the cell's definition"),
	S("metric", "what is judged: time, held_peak, alloc_p99@hardirq, ..."),
	N("floor", "", "change in units of the metric below which nothing is red"),
	E("sentinel", "yes|no", "baseline against a copy of itself"),
	I("slices", "", "slices planned for each process"),
	S("hw_id", "machine that measured the cell"),
};

#define FILE_ROW(n, r, c) { n, r, c, GB_ARRAY_SIZE(c) }
const struct gb_csv_file gb_csv_files[] = {
	FILE_ROW("samples.csv", "sample", samples),
	FILE_ROW("latency.csv", "sample, operation, context and gfp class", latency),
	FILE_ROW("histograms.csv", "non-empty bucket", histograms),
	FILE_ROW("memory.csv", "sampling instant", memory),
	FILE_ROW("pressure.csv", "sampling instant and zone", pressure),
	FILE_ROW("events.csv", "event", events),
	FILE_ROW("figures.csv", "figure that a workload of its own kind reports", figures),
	FILE_ROW("claims.csv", "claim and measure (workload claims)", claims),
	FILE_ROW("gate-slices.csv", "side and slice (gate)", gate_slices),
	FILE_ROW("gate-procs.csv", "process (gate)", gate_procs),
	FILE_ROW("gate-hist.csv", "non-empty bucket (gate)", gate_hist),
	FILE_ROW("gate-cells.csv", "cell and metric (gate)", gate_cells),
	{ NULL, NULL, NULL, 0 },
};

const struct gb_csv_file *gb_csv_file_find(const char *name)
{
	const struct gb_csv_file *f;

	for (f = gb_csv_files; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	GB_BUG("no CSV file %s in the table", name);
}

void gb_columns_table_name(const struct gb_csv_file *f, char *out, size_t n)
{
	snprintf(out, n, "%.*s", (int)strcspn(f->name, "."), f->name);
	for (char *p = out; *p; p++)
		if (*p == '-')
			*p = '_';
}

static void add_names(struct gb_text *t, const struct gb_column *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		gb_text_printf(t, "%s%s", t->len ? "," : "", c[i].name);
}

char *gb_csv_file_header(const struct gb_csv_file *f)
{
	struct gb_text t = { 0 };

	add_names(&t, gb_key_columns, gb_nr_key_columns);
	add_names(&t, f->column, f->columns);
	return t.data;
}

int gb_schema_accept(const char *schema_version, const char *path, struct gb_error *e)
{
	char *end;
	long major = strtol(schema_version, &end, 10);

	if (end != schema_version && *end == '.' && major == GB_SCHEMA_MAJOR)
		return 0;
	return gb_fail(e, GB_EXIT_HARNESS, "read it with the gfpbench that wrote it",
		       "%s: schema version '%s' is not ours (%s)", path, schema_version,
		       GB_SCHEMA_VERSION);
}
