/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * irq-churn: what does an allocation cost, and how long is its tail, when interrupts land
 * anywhere?
 *
 * Process context on every CPU replaces random blocks of a live set, sizes spread over the
 * kmalloc classes, GFP_KERNEL.  Timer interrupts land between any two instructions of it
 * and allocate and free with GFP_ATOMIC (irq_burst.c).
 */
#include "irq_burst.h"
#include "slot_set.h"

struct options {
	struct gb_slot_set_options set;
	uint64_t burst_min, burst_max, burst_size_min, burst_size_max, keep;
};

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct options, set.slots), "1024", 1, 1 << 20,
	  NULL, "live blocks of a CPU in process context" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, set.size_min), "8", 1, 8192,
	  NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, set.size_max), "8k", 1, 8192,
	  NULL, "largest block, bytes" },
	{ "burst_min", GB_OPTION_UINT, offsetof(struct options, burst_min), "1", 1, 256,
	  NULL, "fewest blocks that an interrupt allocates" },
	{ "burst_max", GB_OPTION_UINT, offsetof(struct options, burst_max), "16", 1, 256,
	  NULL, "most blocks that an interrupt allocates" },
	{ "burst_size_min", GB_OPTION_SIZE, offsetof(struct options, burst_size_min),
	  "64", 1, 1 << 20, NULL, "smallest block of an interrupt, bytes" },
	{ "burst_size_max", GB_OPTION_SIZE, offsetof(struct options, burst_size_max),
	  "2k", 1, 1 << 20, NULL, "largest block of an interrupt, bytes" },
	{ "keep", GB_OPTION_UINT, offsetof(struct options, keep), "4", 1, 1024, NULL,
	  "interrupts for which an interrupt's blocks stay live" },
	{ NULL },
};

static struct gb_burst_params burst_params(const struct options *o)
{
	return (struct gb_burst_params){
		.burst_min = (uint32_t)o->burst_min,
		.burst_max = (uint32_t)o->burst_max,
		.size_min = (uint32_t)o->burst_size_min,
		.size_max = (uint32_t)o->burst_size_max,
		.keep = (uint32_t)o->keep,
	};
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	const struct gb_burst_params burst = burst_params(o);

	if (o->burst_min > o->burst_max || o->burst_size_min > o->burst_size_max)
		return gb_fail(
			e, GB_EXIT_USAGE, "a minimum must not be above its maximum",
			"workload irq-churn: burst_min or burst_size_min is above its "
			"maximum");
	if (gb_slot_set_plan(r, &o->set, e))
		return -(int)e->code;
	r->peak_live_bytes += r->nr_threads * gb_irq_burst_peak_with(&burst);
	return 0;
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	const struct gb_burst_params burst = burst_params(o);

	if (gb_slot_set_setup(t, &o->set, gb_sizes_kmalloc, e))
		return -(int)e->code;
	return gb_irq_burst_setup_with(t, &burst, e);
}

GB_INLINE uint64_t churn_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct gb_slot_set *s = t->data;
	uint64_t done = 0;

	do {
		gb_slot_set_replace(t, s, full);
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(churn)

static void thread_cleanup(struct gb_thread *t)
{
	gb_irq_burst_cleanup(t);
	gb_slot_set_end(t);
}

const struct gb_workload gb_workload_irq_churn = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "irq-churn",
	.summary = "random replacement over kmalloc sizes, interrupts allocating on top",
	.imitates =
		"a busy kernel: system calls allocate and free while device interrupts land "
		"anywhere in them and allocate atomically",
	.strains =
		"re-entrancy and what protects it; the tail of every call under interrupts",
	.good_score =
		"hardirq latencies close to the process ones, no atomic failures, and "
		"process throughput that falls only by the time that the handlers take",
	.paper = "",
	.flags = GB_WL_OWN_IRQ,
	.needs = GB_CAP_ATOMIC,
	.default_irq_rate_hz = 2000,
	.options = options,
	.options_size = sizeof(struct options),
	.plan = plan,
	.thread_setup = thread_setup,
	.run = churn_run,
	.run_full = churn_run_full,
	.hardirq = gb_irq_burst,
	.thread_cleanup = thread_cleanup,
};
