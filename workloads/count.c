/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The rare side of counting: failures, what is live, blocks whose contents are wrong, and
 * the names that the CSV columns use.  Any context, interrupts included.
 */
#include "workload.h"

#include <stdio.h>

#define REPORTED 10 /* failures with leave to sleep, of a CPU and context */

const char *const gb_op_name[GB_NR_OPS] = { "alloc", "free", "irq_entry" };

const char *const gb_gfp_class_name[GB_NR_GFP_CLASSES] = {
	"GFP_KERNEL", "GFP_ATOMIC", "GFP_NOWAIT", "GFP_NOFS",
	"GFP_NOIO",   "GFP_DMA",    "GFP_USER",   "",
};

void gb_count_failure(struct gb_thread *t, enum gb_context c, size_t size, gfp_t gfp)
{
	struct gb_counters *n = &t->count[c];

	if (gfp & __GFP_DIRECT_RECLAIM) {
		n->sleeping_failures++;
		/* Rare outside pressure: the first few are worth a line, unless the caller
		 * expects them.  All are counted, as atomic ones are. */
		if (n->sleeping_failures > REPORTED || (gfp & __GFP_NOWARN))
			return;
		gb_event_post(GB_WARNING, "allocation-failure", "%s: %zu bytes %s in %s",
			      t->run->workload->name, size,
			      gb_gfp_class_name[gb_gfp_class(gfp)], gb_context_name[c]);
	} else {
		n->atomic_failures++;
	}
}

/* The counts are plain words of their CPUs'. */
__attribute__((no_sanitize_thread, noinline)) int64_t gb_live_bytes(const struct gb_run *r)
{
	const volatile struct gb_counters *n;
	int64_t bytes = 0;

	for (unsigned int i = 0; i < r->nr_threads * GB_NR_CONTEXTS; i++) {
		n = &r->threads[i / GB_NR_CONTEXTS].count[i % GB_NR_CONTEXTS];
		bytes += (int64_t)n->allocated_bytes;
	}
	gb_fence_seq_cst();
	for (unsigned int i = 0; i < r->nr_threads * GB_NR_CONTEXTS; i++) {
		n = &r->threads[i / GB_NR_CONTEXTS].count[i % GB_NR_CONTEXTS];
		bytes -= (int64_t)n->freed_bytes;
	}
	return bytes;
}

void gb_report_corrupt(struct gb_thread *t, enum gb_context c, const void *p, size_t size)
{
	if (!t->count[c].corrupt++)
		gb_event_post(GB_FAULT, "corrupt",
			      "%s: block %p of %zu bytes does not hold what was written, "
			      "found in %s on thread %u",
			      t->run->workload->name, p, size, gb_context_name[c], t->id);
}

void gb_figure(struct gb_run *r, const char *series, double x, const char *metric,
	       double value)
{
	struct gb_figure *f;
	uint32_t i;

	if (!r->figures)
		return;
	i = gb_add_relaxed(&r->figures->n, 1) - 1;
	if (i >= GB_MAX_FIGURES)
		return;
	f = &r->figures->figure[i];
	snprintf(f->series, sizeof(f->series), "%s", series);
	snprintf(f->metric, sizeof(f->metric), "%s", metric);
	f->x = x;
	f->value = value;
}

void gb_claim_row(struct gb_run *r, const char *claim, const char *measure, const char *unit,
		  double value, const char *predicate, const char *verdict)
{
	struct gb_claim_row *row;

	if (!r->claims)
		return;
	GB_BUG_ON(r->claims->n >= GB_MAX_CLAIMS);
	row = &r->claims->row[r->claims->n++];
	snprintf(row->claim, sizeof(row->claim), "%s", claim);
	snprintf(row->measure, sizeof(row->measure), "%s", measure);
	snprintf(row->unit, sizeof(row->unit), "%s", unit);
	snprintf(row->predicate, sizeof(row->predicate), "%s", predicate);
	snprintf(row->verdict, sizeof(row->verdict), "%s", verdict);
	row->value = value;
}
