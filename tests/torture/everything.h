/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * An allocator of libgfpkernel under everything at once: several CPUs on fewer cores, timer
 * interrupts at up to 20 kHz that allocate and free, softirqs, blocks that other CPUs free,
 * sleeping and atomic masks, now and then what the allocator itself finds hard.  Every
 * block is filled when it is allocated and checked when it is freed, so one that has two
 * owners, or was written by the allocator, is found.
 *
 *	PROGRAM [SECONDS [CPUS [HZ]]]      default 2 (or GB_TEST_SECONDS) 4 20000
 *
 * A program is a struct torture and everything_at_once().  What is one CPU's is touched by
 * that CPU alone, in the context that it is for; only the mailbox is shared.
 */
#ifndef GB_TORTURE_EVERYTHING_H
#define GB_TORTURE_EVERYTHING_H

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "kernel/mm.h"
#include "tests/tap.h"

#define MAX_CPUS  16
#define SLOTS     2048
#define IRQ_SLOTS 64
#define MAILBOX   256

struct block {
	void *p;  /* NULL: none */
	size_t n; /* how large; the unit is the allocator's */
};

struct cpu {
	unsigned int id;
	struct gb_rng rng[GB_NR_CONTEXTS];
	struct block slot[SLOTS], irq_slot[IRQ_SLOTS], soft_slot[IRQ_SLOTS];
	uint64_t allocs, failures, corrupt, handed; /* read after it ended */
	uint64_t interrupts;
};

struct torture {
	uint64_t ram_bytes;
	unsigned int slots, irq_slots, mailbox; /* how many of each are used */
	unsigned int per_hardirq, per_softirq;  /* allocations */
	struct block (*get)(struct gb_rng *r, gfp_t gfp); /* a random one, or p NULL */
	void (*put)(struct block b);
	void (*fill)(struct block b);
	int (*good)(struct block b); /* as it was filled? */
	size_t (*size)(void *p);     /* of a filled block */
	void (*sometimes)(struct cpu *c, uint64_t random); /* after each step */
	int (*tolerates)(uint64_t failures, uint64_t allocs);
	const char *sound; /* what a clean run says */
};

static const struct torture *torture;
static struct cpu cpus[MAX_CPUS];
static unsigned int nr_cpus = 4, hz = 20000;
static double seconds = 2;
static int stop;               /* atomic */
static void *mailbox[MAILBOX]; /* atomic: blocks on their way to whoever takes them */

/* ------------------------------------------------------------------ operations */

static void drop(struct cpu *c, struct block *b)
{
	if (!b->p)
		return;
	c->corrupt += !torture->good(*b);
	torture->put(*b);
	b->p = NULL;
}

static void renew(struct cpu *c, struct block *b, struct gb_rng *r, gfp_t gfp)
{
	struct block n = torture->get(r, gfp | __GFP_NOWARN);

	c->allocs++;
	if (n.p)
		torture->fill(n);
	else
		c->failures++;
	drop(c, b);
	*b = n;
}

static void hardirq(const struct gb_irq *irq, void *arg)
{
	struct cpu *c = arg;
	struct gb_rng *r = &c->rng[GB_HARDIRQ];

	(void)irq;
	c->interrupts++;
	for (unsigned int i = 0; i < torture->per_hardirq; i++)
		renew(c, &c->irq_slot[gb_rng_next(r) % torture->irq_slots], r, GFP_ATOMIC);
	if (!(gb_rng_next(r) & 7))
		gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
}

static void softirq(void *unused)
{
	struct cpu *c = &cpus[gb_self.id];
	struct gb_rng *r = &c->rng[GB_SOFTIRQ];

	(void)unused;
	for (unsigned int i = 0; i < torture->per_softirq; i++)
		renew(c, &c->soft_slot[gb_rng_next(r) % torture->irq_slots], r, GFP_NOWAIT);
}

/* A block leaves for another CPU, and one from another CPU is freed here. */
static void hand_over(struct cpu *c, struct block *b, struct gb_rng *r)
{
	struct block got = { .p = NULL };

	if (!b->p)
		return;
	got.p = gb_xchg_acq_rel(&mailbox[gb_rng_next(r) % torture->mailbox], b->p);
	b->p = NULL;
	c->handed++;
	if (!got.p)
		return;
	got.n = torture->size(got.p);
	drop(c, &got);
}

static void step(struct cpu *c, struct gb_rng *r)
{
	uint64_t v = gb_rng_next(r);
	struct block *b = &c->slot[v % torture->slots];

	if (!(v >> 40 & 15))
		hand_over(c, b, r);
	else
		renew(c, b, r, v >> 44 & 1 ? GFP_KERNEL : GFP_ATOMIC);
	torture->sometimes(c, v);
}

/* ------------------------------------------------------------------ a CPU's life */

static void release(struct cpu *c, struct block *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		drop(c, &b[i]);
}

static void *cpu_main(void *arg)
{
	struct cpu *c = arg;
	struct gb_error e = GB_ERROR_INIT;
	struct gb_timer_config timer = {
		.rate_hz = hz, .law = GB_IRQ_POISSON, .seed = c->id + 1,
		.handler = hardirq, .arg = c,
	};

	if (kernel_cpu_online(c->id) || (hz && gb_timer_start(&timer, &e))) {
		c->corrupt = ~0ull;
		return NULL;
	}
	while (!gb_load_relaxed(&stop))
		for (int i = 0; i < 64; i++)
			step(c, &c->rng[GB_PROCESS]);
	if (hz)
		gb_timer_stop();
	release(c, c->slot, SLOTS);
	release(c, c->irq_slot, IRQ_SLOTS);
	release(c, c->soft_slot, IRQ_SLOTS);
	kernel_cpu_offline();
	return NULL;
}

static void run_cpus(void)
{
	pthread_t thread[MAX_CPUS];
	uint64_t end = gb_monotonic_ns() + (uint64_t)(seconds * 1e9);

	for (unsigned int i = 0; i < nr_cpus; i++) {
		cpus[i].id = i;
		for (int c = 0; c < GB_NR_CONTEXTS; c++)
			cpus[i].rng[c] = gb_rng_seed(i + 1, (uint64_t)c);
		if (pthread_create(&thread[i], NULL, cpu_main, &cpus[i]))
			abort();
	}
	while (gb_monotonic_ns() < end)
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	gb_store_relaxed(&stop, 1);
	for (unsigned int i = 0; i < nr_cpus; i++)
		pthread_join(thread[i], NULL);
}

static void empty_mailbox(void)
{
	for (int i = 0; i < MAILBOX; i++) {
		struct block b = { .p = mailbox[i] };

		if (b.p)
			b.n = torture->size(b.p);
		drop(&cpus[0], &b);
	}
}

/* ------------------------------------------------------------------ the whole */

static void arguments(int argc, char **argv)
{
	const char *given = getenv("GB_TEST_SECONDS");

	seconds = argc > 1 ? atof(argv[1]) : given ? atof(given) : seconds;
	nr_cpus = argc > 2 ? (unsigned int)atoi(argv[2]) : nr_cpus;
	hz = argc > 3 ? (unsigned int)atoi(argv[3]) : hz;
}

static void judge(void)
{
	uint64_t corrupt = 0, allocs = 0, handed = 0, failures = 0, interrupts = 0;

	for (unsigned int i = 0; i < nr_cpus; i++) {
		corrupt += cpus[i].corrupt;
		allocs += cpus[i].allocs;
		failures += cpus[i].failures;
		handed += cpus[i].handed;
		interrupts += cpus[i].interrupts;
	}
	tap_diag("%llu allocations, %llu failed, %llu handed over, %u CPUs at %u Hz",
		 (unsigned long long)allocs, (unsigned long long)failures,
		 (unsigned long long)handed, nr_cpus, hz);
	CHECK(allocs > 1000);
	tap_ok(!hz || interrupts >= 1000, "enough interrupts: %llu",
	       (unsigned long long)interrupts);
	tap_ok(!corrupt, "%s: %llu were corrupt", torture->sound,
	       (unsigned long long)corrupt);
	CHECK(torture->tolerates(failures, allocs));
}

static int everything_at_once(const struct torture *t, int argc, char **argv)
{
	struct kernel_config config = { .ram_bytes = t->ram_bytes, .quiet = 1 };
	unsigned long before;

	torture = t;
	arguments(argc, argv);
	config.nr_cpus = nr_cpus;
	if (nr_cpus < 1 || nr_cpus > MAX_CPUS || !CHECK(!kernel_boot(&config)))
		return 2;
	gb_softirq_open(GB_SOFTIRQ_WORKLOAD, softirq, NULL);
	before = nr_free_pages();
	run_cpus();
	empty_mailbox();
	judge();
	mm_drain_everything();
	tap_eq_u64(nr_free_pages(), before, "every page frame is back");
	tap_eq_u64(kernel_shutdown(), 0, "nothing leaked");
	return tap_done();
}

#endif
