/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Every kind of plot, in the order in which a page shows them. */
#include "core/report/plot.h"

const struct gb_plot_kind gb_plot_kinds[] = {
	{ "gate", "ratio", "What got slower, and are we sure?", GB_PLOT_REPORT, gb_plot_gate, 0, 0 },
	{ "runs", "ratio", "What changed between the runs, and are we sure?", GB_PLOT_REPORT,
	  gb_plot_runs, 0, 0 },
	{ "backends", "ratio", "How do the allocators compare, and are we sure?", GB_PLOT_REPORT,
	  gb_plot_backends, 0, 0 },
	{ "heat", "heat", "Which interrupt rate and how little memory break atomic allocations?",
	  GB_PLOT_REPORT, gb_plot_heat, 0, 0 },
	{ "changes", "ratio", "What changed in this workload between the runs?", GB_PLOT_WORKLOAD,
	  gb_plot_changes, 0, 0 },
	{ "sweep", "sweep", "What does an allocation cost as the parameter grows, and where do the "
	  "allocators cross?", GB_PLOT_WORKLOAD, gb_plot_sweep, 0, 0 },
	{ "failures", "failures", "When do atomic allocations begin to fail?", GB_PLOT_WORKLOAD,
	  gb_plot_failures, 0, 0 },
	{ "sizes", "sizes", "What does an allocation cost at each size, and where do the calls "
	  "cross?", GB_PLOT_VARIANT, gb_plot_sizes, 0, 0 },
	{ "claims", "claims", "What do texts say about the kernel's allocators, and is it so?",
	  GB_PLOT_VARIANT, gb_plot_claims, 0, 1 },
	{ "curve", "sweep", "What does the workload's own curve show?", GB_PLOT_VARIANT,
	  gb_plot_curve, 5, 0 },
	{ "throughput", "throughput", "How much work gets done?", GB_PLOT_VARIANT, gb_plot_throughput, 0, 0 },
	{ "threads", "threads", "Does it scale with the number of threads?", GB_PLOT_VARIANT,
	  gb_plot_threads, 0, 0 },
	{ "percentiles", "percentiles", "How long is the tail, in each context?", GB_PLOT_VARIANT,
	  gb_plot_percentiles, 0, 0 },
	{ "histogram", "histogram", "What is the worst allocation, and how often?", GB_PLOT_VARIANT,
	  gb_plot_histogram, 0, 0 },
	{ "entry", "histogram", "How long does an interrupt wait for the allocator?", GB_PLOT_VARIANT,
	  gb_plot_entry, 0, 0 },
	{ "memory", "memory", "How much memory does it hold, and for how much data?", GB_PLOT_VARIANT,
	  gb_plot_memory, 0, 0 },
	{ "pressure", "pressure", "When and why did atomic requests fail?", GB_PLOT_VARIANT,
	  gb_plot_pressure, 0, 0 },
	{ "spread", "spread", "Can the figures be trusted: what changed from run to run?",
	  GB_PLOT_VARIANT, gb_plot_spread, 0, 0 },
	{ "history", "history", "How did the ratio to the anchor change from run to run?",
	  GB_PLOT_VARIANT, gb_plot_history, 0, 0 },
	{ NULL, NULL, NULL, GB_PLOT_REPORT, NULL, 0, 0 },
};
