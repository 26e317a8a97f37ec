/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The slab under everything at once: several CPUs on fewer cores, timer interrupts at up to
 * 20 kHz that allocate and free, softirqs, objects freed on other CPUs, sleeping and atomic
 * masks, large blocks, bulk calls, a CPU that drains all the others now and then.  Every
 * object is filled when it is allocated and checked when it is freed, so one that has two
 * owners, or was written by the allocator, is found.
 *
 *	slab_irq [SECONDS [CPUS [HZ]]]      default 2 (or GB_TEST_SECONDS) 4 20000
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "kernel/slab.h"
#include "tests/tap.h"

#define MAX_CPUS 16
#define SLOTS 2048
#define IRQ_SLOTS 64
#define MAILBOX 256

struct object {
	uint64_t *p;
	size_t size;
};

struct cpu {
	unsigned int id;
	struct gb_rng rng[GB_NR_CONTEXTS];
	struct object slot[SLOTS], irq_slot[IRQ_SLOTS], soft_slot[IRQ_SLOTS];
	uint64_t allocs, failures, corrupt, handed; /* this CPU's; read after it ended */
};

static struct cpu cpus[MAX_CPUS];
static unsigned int nr_cpus = 4, hz = 20000;
static double seconds = 2;
static int stop;                          /* atomic */
/* atomic: an object on its way to whoever takes it; its size lies in its first word */
static uint64_t *mailbox[MAILBOX];

/* ------------------------------------------------------------------ objects */

static uint64_t pattern(const uint64_t *p, size_t i)
{
	return (uintptr_t)p * 0x9e3779b97f4a7c15ull ^ i;
}

static void fill(struct object *o)
{
	size_t words = o->size / 8;

	o->p[0] = o->size;
	for (size_t i = 1; i < words; i += i < 32 ? 1 : 61)
		o->p[i] = pattern(o->p, i);
}

static void check(struct cpu *c, const struct object *o)
{
	size_t words = o->size / 8;
	int good = o->p[0] == o->size;

	for (size_t i = 1; i < words; i += i < 32 ? 1 : 61)
		good &= o->p[i] == pattern(o->p, i);
	c->corrupt += !good;
}

static size_t random_size(struct gb_rng *r)
{
	uint64_t v = gb_rng_next(r);
	size_t size = 8u << (v % 9);

	if (v >> 8 & 1)
		size += (v >> 16) % size;
	if (!(v >> 9 & 0xff))
		size = 4096u << (v >> 32 & 3);
	return (size + 7) & ~7ul;
}

static void renew(struct cpu *c, struct object *o, struct gb_rng *r, gfp_t gfp)
{
	struct object n = { .size = random_size(r) };

	n.p = kmalloc(n.size, gfp | __GFP_NOWARN);
	c->allocs++;
	if (n.p)
		fill(&n);
	else
		c->failures++;
	if (o->p) {
		check(c, o);
		kfree(o->p);
	}
	*o = n;
}

/* ------------------------------------------------------------------ contexts */

static void hardirq(const struct gb_irq *irq, void *arg)
{
	struct cpu *c = arg;
	struct gb_rng *r = &c->rng[GB_HARDIRQ];

	(void)irq;
	for (int i = 0; i < 4; i++)
		renew(c, &c->irq_slot[gb_rng_next(r) % IRQ_SLOTS], r, GFP_ATOMIC);
	if (!(gb_rng_next(r) & 7))
		gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
}

static void softirq(void *unused)
{
	struct cpu *c = &cpus[gb_self.id];
	struct gb_rng *r = &c->rng[GB_SOFTIRQ];

	(void)unused;
	for (int i = 0; i < 16; i++)
		renew(c, &c->soft_slot[gb_rng_next(r) % IRQ_SLOTS], r, GFP_NOWAIT);
}

/* An object leaves for another CPU, and one from another CPU is freed here. */
static void hand_over(struct cpu *c, struct object *o, struct gb_rng *r)
{
	uint64_t *other;
	struct object got;

	if (!o->p)
		return;
	other = gb_xchg_acq_rel(&mailbox[gb_rng_next(r) % MAILBOX], o->p);
	o->p = NULL;
	c->handed++;
	if (!other)
		return;
	got = (struct object){ other, other[0] };
	check(c, &got);
	kfree(got.p);
}

static void bulk(struct cpu *c)
{
	struct kmem_cache *s = kmalloc_cache(128, GFP_KERNEL);
	void *p[48];

	if (!kmem_cache_alloc_bulk(s, GFP_KERNEL, 48, p))
		return;
	for (int i = 0; i < 48; i++) {
		struct object o = { p[i], 128 };

		fill(&o);
	}
	for (int i = 0; i < 48; i++) {
		struct object o = { p[i], 128 };

		check(c, &o);
	}
	kfree_bulk(48, p);
}

static void step(struct cpu *c, struct gb_rng *r)
{
	uint64_t v = gb_rng_next(r);
	struct object *o = &c->slot[v % SLOTS];

	if (!(v >> 40 & 15))
		hand_over(c, o, r);
	else
		renew(c, o, r, v >> 44 & 1 ? GFP_KERNEL : GFP_ATOMIC);
	if (!(v >> 48 & 0x3fff))
		bulk(c);
	if (!(v >> 48 & 0xffff))
		slab_drain_everything();
}

/* ------------------------------------------------------------------ a CPU's life */

static void release(struct cpu *c, struct object *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (o[i].p) {
			check(c, &o[i]);
			kfree(o[i].p);
			o[i].p = NULL;
		}
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
	for (int i = 0; i < MAILBOX; i++)
		kfree(mailbox[i]);
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

int main(int argc, char **argv)
{
	struct kernel_config config = { .ram_bytes = 128 << 20, .quiet = 1 };
	uint64_t corrupt = 0, allocs = 0, failures = 0, handed = 0;
	unsigned long before;

	seconds = argc > 1 ? atof(argv[1]) : getenv("GB_TEST_SECONDS") ?
			     atof(getenv("GB_TEST_SECONDS")) : seconds;
	nr_cpus = argc > 2 ? (unsigned int)atoi(argv[2]) : nr_cpus;
	hz = argc > 3 ? (unsigned int)atoi(argv[3]) : hz;
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
	tap_diag("%llu allocations, %llu failed, %llu handed over, %u CPUs at %u Hz",
		 (unsigned long long)allocs, (unsigned long long)failures,
		 (unsigned long long)handed, nr_cpus, hz);
	CHECK(allocs > 1000);
	tap_eq_u64(corrupt, 0, "no object was corrupt");
	tap_eq_u64(failures, 0, "no allocation failed: RAM is ample");
	mm_drain_everything();
	tap_eq_u64(nr_free_pages(), before, "every page frame is back");
	tap_eq_u64(kernel_shutdown(), 0, "nothing leaked");
	return tap_done();
}
