/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Memory goes back to the system: after a free-all, and all of it after malloc_trim. */
#include "malloc_test.h"

#include <string.h>
#include <unistd.h>

#define MIB   ((size_t)1 << 20)
#define TOTAL (200 * MIB)
#define KEPT  (56 * MIB) /* documented: 32 MiB of runs, 8 MiB in depots, and tables */
#define TABLES \
	(12 * MIB) /* descriptors that were touched, slabs that hold a few blocks */

static void fill_and_free(size_t size, int backwards)
{
	size_t n = TOTAL / size;
	char **p = malloc(n * sizeof(*p));

	for (size_t i = 0; i < n; i++) {
		p[i] = malloc(size);
		memset(p[i], 1, size);
	}
	for (size_t i = 0; i < n; i++)
		free(p[backwards ? n - 1 - i : i]);
	free(p);
}

static void goes_back(size_t size, int backwards)
{
	size_t before, after, trimmed;

	malloc_trim(0);
	before = test_rss();
	fill_and_free(size, backwards);
	after = test_rss();
	malloc_trim(0);
	trimmed = test_rss();
	test_ok(after < before + KEPT,
		"blocks of %zu bytes, %s: free-all leaves %zu of %zu MiB", size,
		backwards ? "last first" : "first first",
		after > before ? (after - before) / MIB : 0, TOTAL / MIB);
	test_ok(trimmed<before + TABLES,
			"blocks of %zu bytes: malloc_trim leaves %zu MiB", size, trimmed>
				before ?
			(trimmed - before) / MIB :
			0);
}

/* What was kept goes after a while, when the program does anything at all. */
static void goes_later(void)
{
	size_t before, after;

	malloc_trim(0);
	before = test_rss();
	fill_and_free(3000, 0);
	for (int i = 0; i < 4; i++) {
		usleep(270000);
		free(malloc(100000));
	}
	after = test_rss();
	test_ok(after<before + TABLES, "a second later %zu MiB are left", after> before ?
			(after - before) / MIB :
			0);
}

void test_memory(void)
{
	static const size_t sizes[] = { 64, 1000, 20000, 100000, 3000000, 50000000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		goes_back(sizes[i], (int)i % 2);
	goes_later();
}
