/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "hold.h"

#include <setjmp.h>
#include <signal.h>

struct page *held[MAX_HELD];
unsigned long nr_held;

unsigned long hold_some(gfp_t gfp, unsigned long n)
{
	unsigned long got = 0;

	while (got < n && nr_held < MAX_HELD) {
		struct page *page = alloc_page(gfp | __GFP_NOWARN);

		if (!page)
			break;
		held[nr_held++] = page;
		got++;
	}
	return got;
}

unsigned long hold_all(gfp_t gfp)
{
	return hold_some(gfp, MAX_HELD);
}

void hold_but(unsigned long left)
{
	while (nr_free_pages() > left && hold_some(__GFP_HIGH | __GFP_MEMALLOC, 1))
		;
}

void let_go_some(unsigned long n)
{
	while (n-- && nr_held)
		__free_page(held[--nr_held]);
}

void let_go(void)
{
	let_go_some(nr_held);
}

struct zone_info zone_of(const char *name)
{
	struct zone_info info;

	zone_info(name, &info);
	return info;
}

void without_lists(void (*fn)(void *arg), void *arg)
{
	drain_all_pages();
	statement_join(statement_start(-1, fn, arg));
}

/* ------------------------------------------------------------------ faults */

static sigjmp_buf on_fault;

static void fault(int sig)
{
	siglongjmp(on_fault, sig);
}

/* Looking at memory that another thread unmaps is the point: no race to be told of. */
__attribute__((no_sanitize("thread"))) int faults(const volatile char *p)
{
	struct sigaction sa = { .sa_handler = fault }, old;
	int hit;

	sigaction(SIGSEGV, &sa, &old);
	hit = sigsetjmp(on_fault, 1);
	if (!hit)
		(void)*p;
	sigaction(SIGSEGV, &old, NULL);
	return hit == SIGSEGV;
}
