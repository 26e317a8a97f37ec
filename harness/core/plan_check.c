/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A workload's own plan hook refuses impossible parameters and unreadable files, and
 * declares the peak of live bytes.  It is asked before anything runs, so that the mistake
 * is the caller's (exit 2) and not a failed sample; and in a forked child, so that what it
 * maps or reads does not stay in the parent.  So is the system, whether it lets us start so
 * many threads.
 */
#include "plan.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HINT_PROCESSES \
	"use fewer --threads, or raise the limit of processes (ulimit -u, pids.max)"

struct answer {
	int done;
	uint64_t peak_live_bytes, max_block_bytes;
	char note[240];
	struct gb_error error;
};

static void answer(const struct gb_plan_cell *c, struct answer *a)
{
	struct gb_heap heap = { 0 };
	struct gb_run run = {
		.workload = c->workload,
		.heap = &heap,
		.backend_caps = c->ref.caps,
		.nr_threads = (unsigned int)c->cell.threads,
		.seed = 1,
		.irq_rate_hz = c->cell.irq_rate_hz,
		.ram_bytes = c->cell.ram_bytes,
	};
	void *options = calloc(1, c->workload->options_size + 1);

	GB_BUG_ON(!options);
	run.options = options;
	if (c->workload->options &&
	    gb_options_parse(c->workload->options, options, c->workload->name, c->cell.params,
			     &a->error))
		return;
	if (!gb_workload_plan(&run, &a->error)) {
		a->peak_live_bytes = run.peak_live_bytes;
		a->max_block_bytes = run.max_block_bytes;
		snprintf(a->note, sizeof(a->note), "%s", run.note);
	}
	a->done = 1;
}

static int judge(struct gb_plan_cell *c, const struct answer *a, int status,
		 struct gb_error *e)
{
	if (a->error.code == GB_EXIT_USAGE) {
		*e = a->error;
		return -e->code;
	}
	if (a->error.code)
		snprintf(c->unavailable, sizeof(c->unavailable), "%s", a->error.what);
	else if (!a->done || status)
		return gb_fail(e, GB_EXIT_HARNESS, "this is a bug of the workload",
			       "workload %s died while it was planning (wait status %#x)",
			       c->workload->name, (unsigned int)status);
	c->peak_live_bytes = a->peak_live_bytes;
	c->max_block_bytes = a->max_block_bytes;
	snprintf(c->note, sizeof(c->note), "%s", a->note);
	return 0;
}

int gb_plan_ask(struct gb_plan_cell *c, struct gb_error *e)
{
	struct answer *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	pid_t pid;

	if (a == MAP_FAILED)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot map memory");
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		answer(c, a);
		_exit(0);
	}
	if (pid < 0)
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, HINT_PROCESSES, "cannot fork");
	else {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		(void)!judge(c, a, status, e);
	}
	munmap(a, sizeof(*a));
	return -e->code;
}

/* --- threads --------------------------------------------------------------------------- */

#define HELPERS 6u /* kswapd, RCU, the IPI helper...: more than any backend starts */

static void *wait_on(void *gate)
{
	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

/* In a child: all of them at once; they end with it.  Static: they wait for the gate when
 * this has returned. */
static int start_threads(unsigned int n)
{
	static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_attr_t attr;
	pthread_t thread;
	int err = 0;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 128 << 10);
	pthread_mutex_lock(&gate);
	for (unsigned int i = 0; i < n && !err; i++)
		err = pthread_create(&thread, &attr, wait_on, &gate);
	return err;
}

int gb_plan_try_threads(unsigned int n, struct gb_error *e)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(start_threads(n + HELPERS));
	if (pid < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, HINT_PROCESSES, "cannot fork");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return gb_fail(e, GB_EXIT_HARNESS, HINT_PROCESSES,
		       "--threads: the machine cannot start %u threads (%s)", n,
		       WIFEXITED(status) ? strerror(WEXITSTATUS(status)) : "killed");
}
