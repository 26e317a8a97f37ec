/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "drive.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "tests/tap.h"

struct worker {
	struct gb_thread *t;
	const struct drive *d;
	pthread_barrier_t *start;
	uint64_t done;
	int set_up, finished, failed;
};

static void irq(void *arg)
{
	struct gb_thread *t = arg;

	if (t->run->workload->hardirq)
		t->run->workload->hardirq(t);
	else
		gb_irq_burst(t);
}

static void softirq(void *arg)
{
	const struct gb_run *r = arg;

	r->workload->softirq(&r->threads[gb_self.id]);
}

/* --- in step ---------------------------------------------------------------------------- */

/* By @lock. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t all_here;
	unsigned int running, waiting, round;
	unsigned int at_work; /* who has not finished */
} meeting = { .lock = PTHREAD_MUTEX_INITIALIZER, .all_here = PTHREAD_COND_INITIALIZER };

static void meet(int leave)
{
	unsigned int round;

	pthread_mutex_lock(&meeting.lock);
	round = meeting.round;
	if (leave)
		meeting.running--;
	else
		meeting.waiting++;
	if (meeting.waiting == meeting.running) {
		meeting.waiting = 0;
		meeting.round++;
		pthread_cond_broadcast(&meeting.all_here);
	}
	while (!leave && round == meeting.round)
		pthread_cond_wait(&meeting.all_here, &meeting.lock);
	pthread_mutex_unlock(&meeting.lock);
}

/* Clean-up begins when all have finished, as in a runner.  (No barrier: the thread sanitizer
 * lets no signal through to who waits at one, and others may wait for an answer to theirs.) */
static void finish(void)
{
	pthread_mutex_lock(&meeting.lock);
	if (--meeting.at_work == 0)
		pthread_cond_broadcast(&meeting.all_here);
	while (meeting.at_work)
		pthread_cond_wait(&meeting.all_here, &meeting.lock);
	pthread_mutex_unlock(&meeting.lock);
}

/* --- a thread --------------------------------------------------------------------------- */

static int set_up(struct worker *k)
{
	const struct gb_workload *w = k->t->run->workload;
	struct gb_error e = GB_ERROR_INIT;

	k->failed = (w->thread_setup && w->thread_setup(k->t, &e)) ||
		    (!w->hardirq && gb_irq_burst_setup(k->t, &e));
	if (k->failed)
		tap_diag("set-up of thread %u: %s", k->t->id, e.what);
	k->set_up = 1;
	pthread_barrier_wait(k->start);
	return k->failed;
}

/* Until @ops are done, a pass has ended, or the workload wants a successor. */
static void run_chunks(struct worker *k, uint64_t ops)
{
	const struct drive *d = k->d;
	uint64_t n;

	while (k->done < ops && !k->t->handover) {
		n = k->t->run->workload->run_full(k->t, d->chunk);
		k->done += n;
		if (!n)
			break;
		gb_run_as_hardirq(irq, k->t);
		if (d->after)
			d->after(k->t->run);
		if (d->in_step)
			meet(0);
		else
			sched_yield();
	}
}

static void run_share(struct worker *k)
{
	const struct drive *d = k->d;
	/* a pass is finite, and others wait for all of it */
	uint64_t ops = k->t->run->workload->flags & GB_WL_FINITE ? UINT64_MAX : d->ops;

	if (d->running)
		d->running(1);
	run_chunks(k, ops);
	k->finished = !k->t->handover || k->done >= ops;
	if (d->in_step && k->finished) /* else they wait for the successor */
		meet(1);
	if (d->running)
		d->running(0);
	k->t->handover = 0;
}

static void come_online(struct worker *k)
{
	struct gb_error e = GB_ERROR_INIT;

	free(malloc(64)); /* before an interrupt could be the first to */
	if (k->d->begin)
		k->d->begin(k->t);
	if (gb_cpu_online(k->t->id, &e)) {
		tap_diag("CPU %u: %s", k->t->id, e.what);
		abort();
	}
	if (k->d->backend->cpu_online)
		k->d->backend->cpu_online(k->t->id);
}

static void *work(void *arg)
{
	struct worker *k = arg;
	const struct gb_workload *w = k->t->run->workload;

	come_online(k);
	k->finished = 1;
	if (k->set_up || !set_up(k))
		run_share(k);
	if (k->finished) {
		finish();
		if (w->thread_cleanup)
			w->thread_cleanup(k->t);
		gb_irq_burst_cleanup(k->t);
	}
	if (k->d->backend->cpu_offline)
		k->d->backend->cpu_offline(k->t->id);
	gb_cpu_offline();
	return NULL;
}

/* A chain of threads that are one emulated CPU after the other. */
static void *manage(void *arg)
{
	struct worker *k = arg;
	pthread_t thread;

	while (!k->finished) {
		if (pthread_create(&thread, NULL, work, k))
			abort();
		pthread_join(thread, NULL);
	}
	return NULL;
}

/* --- all of them ------------------------------------------------------------------------- */

int drive_threads(struct gb_run *r, const struct drive *d, uint64_t *done)
{
	struct worker worker[DRIVE_MAX_THREADS];
	pthread_t manager[DRIVE_MAX_THREADS];
	pthread_barrier_t start;
	int good = 1;

	*done = 0;
	meeting.running = meeting.at_work = r->nr_threads;
	if (r->workload->softirq)
		gb_softirq_open(GB_SOFTIRQ_WORKLOAD, softirq, r);
	pthread_barrier_init(&start, NULL, r->nr_threads);
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		worker[i] = (struct worker){ .t = &r->threads[i], .d = d, .start = &start };
		if (pthread_create(&manager[i], NULL, manage, &worker[i]))
			abort();
	}
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		pthread_join(manager[i], NULL);
		good &= !worker[i].failed;
		*done = *done * 31 + worker[i].done;
	}
	pthread_barrier_destroy(&start);
	return good;
}

void drive_make_threads(struct gb_run *r)
{
	static const uint32_t never = 0;
	struct gb_thread *t = gb_map(r->nr_threads * sizeof(*t));

	if (!t)
		abort();
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		t[i].alloc = r->heap->alloc;
		t[i].free = r->heap->free;
		t[i].stop = &never;
		t[i].verify = !!(r->backend_caps & GB_CAP_CONTENTS);
		t[i].full = 1;
		t[i].latency = gb_map_lazy(sizeof(*t[i].latency));
		t[i].id = i;
		t[i].nr_threads = r->nr_threads;
		t[i].run = r;
		for (unsigned int c = 0; c < GB_NR_CONTEXTS; c++)
			t[i].rng[c] = gb_rng_seed(r->seed, i * GB_NR_CONTEXTS + c);
	}
	r->threads = t;
}

void drive_free_threads(struct gb_run *r)
{
	for (unsigned int i = 0; i < r->nr_threads; i++)
		gb_unmap(r->threads[i].latency, sizeof(*r->threads[i].latency));
	gb_unmap(r->threads, r->nr_threads * sizeof(*r->threads));
}

int drive_lacks_option(const struct gb_workload *w)
{
	for (const struct gb_option *o = w->options; o && o->name; o++)
		if (!o->def)
			return 1;
	return 0;
}
