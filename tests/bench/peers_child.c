/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A contestant: one allocator that runs one workload, a slice of some milliseconds each
 * time the parent asks.  Between slices its threads sleep, so that the others have the
 * cores for themselves.  Caches of the CPU are warm again after a small part of a slice.
 *
 * Threads that a workload ends (larson) hand over to a successor within a slice.
 */
#include "peers.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

#define MAX_THREADS 16
#define CHUNK       512 /* operations between two looks at the flag */

struct worker {
	pthread_t thread, predecessor;
	int successor;              /* predecessor is to be joined */
	uint32_t seen;              /* slices begun */
	int in_slice;
	struct gb_thread *t;
};

static struct worker workers[MAX_THREADS];
static struct gb_run run;
static struct gb_heap heap;
static const struct gb_backend *backend; /* NULL: the floor */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint32_t turn, ready, stop, over; /* lock; stop is atomic, read in the slice */

static void die(const struct gb_error *e)
{
	fprintf(stderr, "peers: %s%s%s\n", e->what, *e->hint ? "; " : "", e->hint);
	_exit(3);
}

/* ------------------------------------------------------------------ workers */

static void come_online(struct worker *w)
{
	struct gb_error e = GB_ERROR_INIT;

	free(malloc(64)); /* an allocator makes its per-thread state */
	if (gb_cpu_online(w->t->id, &e))
		die(&e);
	if (backend && backend->cpu_online)
		backend->cpu_online(w->t->id);
}

static void go_offline(struct worker *w)
{
	if (backend && backend->cpu_offline)
		backend->cpu_offline(w->t->id);
	gb_cpu_offline();
}

/* 0: it is over. */
static int wait_for_slice(struct worker *w)
{
	int go_on;

	pthread_mutex_lock(&lock);
	ready++;
	pthread_cond_broadcast(&changed);
	while (turn == w->seen && !over)
		pthread_cond_wait(&changed, &lock);
	go_on = !over;
	w->seen = turn;
	pthread_mutex_unlock(&lock);
	return go_on;
}

static void *worker_main(void *arg);

static void start(struct worker *w)
{
	if (pthread_create(&w->thread, NULL, worker_main, w))
		_exit(3);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct gb_error e = GB_ERROR_INIT;

	if (w->successor)
		pthread_join(w->predecessor, NULL);
	come_online(w);
	if (!w->successor && run.workload->thread_setup && run.workload->thread_setup(w->t, &e))
		die(&e);
	while (w->in_slice || wait_for_slice(w)) {
		w->in_slice = 1;
		while (!gb_load_relaxed(&stop) && !w->t->handover)
			run.workload->run(w->t, CHUNK);
		if (w->t->handover) {
			w->t->handover = 0;
			w->predecessor = pthread_self();
			w->successor = 1;
			go_offline(w);
			start(w);
			return NULL;
		}
		w->in_slice = 0;
	}
	if (run.workload->thread_cleanup)
		run.workload->thread_cleanup(w->t);
	go_offline(w);
	return NULL;
}

/* ------------------------------------------------------------------ the main thread */

static double clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static uint64_t operations(void)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < run.nr_threads; i++) {
		const struct gb_counters *c = &run.threads[i].count[GB_PROCESS];

		n += c->allocs + c->frees;
	}
	return n;
}

static void wait_until_ready(void)
{
	pthread_mutex_lock(&lock);
	while (ready < run.nr_threads)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void begin(void)
{
	pthread_mutex_lock(&lock);
	ready = 0;
	gb_store_relaxed(&stop, 0);
	turn++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static double held(void)
{
	struct gb_backend_memory m = GB_BACKEND_MEMORY_UNKNOWN;

	if (backend && backend->memory)
		backend->memory(&m);
	return m.held_bytes == GB_UNKNOWN ? NAN : (double)m.held_bytes;
}

static struct peers_slice slice(unsigned int ms)
{
	struct timespec nap = { 0, (long)ms * 1000000 };
	uint64_t ops = operations();
	double wall = clock_ns(CLOCK_MONOTONIC), cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	begin();
	nanosleep(&nap, NULL);
	gb_store_relaxed(&stop, 1);
	wait_until_ready();
	ops = operations() - ops;
	wall = clock_ns(CLOCK_MONOTONIC) - wall;
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	return (struct peers_slice){ wall / (double)ops, cpu / (double)ops, held() };
}

/* ------------------------------------------------------------------ up and down */

static void parse_workload(const char *spec)
{
	struct gb_error e = GB_ERROR_INIT;
	char name[64];
	void *options;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(spec, ":"), spec);
	run.workload = gb_workload_find(name, &e);
	if (!run.workload)
		die(&e);
	spec += strcspn(spec, ":");
	options = calloc(1, run.workload->options_size + 1);
	if (!options || (run.workload->options &&
			 gb_options_parse(run.workload->options, options, name,
					  *spec ? spec + 1 : "", &e)))
		die(&e);
	run.options = options;
	if (run.workload->plan(&run, &e))
		die(&e);
}

static void start_backend(const char *spec, struct gb_error *e)
{
	struct gb_backend_config c = { .nr_cpus = run.nr_threads, .argument = "",
				       .peak_live_bytes = run.peak_live_bytes };
	static struct gb_backend_ref ref;

	if (!strncmp(spec, "floor", 5)) {
		if (peers_floor_start(!strcmp(spec, "floor-fine"), &heap, e))
			die(e);
		return;
	}
	if (gb_backend_parse(spec, &ref, e))
		die(e);
	backend = ref.backend;
	c.argument = ref.argument;
	run.backend_caps = ref.caps;
	if (backend->start(&c, &heap, e))
		die(e);
}

static void make_threads(void)
{
	run.threads = gb_map(run.nr_threads * sizeof(*run.threads));
	if (!run.threads)
		_exit(3);
	for (unsigned int i = 0; i < run.nr_threads; i++) {
		struct gb_thread *t = &run.threads[i];

		*t = (struct gb_thread){ .alloc = heap.alloc, .free = heap.free, .stop = &stop,
					 .id = i, .nr_threads = run.nr_threads, .run = &run };
		for (unsigned int c = 0; c < GB_NR_CONTEXTS; c++)
			t->rng[c] = gb_rng_seed(1 + i, c);
		workers[i].t = t;
	}
}

static void finish(void)
{
	pthread_mutex_lock(&lock);
	over = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (unsigned int i = 0; i < run.nr_threads; i++)
		pthread_join(workers[i].thread, NULL);
	if (run.workload->cleanup)
		run.workload->cleanup(&run);
	if (backend && backend->stop)
		backend->stop();
}

int peers_child(const char *spec, unsigned int threads, const char *workload)
{
	struct gb_error e = GB_ERROR_INIT;
	unsigned char ms;

	run = (struct gb_run){ .heap = &heap, .nr_threads = threads, .seed = 1 };
	gb_clock_init();
	parse_workload(workload);
	if (gb_machine_init(threads, &e))
		die(&e);
	start_backend(spec, &e);
	make_threads();
	if (run.workload->setup && run.workload->setup(&run, &e))
		die(&e);
	for (unsigned int i = 0; i < threads; i++)
		start(&workers[i]);
	wait_until_ready();
	while (read(STDIN_FILENO, &ms, 1) == 1) {
		struct peers_slice s = slice(ms);

		if (write(STDOUT_FILENO, &s, sizeof(s)) != sizeof(s))
			break;
	}
	finish();
	return 0;
}
