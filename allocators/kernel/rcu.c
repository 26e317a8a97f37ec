/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * RCU callbacks.  call_rcu may come from any context, so queueing is one compare-and-swap
 * onto a list of the calling CPU and context: no lock, no system call, no memory.  A thread on
 * an emulated CPU of its own takes all lists every few milliseconds, waits for a
 * grace period, and runs what it took as a softirq, in the order of queueing.
 *
 * A kfree_rcu object has no function: func holds the offset of its rcu_head, below 4096
 * (the kernel's encoding).
 */
#include "kernel/rcu.h"
#include "kernel/rcu_grace.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS 5000000
#define NR_SLOTS \
	(GB_MAX_CPUS * GB_NR_CONTEXTS + 1) /* the last: threads that are no CPU */

static struct {
	struct rcu_head *head; /* atomic: newest first */
} GB_ALIGNED_LINE slots[NR_SLOTS];

void (*rcu_free_object)(const void *p); /* atomic */

static struct {
	uint32_t kick;            /* atomic; futex word */
	uint32_t requested, done; /* atomic: barriers asked for and served */
	int stop, online;         /* atomic */
	int busy;                 /* atomic: callbacks were taken and not all run yet */
	int running;
	pthread_t thread;
	struct gb_error error;
} r;

/* ------------------------------------------------------------------ readers */

void rcu_cpu_online(void)
{
	grace_register();
}

void rcu_cpu_offline(void)
{
	grace_unregister();
}

void gfp_rcu_read_lock(void)
{
	gb_self.rcu_depth++;
	grace_read_lock();
}

void gfp_rcu_read_unlock(void)
{
	grace_read_unlock();
	gb_self.rcu_depth--;
}

void gfp_synchronize_rcu(void)
{
	if (!mm_ready("synchronize_rcu"))
		return;
	if (gb_might_sleep("synchronize_rcu"))
		return; /* waiting here would wait for ourselves */
	grace_synchronize();
}

/* ------------------------------------------------------------------ queueing */

static unsigned int slot_now(void)
{
	if (!gb_is_cpu())
		return NR_SLOTS - 1;
	return (unsigned int)gb_self.id * GB_NR_CONTEXTS + gb_context_now();
}

/* kernel: kernel/rcu/tree.c, call_rcu.  Any context. */
void gfp_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	struct rcu_head **list = &slots[slot_now()].head;
	struct rcu_head *newest;

	if (!mm_ready("call_rcu"))
		return;
	head->func = func;
	newest = gb_load_relaxed(list);
	do
		head->next = newest;
	while (!gb_cas_acq_rel(list, &newest, head)); /* pairs with the xchg in take() */
}

int rcu_waiting(void)
{
	/* a list that was taken reads NULL only after busy was set */
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		if (gb_load_acquire(&slots[i].head))
			return 1;
	return gb_load_acquire(&r.busy);
}

static void kick(void)
{
	gb_store_release(&r.kick, 1);
	syscall(SYS_futex, &r.kick, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Until every callback queued so far has run.  May sleep. */
void gfp_rcu_barrier(void)
{
	uint32_t mine;

	if (!mm_ready("rcu_barrier") || gb_might_sleep("rcu_barrier"))
		return;
	mine = gb_add_acq_rel(&r.requested, 1);
	kick();
	while ((int32_t)(gb_load_acquire(&r.done) - mine) < 0)
		sleep_us(200);
}

/* ------------------------------------------------------------------ the thread */

/* A slot's callbacks, oldest first. */
static struct rcu_head *take(unsigned int slot)
{
	struct rcu_head *at = gb_xchg_acq_rel(&slots[slot].head, NULL);
	struct rcu_head *oldest = NULL;

	while (at) {
		struct rcu_head *next = at->next;

		at->next = oldest;
		oldest = at;
		at = next;
	}
	return oldest;
}

static void invoke(struct rcu_head *head)
{
	uintptr_t offset = (uintptr_t)head->func;
	void (*free_object)(const void *) = gb_load_acquire(&rcu_free_object);

	if (offset >= PAGE_SIZE)
		head->func(head);
	else if (free_object)
		free_object((char *)head - offset);
}

static void run_list(void *arg)
{
	struct rcu_head *at = arg;

	while (at) {
		struct rcu_head *next = at->next; /* the callback may free it */

		invoke(at);
		count_vm_event(RCU_CALLBACKS);
		at = next;
	}
}

/* One grace period's worth; the number of lists that had something. */
static int cycle(void)
{
	static struct rcu_head *taken[NR_SLOTS];
	uint32_t requested = gb_load_acquire(&r.requested);
	int n = 0;

	gb_store_relaxed(&r.busy, 1);
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		taken[i] = gb_load_relaxed(&slots[i].head) ? take(i) : NULL;
		n += !!taken[i];
	}
	if (n)
		grace_synchronize();
	for (unsigned int i = 0; i < NR_SLOTS && n; i++)
		if (taken[i])
			gb_run_as_softirq(run_list, taken[i]);
	gb_store_release(&r.busy, 0); /* what they freed is seen by who sees this */
	gb_store_release(&r.done, requested);
	return n;
}

/* What was queued after the thread had gone; the machine goes down. */
void rcu_run_rest(void)
{
	while (cycle())
		;
}

/* This thread is also the machine's work queue. */
static void housekeeping(void)
{
	for (int i = 0; mm_layers[i]; i++)
		if (mm_layers[i]->housekeeping)
			mm_layers[i]->housekeeping();
}

static void doze(void)
{
	struct timespec t = { 0, POLL_NS };

	if (!gb_load_acquire(&r.kick))
		syscall(SYS_futex, &r.kick, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0);
	gb_store_release(&r.kick, 0);
}

static void *rcu_main(void *arg)
{
	int id = gb_cpu_spare_id();

	(void)arg;
	free(malloc(64));
	if (id < 0)
		gb_fail(&r.error, GB_EXIT_HARNESS, "use fewer threads",
			"no emulated CPU is left for RCU");
	else if (!gb_cpu_online((unsigned int)id, &r.error))
		(void)!kernel_cpu_attach((unsigned int)id, &r.error);
	gb_store_release(&r.online, r.error.code ? -1 : 1);
	if (r.error.code)
		return NULL;
	while (!gb_load_acquire(&r.stop)) {
		cycle();
		housekeeping();
		doze();
	}
	while (cycle())
		;
	kernel_cpu_detach();
	gb_cpu_offline();
	return NULL;
}

int rcu_start(struct gb_error *e)
{
	sigset_t all, old;
	int err;

	memset(&r, 0, sizeof(r));
	memset(slots, 0, sizeof(slots));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&r.thread, NULL, rcu_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, err, NULL,
				     "cannot start the RCU thread");
	r.running = 1;
	while (!gb_load_acquire(&r.online))
		sleep_us(100);
	if (gb_load_acquire(&r.online) < 0) {
		*e = r.error;
		rcu_stop();
		return -GB_EXIT_HARNESS;
	}
	return 0;
}

void rcu_stop(void)
{
	if (!r.running)
		return;
	gb_store_release(&r.stop, 1);
	kick();
	pthread_join(r.thread, NULL);
	r.running = 0;
}
