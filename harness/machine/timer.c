/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Timer interrupts: one POSIX timer a CPU, delivered to its thread.
 *
 * The law is a schedule of absolute times on CLOCK_MONOTONIC that exists before any signal
 * does (open loop): fixed, base + n * period; Poisson, a running sum of exponential gaps
 * with the period as their mean, from a generator of its own.  The fixed law arms the
 * kernel's interval timer once; Poisson is a one-shot, re-armed for its next absolute time.
 *
 * An interrupt takes *everything that is due by the clock* when it is taken (gb_timer_claim),
 * since the signal and its overrun count (si_overrun) say the same but not after a deferral,
 * nor where a sanitizer queues signals.  So every expiry is claimed exactly once:
 *
 *     claimed by handlers + lost = expiries due at the last claim
 *
 * Fixed: one handler, for the newest; the older ones are lost, as a periodic timer merges.
 * Poisson: arrivals are as close as they happen to be, often closer than a signal takes, and
 * merging them would bend the law; so each has a handler of its own, one after the other, and
 * only of a backlog above GB_BACK_TO_BACK the oldest are lost.  Of one that fills due_ns[]
 * one in GB_DUE_MAX has a handler, to report the others: a CPU that the system seldom runs
 * would do nothing else any more.
 *
 * A signal whose expiry was claimed by an earlier interrupt finds nothing due and runs
 * nothing.  So does one that arrives after stop or pause, or one that someone else sent.
 *
 * A Poisson timer is re-armed when everything due has been claimed, deferred or not, so it
 * cannot fire in between.
 *
 * Timers are made with raw system calls: none of this allocates.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"

#include "machine/internal.h"

#define GB_RATE_MIN     1.0
#define GB_RATE_MAX     50000.0
#define GB_BACK_TO_BACK 8
#define GB_DUE_MAX      (64 + GB_BACK_TO_BACK)

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct gb_timer {
	volatile int armed; /* owner and its handlers only, as is everything else here */
	int id;             /* the kernel's */
	gb_irq_handler handler;
	void *arg;
	enum gb_irq_law law;
	uint64_t period_ns;
	uint64_t base_ns; /* FIXED: expiry 0 */
	uint64_t claimed; /* FIXED: expiries claimed since base_ns */
	uint64_t next_ns; /* POISSON: the first one not yet claimed */
	struct gb_rng rng;
	/* POISSON: what is due, newest first; the last `due` entries are not yet claimed */
	uint64_t due_ns[GB_DUE_MAX];
	unsigned int due;
};

static struct gb_timer timers[GB_MAX_CPUS];

static int settime(const struct gb_timer *t, uint64_t first_ns, uint64_t interval_ns)
{
	struct itimerspec when = {
		.it_value = { .tv_sec = (time_t)(first_ns / 1000000000u),
			      .tv_nsec = (long)(first_ns % 1000000000u) },
		.it_interval = { .tv_sec = (time_t)(interval_ns / 1000000000u),
				 .tv_nsec = (long)(interval_ns % 1000000000u) },
	};

	return (int)gb_raw_syscall4(SYS_timer_settime, t->id, TIMER_ABSTIME, (long)&when, 0);
}

/* An exponential gap of mean period_ns; never 0, for time moves on. */
static uint64_t gap(struct gb_timer *t)
{
	return 1 + (uint64_t)(-log1p(-gb_rng_unit(&t->rng)) * (double)t->period_ns);
}

static int claim_fixed(struct gb_timer *t, uint64_t now, struct gb_irq *irq)
{
	uint64_t due;

	if (now < t->base_ns)
		return 0;
	due = (now - t->base_ns) / t->period_ns + 1;
	if (due <= t->claimed)
		return 0;
	irq->intended_ns = t->base_ns + (due - 1) * t->period_ns;
	irq->lost = (unsigned int)(due - t->claimed - 1);
	irq->merged_ns = NULL;
	t->claimed = due;
	return 1;
}

/* Into the end of due_ns[], for the oldest come first and the newest shall stand first. */
static void collect(struct gb_timer *t, uint64_t now)
{
	unsigned int n = 0;

	while (t->next_ns <= now && n < GB_DUE_MAX) {
		t->due_ns[GB_DUE_MAX - 1 - n++] = t->next_ns;
		t->next_ns += gap(t);
	}
	memmove(t->due_ns, t->due_ns + GB_DUE_MAX - n, n * sizeof(t->due_ns[0]));
	t->due = n;
}

static int claim_poisson(struct gb_timer *t, uint64_t now, struct gb_irq *irq)
{
	if (!t->due)
		collect(t, now);
	if (!t->due) {
		/* always: a one-shot that is not re-armed is dead */
		GB_BUG_ON(settime(t, t->next_ns, 0));
		return 0;
	}
	irq->lost = t->next_ns <= now	     ? t->due - 1 :
		    t->due > GB_BACK_TO_BACK ? t->due - GB_BACK_TO_BACK :
					       0;
	t->due -= irq->lost + 1;
	irq->intended_ns = t->due_ns[t->due];
	irq->merged_ns = &t->due_ns[t->due + 1];
	return 1;
}

int gb_timer_claim(uint64_t now, struct gb_irq *irq, gb_irq_handler *handler, void **arg)
{
	struct gb_timer *t = gb_self.timer;

	if (!t || !t->armed)
		return 0;
	irq->period_ns = t->period_ns;
	*handler = t->handler;
	*arg = t->arg;
	return t->law == GB_IRQ_FIXED ? claim_fixed(t, now, irq) : claim_poisson(t, now, irq);
}

/* Every CPU starts at a phase of its own: interrupts that hit all CPUs at once are a
 * special case, not the normal one. */
static int arm(struct gb_timer *t)
{
	uint64_t now = gb_monotonic_ns();

	if (t->law == GB_IRQ_FIXED)
		t->base_ns = now + 1 + gb_rng_below(&t->rng, t->period_ns);
	else
		t->next_ns = now + gap(t);
	t->claimed = 0;
	t->due = 0;
	gb_barrier();
	t->armed = 1;
	return t->law == GB_IRQ_FIXED ? settime(t, t->base_ns, t->period_ns) :
					settime(t, t->next_ns, 0);
}

/* A signal that the kernel had queued has been handled when settime() returns; what a
 * sanitizer queued is handled at the fence or finds the timer disarmed. */
static void disarm(struct gb_timer *t)
{
	GB_BUG_ON(in_interrupt() || arch_irqs_disabled());
	GB_BUG_ON(settime(t, 0, 0));
	gb_fence_seq_cst();
	t->armed = 0;
	gb_barrier();
}

static int create(struct gb_timer *t, struct gb_error *e)
{
	struct sigevent event;
	int err;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_THREAD_ID;
	event.sigev_signo = gb_irq_signal_timer();
	event.sigev_notify_thread_id = gb_self.tid;
	err = (int)gb_raw_syscall4(SYS_timer_create, CLOCK_MONOTONIC, (long)&event,
				   (long)&t->id, 0);
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, -err,
				     err == -EAGAIN ?
					     "raise the limit of pending signals (ulimit -i)" :
					     "run without interrupts: --irq-rate=0",
				     "cannot make the interrupt timer of emulated CPU %d",
				     gb_self.id);
	return 0;
}

static int check_config(const struct gb_timer_config *c, struct gb_error *e)
{
	GB_BUG_ON(!gb_is_cpu() || gb_self.timer || !c->handler);
	if (!(c->rate_hz >= GB_RATE_MIN && c->rate_hz <= GB_RATE_MAX))
		return gb_fail(e, GB_EXIT_USAGE, "1 to 50000 interrupts per second and CPU",
			       "interrupt rate %g Hz is out of range", c->rate_hz);
	return 0;
}

int gb_timer_start(const struct gb_timer_config *c, struct gb_error *e)
{
	struct gb_timer *t;
	int err;

	if (check_config(c, e))
		return -GB_EXIT_USAGE;
	t = &timers[gb_self.id];
	*t = (struct gb_timer){
		.handler = c->handler,
		.arg = c->arg,
		.law = c->law,
		.period_ns = (uint64_t)(1e9 / c->rate_hz + 0.5),
		.rng = gb_rng_seed(c->seed, (uint64_t)gb_self.id),
	};
	if (create(t, e))
		return -GB_EXIT_HARNESS;
	gb_self.timer = t;
	err = arm(t);
	if (err) {
		t->armed = 0;
		gb_self.timer = NULL;
		gb_raw_syscall2(SYS_timer_delete, t->id, 0);
		return gb_fail_errno(e, GB_EXIT_HARNESS, -err, NULL,
				     "cannot start the interrupt timer of emulated CPU %d",
				     gb_self.id);
	}
	return 0;
}

void gb_timer_stop(void)
{
	struct gb_timer *t = gb_self.timer;

	if (!t)
		return;
	disarm(t);
	gb_self.timer = NULL;
	GB_BUG_ON(gb_raw_syscall2(SYS_timer_delete, t->id, 0));
}

void gb_timer_pause(void)
{
	if (gb_self.timer)
		disarm(gb_self.timer);
}

void gb_timer_resume(void)
{
	if (gb_self.timer)
		GB_BUG_ON(arm(gb_self.timer));
}
