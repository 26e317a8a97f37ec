/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Page allocation under everything at once: several CPUs on fewer cores, timer interrupts at
 * up to 20 kHz that allocate and free, softirqs, blocks of orders 0 to 5 that other CPUs
 * free, sleeping and atomic masks, all mobility types, the DMA zone, a CPU that drains the
 * lists of all others now and then.  Every frame of a block carries its owner's word from
 * allocation to free, so a frame that has two owners is found.
 *
 *	page_irq [SECONDS [CPUS [HZ]]]      default 2 (or GB_TEST_SECONDS) 4 20000
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "kernel/mm.h"
#include "tests/tap.h"

#define MAX_CPUS 16
#define SLOTS 512
#define IRQ_SLOTS 32
#define MAILBOX 128

struct block {
	struct page *page;
	unsigned int order;
};

struct cpu {
	unsigned int id;
	struct gb_rng rng[GB_NR_CONTEXTS];
	struct block slot[SLOTS], irq_slot[IRQ_SLOTS], soft_slot[IRQ_SLOTS];
	uint64_t allocs, failures, corrupt, handed; /* this CPU's; read after it ended */
};

static struct cpu cpus[MAX_CPUS];
static unsigned int nr_cpus = 4, hz = 20000;
static double seconds = 2;
static int stop;                           /* atomic */
/* atomic: a block on its way to whoever takes it; its order lies in its first word */
static struct page *mailbox[MAILBOX];

/* ------------------------------------------------------------------ contents */

static uint64_t *words(const struct block *b, unsigned long frame)
{
	return (uint64_t *)((char *)lowmem_page_address(b->page) + frame * PAGE_SIZE);
}

static uint64_t pattern(const struct block *b, unsigned long frame)
{
	return (page_to_pfn(b->page) + frame) * 0x9e3779b97f4a7c15ull;
}

static void fill(const struct block *b)
{
	for (unsigned long i = 0; i < 1ul << b->order; i++) {
		words(b, i)[0] = b->order;
		words(b, i)[1] = pattern(b, i);
		words(b, i)[PAGE_SIZE / 8 - 1] = ~pattern(b, i);
	}
}

static void check(struct cpu *c, const struct block *b)
{
	int good = 1;

	for (unsigned long i = 0; i < 1ul << b->order; i++)
		good &= words(b, i)[0] == b->order && words(b, i)[1] == pattern(b, i) &&
			words(b, i)[PAGE_SIZE / 8 - 1] == ~pattern(b, i);
	c->corrupt += !good;
}

/* ------------------------------------------------------------------ operations */

static gfp_t variant(uint64_t v)
{
	static const gfp_t more[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE, __GFP_COMP,
				      0, __GFP_MOVABLE, __GFP_HIGHMEM,	   __GFP_DMA };

	return more[v & 7] | __GFP_NOWARN;
}

static void drop(struct cpu *c, struct block *b)
{
	if (!b->page)
		return;
	check(c, b);
	__free_pages(b->page, b->order);
	b->page = NULL;
}

static void renew(struct cpu *c, struct block *b, struct gb_rng *r, gfp_t gfp)
{
	uint64_t v = gb_rng_next(r);
	struct block n = { .order = v & 3 ? 0 : (unsigned int)(v >> 8) % 6 };

	n.page = alloc_pages(gfp | variant(v >> 16), n.order);
	c->allocs++;
	if (n.page)
		fill(&n);
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
	for (int i = 0; i < 2; i++)
		renew(c, &c->irq_slot[gb_rng_next(r) % IRQ_SLOTS], r, GFP_ATOMIC);
	if (!(gb_rng_next(r) & 7))
		gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
}

static void softirq(void *unused)
{
	struct cpu *c = &cpus[gb_self.id];
	struct gb_rng *r = &c->rng[GB_SOFTIRQ];

	(void)unused;
	for (int i = 0; i < 8; i++)
		renew(c, &c->soft_slot[gb_rng_next(r) % IRQ_SLOTS], r, GFP_NOWAIT);
}

/* A block leaves for another CPU, and one from another CPU is freed here. */
static void hand_over(struct cpu *c, struct block *b, struct gb_rng *r)
{
	struct block got = { .page = NULL };

	if (!b->page)
		return;
	got.page = gb_xchg_acq_rel(&mailbox[gb_rng_next(r) % MAILBOX], b->page);
	b->page = NULL;
	c->handed++;
	if (!got.page)
		return;
	got.order = (unsigned int)words(&got, 0)[0];
	drop(c, &got);
}

static void step(struct cpu *c, struct gb_rng *r)
{
	uint64_t v = gb_rng_next(r);
	struct block *b = &c->slot[v % SLOTS];

	if (!(v >> 40 & 15))
		hand_over(c, b, r);
	else
		renew(c, b, r, v >> 44 & 1 ? GFP_KERNEL : GFP_ATOMIC);
	if (!(v >> 48 & 0x3fff))
		drain_all_pages();
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

static void empty_mailbox(void)
{
	for (int i = 0; i < MAILBOX; i++) {
		struct block b = { .page = mailbox[i] };

		if (!b.page)
			continue;
		b.order = (unsigned int)words(&b, 0)[0];
		drop(&cpus[0], &b);
	}
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

static void arguments(int argc, char **argv)
{
	const char *given = getenv("GB_TEST_SECONDS");

	seconds = argc > 1 ? atof(argv[1]) : given ? atof(given) : seconds;
	nr_cpus = argc > 2 ? (unsigned int)atoi(argv[2]) : nr_cpus;
	hz = argc > 3 ? (unsigned int)atoi(argv[3]) : hz;
}

int main(int argc, char **argv)
{
	struct kernel_config config = { .ram_bytes = 256 << 20, .quiet = 1 };
	uint64_t corrupt = 0, allocs = 0, handed = 0, failures = 0;
	unsigned long before;

	arguments(argc, argv);
	config.nr_cpus = nr_cpus;
	if (nr_cpus < 1 || nr_cpus > MAX_CPUS || !CHECK(!kernel_boot(&config)))
		return 2;
	gb_softirq_open(GB_SOFTIRQ_WORKLOAD, softirq, NULL);
	before = nr_free_pages();
	run_cpus();
	empty_mailbox();
	for (unsigned int i = 0; i < nr_cpus; i++) {
		corrupt += cpus[i].corrupt;
		allocs += cpus[i].allocs;
		failures += cpus[i].failures;
		handed += cpus[i].handed;
	}
	tap_diag("%llu allocations, %llu failed (the DMA zone is small), %llu handed over, "
		 "%u CPUs at %u Hz", (unsigned long long)allocs, (unsigned long long)failures,
		 (unsigned long long)handed, nr_cpus, hz);
	CHECK(allocs > 1000);
	tap_eq_u64(corrupt, 0, "no frame had two owners");
	CHECK(failures < allocs / 10);
	mm_drain_everything();
	tap_eq_u64(nr_free_pages(), before, "every page frame is back");
	tap_eq_u64(kernel_shutdown(), 0, "nothing leaked");
	return tap_done();
}
