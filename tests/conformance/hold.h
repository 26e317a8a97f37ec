/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * For statements about pressure: take pages until a mask fails, hold them, let go.
 * One holder at a time.
 */
#ifndef GB_TESTS_HOLD_H
#define GB_TESTS_HOLD_H

#include "statements.h"

#define MAX_HELD 65536
extern struct page *held[MAX_HELD];
extern unsigned long nr_held;

/* Take order-0 pages (NOWARN) until @gfp fails; returns how many more are held. */
unsigned long hold_all(gfp_t gfp);
/* Take at most @n. */
unsigned long hold_some(gfp_t gfp, unsigned long n);
/* Take from the reserves until @left frames are free, which lie below the watermarks then.
 * kswapd, which would empty arrays by itself, is not woken. */
void hold_but(unsigned long left);
void let_go_some(unsigned long n);
void let_go(void);
struct zone_info zone_of(const char *name);
/* Run @fn on a thread that is no CPU: no per-CPU list blurs the figures. */
void without_lists(void (*fn)(void *arg), void *arg);

/* Sleepable, fails early. */
#define GFP_GREEDY (GFP_KERNEL | __GFP_NORETRY)

/* Does a read of @p fault? */
int faults(const volatile char *p);

#endif
