/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * claims: sentences about the kernel's allocators, tried out.
 *
 * Before the CPUs come up, the machine is booted twice, as a kernel of 3.4 and as the one
 * asked for, and every experiment runs on each.  What the table's predicate says of the
 * two numbers is the verdict; claims.csv has a row for each claim.  docs/CLAIMS.md tells
 * what each claim means and why its verdict is what it is.
 *
 * The option fault is how a test knows that the verdicts come from measurements: what was
 * seen before must no longer be seen.  fault=1 makes every allocation of both machines
 * fail; fault=2 takes away what a claim is about where that alone decides it: the flag, the
 * context, the zone, the shared place.
 */
#include "claims.h"

#include <math.h>
#include <stdio.h>

#define GFPKERNEL_INTERNAL
#include "kernel/gfpkernel.h"
#include "kernel_ops.h"

const struct claim gb_claims[] = {
	{ "1 contents of malloc undefined", "different bytes in fresh blocks", "",
	  claim_malloc_contents, CLAIM_AT_LEAST, 2, 0 },
	{ "2 GFP_KERNEL may sleep", "direct reclaims when memory is short", "",
	  claim_sleeps_when_short, CLAIM_AT_LEAST, 1, 0 },
	{ "2 GFP_KERNEL not in atomic context", "reports of one request", "",
	  claim_reported_in_atomic, CLAIM_IS, 1, 0 },
	{ "2 GFP_KERNEL ends in get_free_pages", "frames taken for 1 MiB of objects",
	  "pages", claim_kernel_takes_frames, CLAIM_AT_LEAST, 128, 0 },
	{ "3 GFP_ATOMIC never sleeps", "direct reclaims when memory is short", "",
	  claim_atomic_sleeps, CLAIM_IS, 0, 0 },
	{ "3 GFP_ATOMIC fails at once", "NULL without a reclaim", "",
	  claim_atomic_returns_null, CLAIM_IS, 1, 0 },
	{ "4 GFP_DMA below 16 MiB", "end of the highest page", "MiB", claim_dma_below,
	  CLAIM_AT_MOST, 16, 0 },
	{ "4 GFP_DMA contiguous", "breaks in 32 pages", "", claim_dma_breaks, CLAIM_IS, 0,
	  0 },
	{ "5 GFP_USER may sleep", "direct reclaims when memory is short", "",
	  claim_user_sleeps, CLAIM_AT_LEAST, 1, 0 },
	{ "5 GFP_HIGHUSER from high memory", "share of pages", "", claim_highuser_high,
	  CLAIM_IS, 1, 0 },
	{ "6 GFP_NOFS does not recurse", "entries with __GFP_FS", "",
	  claim_nofs_recursion, CLAIM_IS, 0, 0 },
	{ "6 GFP_NOIO does not recurse", "entries with __GFP_IO or __GFP_FS", "",
	  claim_noio_recursion, CLAIM_IS, 0, 0 },
	{ "7 __GFP_HIGHMEM may be high", "share of pages", "", claim_highuser_high,
	  CLAIM_AT_LEAST, 0.01, 0 },
	{ "7 __GFP_COLD gives a cold page", "the page freed last comes back", "",
	  claim_cold_is_hot, CLAIM_IS, 0, 0 },
	{ "7 __GFP_NOWARN is silent", "reports of a failure", "", claim_nowarn_reports,
	  CLAIM_IS, 0, 0 },
	{ "7 __GFP_HIGH uses the reserve", "pages beyond what others get", "pages",
	  claim_high_reserve, CLAIM_AT_LEAST, 1, 0 },
	{ "8 __GFP_REPEAT tries harder", "reclaims against __GFP_NORETRY", "",
	  claim_repeat_rounds, CLAIM_AT_LEAST, 2, 0 },
	{ "8 __GFP_NOFAIL never fails", "NULLs of 100", "", claim_nofail_nulls, CLAIM_IS,
	  0, 0 },
	{ "8 __GFP_NORETRY gives up at once", "reclaims before NULL", "",
	  claim_noretry_rounds, CLAIM_AT_MOST, 1, 0 },
	{ "9 three zones", "zones", "", claim_zones, CLAIM_IS, 3, 0 },
	{ "10 smallest kmalloc 32 or 64", "bytes given for one", "bytes", claim_smallest,
	  CLAIM_BETWEEN, 32, 64 },
	{ "11 largest kmalloc 128 KiB", "largest", "KiB", claim_largest, CLAIM_AT_MOST,
	  128, 0 },
	{ "11 limit of 128K - 16", "more is refused", "", claim_above_limit, CLAIM_IS, 1,
	  0 },
	{ "11 limit of 32 pages", "largest", "KiB", claim_largest, CLAIM_IS, 128, 0 },
	{ "12 above 4 MiB NULL", "4 MiB + 1 is NULL", "", claim_above_4m, CLAIM_IS, 1,
	  0 },
	{ "12 kmalloc(0) is 16", "address", "", claim_zero_size, CLAIM_IS, 16, 0 },
	{ "13 nineteen general caches", "sizes up to 4 MiB", "", claim_classes, CLAIM_IS,
	  19, 0 },
	{ "14 above 8 KiB the buddy", "8 KiB + 1 needs no slab", "",
	  claim_large_is_no_slab, CLAIM_IS, 1, 0 },
	{ "15 at most twice the request", "worst ratio", "", claim_worst_ratio,
	  CLAIM_AT_MOST, 2, 0 },
	{ "16 kmalloc contiguous", "breaks in 1 MiB", "", claim_breaks, CLAIM_IS, 0, 0 },
	{ "16 fixed offset", "different offsets of 100 blocks", "", claim_offsets,
	  CLAIM_IS, 1, 0 },
	{ "17 kmalloc does not clear", "stale bytes of 1024", "bytes", claim_stale_bytes,
	  CLAIM_AT_LEAST, 1, 0 },
	{ "17 kmalloc is fast", "pair of 64 bytes", "ns", claim_fast, CLAIM_AT_MOST, 1000,
	  0 },
	{ "18 kzalloc clears", "bytes that are not zero", "bytes", claim_kzalloc_dirty,
	  CLAIM_IS, 0, 0 },
	{ "18 clearing costs, 64 B", "kzalloc against kmalloc", "", claim_kzalloc_cost,
	  CLAIM_AT_LEAST, 1, 0 },
	{ "18 clearing costs, 64 KiB", "kzalloc against kmalloc", "",
	  claim_kzalloc_cost_large, CLAIM_AT_LEAST, 1, 0 },
	{ "19 vmalloc addresses contiguous", "wrong bytes of 1 MiB", "bytes",
	  claim_vmalloc_hops, CLAIM_IS, 0, 0 },
	{ "19 vmalloc frames scattered", "breaks in 256 pages, no DMA", "",
	  claim_vmalloc_breaks, CLAIM_AT_LEAST, 1, 0 },
	{ "19 vmalloc has no size limit", "largest against kmalloc's", "",
	  claim_vmalloc_largest, CLAIM_AT_LEAST, 2, 0 },
	{ "19 vmalloc never in interrupts", "refused and reported", "",
	  claim_vmalloc_refused, CLAIM_IS, 1, 0 },
	{ "20 kmalloc faster, 4 KiB", "vmalloc against kmalloc", "", claim_ratio_4k,
	  CLAIM_AT_LEAST, 1, 0 },
	{ "20 kmalloc faster, 64 KiB", "vmalloc against kmalloc", "", claim_ratio_64k,
	  CLAIM_AT_LEAST, 1, 0 },
	{ "20 kmalloc faster, 1 MiB", "vmalloc against kmalloc", "", claim_ratio_1m,
	  CLAIM_AT_LEAST, 1, 0 },
	{ "20 no crossover", "sizes where vmalloc is cheaper", "", claim_crossover,
	  CLAIM_IS, 0, 0 },
	{ "21 both are based on slab", "vmalloc frames in slabs", "",
	  claim_vmalloc_in_slab, CLAIM_AT_LEAST, 0.01, 0 },
	{ "22 every kmalloc has an event", "events of a request", "", claim_trace_events,
	  CLAIM_AT_LEAST, 1, 0 },
	{ "23 pages directly", "frames lost by a pair", "pages", claim_pages_lost,
	  CLAIM_IS, 0, 0 },
	{ "24 device memory by remapping", "registers that read back", "", claim_device,
	  CLAIM_IS, 4096, 0 },
	{ "25 DMA buffers up to 32 pages", "largest", "pages", claim_dma_largest,
	  CLAIM_IS, 32, 0 },
	{ "26 SLOB in the slab's place", "requests served right, against the slab", "",
	  claim_slob, CLAIM_IS, 1, 0 },
	{ NULL, NULL, NULL, NULL, CLAIM_IS, 0, 0 },
};

/* ------------------------------------------------------------------ verdicts */

static int met(const struct claim *c, double v)
{
	switch (c->op) {
	case CLAIM_IS:
		return v == c->lo;
	case CLAIM_AT_LEAST:
		return v >= c->lo;
	case CLAIM_AT_MOST:
		return v <= c->lo;
	default:
		return v >= c->lo && v <= c->hi;
	}
}

char *gb_claim_predicate(const struct claim *c, char *buf, size_t n)
{
	static const char *const op[] = { "==", ">=", "<=" };

	if (c->op == CLAIM_BETWEEN)
		snprintf(buf, n, "value >= %g and value <= %g", c->lo, c->hi);
	else
		snprintf(buf, n, "value %s %g", op[c->op], c->lo);
	return buf;
}

const char *gb_claim_verdict(const struct claim *c, double now, double then)
{
	if (!isnan(now) && met(c, now))
		return "holds";
	if (!isnan(then) && met(c, then))
		return "held then (3.4)";
	return isnan(now) ? "not observable" : "false";
}

/* ------------------------------------------------------------------ two machines */

int claims_without;

enum fault { NO_FAULT, BROKEN, WITHOUT };
enum profile { P618, P601, P304 };
static const char *const profile_name[] = { "6.18", "6.1", "3.4" };

struct options {
	uint64_t profile, fault;
};

static const struct gb_option options[] = {
	{ "profile", GB_OPTION_CHOICE, offsetof(struct options, profile), "6.18", 0, 0,
	  "6.18|6.1|3.4", "kernel whose behaviour is today's" },
	{ "fault", GB_OPTION_CHOICE, offsetof(struct options, fault), "0", 0, 0, "0|1|2",
	  "1: every allocation fails, no claim about served memory may then hold; 2: the "
	  "flag, context or zone that a claim is about is taken away" },
	{ NULL },
};

static void break_everything(void)
{
	static const char *const names[] = { "failslab", "fail_page_alloc" };
	char file[64];

	for (int i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "%s/ignore-gfp-wait", names[i]);
		fault_inject_set(file, 0);
		snprintf(file, sizeof(file), "%s/times", names[i]);
		fault_inject_set(file, -1);
		snprintf(file, sizeof(file), "%s/probability", names[i]);
		fault_inject_set(file, 100);
	}
	fault_inject_set("failslab/cache-filter", 0);
	fault_inject_set("fail_page_alloc/min-order", 0);
	fault_inject_set("fail_page_alloc/ignore-gfp-highmem", 0);
}

static int with_machine(const struct gb_run *r, const char *profile, double *value,
			struct gb_error *e)
{
	const struct options *o = r->options;
	struct kernel_config c = {
		.ram_bytes = 64 << 20,
		.highmem_bytes = o->fault == WITHOUT ? 0 : 16 << 20,
		.nr_cpus = r->nr_threads,
		.profile = profile,
		.stall_timeout_ms = 200,
		.quiet = 1,
	};

	if (r->heap->kernel->reboot(&c, e))
		return -(int)e->code;
	if (kernel_cpu_online(0))
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "CPU 0 does not come up");
	claims_without = o->fault == WITHOUT;
	if (o->fault == BROKEN)
		break_everything();
	for (size_t i = 0; gb_claims[i].name; i++)
		value[i] = gb_claims[i].experiment();
	kernel_cpu_offline();
	return 0;
}

#define NR_CLAIMS (GB_ARRAY_SIZE(gb_claims) - 1)

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	double now[NR_CLAIMS], then[NR_CLAIMS];
	char predicate[64];

	if (with_machine(r, "3.4", then, e) ||
	    with_machine(r, profile_name[o->profile], now, e) ||
	    r->heap->kernel->reboot(NULL, e))
		return -(int)e->code;
	for (size_t i = 0; i < NR_CLAIMS; i++) {
		const struct claim *c = &gb_claims[i];

		gb_claim_row(r, c->name, c->measure, c->unit, now[i],
			     gb_claim_predicate(c, predicate, sizeof(predicate)),
			     gb_claim_verdict(c, now[i], then[i]));
	}
	return 0;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	(void)e;
	r->peak_live_bytes = r->nr_threads * 64;
	return 0;
}

/* The sample's own stream: a pair, so that its row says that the machine is well after all
 * that. */
GB_INLINE uint64_t claims_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	uint64_t done = 0;

	do {
		void *p = gb_alloc(t, GB_PROCESS, full, 64, GFP_KERNEL);

		if (p) {
			gb_fill(p, 64);
			gb_check(t, GB_PROCESS, p, 64);
			gb_free(t, GB_PROCESS, full, p, 64);
		}
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(claims)

const struct gb_workload gb_workload_claims = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "claims",
	.summary =
		"26 sentences about kmalloc and vmalloc, tried out, each with a verdict",
	.imitates = "a reader who does not believe what articles say about the kernel",
	.strains =
		"nothing: experiments on the emulated kernel, old and new; see claims.csv",
	.good_score =
		"the verdicts of docs/CLAIMS.md: a change of one is a change of behaviour",
	.paper = "",
	.needs = GB_CAP_KERNEL | GB_CAP_GFP,
	.options = options,
	.options_size = sizeof(struct options),
	.warmup_ops = 1024,
	.plan = plan,
	.setup = setup,
	.run = claims_run,
	.run_full = claims_run_full,
};
