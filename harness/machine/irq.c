/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Hardirqs: from a signal to a handler, and the soft disable in between.
 *
 * A signal of the machine can land between any two instructions, so the whole of its
 * handler rests on one flag, irqs_disabled:
 *
 *   signal ── flag set? ── yes ── pending |= source; note when; return
 *                  └────── no ─── flag = 1; run the source as a hardirq;
 *                                 flag = 0; replay what became pending; softirqs; return
 *
 * Between the test of the flag and its setting another signal may run through the whole
 * picture; it leaves the flag as it found it, so nothing is lost.  The signals are
 * installed with an empty mask and SA_NODEFER: with masked signals a hardirq could not
 * interrupt a softirq that runs at the end of another one, unless the handler made system
 * calls to unmask them.  The depth of frames stays small: a second hardirq only defers, and
 * a hardirq on top of softirqs runs no softirqs.
 *
 * Clearing the flag and looking at the pending bits are two steps; a signal between them
 * runs at once and replays the rest itself, after which the look finds nothing.
 *
 * An interrupt handler runs with the interrupted code's locks held, so all of this uses
 * only the vDSO's clock, atomics and this thread's own state.  The one system call is the
 * Poisson timer's (timer.c), made through the raw stub.
 *
 * Left out: priorities among sources (timer, then raised, then calls), nesting of hardirqs,
 * NMIs.
 */
#include "machine/irq.h"

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"

#include "machine/internal.h"
#include "machine/watch.h"

/* ThreadSanitizer asks for its defaults: handlers of this machine allocate, that is what it
 * is for, so an allocation in a signal handler is no finding.  Nobody else calls it. */
const char *__tsan_default_options(void);

__attribute__((visibility("default"), used)) const char *__tsan_default_options(void)
{
	return "report_signal_unsafe=0";
}

/* Text in which an interrupted context's place is not noted yet, or no more. */
#define ENTRY __attribute__((section("gbirqentry"), noinline))
extern const char __start_gbirqentry[], __stop_gbirqentry[];

#define HARD_SOURCES (GB_IRQ_TIMER | GB_IRQ_IPI | GB_IRQ_RAISED)

static __thread struct {
	void (*fn)(void *arg);
	void *arg;
} raised __attribute__((tls_model("initial-exec")));

/* The first two real-time signals are likely to be taken by others. */
int gb_irq_signal_timer(void)
{
	return SIGRTMIN + 3;
}

int gb_irq_signal_ipi(void)
{
	return SIGRTMIN + 4;
}

void gb_irq_enter(void)
{
	gb_self.preempt_count = gb_self.preempt_count + HARDIRQ_OFFSET;
	gb_context_changed();
	gb_watch_enter();
}

void gb_irq_leave(void)
{
	gb_watch_leave();
	gb_barrier();
	gb_self.preempt_count = gb_self.preempt_count - HARDIRQ_OFFSET;
	gb_context_changed();
}

/* Everything due by @now; returns how many handlers ran. */
static unsigned int run_timer(uint64_t now)
{
	struct gb_irq irq = { .entry_ns = now };
	unsigned int ran = 0;
	gb_irq_handler handler;
	void *arg;

	while (gb_timer_claim(now, &irq, &handler, &arg)) {
		if (ran++)
			irq.entry_ns = gb_monotonic_ns();
		gb_self.stats.irq_count++;
		gb_self.stats.irq_lost += irq.lost;
		gb_irq_enter();
		handler(&irq, arg);
		gb_irq_leave();
	}
	return ran;
}

static unsigned int run_raised(void)
{
	gb_self.stats.irq_count++;
	gb_self.stats.irq_raised++;
	gb_irq_enter();
	raised.fn(raised.arg);
	gb_irq_leave();
	return 1;
}

/* The flag is set.  Returns how many of @sources had something to run. */
static unsigned int run_sources(uint32_t sources, uint64_t now)
{
	unsigned int ran = 0;

	if (sources & GB_IRQ_TIMER)
		ran += run_timer(now);
	if (sources & GB_IRQ_RAISED)
		ran += run_raised();
	if (sources & GB_IRQ_IPI) {
		gb_ipi_run();
		ran++;
	}
	return ran;
}

static void defer(uint32_t source, uint64_t now)
{
	if (!(gb_fetch_or_acq_rel(&gb_self.irq_pending, source) & HARD_SOURCES))
		gb_self.irq_off_since_ns = now;
}

static void replay_once(void)
{
	uint64_t since, now;
	uint32_t sources;
	unsigned int ran;

	gb_self.irqs_disabled = 1;
	gb_barrier();
	/* Before the bits go: later ones overwrite it.  Without bits it is an old time, and
	 * what comes between here and the exchange has not waited. */
	since = gb_self.irq_pending & HARD_SOURCES ? gb_self.irq_off_since_ns : UINT64_MAX;
	gb_barrier();
	sources = gb_xchg_acq_rel(&gb_self.irq_pending, 0);
	if (sources & HARD_SOURCES) {
		now = gb_monotonic_ns();
		ran = run_sources(sources, now);
		gb_self.stats.irq_deferred += ran;
		if (ran && now > since && now - since > gb_self.stats.irq_off_max_ns)
			gb_self.stats.irq_off_max_ns = now - since;
	}
	gb_barrier();
	gb_self.irqs_disabled = 0;
	gb_barrier();
}

void gb_irq_replay(void)
{
	int saved = errno; /* restore is called from code that is no handler */

	while (gb_self.irq_pending)
		replay_once();
	if (gb_self.softirq_pending)
		gb_softirq_run();
	errno = saved;
}

/* A source has something, here and now, on this CPU. */
static void arrive(uint32_t source)
{
	uint64_t now = gb_monotonic_ns();
	int saved = errno;

	if (gb_self.irqs_disabled) {
		defer(source, now);
		return;
	}
	gb_self.irqs_disabled = 1;
	gb_barrier();
	run_sources(source, now);
	gb_barrier();
	gb_self.irqs_disabled = 0;
	gb_barrier();
	gb_irq_replay();
	errno = saved;
}

/* Where did the context itself stop?  The signal that interrupted it may be one of ours
 * that has not noted that yet, or has just taken it back.  So the code that runs before the
 * note and after it, and the return from a signal, lie in sections of their own, and a
 * signal that interrupted those knows only that the place is unknown.
 *
 * Two pending signals are delivered one on top of the other's first instruction: the call
 * on top of the timer.  A CPU that the system seldom runs finds both pending each time, and
 * who asks it to drain would never hear from it.  So that call waits for the timer's
 * handler, which will know the place, and looks for what is pending when it is done.  Until
 * then the place is unknown, to a second expiry of the timer above all: it would take the
 * call's clock for the place. */
static int in_signal_entry(uintptr_t ip)
{
	return (ip >= (uintptr_t)__start_gbirqentry && ip < (uintptr_t)__stop_gbirqentry) ||
	       gb_signal_return_text(ip);
}

ENTRY uintptr_t gb_irq_note_ip(enum gb_context interrupted, const void *context)
{
	uintptr_t was = gb_self.interrupted_ip[interrupted], ip;

	if (was || gb_self.irqs_disabled)
		return was;
	ip = gb_signal_ip(context);
	gb_self.interrupted_ip[interrupted] = UINTPTR_MAX; /* until it is looked at */
	gb_barrier();
	if (!in_signal_entry(ip))
		gb_self.interrupted_ip[interrupted] = ip;
	return was;
}

ENTRY static void on_signal(uint32_t source, const void *context)
{
	enum gb_context interrupted = gb_context_now();
	uintptr_t was;

	if (!gb_is_cpu())
		return;
	was = gb_irq_note_ip(interrupted, context);
	arrive(source);
	gb_self.interrupted_ip[interrupted] = was;
}

ENTRY static void on_timer(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)si;
	on_signal(GB_IRQ_TIMER, context);
}

ENTRY static void defer_ipi(void)
{
	enum gb_context interrupted = gb_context_now();
	uintptr_t was = gb_self.interrupted_ip[interrupted];

	if (!was)
		gb_self.interrupted_ip[interrupted] = UINTPTR_MAX;
	gb_barrier();
	defer(GB_IRQ_IPI, gb_monotonic_ns());
	gb_barrier();
	gb_self.interrupted_ip[interrupted] = was;
}

ENTRY static void on_ipi(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)si;
	if (gb_is_cpu() && gb_signal_ip(context) == (uintptr_t)on_timer)
		defer_ipi();
	else
		on_signal(GB_IRQ_IPI, context);
}

void gb_irq_inject(void (*fn)(void *arg), void *arg)
{
	GB_BUG_ON(gb_self.irq_pending & GB_IRQ_RAISED);
	raised.fn = fn;
	raised.arg = arg;
	gb_barrier();
	arrive(GB_IRQ_RAISED);
}

void gb_run_as_hardirq(void (*fn)(void *arg), void *arg)
{
	unsigned long flags = arch_local_irq_save();
	int saved = errno;

	GB_BUG_ON(in_hardirq()); /* hardirqs never nest */
	gb_self.stats.irq_count++;
	gb_self.stats.irq_raised++;
	gb_irq_enter();
	fn(arg);
	gb_irq_leave();
	arch_local_irq_restore(flags);
	gb_softirq_check();
	errno = saved;
}

void gb_irq_unmask(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, gb_irq_signal_timer());
	sigaddset(&set, gb_irq_signal_ipi());
	GB_BUG_ON(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}

int gb_irq_install(struct gb_error *e)
{
	int err = gb_signal_install(gb_irq_signal_timer(), on_timer, 0);

	if (!err)
		err = gb_signal_install(gb_irq_signal_ipi(), on_ipi, 0);
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, -err,
				     "a sandbox that forbids rt_sigaction cannot run interrupts",
				     "cannot install the interrupt signals");
	return 0;
}
