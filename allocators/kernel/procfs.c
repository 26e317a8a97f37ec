/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The state of the zones as text in the form of /proc/buddyinfo, /proc/zoneinfo and
 * /proc/pagetypeinfo.  Snapshots without lock; process context.
 */
#include "kernel/zones.h"

#include <stdarg.h>
#include <stdio.h>

struct text {
	char *buf;
	size_t size, used;
};

static void put(struct text *t, const char *fmt, ...) GB_PRINTF(2, 3);
static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->used >= t->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->used, t->size - t->used, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->used += (size_t)n;
}

static struct text text_of(char *buf, size_t n)
{
	if (n)
		buf[0] = '\0';
	return (struct text){ buf, n, 0 };
}

static size_t length(const struct text *t)
{
	return t->used < t->size ? t->used : t->size ? t->size - 1 : 0;
}

size_t proc_buddyinfo(char *buf, size_t n)
{
	struct text t = text_of(buf, n);

	for (int i = 0; mm_ready(__func__) && i < MAX_NR_ZONES; i++) {
		const struct zone *z = &mm.zones[i];

		if (!z->managed)
			continue;
		put(&t, "Node 0, zone %8s ", z->name);
		for (unsigned int o = 0; o < MAX_NR_ORDERS; o++)
			put(&t, "%6lu ", zone_free_blocks(z, o));
		put(&t, "\n");
	}
	return length(&t);
}

static void put_pagesets(struct text *t, const struct zone *z)
{
	put(t, "  pagesets\n");
	for (unsigned int cpu = 0; cpu < mm.nr_cpus; cpu++)
		put(t,
		    "    cpu: %u\n"
		    "              count: %d\n"
		    "              high:  %d\n"
		    "              batch: %d\n",
		    cpu, gb_load_relaxed(&z->pcp[cpu].count),
		    gb_load_relaxed(&z->pcp[cpu].high), z->pcp[cpu].batch);
}

size_t proc_zoneinfo(char *buf, size_t n)
{
	struct text t = text_of(buf, n);

	for (int i = 0; mm_ready(__func__) && i < MAX_NR_ZONES; i++) {
		const struct zone *z = &mm.zones[i];

		if (!z->managed)
			continue;
		put(&t,
		    "Node 0, zone %8s\n"
		    "  pages free     %lu\n"
		    "        boost    %lu\n"
		    "        min      %lu\n"
		    "        low      %lu\n"
		    "        high     %lu\n"
		    "        promo    %lu\n"
		    "        spanned  %lu\n"
		    "        present  %lu\n"
		    "        managed  %lu\n",
		    z->name, zone_free_pages(z), gb_load_relaxed(&z->boost),
		    zone_wmark(z, WMARK_MIN), zone_wmark(z, WMARK_LOW),
		    zone_wmark(z, WMARK_HIGH), zone_wmark(z, WMARK_PROMO),
		    z->end_pfn - z->start_pfn, z->managed, z->managed);
		put(&t, "        protection: (%lu, %lu, %lu, %lu)\n",
		    z->lowmem_reserve[0], z->lowmem_reserve[1], z->lowmem_reserve[2],
		    z->lowmem_reserve[3]);
		put(&t,
		    "      nr_zone_inactive_file %lu\n      nr_zone_active_file %lu\n",
		    gb_load_relaxed(&z->nr_lru[0]), gb_load_relaxed(&z->nr_lru[1]));
		put_pagesets(&t, z);
		put(&t, "  start_pfn:           %lu\n", z->start_pfn);
	}
	return length(&t);
}

static const char *const type_names[MIGRATE_TYPES] = { "Unmovable", "Movable",
						       "Reclaimable", "HighAtomic" };

static void put_block_counts(struct text *t, const struct zone *z)
{
	unsigned long count[MIGRATE_TYPES] = { 0 };

	for (unsigned long pfn = z->start_pfn; pfn < z->end_pfn; pfn += PAGEBLOCK_PAGES)
		count[pageblock_type(z, pfn)]++;
	put(t, "Node 0, zone %8s ", z->name);
	for (int mt = 0; mt < MIGRATE_TYPES; mt++)
		put(t, "%12lu ", count[mt]);
	put(t, "\n");
}

size_t proc_pagetypeinfo(char *buf, size_t n)
{
	struct text t = text_of(buf, n);

	if (!mm_ready(__func__))
		return 0;
	put(&t, "Page block order: %d\nPages per block:  %lu\n\n", PAGEBLOCK_ORDER,
	    PAGEBLOCK_PAGES);
	put(&t, "Free pages count per migrate type at order ");
	for (unsigned int o = 0; o < MAX_NR_ORDERS; o++)
		put(&t, "%6u ", o);
	put(&t, "\n");
	for (int i = 0; i < MAX_NR_ZONES; i++)
		for (int mt = 0; mm.zones[i].managed && mt < MIGRATE_TYPES; mt++) {
			put(&t, "Node    0, zone %8s, type %12s ", mm.zones[i].name,
			    type_names[mt]);
			for (unsigned int o = 0; o < MAX_NR_ORDERS; o++)
				put(&t, "%6lu ",
				    gb_load_relaxed(&mm.zones[i].area[o].nr[mt]));
			put(&t, "\n");
		}
	put(&t, "\nNumber of blocks type     %12s %12s %12s %12s\n", type_names[0],
	    type_names[1], type_names[2], type_names[3]);
	for (int i = 0; i < MAX_NR_ZONES; i++)
		if (mm.zones[i].managed)
			put_block_counts(&t, &mm.zones[i]);
	return length(&t);
}
