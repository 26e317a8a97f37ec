/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The OOM killer over emulated tasks: whoever registered with task_register().
 *
 * Score: pages held + oom_score_adj * total / 1000; -1000 is exempt.  One kill at a time:
 * until the victim's task_exit(), or for OOM_REAP_NS at most (the kernel's reaper gives up
 * after about that), everyone else waits.  The victim may dig to min/2 meanwhile.  With
 * nobody to kill a kernel panics; this one reports "oom-panic" and the request fails, unless
 * panic_on_bug.  But what waits for readers is memory on its way: a kernel's grace periods
 * end within its rounds of reclaim, ours when the system runs the threads of the other CPUs,
 * so before the panic the request waits for them.  kernel: mm/oom_kill.c; kernel-model R16 to
 * R18, 6.3.
 */
#include "kernel/slowpath.h"
#include "kernel/rcu.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define MAX_TASKS 64

struct gfp_task {
	int used;           /* atomic */
	int victim;         /* atomic */
	int skip;           /* OOM lock: killed, but did not go in time */
	uint64_t killed_ns; /* OOM lock */
	int oom_score_adj;
	unsigned long (*rss)(void *arg);
	void (*kill)(void *arg);
	void *arg;
	char comm[16];
};

static struct gfp_task tasks[MAX_TASKS];
static int lock; /* atomic; only ever tried */
static __thread struct gfp_task *current_task __attribute__((tls_model("initial-exec")));

int oom_trylock(void)
{
	return !gb_load_relaxed(&lock) && !gb_xchg_acquire(&lock, 1);
}

void oom_unlock(void)
{
	gb_store_release(&lock, 0);
}

/* NULL when all slots are taken.  Process context. */
struct gfp_task *task_register(const char *comm, int oom_score_adj,
			       unsigned long (*rss)(void *arg), void (*kill)(void *arg),
			       void *arg)
{
	for (int i = 0; i < MAX_TASKS; i++) {
		struct gfp_task *t = &tasks[i];
		int unused = 0;

		/* 2: being filled; the release store of 1 publishes it */
		if (!gb_cas_acquire(&t->used, &unused, 2))
			continue;
		t->victim = 0;
		t->skip = 0;
		t->oom_score_adj = oom_score_adj;
		t->rss = rss;
		t->kill = kill;
		t->arg = arg;
		snprintf(t->comm, sizeof(t->comm), "%s", comm);
		gb_store_release(&t->used, 1);
		return t;
	}
	return NULL;
}

void task_exit(struct gfp_task *task)
{
	if (!task)
		return;
	if (current_task == task)
		current_task = NULL;
	/* a killer may be looking at it */
	while (!oom_trylock())
		sleep_us(100);
	gb_store_relaxed(&task->victim, 0);
	gb_store_release(&task->used, 0);
	oom_unlock();
}

void task_enter(struct gfp_task *task)
{
	current_task = task;
}

bool task_is_oom_victim(const struct gfp_task *task)
{
	return task && gb_load_relaxed(&task->victim);
}

int current_is_oom_victim(void)
{
	return current_task && gb_load_relaxed(&current_task->victim);
}

/* Is a victim still on its way out?  Marks one that takes too long. */
static int victim_pending(void)
{
	for (int i = 0; i < MAX_TASKS; i++) {
		struct gfp_task *t = &tasks[i];

		if (gb_load_acquire(&t->used) != 1 || !gb_load_relaxed(&t->victim) ||
		    t->skip)
			continue;
		if (gb_monotonic_ns() - t->killed_ns < OOM_REAP_NS)
			return 1;
		t->skip = 1;
	}
	return 0;
}

static struct gfp_task *worst_task(void)
{
	struct gfp_task *worst = NULL;
	long worst_points = 0;

	for (int i = 0; i < MAX_TASKS; i++) {
		struct gfp_task *t = &tasks[i];
		long points;

		if (gb_load_acquire(&t->used) != 1 || gb_load_relaxed(&t->victim) ||
		    t->oom_score_adj == -1000)
			continue;
		points = (long)(t->rss ? t->rss(t->arg) : 0) +
			 t->oom_score_adj * (long)mm.nr_pages / 1000;
		if (!worst || points > worst_points) {
			worst = t;
			worst_points = points;
		}
	}
	return worst;
}

static void kill_task(struct gfp_task *t)
{
	t->killed_ns = gb_monotonic_ns();
	gb_store_relaxed(&t->victim, 1);
	count_vm_event(OOM_KILL);
	kernel_warn("oom-kill", "Out of memory: Killed process (%s) oom_score_adj:%d",
		    t->comm, t->oom_score_adj);
	if (t->kill)
		t->kill(t->arg);
}

/* Called with the OOM lock held; the caller sleeps afterwards, without it. */
int out_of_memory(const struct alloc_context *ac)
{
	struct gfp_task *t;

	if (!(ac->gfp & __GFP_FS) || victim_pending())
		return 1; /* R17: handled, nobody killed */
	t = worst_task();
	if (t) {
		kill_task(t);
		return 1;
	}
	if (rcu_waiting())
		return 1;
	kernel_bug("oom-panic", "Out of memory and no killable processes...");
	return 0;
}

/* kernel_config.stall_timeout_ms: so that no wait of a benchmark is endless. */
int stall_expired(uint64_t *since_ns, const struct alloc_context *ac)
{
	uint64_t limit = (uint64_t)mm.config.stall_timeout_ms * 1000000u;
	uint64_t now;

	if (!limit || (ac->gfp & __GFP_NOFAIL))
		return 0;
	now = gb_monotonic_ns();
	if (!*since_ns)
		*since_ns = now;
	if (now - *since_ns < limit)
		return 0;
	kernel_warn("oom-stall", "allocation of order %u stalled for %u ms: given up",
		    ac->order, mm.config.stall_timeout_ms);
	return 1;
}

void tasks_reset(void)
{
	for (int i = 0; i < MAX_TASKS; i++)
		tasks[i] = (struct gfp_task){ .used = 0 };
	current_task = NULL;
	lock = 0;
}
