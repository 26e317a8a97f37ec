/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What each workload costs by itself, in nanoseconds per malloc or free:
 *
 *	own = null - an empty call through the same pointer - the write of the block
 *
 * beside glibc's time for the same, and whether own is within what is meant to be its most,
 * a fifth of glibc's time or 2 ns, whichever is larger.  The write is that of blocks which
 * the workload was given by null: their addresses, sizes and share of the operations.
 *
 * Reports and never asserts: the figures are the machine's of the moment.
 *
 *	make bench-workloads
 *	tests/bench/workload_cost [WORKLOAD[:OPTIONS]...]
 *
 * Each figure is the least of many short rounds: noise only adds.  Each is taken in a child
 * of its own, on emulated CPU 0, without timer interrupts (those that a workload raises
 * itself are part of it).  A workload that needs what null lacks says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

#define TOTAL_NS UINT64_C(150000000) /* of the rounds of one figure */
#define ROUND_NS 400000              /* well under a time slice: some is undisturbed */
#define BLOCKS   8192 /* more pages than a TLB holds: null's ring has as many */
#define WRITE_ROUNDS 300

/* Where a default would take minutes to fault in, or has no other choice; and false-sharing,
 * whose default writes each block a hundred times over: once is what gb_fill does. */
static const struct { const char *name, *options; } smaller[] = {
	{ "large", "buffers=4:size_max=6m" },
	{ "vmalloc-full-fit", "live=1000" },
	{ "vmalloc-long-busy", "live=1000" },
	{ "size-sweep", "size_max=64k" },
	{ "false-sharing", "writes=1" },
};

static const uint32_t never_stop;

struct answer {
	double ns; /* per operation; 0: it could not run */
	double write_ns; /* of that, the write of the blocks */
	char why[200];
};

static double now_ns(void)
{
	return (double)gb_monotonic_ns();
}

/* --- what is taken off ------------------------------------------------------------------ */

static __attribute__((noinline)) void *empty_alloc(size_t size, gfp_t gfp)
{
	__asm__ volatile("" : : "r"(size), "r"(gfp));
	return NULL;
}

static __attribute__((noinline)) void empty_free(void *p)
{
	__asm__ volatile("" : : "r"(p));
}

static double best_of(double (*round)(void))
{
	double best = 1e9;

	for (int i = 0; i < 300; i++) {
		double ns = round();

		best = ns < best ? ns : best;
	}
	return best;
}

static double empty_round(void)
{
	struct gb_heap h = { .alloc = empty_alloc, .free = empty_free };
	double start = now_ns();

	gb_escape(&h);
	for (int i = 0; i < 25000; i++)
		h.free(h.alloc(64, GFP_KERNEL));
	return (now_ns() - start) / 50000;
}

/* --- a workload --------------------------------------------------------------------------- */

static uint64_t counted(const struct gb_thread *t)
{
	uint64_t n = 0;

	for (int c = 0; c < GB_NR_CONTEXTS; c++)
		n += t->count[c].atomic_allocs + t->count[c].sleeping_allocs +
		     t->count[c].frees;
	return n;
}

/* Some operations.  The time that it took to go back to the start of a finite workload, as
 * no row of a run counts it either. */
static double step(struct gb_thread *t, uint64_t n)
{
	const struct gb_workload *w = t->run->workload;
	double start;

	t->handover = 0; /* this thread is its own successor */
	if (w->run(t, n) || !w->rewind)
		return 0;
	start = now_ns();
	w->rewind(t->run);
	return now_ns() - start;
}

static double best_round(struct gb_thread *t)
{
	double begin = now_ns(), best = 0;

	step(t, 20000); /* faults are taken, arrays filled */
	while (best == 0 || now_ns() - begin < (double)TOTAL_NS) {
		uint64_t ops = counted(t);
		double start = now_ns(), ns;

		while (now_ns() - start < ROUND_NS)
			start += step(t, 2000);
		if (counted(t) == ops)
			continue;
		ns = (now_ns() - start) / (double)(counted(t) - ops);
		best = best == 0 || ns < best ? ns : best;
	}
	return best;
}

/* --- the write of the blocks --------------------------------------------------------------- */

static struct {
	void *(*alloc)(size_t size, gfp_t gfp);
	size_t served, n; /* all of them; those that are kept below */
	struct { void *p; size_t size; } block[BLOCKS];
} given;

static void *note_block(size_t size, gfp_t gfp)
{
	void *p = given.alloc(size, gfp);

	given.served += p != NULL;
	if (p && given.n < BLOCKS) {
		given.block[given.n].p = p;
		given.block[given.n++].size = size;
	}
	return p;
}

/* What is written to at most BLOCKS blocks, less a loop that only looks at them. */
static double write_round(int write)
{
	double start = now_ns();

	for (size_t i = 0; i < given.n; i++) {
		gb_escape(given.block[i].p);
		if (write)
			gb_fill(given.block[i].p, given.block[i].size);
	}
	return now_ns() - start;
}

static double best_write(int write)
{
	double best = 1e9;

	for (int i = 0; i < WRITE_ROUNDS; i++) {
		double ns = write_round(write);

		best = ns < best ? ns : best;
	}
	return best;
}

/* Per operation; 0 when none of its blocks comes through the heap's alloc. */
static double write_cost(struct gb_thread *t)
{
	uint64_t ops = counted(t);

	given.alloc = t->alloc;
	t->alloc = note_block;
	for (int i = 0; i < 512 && given.n < BLOCKS; i++)
		step(t, 64);
	t->alloc = given.alloc;
	ops = counted(t) - ops;
	if (!given.n || !ops)
		return 0;
	return (best_write(1) - best_write(0)) / (double)given.n * (double)given.served /
	       (double)ops;
}

static void run_softirq(void *arg)
{
	struct gb_run *r = arg;

	r->workload->softirq(&r->threads[0]);
}

static int measure(struct gb_run *r, const struct gb_heap *heap, struct answer *a,
		   struct gb_error *e)
{
	const struct gb_workload *w = r->workload;
	struct gb_thread *t = gb_map(sizeof(*t));

	if (!t)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no memory");
	*t = (struct gb_thread){ .alloc = heap->alloc, .free = heap->free,
				 .stop = &never_stop, .nr_threads = 1, .run = r };
	for (unsigned int c = 0; c < GB_NR_CONTEXTS; c++)
		t->rng[c] = gb_rng_seed(1, c);
	r->threads = t;
	if (w->softirq)
		gb_softirq_open(GB_SOFTIRQ_WORKLOAD, run_softirq, r);
	if ((w->setup && w->setup(r, e)) || (w->thread_setup && w->thread_setup(t, e)))
		return -(int)e->code;
	a->ns = best_round(t);
	a->write_ns = write_cost(t);
	return 0;
}

static int set_up(struct gb_run *r, const char *spec, struct gb_error *e)
{
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(spec, ":"), spec);
	r->workload = gb_workload_find(name, e);
	if (!r->workload)
		return -(int)e->code;
	r->options = calloc(1, r->workload->options_size + 1);
	r->ram_bytes = r->workload->default_ram_bytes;
	spec += strcspn(spec, ":");
	if (r->workload->options &&
	    gb_options_parse(r->workload->options, (void *)(uintptr_t)r->options, name,
			     *spec ? spec + 1 : "", e))
		return -(int)e->code;
	return r->workload->plan(r, e);
}

static int in_child(const char *spec, const char *backend, struct answer *a,
		    struct gb_error *e)
{
	struct gb_heap heap = { 0 };
	struct gb_run r = { .heap = &heap, .nr_threads = 1 };
	struct gb_backend_config config = { .nr_cpus = 1, .argument = "" };
	struct gb_backend_ref ref;

	if (gb_backend_parse(backend, &ref, e))
		return -(int)e->code;
	r.backend_caps = ref.caps;
	if (set_up(&r, spec, e))
		return -(int)e->code;
	if (r.workload->needs & ~ref.caps)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "needs what %s lacks", backend);
	if (r.workload->min_threads > 1)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "needs more than one thread");
	config.peak_live_bytes = r.peak_live_bytes;
	config.ram_bytes = r.ram_bytes;
	if (gb_machine_init(1, e) || gb_cpu_online(0, e) ||
	    ref.backend->start(&config, &heap, e))
		return -(int)e->code;
	if (ref.backend->cpu_online)
		ref.backend->cpu_online(0);
	return measure(&r, &heap, a, e);
}

static struct answer ask(const char *spec, const char *backend)
{
	struct answer *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0), copy;
	struct gb_error e = GB_ERROR_INIT;
	pid_t pid;

	if (a == MAP_FAILED)
		exit(3);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (in_child(spec, backend, a, &e))
			snprintf(a->why, sizeof(a->why), "%.199s", e.what);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		exit(3);
	copy = *a;
	munmap(a, sizeof(*a));
	return copy;
}

static void report(const char *spec, double empty)
{
	struct answer null = ask(spec, "null"), glibc;
	double own, most;

	if (null.ns <= 0) {
		printf("%-34s %s\n", spec, null.why[0] ? null.why : "died on null");
		return;
	}
	glibc = ask(spec, "glibc");
	own = null.ns - empty - null.write_ns;
	most = glibc.ns * 0.2 > 2 ? glibc.ns * 0.2 : 2;
	printf("%-34s %8.2f %8.2f %8.2f %8.2f %8.2f  %s\n", spec, null.ns, null.write_ns,
	       own, glibc.ns, most, own <= most ? "within" : "ABOVE");
}

static void report_all(double empty)
{
	for (const struct gb_workload *const *w = gb_workloads; *w; w++) {
		char spec[200];
		size_t i = 0;

		while (i < GB_ARRAY_SIZE(smaller) && strcmp(smaller[i].name, (*w)->name))
			i++;
		snprintf(spec, sizeof(spec), "%s%s%s", (*w)->name,
			 i < GB_ARRAY_SIZE(smaller) ? ":" : "",
			 i < GB_ARRAY_SIZE(smaller) ? smaller[i].options : "");
		report(spec, empty);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	double empty;

	gb_clock_init();
	empty = best_of(empty_round);
	printf("empty call %.2f ns an operation\n", empty);
	printf("%-34s %8s %8s %8s %8s %8s\n", "ns per malloc or free", "null", "write", "own",
	       "glibc", "at most");
	for (int i = 1; i < argc; i++)
		report(argv[i], empty);
	if (argc == 1)
		report_all(empty);
	return 0;
}
