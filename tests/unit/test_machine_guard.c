/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The guard: the C library's malloc, which cannot be re-entered, under the soft disable,
 * from process context and from interrupts at 10 kHz, contents verified, with threads that
 * come online, go offline, use stdio and the loader and exit all the while.  A guard with
 * a hole shows within a few hundred interrupts as a hang, a crash or a wrong byte.
 *
 * GB_TEST_SECONDS makes it the long test.
 */
#include <dlfcn.h>
#include <unistd.h>

#include "base/rng.h"

#include "tests/unit/machine_test.h"

#define LANES 3
#define MIN_DEFERRED 100
#define HELD  64

struct held {
	struct gb_rng rng;
	unsigned int next;
	struct {
		unsigned char *p;
		size_t size;
	} block[HELD];
};

struct lane {
	unsigned int id;
	struct held process, hardirq;
	struct gb_irq_stats stats; /* of threads that have ended */
	uint64_t threads, process_ops, irq_ops, bad;
};

static struct lane lanes[LANES];
static uint32_t stop;
static uint64_t irqs_so_far, deferred_so_far; /* atomic; of threads that have ended */

static void fill(unsigned char *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += 37)
		p[i] = (unsigned char)(((uintptr_t)p >> 4) ^ i ^ size);
	p[size - 1] = (unsigned char)size;
}

static uint64_t check(const unsigned char *p, size_t size)
{
	uint64_t bad = p[size - 1] != (unsigned char)size;
	size_t i;

	for (i = 0; i + 1 < size; i += 37)
		bad += p[i] != (unsigned char)(((uintptr_t)p >> 4) ^ i ^ size);
	return bad;
}

static void *guarded_malloc(size_t size)
{
	unsigned long flags = arch_local_irq_save();
	void *p = malloc(size);

	arch_local_irq_restore(flags);
	return p;
}

static void guarded_free(void *p)
{
	unsigned long flags = arch_local_irq_save();

	free(p);
	arch_local_irq_restore(flags);
}

/* Allocate first, then free: the order that breaks the most. */
static void exchange(struct lane *l, struct held *h)
{
	unsigned int i = h->next++ % HELD;
	size_t size = 1 + gb_rng_below(&h->rng, gb_rng_below(&h->rng, 16) ? 1200 : 40000);
	unsigned char *p = guarded_malloc(size);

	if (!p) {
		l->bad++;
		return;
	}
	fill(p, size);
	if (h->block[i].p) {
		l->bad += check(h->block[i].p, h->block[i].size);
		guarded_free(h->block[i].p);
	}
	h->block[i].p = p;
	h->block[i].size = size;
}

static void on_irq(const struct gb_irq *irq, void *arg)
{
	struct lane *l = arg;
	int i;

	(void)irq;
	for (i = 0; i < 4; i++)
		exchange(l, &l->hardirq);
	l->irq_ops += 4;
}

/* What may allocate inside the C library, with no interrupt armed. */
static void use_library(struct lane *l)
{
	FILE *f = fopen("/dev/null", "w");
	void *lib = dlopen("libz.so.1", RTLD_NOW);

	if (f) {
		fprintf(f, "%d %f %s\n", l->id, 3.14, "text");
		fclose(f);
	}
	if (lib)
		dlclose(lib);
	else
		(void)dlerror();
}

static void add_stats(struct lane *l)
{
	l->stats.irq_count += gb_self.stats.irq_count;
	l->stats.irq_deferred += gb_self.stats.irq_deferred;
	l->stats.irq_lost += gb_self.stats.irq_lost;
	if (gb_self.stats.irq_off_max_ns > l->stats.irq_off_max_ns)
		l->stats.irq_off_max_ns = gb_self.stats.irq_off_max_ns;
	gb_add_relaxed(&irqs_so_far, gb_self.stats.irq_count);
	gb_add_relaxed(&deferred_so_far, gb_self.stats.irq_deferred);
}

static void one_term_online(struct lane *l)
{
	uint64_t end = gb_monotonic_ns() + 20000000;

	test_online(l->id);
	test_timer(10000, GB_IRQ_POISSON, l->threads, on_irq, l);
	while (gb_monotonic_ns() < end) {
		exchange(l, &l->process);
		l->process_ops++;
	}
	gb_cpu_offline();
	add_stats(l);
}

static void *worker(void *arg)
{
	struct lane *l = arg;
	int term;

	l->threads++;
	for (term = 0; term < 3; term++) {
		use_library(l);
		one_term_online(l);
	}
	return malloc(100); /* freed by the joiner: across threads */
}

/* Starts and ends threads of its lane, one after the other. */
static void *lane_main(void *arg)
{
	pthread_t thread;
	void *p;

	while (!gb_load_relaxed(&stop)) {
		if (pthread_create(&thread, NULL, worker, arg))
			break;
		pthread_join(thread, &p);
		free(p);
	}
	return NULL;
}

static void sum(struct lane *all)
{
	unsigned int i, k;

	for (i = 0; i < LANES; i++) {
		struct lane *l = &lanes[i];

		for (k = 0; k < HELD; k++) {
			if (l->process.block[k].p)
				l->bad += check(l->process.block[k].p, l->process.block[k].size);
			if (l->hardirq.block[k].p)
				l->bad += check(l->hardirq.block[k].p, l->hardirq.block[k].size);
			free(l->process.block[k].p);
			free(l->hardirq.block[k].p);
		}
		all->stats.irq_count += l->stats.irq_count;
		all->stats.irq_deferred += l->stats.irq_deferred;
		all->stats.irq_lost += l->stats.irq_lost;
		if (l->stats.irq_off_max_ns > all->stats.irq_off_max_ns)
			all->stats.irq_off_max_ns = l->stats.irq_off_max_ns;
		all->threads += l->threads;
		all->process_ops += l->process_ops;
		all->irq_ops += l->irq_ops;
		all->bad += l->bad;
	}
}

static int enough(void)
{
	return gb_load_relaxed(&irqs_so_far) >= TEST_MIN_IRQS &&
	       gb_load_relaxed(&deferred_so_far) >= MIN_DEFERRED;
}

int main(void)
{
	double seconds = test_seconds(3);
	uint64_t end = gb_monotonic_ns() + (uint64_t)(seconds * 1e9);
	struct lane all = { .id = 0 };
	pthread_t thread[LANES];
	unsigned int i;

	alarm((unsigned int)seconds + 2 * TEST_PATIENCE_S); /* a hang is a failure */
	test_machine_up(LANES);
	for (i = 0; i < LANES; i++) {
		lanes[i].id = i;
		lanes[i].process.rng = gb_rng_seed(1, i);
		lanes[i].hardirq.rng = gb_rng_seed(2, i);
		pthread_create(&thread[i], NULL, lane_main, &lanes[i]);
	}
	while (test_goes_on(end, enough()))
		usleep(10000);
	gb_store_relaxed(&stop, 1);
	for (i = 0; i < LANES; i++)
		pthread_join(thread[i], NULL);
	sum(&all);
	gb_machine_exit();
	tap_diag("%.0f s: %lu interrupts, %lu of them deferred, %lu expiries lost, "
		 "interrupts off for at most %.1f us",
		 seconds, (unsigned long)all.stats.irq_count,
		 (unsigned long)all.stats.irq_deferred, (unsigned long)all.stats.irq_lost,
		 (double)all.stats.irq_off_max_ns / 1e3);
	tap_diag("%lu threads, %lu exchanges in process context, %lu in interrupts",
		 (unsigned long)all.threads, (unsigned long)all.process_ops,
		 (unsigned long)all.irq_ops);
	test_irqs_ran(all.stats.irq_count);
	tap_ok(all.stats.irq_deferred >= MIN_DEFERRED, "the guard held some of them off");
	tap_eq_u64(all.bad, 0, "no block was overwritten");
	return tap_done();
}
