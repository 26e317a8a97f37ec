/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The threads of a runner.  Worker i plays emulated CPU i and stays on the i-th allowed
 * core (modulo their number).  A workload may end the thread (handover): then the worker
 * goes offline, starts a successor and exits; the successor joins it, comes online and
 * goes on in the middle of the command.  No interrupt is armed while a thread starts,
 * ends, or waits for a command.
 */
#include "runner_int.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sanitizer.h"

static void futex_wait(uint32_t *word, uint32_t value, const struct timespec *timeout)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, timeout, NULL, 0);
}

static void futex_wake_all(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void pin(const struct gb_worker *w)
{
	cpu_set_t allowed, one;
	int n, want;

	if (!w->runner->cell.pin || sched_getaffinity(getpid(), sizeof(allowed), &allowed))
		return;
	n = CPU_COUNT(&allowed);
	want = (int)w->id % (n > 0 ? n : 1);
	for (int core = 0; core < CPU_SETSIZE; core++) {
		if (!CPU_ISSET(core, &allowed) || want-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(core, &one);
		/* Failing to pin costs precision, never correctness. */
		(void)!sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

/* Everybody starts together: whoever arrives first waits, giving its core away. */
static void start_line(struct gb_runner *r)
{
	gb_add_acq_rel(&r->arrived, 1);
	while (gb_load_acquire(&r->arrived) < r->run.nr_threads)
		sched_yield();
}

static void finish_command(struct gb_worker *w)
{
	struct gb_runner *r = w->runner;

	w->in_command = 0;
	/* A call that it sent counts on its target, whose own part may be done long since. */
	if (gb_is_cpu())
		gb_ipi_wait_all();
	/* It takes no further part: whoever waits for its work would wait for ever. */
	if (w->error.code)
		gb_store_relaxed(&r->stop, 1);
	/* pairs with the acquire in gb_workers_command */
	gb_add_acq_rel(&r->done, 1);
	futex_wake_all(&r->done);
}

static void wait_for_command(struct gb_worker *w)
{
	struct gb_runner *r = w->runner;

	/* A wait with an end is not begun anew after a signal: the thread sanitizer only notes
	 * signals, and runs their handlers when the thread comes back to it. */
	const struct timespec minute = { .tv_sec = 60 };

	/* pairs with the release in gb_workers_command */
	while (gb_load_acquire(&r->turn) == w->seen_turn)
		futex_wait(&r->turn, w->seen_turn, GB_TSAN ? &minute : NULL);
	w->seen_turn++;
	w->in_command = 1;
	start_line(r);
}

static void *worker_main(void *arg);

static void go_offline(struct gb_worker *w)
{
	gb_phase_disarm(w);
	if (w->runner->ref.backend->cpu_offline)
		w->runner->ref.backend->cpu_offline(w->id);
	gb_cpu_offline();
}

static int come_online(struct gb_worker *w)
{
	w->timer_started = 0;
	pin(w);
	/* The allocator makes its per-thread state before an interrupt could need it. */
	free(malloc(64));
	if (gb_cpu_online(w->id, &w->error))
		return -1;
	if (w->runner->ref.backend->cpu_online)
		w->runner->ref.backend->cpu_online(w->id);
	return 0;
}

static int start_thread(struct gb_worker *w, struct gb_error *e)
{
	int err = pthread_create(&w->pthread, NULL, worker_main, w);

	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, err,
				     "raise the limit of processes (ulimit -u, pids.max)",
				     "cannot start a thread");
	return 0;
}

/* Called offline, as the last act of a pthread. */
static void hand_over(struct gb_worker *w)
{
	w->predecessor = pthread_self();
	w->has_predecessor = 1;
	if (start_thread(w, &w->error)) {
		w->has_predecessor = 0;
		finish_command(w);
	}
}

static void obey(struct gb_worker *w)
{
	for (;;) {
		if (!w->in_command)
			wait_for_command(w);
		if (w->runner->command == GB_CMD_EXIT) {
			go_offline(w);
			finish_command(w);
			return;
		}
		if (gb_phase_execute(w, w->runner->command)) {
			go_offline(w);
			hand_over(w);
			return;
		}
		finish_command(w);
	}
}

static void *worker_main(void *arg)
{
	struct gb_worker *w = arg;

	if (w->has_predecessor) {
		pthread_join(w->predecessor, NULL);
		w->has_predecessor = 0;
	}
	if (come_online(w)) {
		/* No CPU, no work: report, and take no part in any further command. */
		if (!w->in_command)
			wait_for_command(w);
		finish_command(w);
		return NULL;
	}
	obey(w);
	return NULL;
}

int gb_workers_start(struct gb_runner *r, struct gb_error *e)
{
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		r->workers[i].runner = r;
		r->workers[i].t = &r->run.threads[i];
		r->workers[i].id = i;
		r->workers[i].chunk = 16;
		if (start_thread(&r->workers[i], e))
			return -e->code;
	}
	return 0;
}

static void wait_for_workers(struct gb_runner *r, uint64_t limit_ns)
{
	uint64_t start = gb_monotonic_ns(), now, step, next = start;
	uint32_t done;

	while ((done = gb_load_acquire(&r->done)) < r->run.nr_threads) {
		struct timespec ts;

		now = gb_monotonic_ns();
		if (limit_ns && now - start >= limit_ns)
			gb_store_relaxed(&r->stop, 1);
		if (now >= next) {
			gb_runner_sample(r);
			gb_phases_look(r);
			next = now + r->cell.interval_ns;
		}
		step = r->cell.interval_ns;
		if (limit_ns && now - start < limit_ns && limit_ns - (now - start) < step)
			step = limit_ns - (now - start);
		ts.tv_sec = (time_t)(step / 1000000000u);
		ts.tv_nsec = (long)(step % 1000000000u);
		futex_wait(&r->done, done, &ts);
	}
	gb_runner_sample(r);
	gb_phases_look(r);
}

int gb_workers_command(struct gb_runner *r, enum gb_command c, uint64_t limit_ns)
{
	r->command = c;
	r->done = 0;
	r->arrived = 0;
	gb_store_relaxed(&r->stop, 0);
	/* pairs with the acquire in wait_for_command */
	gb_store_release(&r->turn, r->turn + 1);
	futex_wake_all(&r->turn);
	wait_for_workers(r, limit_ns);
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		if (!r->workers[i].error.code)
			continue;
		r->page->error = r->workers[i].error;
		return -1;
	}
	return 0;
}

void gb_workers_join(struct gb_runner *r)
{
	if (gb_workers_command(r, GB_CMD_EXIT, 0))
		return;
	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		pthread_join(r->workers[i].pthread, NULL);
}
