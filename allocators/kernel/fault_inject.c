/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Fault injection as the kernel's (lib/fault-inject.c; kernel-model section 7): failslab
 * and fail_page_alloc, configured by the names of their debugfs files.
 *
 * The hot paths test one flag; everything else happens only while something is configured.
 * Counters are atomic: calls come from every CPU and context.
 */
#include "kernel/slab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct fault_attr {
	const char *name;
	long probability, interval, times, space, verbose, task_filter;
	long ignore_gfp_wait;
	long cache_filter;       /* failslab */
	long ignore_gfp_highmem; /* fail_page_alloc */
	long min_order;          /* fail_page_alloc */
	unsigned long count;     /* atomic: calls that reached the interval */
	unsigned long failed;    /* atomic */
	uint64_t random;         /* atomic: a counter that is hashed */
};

enum { FAILSLAB, FAIL_PAGE_ALLOC, NR_ATTRS };

static const struct fault_attr defaults[NR_ATTRS] = {
	[FAILSLAB] = { .name = "failslab",
		       .interval = 1,
		       .times = 1,
		       .verbose = 2,
		       .ignore_gfp_wait = 1 },
	[FAIL_PAGE_ALLOC] = { .name = "fail_page_alloc",
			      .interval = 1,
			      .times = 1,
			      .verbose = 2,
			      .ignore_gfp_wait = 1,
			      .ignore_gfp_highmem = 1,
			      .min_order = 1 },
};
static struct fault_attr attrs[NR_ATTRS];
int fault_inject_on;

static __thread struct {
	unsigned int fail_nth;
	int counted; /* in nth_users */
	int make_it_fail;
} task __attribute__((tls_model("initial-exec")));
static unsigned int nth_users; /* atomic: tasks that set fail_nth and did not turn it off */

/* ------------------------------------------------------------------ configuration */

static const struct {
	const char *name;
	size_t offset;
	int attr; /* -1: both */
} files[] = {
	{ "probability", offsetof(struct fault_attr, probability), -1 },
	{ "interval", offsetof(struct fault_attr, interval), -1 },
	{ "times", offsetof(struct fault_attr, times), -1 },
	{ "space", offsetof(struct fault_attr, space), -1 },
	{ "verbose", offsetof(struct fault_attr, verbose), -1 },
	{ "task-filter", offsetof(struct fault_attr, task_filter), -1 },
	{ "ignore-gfp-wait", offsetof(struct fault_attr, ignore_gfp_wait), -1 },
	{ "cache-filter", offsetof(struct fault_attr, cache_filter), FAILSLAB },
	{ "ignore-gfp-highmem", offsetof(struct fault_attr, ignore_gfp_highmem),
	  FAIL_PAGE_ALLOC },
	{ "min-order", offsetof(struct fault_attr, min_order), FAIL_PAGE_ALLOC },
};

static struct fault_attr *attr_named(const char *name, size_t len)
{
	for (int i = 0; i < NR_ATTRS; i++)
		if (strlen(defaults[i].name) == len &&
		    !memcmp(defaults[i].name, name, len))
			return &attrs[i];
	return NULL;
}

static long *field(const char *file)
{
	const char *slash = strchr(file, '/');
	struct fault_attr *a = slash ? attr_named(file, (size_t)(slash - file)) : NULL;

	for (size_t i = 0; a && i < GB_ARRAY_SIZE(files); i++)
		if (!strcmp(files[i].name, slash + 1) &&
		    (files[i].attr < 0 || &attrs[files[i].attr] == a))
			return (long *)(void *)((char *)a + files[i].offset);
	return NULL;
}

static void update_switch(void)
{
	gb_store_release(&fault_inject_on, attrs[FAILSLAB].probability ||
						   attrs[FAIL_PAGE_ALLOC].probability ||
						   gb_load_relaxed(&nth_users));
	slab_bypass_update();
}

int fault_inject_set(const char *file, long value)
{
	long *f = field(file);

	if (!f)
		return -ENOENT;
	if (value < (strstr(file, "/times") ? -1 : 0) ||
	    (strstr(file, "/probability") && value > 100))
		return -EINVAL;
	gb_store_relaxed(f, value);
	update_switch();
	return 0;
}

int fault_inject_get(const char *file, long *value)
{
	const long *f = field(file);

	if (!f)
		return -ENOENT;
	*value = gb_load_relaxed(f);
	return 0;
}

int fault_inject_setup(const char *name, const char *text)
{
	struct fault_attr *a = attr_named(name, strlen(name));
	long interval, probability, space, times;
	char rest;

	if (!a)
		return -ENOENT;
	if (sscanf(text, "%ld,%ld,%ld,%ld%c", &interval, &probability, &space, &times,
		   &rest) != 4 ||
	    probability < 0 || probability > 100 || space < 0 || times < -1)
		return -EINVAL;
	a->interval = interval;
	a->space = space;
	a->times = times;
	a->probability = probability;
	update_switch();
	return 0;
}

unsigned long fault_inject_count(const char *name)
{
	const struct fault_attr *a = attr_named(name, strlen(name));

	return a ? gb_load_relaxed(&a->failed) : 0;
}

void set_fail_nth(unsigned int n)
{
	int count = n != 0;

	task.fail_nth = n;
	gb_add_relaxed(&nth_users, (unsigned int)(count - task.counted));
	task.counted = count;
	update_switch();
}

void set_make_it_fail(bool on)
{
	task.make_it_fail = on;
}

void fault_inject_reset(void)
{
	memcpy(attrs, defaults, sizeof(attrs));
	for (int i = 0; i < NR_ATTRS; i++)
		attrs[i].cache_filter = 0;
	nth_users = 0;
	fault_inject_on = 0;
	task.fail_nth = 0;
	task.counted = 0;
	task.make_it_fail = 0;
}

/* ------------------------------------------------------------------ the decision */

static uint64_t hash_next(uint64_t *counter)
{
	uint64_t x = gb_add_relaxed(counter, UINT64_C(0x9e3779b97f4a7c15));

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Uses up one of the remaining failures. */
static int take_one(struct fault_attr *a)
{
	long left = gb_load_relaxed(&a->times);

	while (left > 0)
		if (gb_cas_relaxed(&a->times, &left, left - 1))
			return 1;
	return left == -1;
}

/* While there is space left, requests pass and use it up. */
static int within_space(struct fault_attr *a, long size)
{
	long left = gb_load_relaxed(&a->space);

	while (left > size)
		if (gb_cas_relaxed(&a->space, &left, left - size))
			return 1;
	return 0;
}

static void announce(struct fault_attr *a, gfp_t gfp)
{
	gb_add_relaxed(&a->failed, 1);
	if ((gfp & __GFP_NOWARN) && mm.profile->version > 304)
		return;
	if (gb_load_relaxed(&a->verbose) > 0)
		kernel_warn("fault-injection",
			    "FAULT_INJECTION: forcing a failure. name %s, interval %ld, "
			    "probability %ld, space %ld, times %ld",
			    a->name, a->interval, a->probability,
			    gb_load_relaxed(&a->space), gb_load_relaxed(&a->times));
}

/* 1: fails, 0: does not, -1: not set.  Counts down, fires exactly at 0. */
static int fail_nth(void)
{
	if (!in_task() || !task.fail_nth)
		return -1;
	return --task.fail_nth == 0;
}

/* kernel: lib/fault-inject.c, should_fail_ex */
static int should_fail(struct fault_attr *a, long size, gfp_t gfp)
{
	long interval;
	int nth = fail_nth();

	if (nth >= 0) {
		if (nth)
			announce(a, gfp);
		return nth;
	}
	if (!a->probability)
		return 0;
	if (a->task_filter && (!in_task() || !task.make_it_fail))
		return 0;
	if (!gb_load_relaxed(&a->times) || within_space(a, size))
		return 0;
	interval = a->interval;
	if (interval > 1 && gb_add_relaxed(&a->count, 1) % (unsigned long)interval)
		return 0;
	if (a->probability < 100 && (long)(hash_next(&a->random) % 100) >= a->probability)
		return 0;
	if (!take_one(a))
		return 0;
	announce(a, gfp);
	return 1;
}

/* kernel: mm/fail_page_alloc.c.  Only while fault_inject_on. */
int should_fail_alloc_page(gfp_t gfp, unsigned int order)
{
	struct fault_attr *a = &attrs[FAIL_PAGE_ALLOC];

	if ((long)order < a->min_order || (gfp & __GFP_NOFAIL))
		return 0;
	if (a->ignore_gfp_highmem && (gfp & __GFP_HIGHMEM))
		return 0;
	if (a->ignore_gfp_wait && (gfp & __GFP_DIRECT_RECLAIM))
		return 0;
	return should_fail(a, 1L << order, gfp);
}

/* kernel: mm/failslab.c.  Only while fault_inject_on. */
int should_failslab(size_t object_size, gfp_t gfp, int cache_marked)
{
	struct fault_attr *a = &attrs[FAILSLAB];

	if (gfp & __GFP_NOFAIL)
		return 0;
	if (a->ignore_gfp_wait && (gfp & __GFP_DIRECT_RECLAIM))
		return 0;
	if (a->cache_filter && !cache_marked)
		return 0;
	return should_fail(a, (long)object_size, gfp);
}
