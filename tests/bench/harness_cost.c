/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the harness itself costs: each workload on the null backend, in nanoseconds per
 * malloc or free, above a call of an empty function through the same pointer.
 *
 * Reports and never asserts: the figures are the machine's of the moment.  The figure to
 * watch is pairs:size=64:n=100, meant to stay at or under 1.5 ns on a quiet machine.
 *
 *	make bench-harness
 *	tests/bench/harness_cost [WORKLOAD[:OPTIONS]...]
 *
 * Each figure is the least of ROUNDS rounds: noise only adds.  The thread is emulated CPU 0
 * without interrupts; only workloads that run with one thread are shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

#define ROUNDS    300
#define ROUND_OPS 50000 /* well under a time slice: some round is undisturbed */

static const char *const usual[] = {
	"pairs:size=64:n=100",
	"pairs:size=64:n=100:order=lifo",
	"pairs:size=64:n=100:order=random",
	"pairs:size=8:size_max=512:n=100",
	"irq-churn",
	"larson",
	"prodcons",
	"threadtest",
	"ws-replace",
	"pareto-slots",
	"window-local",
	"window-remote",
	"exchange",
	"migrate",
	"migrate-batch",
	"fragment",
	"large",
	NULL,
};

static const uint32_t never_stop;

/* --- the empty call ------------------------------------------------------------------ */

static __attribute__((noinline)) void *empty_alloc(size_t size, gfp_t gfp)
{
	__asm__ volatile("" : : "r"(size), "r"(gfp));
	return NULL;
}

static __attribute__((noinline)) void empty_free(void *p)
{
	__asm__ volatile("" : : "r"(p));
}

static double now_ns(void)
{
	return (double)gb_monotonic_ns();
}

/* Of one allocation or free, on average, loop included. */
static double empty_call_ns(void)
{
	struct gb_heap h = { .alloc = empty_alloc, .free = empty_free };
	double best = 1e9;

	gb_escape(&h);
	for (int k = 0; k < ROUNDS; k++) {
		double start = now_ns(), ns;

		for (int i = 0; i < ROUND_OPS / 2; i++)
			h.free(h.alloc(64, GFP_KERNEL));
		ns = (now_ns() - start) / ROUND_OPS;
		best = ns < best ? ns : best;
	}
	return best;
}

/* --- a workload ------------------------------------------------------------------------ */

static void die(const struct gb_error *e)
{
	fprintf(stderr, "harness_cost: %s (%s)\n", e->what, e->hint);
	exit(3);
}

static uint64_t counted(const struct gb_thread *t)
{
	return t->count[GB_PROCESS].allocs + t->count[GB_PROCESS].frees;
}

static double best_round(struct gb_thread *t)
{
	const struct gb_workload *w = t->run->workload;
	double best = 1e9;

	for (int k = 0; k < ROUNDS; k++) {
		uint64_t ops = counted(t);
		double start = now_ns(), ns;

		while (counted(t) - ops < ROUND_OPS)
			w->run(t, ROUND_OPS / 10);
		ns = (now_ns() - start) / (double)(counted(t) - ops);
		best = ns < best ? ns : best;
	}
	return best;
}

static double run_ns(struct gb_run *r, const struct gb_heap *heap)
{
	const struct gb_workload *w = r->workload;
	struct gb_error e = GB_ERROR_INIT;
	struct gb_thread *t = gb_map(sizeof(*t));
	double ns;

	if (!t)
		exit(3);
	*t = (struct gb_thread){ .alloc = heap->alloc,
				 .free = heap->free,
				 .stop = &never_stop,
				 .nr_threads = 1,
				 .run = r };
	for (unsigned int c = 0; c < GB_NR_CONTEXTS; c++)
		t->rng[c] = gb_rng_seed(1, c);
	r->threads = t;
	if ((w->setup && w->setup(r, &e)) || (w->thread_setup && w->thread_setup(t, &e)))
		die(&e);
	ns = best_round(t);
	if (w->thread_cleanup)
		w->thread_cleanup(t);
	if (w->cleanup)
		w->cleanup(r);
	gb_unmap(t, sizeof(*t));
	return ns;
}

static double measure(const char *spec, const struct gb_backend *null)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_backend_config config = { .nr_cpus = 1, .argument = "" };
	struct gb_heap heap;
	struct gb_run r = { .heap = &heap, .nr_threads = 1, .backend_caps = null->caps };
	char name[64];
	void *options;
	double ns;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(spec, ":"), spec);
	r.workload = gb_workload_find(name, &e);
	if (!r.workload)
		die(&e);
	spec += strcspn(spec, ":");
	options = calloc(1, r.workload->options_size + 1);
	if (!options ||
	    (r.workload->options && gb_options_parse(r.workload->options, options, name,
						     *spec ? spec + 1 : "", &e)))
		die(&e);
	r.options = options;
	if (r.workload->plan(&r, &e))
		die(&e);
	config.peak_live_bytes = r.peak_live_bytes;
	if (null->start(&config, &heap, &e))
		die(&e);
	null->cpu_online(0);
	ns = run_ns(&r, &heap);
	null->cpu_offline(0);
	null->stop();
	if (r.workload->options)
		gb_options_free(r.workload->options, options);
	free(options);
	return ns;
}

int main(int argc, char **argv)
{
	const char *const *spec = argc > 1 ? (const char *const *)argv + 1 : usual;
	struct gb_error e = GB_ERROR_INIT;
	struct gb_backend_ref null;
	double empty;

	gb_clock_init();
	if (gb_backend_parse("null", &null, &e) || gb_machine_init(1, &e) ||
	    gb_cpu_online(0, &e))
		die(&e);
	empty = empty_call_ns();
	printf("%-40s %6.2f ns\n", "empty call through the pointer", empty);
	printf("%-40s %9s %12s\n", "on null, per malloc or free", "total", "above empty");
	for (; *spec; spec++) {
		double ns = measure(*spec, null.backend);

		printf("%-40s %6.2f ns %9.2f ns\n", *spec, ns, ns - empty);
		fflush(stdout);
	}
	gb_cpu_offline();
	gb_machine_exit();
	return 0;
}
