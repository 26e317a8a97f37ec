/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Runs every test of a malloc family.  GB_TEST_MALLOC=glibc: only what glibc promises. */
#include "malloc_test.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int count, failures;
int test_ours = 1;

int test_ok(int good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	failures += !good;
	return good;
}

double test_seconds(void)
{
	const char *text = getenv("GB_TEST_SECONDS");

	return text ? strtod(text, NULL) : 2;
}

size_t test_rss(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (!f || fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

__attribute__((noinline)) size_t opaque(size_t n)
{
	__asm__ volatile("" : "+r"(n));
	return n;
}

int main(void)
{
	const char *which = getenv("GB_TEST_MALLOC");

	test_ours = !which || strcmp(which, "glibc") != 0;
	test_table();
	test_sizes();
	if (test_ours) {
		test_deaths();
		test_memory();
	}
	test_threads();
	test_fork();
	test_stress();
	printf("1..%d\n", count);
	return failures != 0;
}
