/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The budget over a malloc: exact accounting, failure of those who may not sleep, sleep of
 * those who may, in the order of their coming, and an end to every wait.
 */
#include "tests/tap.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/rng.h"
#include "backend.h"
#include "machine/event.h"
#include "machine/irq.h"

#include "tests/unit/still_clock.h"

#define MS UINT64_C(1000000)

static void *plain_alloc(size_t size, gfp_t gfp)
{
	(void)gfp;
	return malloc(size);
}

static void *plain_realloc(void *p, size_t size, gfp_t gfp)
{
	(void)gfp;
	return realloc(p, size);
}

static void *plain_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	void *p;

	(void)gfp;
	return posix_memalign(&p, alignment, size) ? NULL : p;
}

static size_t plain_usable(const void *p)
{
	return malloc_usable_size((void *)(uintptr_t)p);
}

static struct gb_heap heap;

static void start(uint64_t limit, unsigned int cpus)
{
	struct gb_error e = GB_ERROR_INIT;

	heap = (struct gb_heap){ plain_alloc,   free,         plain_aligned,
				 plain_realloc, plain_usable, NULL };
	CHECK(!gb_budget_heap(&heap, limit, cpus, &e));
}

static struct gb_budget_stats stats(void)
{
	struct gb_budget_stats s;

	gb_budget_stats(&s);
	return s;
}

static void accounting(void)
{
	void *p, *q;

	start(100000, 1);
	p = heap.alloc(1000, GFP_KERNEL);
	tap_eq_u64(stats().used_bytes, plain_usable(p),
		   "a block is charged at its usable size");
	p = heap.realloc(p, 5000, GFP_KERNEL);
	tap_eq_u64(stats().used_bytes, plain_usable(p),
		   "and after realloc at the new one");
	q = heap.aligned(256, 100, GFP_KERNEL);
	tap_eq_u64(stats().used_bytes, plain_usable(p) + plain_usable(q), "aligned too");
	CHECK((uintptr_t)q % 256 == 0 && heap.usable(q) == plain_usable(q));
	heap.free(p);
	heap.free(q);
	heap.free(NULL);
	tap_eq_u64(stats().used_bytes, 0, "nothing is left after free");
	CHECK(stats().peak_bytes >= 5000 && stats().limit_bytes == 100000);
	CHECK(stats().sleeps == 0 && stats().oom == 0);
}

static void refusals(void)
{
	void *p;
	uint64_t used;

	start(10000, 1);
	p = heap.alloc(9000, GFP_KERNEL);
	used = stats().used_bytes;
	CHECK(p && !heap.alloc(2000, GFP_ATOMIC) && !heap.alloc(2000, GFP_NOWAIT));
	tap_eq_u64(stats().atomic_failures, 2, "atomic failures are counted");
	tap_ok(!heap.alloc(2000, GFP_KERNEL | __GFP_NORETRY), "NORETRY does not wait");
	tap_ok(!heap.alloc(20000, GFP_KERNEL), "more than the limit fails at once");
	CHECK(stats().sleeps == 0);
	tap_ok(!heap.realloc(p, 50000, GFP_ATOMIC), "a realloc that fails...");
	tap_eq_u64(stats().used_bytes, used,
		   "...and all others leave the account as it was");
	heap.free(p);
}

/* One CPU that waits is all CPUs: no patience is needed to know that. */
static void alone(void)
{
	void *p, *q;

	start(10000, 1);
	stop_clock();
	p = heap.alloc(9000, GFP_KERNEL);
	tap_ok(!heap.alloc(2000, GFP_KERNEL),
	       "when every CPU waits the oldest gets NULL");
	start_clock();
	CHECK(stats().oom == 1 && stats().sleeps == 1 && stats().sleep_ns == 0);
	q = heap.alloc(2000, GFP_KERNEL | __GFP_NOFAIL);
	tap_ok(q && stats().used_bytes > 10000, "NOFAIL is served beyond the limit");
	heap.free(p);
	heap.free(q);
	tap_eq_u64(stats().used_bytes, 0, "and given back");
}

static void in_irq(void *arg)
{
	void **p = arg;

	*p = heap.alloc(2000, GFP_KERNEL);
}

static void atomic_context(void)
{
	void *p, *q = &q;
	uint64_t posted = gb_event_count("sleep-in-atomic");

	start(10000, 2);
	p = heap.alloc(9000, GFP_KERNEL);
	gb_run_as_hardirq(in_irq, &q);
	tap_ok(!q && !stats().sleeps, "a sleeping flag in an interrupt does not sleep");
	tap_ok(gb_event_count("sleep-in-atomic") == posted + 1, "and is reported");
	heap.free(p);
}

/* --- with a second CPU ------------------------------------------------------------- */

struct sleeper {
	size_t size;
	unsigned int cpu;
	void *got;
	uint32_t done; /* atomic */
};

static void *sleep_for(void *arg)
{
	struct sleeper *s = arg;
	struct gb_error e = GB_ERROR_INIT;

	if (gb_cpu_online(s->cpu, &e))
		abort();
	s->got = heap.alloc(s->size, GFP_KERNEL);
	gb_store_release(&s->done, 1);
	gb_cpu_offline();
	return NULL;
}

/* Until @n requests have gone to sleep; however busy the machine is. */
static int asleep(uint64_t n)
{
	for (int i = 0; stats().sleeps < n && i < 1000000; i++)
		usleep(50);
	return stats().sleeps == n;
}

static void free_arg(void *p)
{
	heap.free(p);
}

/* Freed in process context, or in an interrupt, which must not make the system call. */
static void woken(int by_interrupt)
{
	const char *who = by_interrupt ? "an interrupt" : "another CPU";
	struct sleeper s = { .size = 2000, .cpu = 1 };
	pthread_t thread;
	void *p;

	start(10000, 3);
	p = heap.alloc(9000, GFP_KERNEL);
	stop_clock();
	pthread_create(&thread, NULL, sleep_for, &s);
	tap_ok(asleep(1) && !gb_load_acquire(&s.done), "it sleeps while there is no room");
	advance_clock(MS);
	if (by_interrupt)
		gb_run_as_hardirq(free_arg, p);
	else
		heap.free(p);
	pthread_join(thread, NULL);
	start_clock();
	tap_ok(s.got != NULL, "and wakes when %s frees", who);
	CHECK(stats().sleeps == 1 && stats().sleep_ns == MS && stats().oom == 0);
	heap.free(s.got);
}

/* The others are not in the allocator at all: patience ends. */
static void patience(void)
{
	struct sleeper s = { .size = 2000, .cpu = 1 };
	pthread_t thread;
	void *p;

	start(10000, 3);
	p = heap.alloc(9000, GFP_KERNEL);
	stop_clock();
	pthread_create(&thread, NULL, sleep_for, &s);
	CHECK(asleep(1));
	advance_clock(99 * MS);
	usleep(5000); /* a few of its naps */
	tap_ok(!gb_load_acquire(&s.done), "after 99 ms it still waits");
	advance_clock(2 * MS);
	pthread_join(thread, NULL);
	start_clock();
	tap_ok(!s.got, "no wait is endless: NULL after 101 ms");
	CHECK(stats().oom == 1);
	heap.free(p);
}

/* The first in line wants much, the second little: the second does not overtake. */
static void in_order(void)
{
	struct sleeper big = { .size = 8000, .cpu = 1 },
		       small = { .size = 500, .cpu = 2 };
	pthread_t a, b;
	void *p, *q;

	start(10000, 4);
	p = heap.alloc(4000, GFP_KERNEL);
	q = heap.alloc(4000, GFP_KERNEL);
	stop_clock();
	pthread_create(&a, NULL, sleep_for, &big);
	CHECK(asleep(1));
	pthread_create(&b, NULL, sleep_for, &small);
	CHECK(asleep(2));
	tap_ok(!gb_load_acquire(&small.done), "who comes later waits, though there is room for it");
	heap.free(p);
	heap.free(q);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	start_clock();
	tap_ok(big.got && small.got, "then both are served");
	heap.free(big.got);
	heap.free(small.got);
}

/* --- many at once --------------------------------------------------------------------- */

struct churner {
	unsigned int cpu;
	uint64_t served, refused;
};

static void ignore_irq(const struct gb_irq *irq, void *arg)
{
	void *p;

	(void)irq;
	(void)arg;
	p = heap.alloc(500, GFP_ATOMIC); /* malloc is not re-entrant: see churn() */
	if (p)
		heap.free(p);
}

static void *churn(void *arg)
{
	struct churner *c = arg;
	struct gb_error e = GB_ERROR_INIT;
	struct gb_timer_config timer = { .rate_hz = 1000, .handler = ignore_irq };
	struct gb_rng rng = gb_rng_seed(1, c->cpu);
	void *slot[8] = { NULL };

	free(malloc(1));
	if (gb_cpu_online(c->cpu, &e) || gb_timer_start(&timer, &e))
		abort();
	for (int i = 0; i < 3000; i++) {
		void **s = &slot[gb_rng_below(&rng, 8)];

		heap.free(*s);
		*s = heap.alloc(gb_rng_between(&rng, 100, 4000), GFP_KERNEL);
		*(*s ? &c->served : &c->refused) += 1;
	}
	for (int i = 0; i < 8; i++)
		heap.free(slot[i]);
	gb_timer_stop();
	gb_cpu_offline();
	return NULL;
}

/* Three CPUs with timers fight for half of what they want. */
static void fight(void)
{
	struct churner c[3] = { { .cpu = 0 }, { .cpu = 1 }, { .cpu = 2 } };
	struct gb_error e = GB_ERROR_INIT;
	struct gb_budget_stats s;
	pthread_t thread[3];
	uint64_t served = 0;

	start(24000, 3);
	gb_guard_heap(&heap);
	gb_cpu_offline(); /* this thread was CPU 0 */
	for (int i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, churn, &c[i]);
	for (int i = 0; i < 3; i++) {
		pthread_join(thread[i], NULL);
		served += c[i].served;
	}
	CHECK(!gb_cpu_online(0, &e));
	s = stats();
	tap_diag("served %lu, sleeps %lu, oom %lu, atomic failures %lu, peak %lu",
		 (unsigned long)served, (unsigned long)s.sleeps, (unsigned long)s.oom,
		 (unsigned long)s.atomic_failures, (unsigned long)s.peak_bytes);
	tap_eq_u64(s.used_bytes, 0, "after a fight of three CPUs the account is even");
	tap_ok(served > 3000 && s.sleeps > 0, "they were served, and slept");
	tap_ok(s.peak_bytes <= s.limit_bytes + 4096, "the limit held, but for rounding");
}

static void needs_usable(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_heap h = { plain_alloc, free, NULL, NULL, NULL, NULL };

	tap_ok(gb_budget_heap(&h, 1000, 1, &e) == -GB_EXIT_HARNESS && e.hint[0],
	       "refused over a heap without usable: %s", e.what);
	CHECK(h.alloc == plain_alloc);
}

static struct gb_event_ring ring;

int main(void)
{
	struct gb_error e = GB_ERROR_INIT;

	gb_clock_init();
	gb_event_sink(&ring, 0);
	needs_usable();
	if (gb_machine_init(4, &e) || gb_cpu_online(0, &e)) {
		tap_ok(0, "machine: %s", e.what);
		return tap_done();
	}
	accounting();
	refusals();
	alone();
	atomic_context();
	woken(0);
	woken(1);
	patience();
	in_order();
	fight();
	gb_cpu_offline();
	gb_machine_exit();
	return tap_done();
}
