/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The GFP rules as check judges them from the zones' figures alone: what breaks a rule is a
 * fault, and what others may have done in the meantime is none.
 */
#include "tests/tap.h"

#include <unistd.h>

#include "check_account.h"
#include "kernel/mm.h"

#include "tests/unit/outcome.h"

/* 3/8 of the minimum watermark is 300 pages. */
#define MIN  800u
#define HIGH 1200u
#define FLOOR 300u

static uint64_t free_now, reclaims;

static void pressure(struct gb_backend_pressure *p)
{
	*p = (struct gb_backend_pressure){ .direct_reclaims = reclaims, .nr_zones = 1 };
	p->zone[0] = (struct gb_backend_zone){
		.name = "Normal", .free_pages = free_now, .min_pages = MIN, .high_pages = HIGH,
	};
}

/* One request, of CPU @cpu in @context, that found @free pages when it came back. */
static void request(int cpu, enum gb_context context, size_t size, gfp_t gfp, int served,
		    uint64_t free)
{
	/* a number at which served ones are looked at */
	const struct gb_check_op now = { .number = 16, .cpu = (int16_t)cpu,
					 .context = (uint8_t)context };

	gb_account_note(&now, size, gfp);
	free_now = free;
	gb_account_gfp(pressure, &now, served ? &now : NULL, size, gfp, 1);
}

static void ask(enum gb_context context, int served, uint64_t free)
{
	request(0, context, 64, context == GB_PROCESS ? GFP_KERNEL : GFP_ATOMIC, served, free);
}

static void failed_early(void)
{
	ask(GB_PROCESS, 1, HIGH + 1000);
	ask(GB_PROCESS, 0, HIGH + 1000);
}

/* It found none, reclaimed in vain, and then somebody freed a lot. */
static void failed_then_freed(void)
{
	ask(GB_PROCESS, 1, HIGH + 1000);
	reclaims++;
	ask(GB_PROCESS, 0, HIGH + 1000);
}

static void failed_after_reclaim(void)
{
	failed_then_freed();
	ask(GB_PROCESS, 0, HIGH + 1000);
}

static void failed_for_lack(void)
{
	ask(GB_PROCESS, 1, HIGH + 1000);
	ask(GB_PROCESS, 0, HIGH);
}

static void atomic_failed(void)
{
	ask(GB_HARDIRQ, 1, HIGH + 1000);
	ask(GB_HARDIRQ, 0, HIGH + 1000);
}

static void below_floor(void)
{
	ask(GB_PROCESS, 1, FLOOR - 65);
}

static void one_refill_below(void)
{
	ask(GB_PROCESS, 1, FLOOR - 64);
}

/* Three had looked at the watermark before any of them took its refill. */
static void three_at_once(void)
{
	ask(GB_PROCESS, 1, HIGH);
	ask(GB_SOFTIRQ, 1, HIGH);
	ask(GB_HARDIRQ, 1, FLOOR - 3 * 64);
}

static void three_and_more(void)
{
	three_at_once();
	ask(GB_HARDIRQ, 1, FLOOR - 3 * 64 - 1);
}

static void large_in_flight(void)
{
	request(0, GB_PROCESS, 512 << 10, GFP_ATOMIC, 1, HIGH);
	request(0, GB_PROCESS, 64, GFP_ATOMIC, 1, FLOOR - 128);
}

/* A task that reclaims has no floor; what it took others see. */
static void after_a_reclaimer(void)
{
	gb_self.task_flags |= PF_MEMALLOC;
	ask(GB_SOFTIRQ, 1, 0);
	gb_self.task_flags &= ~PF_MEMALLOC;
	ask(GB_PROCESS, 1, 0);
}

static void with_memalloc(void)
{
	request(0, GB_PROCESS, 64, GFP_ATOMIC | __GFP_MEMALLOC, 1, 0);
}

static const struct {
	void (*body)(void);
	const char *event, *what;
} cases[] = {
	{ failed_early, "failed-early", "a sleeping request fails with memory free" },
	{ failed_then_freed, "", "one that reclaimed before others freed" },
	{ failed_after_reclaim, "failed-early", "the next one, which did not" },
	{ failed_for_lack, "", "one that fails for lack of memory" },
	{ atomic_failed, "", "one that may fail" },
	{ below_floor, "watermark", "one that leaves less than the floor" },
	{ one_refill_below, "", "a refill's worth less" },
	{ three_at_once, "", "three at once" },
	{ three_and_more, "watermark", "less than three at once can leave" },
	{ large_in_flight, "", "a large block in flight" },
	{ after_a_reclaimer, "", "what a reclaiming task takes" },
	{ with_memalloc, "", "what __GFP_MEMALLOC takes" },
};

static void body(int i)
{
	const struct gb_backend_memory none = GB_BACKEND_MEMORY_UNKNOWN;

	gb_event_sink(ring, 0);
	gb_event_stop_at_fault(1);
	gb_account_start(&none);
	cases[i].body();
}

int main(void)
{
	outcome_open();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got = outcome(body, (int)i);
		size_t n = strlen(cases[i].event);

		tap_ok(!strncmp(got, cases[i].event, n) && (n || !*got), "%s: '%s' %s",
		       cases[i].what, cases[i].event, got);
	}
	return tap_done();
}
