/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The summary of a recording.  As CSV: one "metric,value" row per count, without a
 * header, in a fixed order, for scripts.  As a table: the same counts in words, and what
 * a person asks next: which flags, which caches, which sizes.
 */
#include "recording/recording.h"

#include <stdio.h>
#include <string.h>

#include "base/atomic.h"
#include "base/parse.h"

#include "machine/cpu.h"

#include "recording/gfp_names.h"

const char *const gb_recording_metric_name[GB_NR_RECORDING_METRICS] = {
	"events",          "allocs",
	"frees",           "null_frees",
	"unmatched_frees", "duplicate_events",
	"implicit_frees",  "leaked",
	"failed_allocs",   "cpus",
	"requested_bytes", "peak_live_bytes",
	"allocs_process",  "allocs_softirq",
	"allocs_hardirq",  "frees_process",
	"frees_softirq",   "frees_hardirq",
	"malformed_lines",
};

static const char *const metric_words[GB_NR_RECORDING_METRICS] = {
	"events of any kind",
	"allocations",
	"frees of recorded objects",
	"frees of null",
	"frees without an allocation (dropped)",
	"allocations reported twice (dropped)",
	"objects freed without an event",
	"objects live at the end",
	"failed allocations",
	"CPUs",
	"bytes requested",
	"most bytes live at once",
	"allocations in process context",
	"allocations in softirq",
	"allocations in hardirq",
	"frees in process context",
	"frees in softirq",
	"frees in hardirq",
	"malformed lines",
};

static void show_csv(const struct gb_recording *r, struct gb_text *out)
{
	for (int i = 0; i < GB_NR_RECORDING_METRICS; i++)
		gb_text_printf(out, "%s,%llu\n", gb_recording_metric_name[i],
			       (unsigned long long)r->metric[i]);
}

/* --- the most frequent values ----------------------------------------------------- */

#define TALLY_SLOTS 128
#define TALLY_SHOWN 8

/* Counts by key; what does not fit any more is counted as other. */
struct tally {
	struct {
		uint64_t key, count;
	} slot[TALLY_SLOTS];
	unsigned int used;
	uint64_t other;
};

static void tally_add(struct tally *t, uint64_t key)
{
	for (unsigned int i = 0; i < t->used; i++) {
		if (t->slot[i].key == key) {
			t->slot[i].count++;
			return;
		}
	}
	if (t->used == TALLY_SLOTS) {
		t->other++;
		return;
	}
	t->slot[t->used].key = key;
	t->slot[t->used++].count = 1;
}

/* Slot of the largest count, which is then taken out; -1 when none is left. */
static int tally_next(struct tally *t)
{
	int best = -1;

	for (unsigned int i = 0; i < t->used; i++)
		if (t->slot[i].count &&
		    (best < 0 || t->slot[i].count > t->slot[best].count))
			best = (int)i;
	return best;
}

static void tally_show(struct tally *t, uint64_t total, const char *title,
		       void (*name)(const struct gb_recording *r, uint64_t key, char *buf,
				    size_t n),
		       const struct gb_recording *r, struct gb_text *out)
{
	char buf[160];
	int i;

	gb_text_printf(out, "\n%s\n", title);
	for (int shown = 0; shown < TALLY_SHOWN && (i = tally_next(t)) >= 0; shown++) {
		name(r, t->slot[i].key, buf, sizeof(buf));
		gb_text_printf(out, "  %5.1f %%  %s\n",
			       100.0 * (double)t->slot[i].count / (double)total, buf);
		t->slot[i].count = 0;
	}
	for (unsigned int k = 0; k < t->used; k++)
		t->other += t->slot[k].count;
	if (t->other)
		gb_text_printf(out, "  %5.1f %%  other\n",
			       100.0 * (double)t->other / (double)total);
}

static void name_gfp(const struct gb_recording *r, uint64_t key, char *buf, size_t n)
{
	(void)r;
	gb_gfp_format((gfp_t)key, buf, n);
}

static void name_cache(const struct gb_recording *r, uint64_t key, char *buf, size_t n)
{
	snprintf(buf, n, "%s",
		 key ? gb_recording_cache(r, (unsigned int)key) :
		       "kmalloc, or a cache that is not named");
}

/* The size class that holds @size: the next power of two. */
static uint64_t size_class(uint32_t size)
{
	uint64_t c = 8;

	while (c < size)
		c *= 2;
	return c;
}

static void name_size(const struct gb_recording *r, uint64_t key, char *buf, size_t n)
{
	char size[32];

	(void)r;
	snprintf(buf, n, "up to %s bytes", gb_format_size(size, sizeof(size), key));
}

static void show_tallies(const struct gb_recording *r, struct gb_text *out)
{
	struct tally gfp = { .used = 0 }, cache = { .used = 0 }, size = { .used = 0 };
	uint64_t total = r->metric[GB_REC_ALLOCS];

	for (size_t i = 0; i < r->nr_ops; i++) {
		const struct gb_recorded_op *op = &r->op[i];

		if (op->flags & GB_RECORDED_FREE)
			continue;
		tally_add(&gfp, op->gfp);
		tally_add(&cache, op->cache);
		tally_add(&size, size_class(op->size));
	}
	if (!total)
		return;
	tally_show(&gfp, total, "GFP flags of the allocations", name_gfp, r, out);
	tally_show(&cache, total, "their caches", name_cache, r, out);
	tally_show(&size, total, "their sizes", name_size, r, out);
}

static void show_table(const struct gb_recording *r, struct gb_text *out)
{
	char buf[32];

	gb_text_printf(
		out, "recording: %s, compression %s, %s long\n",
		*r->format ? r->format : "of unknown form", r->compression,
		gb_human_time(buf, sizeof(buf), (double)(r->last_ns - r->first_ns)));
	for (int i = 0; i < GB_NR_RECORDING_METRICS; i++)
		gb_text_printf(out, "  %-40s %12llu\n", metric_words[i],
			       (unsigned long long)r->metric[i]);
	show_tallies(r, out);
}

void gb_recording_show(const struct gb_recording *r, enum gb_recording_format format,
		       struct gb_text *out)
{
	if (format == GB_RECORDING_CSV)
		show_csv(r, out);
	else
		show_table(r, out);
}
