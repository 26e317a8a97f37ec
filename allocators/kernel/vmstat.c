/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Event counters under /proc/vmstat's names.  One set per CPU and context, so that an
 * interrupt adds to its own and a plain addition suffices; threads that are no CPU share
 * one set atomically.  The page counters of the fast paths are kept with the per-CPU
 * lists and the zones, under locks that are held anyway, and added up here.
 */
#include "kernel/mm.h"

#include <stdio.h>
#include <string.h>

static const char *const event_names[NR_VM_EVENTS] = {
	[PGALLOC] = "pgalloc",
	[PGFREE] = "pgfree",
	[ALLOCSTALL] = "allocstall",
	[PGSCAN_DIRECT] = "pgscan_direct",
	[PGSCAN_KSWAPD] = "pgscan_kswapd",
	[PGSTEAL_DIRECT] = "pgsteal_direct",
	[PGSTEAL_KSWAPD] = "pgsteal_kswapd",
	[PAGEOUTRUN] = "pageoutrun",
	[KSWAPD_WAKE] = "kswapd_wake",
	[KSWAPD_LOW_WMARK_HIT_QUICKLY] = "kswapd_low_wmark_hit_quickly",
	[KSWAPD_HIGH_WMARK_HIT_QUICKLY] = "kswapd_high_wmark_hit_quickly",
	[SLABS_SCANNED] = "slabs_scanned",
	[DRAIN_PAGES] = "drain_all_pages",
	[OOM_KILL] = "oom_kill",
	[PGINODESTEAL] = "pginodesteal",
	[NR_DIRTIED] = "nr_dirtied",
	[NR_WRITTEN] = "nr_written",
	[PGALLOC_FAIL] = "pgalloc_fail",
	[PGALLOC_FAIL_ATOMIC] = "pgalloc_fail_atomic",
	[PCP_CONTENDED] = "pcp_contended",
	[THROTTLE] = "reclaim_throttle",
	[EXTFRAG_CLAIM] = "extfrag_claim",
	[EXTFRAG_STEAL] = "extfrag_steal",
	[RCU_CALLBACKS] = "rcu_callbacks",
};

static struct {
	unsigned long n[NR_VM_EVENTS];
} GB_ALIGNED_LINE counters[GB_MAX_CPUS][GB_NR_CONTEXTS];
static unsigned long shared[NR_VM_EVENTS]; /* atomic */

void count_vm_events(enum vm_event_item item, unsigned long n)
{
	unsigned long *c;

	if (!gb_is_cpu()) {
		gb_add_relaxed(&shared[item], n);
		return;
	}
	c = &counters[gb_self.id][gb_context_now()].n[item];
	gb_store_relaxed(c, *c + n);
}

static unsigned long page_counter(enum vm_event_item item)
{
	unsigned long n = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++) {
		const struct zone *z = &mm.zones[i];

		n += gb_load_relaxed(item == PGALLOC ? &z->nr_alloc : &z->nr_freed);
		for (unsigned int cpu = 0; z->pcp && cpu < mm.nr_lists; cpu++)
			n += gb_load_relaxed(item == PGALLOC ? &z->pcp[cpu].nr_alloc :
							       &z->pcp[cpu].nr_free);
	}
	return n;
}

unsigned long vm_event_sum(enum vm_event_item item)
{
	unsigned long n = gb_load_relaxed(&shared[item]);

	if (item == PGALLOC || item == PGFREE)
		return page_counter(item);
	for (int cpu = 0; cpu < GB_MAX_CPUS; cpu++)
		for (int c = 0; c < GB_NR_CONTEXTS; c++)
			n += gb_load_relaxed(&counters[cpu][c].n[item]);
	return n;
}

void vm_events_reset(void)
{
	memset(counters, 0, sizeof(counters));
	memset(shared, 0, sizeof(shared));
}

unsigned long vm_event(const char *name)
{
	for (int i = 0; i < NR_VM_EVENTS; i++)
		if (!strcmp(name, event_names[i]))
			return vm_event_sum((enum vm_event_item)i);
	return 0;
}

/* Text in the form of /proc/vmstat. */
size_t proc_vmstat(char *buf, size_t n)
{
	size_t used = 0;

	if (!n)
		return 0;
	buf[0] = '\0';
	used += (size_t)snprintf(buf, n, "nr_free_pages %lu\n", nr_free_pages());
	for (int i = 0; i < NR_VM_EVENTS && used < n; i++)
		used += (size_t)snprintf(buf + used, n - used, "%s %lu\n", event_names[i],
					 vm_event_sum((enum vm_event_item)i));
	return used < n ? used : n - 1;
}
