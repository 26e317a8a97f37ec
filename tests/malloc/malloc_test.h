/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Tests of a malloc family.  Built twice: with gfp_ before the names and libgfpmalloc's
 * static twin linked in (tests/unit/test_gfpmalloc), and plain (tests/malloc/plain), which
 * tests/cli/test_gfpmalloc.sh runs under LD_PRELOAD, and without it as a control: what the
 * table says must hold for glibc, too.
 *
 * Layer: tests.
 */
#ifndef GB_TESTS_MALLOC_TEST_H
#define GB_TESTS_MALLOC_TEST_H

#include <stddef.h>

#include "malloc/gfpmalloc.h"

/* Results with their own counter, so that files can share one plan. */
int test_ok(int good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define TEST(c) test_ok(!!(c), "%s:%d %s", __FILE__, __LINE__, #c)

/* What only libgfpmalloc promises is tested only there. */
extern int test_ours;
/* Duration of each test with threads. */
double test_seconds(void);
/* Resident memory of this process, bytes. */
size_t test_rss(void);
/* The compiler must not know the value. */
size_t opaque(size_t n);

void test_table(void);
void test_sizes(void);
void test_deaths(void);
void test_memory(void);
void test_threads(void);
void test_fork(void);
void test_stress(void);

#endif
