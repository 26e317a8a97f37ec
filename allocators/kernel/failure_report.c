/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Kernel reports: what printk would carry.  Each is an event for whoever collects events
 * (the harness's events.csv), a counter by name, and, unless the machine is quiet, a line
 * on stderr.  All usable in any context: no lock, no allocation, and in atomic context no
 * system call: the echo is left out there (the event keeps the text).
 */
#include "kernel/mm.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "machine/format.h"

/* ------------------------------------------------------------------ counters by name */

#define NR_REPORT_KINDS 64 /* there are some fifty */
static struct {
	const char *event; /* set once, by compare-and-swap; names are literals */
	unsigned long n;   /* atomic */
} kinds[NR_REPORT_KINDS];

static void count_report(const char *event)
{
	for (int i = 0; i < NR_REPORT_KINDS; i++) {
		const char *have = gb_load_acquire(&kinds[i].event);

		if (!have && gb_cas_acq_rel(&kinds[i].event, &have, event))
			have = event;
		if (!strcmp(have, event)) {
			gb_add_relaxed(&kinds[i].n, 1);
			return;
		}
	}
}

unsigned long kernel_reports(const char *event)
{
	for (int i = 0; i < NR_REPORT_KINDS; i++) {
		const char *have = gb_load_acquire(&kinds[i].event);

		if (!have)
			break;
		if (!strcmp(have, event))
			return gb_load_relaxed(&kinds[i].n);
	}
	return 0;
}

/* ------------------------------------------------------------------ printk */

static int quiet_here(void)
{
	return mm.config.quiet || in_atomic() || arch_irqs_disabled();
}

static void report(enum gb_severity severity, const char *event, const char *text)
{
	char line[320];
	int n;

	count_report(event);
	gb_event_post(severity, event, "%s", text);
	if (quiet_here())
		return;
	n = snprintf(line, sizeof(line), "%s\n", text);
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nowhere left to say so; the event has it */
}

void kernel_warn(const char *event, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	gb_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	report(GB_WARNING, event, text);
}

void kernel_warn_once(int *once, const char *event, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (gb_xchg_relaxed(once, 1))
		return;
	va_start(ap, fmt);
	gb_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	report(GB_WARNING, event, text);
}

void kernel_bug(const char *event, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	gb_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	report(GB_FAULT, event, text);
	if (mm.config.panic_on_bug)
		abort();
}

int mm_not_up(const char *function)
{
	static const char *const why[] = { "before kernel_boot()",
					   "in a forked child of an emulated machine" };

	kernel_bug("not-booted", "BUG: %s() %s", function, why[!!mm.forked]);
	return 0;
}

/* ------------------------------------------------------------------ masks by name */

struct mask_name {
	gfp_t bits;
	const char *name;
};

/* Longest combination first, as the kernel's show_gfp_flags() matches. */
static const struct mask_name mask_names[] = {
	{ GFP_TRANSHUGE, "GFP_TRANSHUGE" },
	{ GFP_TRANSHUGE_LIGHT, "GFP_TRANSHUGE_LIGHT" },
	{ GFP_HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE" },
	{ GFP_HIGHUSER, "GFP_HIGHUSER" },
	{ GFP_USER, "GFP_USER" },
	{ GFP_KERNEL_ACCOUNT, "GFP_KERNEL_ACCOUNT" },
	{ GFP_KERNEL, "GFP_KERNEL" },
	{ GFP_NOFS, "GFP_NOFS" },
	{ GFP_ATOMIC, "GFP_ATOMIC" },
	{ GFP_NOIO, "GFP_NOIO" },
	{ GFP_NOWAIT, "GFP_NOWAIT" },
	{ __GFP_DMA, "GFP_DMA" },
	{ __GFP_HIGHMEM, "__GFP_HIGHMEM" },
	{ __GFP_DMA32, "GFP_DMA32" },
	{ __GFP_RECLAIM, "__GFP_RECLAIM" },
	{ __GFP_DIRECT_RECLAIM, "__GFP_DIRECT_RECLAIM" },
	{ __GFP_KSWAPD_RECLAIM, "__GFP_KSWAPD_RECLAIM" },
	{ __GFP_HIGH, "__GFP_HIGH" },
	{ __GFP_IO, "__GFP_IO" },
	{ __GFP_FS, "__GFP_FS" },
	{ __GFP_NOWARN, "__GFP_NOWARN" },
	{ __GFP_RETRY_MAYFAIL, "__GFP_RETRY_MAYFAIL" },
	{ __GFP_NOFAIL, "__GFP_NOFAIL" },
	{ __GFP_NORETRY, "__GFP_NORETRY" },
	{ __GFP_COMP, "__GFP_COMP" },
	{ __GFP_ZERO, "__GFP_ZERO" },
	{ __GFP_NOMEMALLOC, "__GFP_NOMEMALLOC" },
	{ __GFP_MEMALLOC, "__GFP_MEMALLOC" },
	{ __GFP_HARDWALL, "__GFP_HARDWALL" },
	{ __GFP_THISNODE, "__GFP_THISNODE" },
	{ __GFP_RECLAIMABLE, "__GFP_RECLAIMABLE" },
	{ __GFP_MOVABLE, "__GFP_MOVABLE" },
	{ __GFP_ACCOUNT, "__GFP_ACCOUNT" },
	{ __GFP_WRITE, "__GFP_WRITE" },
};

static const char *profile_name(const char *name)
{
	/* 3.4 prints single flags without the underscores */
	return mm.profile && mm.profile->version == 304 && name[0] == '_' ? name + 2 :
									    name;
}

char *gfp_names(gfp_t gfp, char *buf, size_t n)
{
	int old = mm.profile && mm.profile->version == 304;
	size_t used = 0;

	gb_format(buf, n, "%s", old ? "GFP_NOWAIT" : "none");
	for (size_t i = 0; i < GB_ARRAY_SIZE(mask_names); i++) {
		gfp_t bits = mask_names[i].bits;

		if ((gfp & bits) != bits)
			continue;
		gfp &= ~bits;
		used += gb_format(buf + used, n - used, "%s%s", used ? "|" : "",
				  profile_name(mask_names[i].name));
	}
	if (gfp)
		gb_format(buf + used, n - used, "%s%#x", used ? "|" : "", gfp);
	return buf;
}

/* ------------------------------------------------------------------ failed allocations */

static uint64_t window_start_ns;  /* atomic */
static unsigned int window_count; /* atomic */

/* At most report_burst in report_interval_s (statement 34). */
static int report_allowed(void)
{
	uint64_t now = gb_monotonic_ns();
	uint64_t start = gb_load_relaxed(&window_start_ns);
	uint64_t length = (uint64_t)mm.profile->report_interval_s * 1000000000u;

	if (!start || now - start > length) {
		if (gb_cas_relaxed(&window_start_ns, &start, now))
			gb_store_relaxed(&window_count, 0);
	}
	return gb_add_relaxed(&window_count, 1) <= (unsigned int)mm.profile->report_burst;
}

/* kernel: mm/page_alloc.c, warn_alloc; kernel-model R20 */
void warn_alloc(const struct alloc_context *ac)
{
	char names[160];
	const struct zone *dma = &mm.zones[ZONE_DMA];

	if ((ac->gfp & __GFP_NOWARN) || !report_allowed())
		return;
	if ((ac->gfp & __GFP_DMA) && !dma->managed)
		return;
	kernel_warn(
		"page-allocation-failure",
		"cpu%d: page allocation failure: order:%u, mode:%#x(%s), nodemask=(null), "
		"free:%lu pages",
		gb_self.id, ac->order, ac->gfp, gfp_names(ac->gfp, names, sizeof(names)),
		nr_free_pages());
}

void kernel_reports_reset(void)
{
	memset(kinds, 0, sizeof(kinds));
	window_start_ns = 0;
	window_count = 0;
}

/* ------------------------------------------------------------------ context check */

/* kernel: include/linux/sched/mm.h, might_alloc; statement 85 */
gfp_t might_alloc(gfp_t gfp, const char *where)
{
	if (!(gfp & __GFP_DIRECT_RECLAIM))
		return gfp;
	if (gb_likely(!in_atomic() && !arch_irqs_disabled() && !gb_self.rcu_depth))
		return gfp;
	if (!gb_might_sleep(where))
		return gfp;
	count_report("sleep-in-atomic");
	return gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL);
}

void gfp_might_sleep(const char *where)
{
	if (gb_might_sleep(where))
		count_report("sleep-in-atomic");
}
