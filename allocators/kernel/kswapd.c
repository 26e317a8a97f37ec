/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * kswapd: one thread that reclaims in the background, on an emulated CPU of its own beyond
 * those of the workers (kernel-model 6.3).
 *
 * Woken when an allocation finds every zone below low.  It reclaims until any one eligible
 * zone is above high (balanced), works off the watermark boost, waits up to 100 ms in case
 * it is needed at once again, then sleeps.  Sixteen fruitless runs make it hopeless: nobody
 * wakes it until someone makes progress.
 *
 * Waking without a system call.  A waker in atomic context must not enter the system, so
 * waking is a store to `wanted`; a waker in process context follows it with a futex wake.
 * The sleeping thread looks at `wanted` by itself every millisecond while memory is near
 * the low mark, every ten otherwise: that is how late an atomic waker may be served.
 */
#include "kernel/reclaim.h"
#include "kernel/lru.h"
#include "kernel/zones.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define NEAR_POLL_NS 1000000
#define FAR_POLL_NS  10000000
#define REST_NS      100000000 /* the tentative sleep after a balance */

static struct {
	uint32_t wanted;    /* atomic; the futex word: 1 = run */
	/* atomic: the largest asked for and not taken up yet; -1: no zone.  Written before
	 * `wanted` is set, taken after it was cleared: nothing asked for is lost. */
	int order, highest;
	int serving;        /* kswapd's: the highest zone of the last run */
	int awake;          /* atomic: between wake and sleep */
	int failures;       /* atomic: fruitless runs in a row */
	int stop;           /* atomic */
	int running;
	pthread_t thread;
	int online; /* atomic: 1 up, -1 failed */
	struct gb_error error;
} k;

/* ------------------------------------------------------------------ wakers */

static void futex_wake(void)
{
	syscall(SYS_futex, &k.wanted, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int kswapd_is_awake(void)
{
	return gb_load_relaxed(&k.awake);
}

int kswapd_hopeless(void)
{
	return gb_load_relaxed(&k.failures) >= MAX_RECLAIM_RETRIES;
}

void kswapd_note_progress(void)
{
	if (gb_load_relaxed(&k.failures))
		gb_store_relaxed(&k.failures, 0);
}

static int zone_boosted(int highest)
{
	for (int i = 0; i <= highest; i++)
		if (gb_load_relaxed(&mm.zones[i].boost))
			return 1;
	return 0;
}

/* Any eligible zone above high for the order; kernel: pgdat_balanced */
static int balanced(unsigned int order, int highest)
{
	int populated = 0;

	for (int i = 0; i <= highest; i++) {
		struct zone *z = &mm.zones[i];

		if (!z->managed)
			continue;
		populated = 1;
		if (zone_watermark_ok(z, order, zone_wmark(z, WMARK_HIGH), highest,
				      ALLOC_WMARK_HIGH, zone_free_pages(z)))
			return 1;
	}
	return !populated;
}

static void raise_to(int *have, int want)
{
	int old = gb_load_relaxed(have);

	while (old < want && !gb_cas_relaxed(have, &old, want))
		;
}

/* Any context; R3, R25.  kernel: mm/vmscan.c, wakeup_kswapd */
void wakeup_kswapd(int highest, unsigned int order, gfp_t gfp)
{
	if (!(gfp & __GFP_KSWAPD_RECLAIM) && !mm.profile->kswapd_always)
		return;
	if (!gb_load_relaxed(&k.wanted) &&
	    (kswapd_hopeless() || (balanced(order, highest) && !zone_boosted(highest))))
		return;
	raise_to(&k.order, (int)order);
	raise_to(&k.highest, highest);
	if (gb_xchg_acq_rel(&k.wanted, 1))
		return;
	count_vm_event(KSWAPD_WAKE);
	if (!in_atomic() && !arch_irqs_disabled())
		futex_wake();
}

/* ------------------------------------------------------------------ sleeping */

static int near_low(void)
{
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *z = &mm.zones[i];

		if (z->managed && zone_free_pages(z) < 2 * zone_wmark(z, WMARK_HIGH))
			return 1;
	}
	return 0;
}

/* Until wanted, stopped, or @ns have passed; true when wanted. */
static int wait_wanted(uint64_t ns)
{
	struct timespec t = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };

	if (!gb_load_acquire(&k.wanted) && !gb_load_acquire(&k.stop))
		syscall(SYS_futex, &k.wanted, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0);
	return (int)gb_load_acquire(&k.wanted);
}

static void sleep_until_wanted(void)
{
	while (!gb_load_acquire(&k.stop))
		if (wait_wanted(near_low() ? NEAR_POLL_NS : FAR_POLL_NS))
			return;
}

/* kernel: kswapd_try_to_sleep.  The tentative sleep ends early when memory runs low again:
 * then the balance did not last and kswapd goes on. */
static void try_to_sleep(void)
{
	uint64_t until = gb_monotonic_ns() + REST_NS;

	while (!gb_load_acquire(&k.stop) && gb_monotonic_ns() < until)
		if (wait_wanted(NEAR_POLL_NS)) {
			count_vm_event(KSWAPD_LOW_WMARK_HIT_QUICKLY);
			return;
		}
	if (!balanced(0, k.serving) && !kswapd_hopeless()) {
		count_vm_event(KSWAPD_HIGH_WMARK_HIT_QUICKLY);
		return;
	}
	gb_store_relaxed(&k.awake, 0);
	sleep_until_wanted();
	gb_store_relaxed(&k.awake, !gb_load_relaxed(&k.stop));
}

/* ------------------------------------------------------------------ balancing */

static unsigned long target(int highest)
{
	unsigned long n = 0;

	for (int i = 0; i <= highest; i++) {
		unsigned long high = zone_wmark(&mm.zones[i], WMARK_HIGH);

		if (mm.zones[i].managed)
			n += high > SWAP_CLUSTER_MAX ? high : SWAP_CLUSTER_MAX;
	}
	return n;
}

static void clear_boost(int highest)
{
	for (int i = 0; i <= highest; i++)
		gb_store_relaxed(&mm.zones[i].boost, 0);
}

/* From priority 12 up to 1 until balanced; returns pages reclaimed.
 * kernel: balance_pgdat */
static unsigned long balance(unsigned int order, int highest)
{
	unsigned long total = 0;
	int boosted = zone_boosted(highest);
	int priority = DEF_PRIORITY;

	count_vm_event(PAGEOUTRUN);
	while (priority >= 1 && !gb_load_relaxed(&k.stop)) {
		struct reclaim_stat stat = { 0, 0 };

		if (balanced(order, highest) && !(boosted && priority > DEF_PRIORITY - 2))
			break;
		reclaim_pass(GFP_KERNEL, highest, priority, target(highest), &stat);
		count_vm_events(PGSCAN_KSWAPD, stat.scanned);
		count_vm_events(PGSTEAL_KSWAPD, stat.reclaimed);
		total += stat.reclaimed;
		if (order && total >= 2UL << order)
			order = 0;
		if (!stat.reclaimed || stat.scanned < target(highest) || boosted)
			priority--;
	}
	pcp_drain_cpu((unsigned int)gb_self.id);
	clear_boost(highest);
	return total;
}

/* What is asked for; nothing new: the zones of the last run again. */
static unsigned int take_up(void)
{
	unsigned int order;
	int highest;

	gb_xchg_acq_rel(&k.wanted, 0); /* pairs with that of wakeup_kswapd() */
	order = (unsigned int)gb_xchg_relaxed(&k.order, 0);
	highest = gb_xchg_relaxed(&k.highest, -1);
	if (highest >= 0)
		k.serving = highest;
	return order;
}

static void run_once(void)
{
	unsigned int order = take_up();
	int boosted = zone_boosted(k.serving);

	gb_store_relaxed(&k.awake, 1);
	if (balance(order, k.serving))
		gb_store_relaxed(&k.failures, 0);
	else if (!boosted && !balanced(0, k.serving))
		gb_add_relaxed(&k.failures, 1);
}

static void *kswapd_main(void *arg)
{
	int id = gb_cpu_spare_id();

	(void)arg;
	free(malloc(64)); /* libc's per-thread state exists before this thread is a CPU */
	if (id < 0)
		gb_fail(&k.error, GB_EXIT_HARNESS, "use fewer threads",
			"no emulated CPU is left for kswapd");
	else if (!gb_cpu_online((unsigned int)id, &k.error))
		(void)!kernel_cpu_attach((unsigned int)id, &k.error);
	gb_store_release(&k.online, k.error.code ? -1 : 1);
	if (k.error.code)
		return NULL;
	gb_self.task_flags |= PF_MEMALLOC | PF_KSWAPD;
	sleep_until_wanted();
	while (!gb_load_acquire(&k.stop)) {
		run_once();
		try_to_sleep();
	}
	gb_self.task_flags = 0;
	kernel_cpu_detach();
	gb_cpu_offline();
	return NULL;
}

/* ------------------------------------------------------------------ start, stop */

int kswapd_start(struct gb_error *e)
{
	sigset_t all, old;
	int err;

	memset(&k, 0, sizeof(k));
	k.highest = -1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* the workers' timers are not for it */
	err = pthread_create(&k.thread, NULL, kswapd_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, err, NULL,
				     "cannot start kswapd");
	k.running = 1;
	while (!gb_load_acquire(&k.online))
		sleep_us(100);
	if (gb_load_acquire(&k.online) < 0) {
		*e = k.error;
		kswapd_stop();
		return -GB_EXIT_HARNESS;
	}
	return 0;
}

void kswapd_stop(void)
{
	if (!k.running)
		return;
	gb_store_release(&k.stop, 1);
	gb_store_release(&k.wanted, 1);
	futex_wake();
	pthread_join(k.thread, NULL);
	k.running = 0;
	gb_store_relaxed(&k.awake, 0);
}
