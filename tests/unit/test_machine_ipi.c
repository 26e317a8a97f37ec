/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Calls on other CPUs: each one runs once, as a hardirq, on its target, soft-disabled or
 * not, and also when the target comes and goes.  Kicks: any number of them, on a CPU that
 * the system does not run, is one signal on its stack; one that is delivered on top of a
 * timer's signal knows where the process stopped, and a timer's signal on top of that does
 * not pretend to.
 */
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/rng.h"

#include "tests/unit/machine_test.h"

#define CPUS 4
#define MIN_CALLS 100 /* in each part, however long a busy machine takes */

static uint64_t sent[CPUS][CPUS], ran[CPUS][CPUS], refused;
static uint32_t wrong, ready, stop, interrupts, nr_calls;

struct from_to {
	unsigned int from, to;
};
static struct from_to pairs[CPUS][CPUS];

static void call(void *arg)
{
	struct from_to *p = arg;

	if (!in_hardirq() || gb_self.id != (int)p->to || !arch_irqs_disabled())
		gb_add_relaxed(&wrong, 1);
	ran[p->from][p->to]++; /* the target's only */
}

static void tick(const struct gb_irq *irq, void *arg)
{
	(void)irq, (void)arg;
	gb_add_relaxed(&interrupts, 1);
}

static void send(unsigned int from, unsigned int to)
{
	if (gb_ipi_send(to, call, &pairs[from][to])) {
		gb_add_relaxed(&refused, 1);
		return;
	}
	sent[from][to]++;
	gb_add_relaxed(&nr_calls, 1);
	gb_ipi_wait(to);
}

/* All send to all; now and then with a section of their own in between; @churn: and go
 * offline and online. */
static void *everyone(void *arg)
{
	struct from_to *self = arg;
	struct gb_rng rng = gb_rng_seed(1, self->from);
	unsigned int id = self->from, i;
	unsigned long flags;

	test_online(id);
	test_timer(2000, GB_IRQ_POISSON, 9, tick, NULL);
	gb_add_acq_rel(&ready, 1);
	while (gb_load_acquire(&ready) < CPUS)
		gb_cpu_relax();
	for (i = 0; !gb_load_relaxed(&stop); i++) {
		send(id, (id + 1 + (unsigned int)gb_rng_below(&rng, CPUS - 1)) % CPUS);
		flags = arch_local_irq_save();
		test_spin_ns(gb_rng_below(&rng, 20000));
		arch_local_irq_restore(flags);
		if (self->to && i % 20 == 19) {
			gb_cpu_offline();
			usleep(1000);
			test_online(id);
			test_timer(2000, GB_IRQ_POISSON, 9, tick, NULL);
		}
	}
	gb_cpu_offline();
	return NULL;
}

static int enough(void)
{
	return gb_load_relaxed(&interrupts) >= TEST_MIN_IRQS &&
	       gb_load_relaxed(&nr_calls) >= MIN_CALLS;
}

static void run_everyone(int churn, double seconds, const char *name)
{
	struct from_to args[CPUS];
	pthread_t thread[CPUS];
	uint64_t calls = 0, lost = 0, end = gb_monotonic_ns() + (uint64_t)(seconds * 1e9);
	unsigned int i, j;

	memset(sent, 0, sizeof(sent));
	memset(ran, 0, sizeof(ran));
	ready = stop = interrupts = nr_calls = 0;
	refused = 0;
	for (i = 0; i < CPUS; i++) {
		args[i] = (struct from_to){ i, (unsigned int)churn };
		pthread_create(&thread[i], NULL, everyone, &args[i]);
	}
	while (test_goes_on(end, enough()))
		usleep(1000);
	gb_store_relaxed(&stop, 1);
	for (i = 0; i < CPUS; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < CPUS; i++)
		for (j = 0; j < CPUS; j++) {
			calls += sent[i][j];
			lost += sent[i][j] != ran[i][j];
		}
	tap_diag("%s: %lu calls, %lu refused, %u interrupts", name, (unsigned long)calls,
		 (unsigned long)refused, interrupts);
	test_irqs_ran(interrupts);
	tap_ok(calls >= MIN_CALLS && !lost, "%s: every call ran once", name);
	tap_ok(!wrong, "%s: as a hardirq of its target", name);
}

static volatile uint32_t phase;
static volatile int order_ok;

static void note_phase(void *arg)
{
	*(uint32_t *)arg = phase;
}

static void *deaf(void *arg)
{
	unsigned long flags;

	(void)arg;
	test_online(1);
	flags = arch_local_irq_save();
	gb_store_release(&phase, 1);
	while (gb_load_acquire(&phase) < 2)
		gb_cpu_relax();
	test_spin_pending(GB_IRQ_IPI);
	gb_store_release(&phase, 3);
	arch_local_irq_restore(flags);
	order_ok = gb_self.stats.ipi_count == 1 && gb_self.stats.irq_deferred == 1;
	gb_store_release(&phase, 4);
	while (gb_load_acquire(&phase) < 5)
		gb_cpu_relax();
	gb_cpu_offline();
	return NULL;
}

static void test_deferred(void)
{
	uint32_t when = 0;
	pthread_t thread;

	test_online(0);
	tap_ok(gb_ipi_send(1, note_phase, &when) == -1, "an offline CPU refuses");
	tap_ok(gb_ipi_send(GB_MAX_CPUS, note_phase, &when) == -1, "so does one that is none");
	pthread_create(&thread, NULL, deaf, NULL);
	while (gb_load_acquire(&phase) < 1)
		gb_cpu_relax();
	tap_ok(gb_ipi_send(1, note_phase, &when) == 0, "sent to a CPU with interrupts off");
	gb_store_release(&phase, 2);
	gb_ipi_wait_all();
	tap_eq_u64(when, 3, "it runs at restore, not before; who waits for all waits for it");
	while (gb_load_acquire(&phase) < 4)
		gb_cpu_relax();
	tap_ok(order_ok, "before restore returns; counted as deferred");
	gb_store_release(&phase, 5);
	pthread_join(thread, NULL);
	gb_ipi_send(0, note_phase, &when);
	gb_ipi_wait(0);
	tap_eq_u64(when, 5, "a CPU may call itself");
	gb_cpu_offline();
	tap_ok(gb_ipi_send(0, note_phase, &when) == -1, "a thread that is no CPU cannot send");
}

/* The thread sanitizer keeps a signal until its thread is back in the sanitizer's code: this
 * thread stays out of it until the signal has come, and then falls asleep.  Elsewhere the
 * call has run by then, and nobody sleeps. */
static volatile int nap_over;

__attribute__((no_sanitize_thread)) static int nap(volatile uint32_t *now, uint32_t until)
{
	static const struct timespec length = { .tv_sec = GB_TSAN ? 60 : 0 };

	while (*now < until)
		gb_cpu_relax();
	return !syscall(SYS_nanosleep, &length, NULL);
}

static void hear(void *arg)
{
	gb_store_release((uint32_t *)arg, 1);
}

static void *napper(void *arg)
{
	(void)arg;
	test_online(1);
	gb_store_release(&phase, 1);
	nap_over = nap(&phase, 2);
	gb_cpu_offline();
	return NULL;
}

static void test_asleep(void)
{
	uint32_t heard = 0;
	pthread_t thread;

	phase = 0;
	test_online(0);
	pthread_create(&thread, NULL, napper, NULL);
	while (gb_load_acquire(&phase) < 1)
		gb_cpu_relax();
	tap_ok(!gb_ipi_send(1, hear, &heard), "sent to a CPU that falls asleep");
	gb_store_release(&phase, 2);
	gb_ipi_wait(1);
	tap_ok(gb_load_acquire(&heard), "the call runs");
	pthread_join(thread, NULL);
	tap_ok(!GB_TSAN || !nap_over, "and the CPU did not sleep on");
	gb_cpu_offline();
}

static uint32_t kicks_seen; /* how often the action ran; atomic */

static void kicked(void)
{
	gb_add_relaxed(&kicks_seen, 1);
}

/* A CPU that no signal reaches for a while, as if the system did not run it. */
static void *asleep(void *arg)
{
	sigset_t all, before;

	(void)arg;
	test_online(1);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	gb_store_release(&phase, 1);
	while (gb_load_acquire(&phase) < 2)
		gb_cpu_relax();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	gb_store_release(&phase, 3);
	while (gb_load_acquire(&phase) < 4)
		gb_cpu_relax();
	gb_cpu_offline();
	return NULL;
}

static int kick_often(unsigned int n)
{
	int refusals = 0;

	for (unsigned int i = 0; i < n; i++)
		refusals += !!gb_ipi_kick(1);
	return refusals;
}

/* 20,000 frames on top of each other would not fit on any stack. */
static void test_kicks(void)
{
	pthread_t thread;
	int refusals;

	phase = 0;
	tap_ok(gb_ipi_kick(1) == -1, "an offline CPU is not kicked");
	gb_ipi_open_kick(kicked);
	pthread_create(&thread, NULL, asleep, NULL);
	while (gb_load_acquire(&phase) < 1)
		gb_cpu_relax();
	refusals = kick_often(20000);
	tap_ok(!refusals && !gb_load_acquire(&kicks_seen), "20,000 kicks on a sleeping CPU");
	gb_store_release(&phase, 2);
	while (gb_load_acquire(&phase) < 3)
		gb_cpu_relax();
	tap_eq_u64(gb_load_acquire(&kicks_seen), 1, "are one when it wakes");
	tap_ok(!gb_ipi_kick(1), "and the next one arrives");
	while (gb_load_acquire(&kicks_seen) < 2)
		gb_cpu_relax();
	gb_store_release(&phase, 4);
	pthread_join(thread, NULL);
	gb_ipi_open_kick(NULL);
}

static struct {
	unsigned int runs;
	uintptr_t stopped_at; /* where the process did, as the action saw it */
} stacked;

static void note_stop(void)
{
	stacked.runs++;
	stacked.stopped_at = gb_self.interrupted_ip[GB_PROCESS];
}

/* The timer's signal and the call's stay pending until they are let through. */
static void block_both(sigset_t *both)
{
	sigemptyset(both);
	sigaddset(both, gb_irq_signal_timer());
	sigaddset(both, gb_irq_signal_ipi());
	pthread_sigmask(SIG_BLOCK, both, NULL);
}

/* What the system does to a CPU that it has not run for longer than a timer's period: both
 * signals at once.  Other machines than x86-64 know of no place; the thread sanitizer
 * delivers one after the other. */
static void test_on_top_of_timer(void)
{
	sigset_t both;

	test_online(0);
	gb_ipi_open_kick(note_stop);
	block_both(&both);
	pthread_kill(pthread_self(), gb_irq_signal_timer());
	tap_ok(!gb_ipi_kick(0) && !stacked.runs, "a timer's signal and a kick are pending");
	pthread_sigmask(SIG_UNBLOCK, &both, NULL);
	while (!gb_load_relaxed(&stacked.runs))
		sched_yield();
	tap_eq_u64(stacked.runs, 1, "the kick is heard once");
#ifdef __x86_64__
	tap_ok(GB_TSAN || (stacked.stopped_at && stacked.stopped_at != UINTPTR_MAX),
	       "and finds where the process stopped (%#lx)",
	       (unsigned long)stacked.stopped_at);
#endif
	gb_ipi_open_kick(NULL);
	gb_cpu_offline();
}

static struct {
	volatile int wanted, in_clock, runs;
	volatile uintptr_t stopped_at;
} third;

int __real_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t);
/* The first time after both signals are let through is the call's, on top of the timer's:
 * there it stays until the timer has expired again. */
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	struct timespec begin, now;

	if (!third.wanted)
		return __real_clock_gettime(id, t);
	third.wanted = 0;
	third.in_clock = 1;
	__real_clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		__real_clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!third.runs && now.tv_sec - begin.tv_sec < 5);
	third.in_clock = 0;
	return __real_clock_gettime(id, t);
}

#if defined(__x86_64__) && !GB_TSAN
static void note_third(const struct gb_irq *irq, void *arg)
{
	(void)irq, (void)arg;
	if (!third.in_clock || third.runs)
		return;
	third.stopped_at = gb_self.interrupted_ip[GB_PROCESS];
	third.runs = 1;
}

static int is_pending(int sig)
{
	sigset_t set;

	return !sigpending(&set) && sigismember(&set, sig);
}

/* The timer's, the call's on its first instruction, and there the timer's again: what stopped
 * is a process, somewhere below, and not the call's clock. */
static void test_on_top_of_both(void)
{
	struct gb_timer_config c = { .rate_hz = 1000, .handler = note_third, .seed = 1 };
	struct gb_error e = GB_ERROR_INIT;
	sigset_t both;

	test_online(0);
	gb_ipi_open_kick(note_stop);
	block_both(&both);
	must(gb_timer_start(&c, &e), &e);
	while (!is_pending(gb_irq_signal_timer()))
		sched_yield();
	CHECK(!gb_ipi_kick(0));
	third.wanted = 1;
	pthread_sigmask(SIG_UNBLOCK, &both, NULL);
	tap_ok(third.runs, "a timer's signal on top of a call on top of a timer's");
	tap_ok(third.stopped_at == UINTPTR_MAX, "does not know where the process stopped (%#lx)",
	       (unsigned long)third.stopped_at);
	gb_timer_stop();
	gb_ipi_open_kick(NULL);
	gb_cpu_offline();
}
#else
static void test_on_top_of_both(void)
{
	tap_skip("a timer's signal on top of a call on top of a timer's",
		 "signals are delivered one after the other, or no place is known");
}
#endif

/* A CPU that changes hands while it is kicked, right behind each look of the kicker at who
 * owns it (gb_cpu_tid is linked through here).  Whatever becomes of that kick's signal, the
 * next one must be heard. */
static struct heir {
	uint32_t up, leave, gone; /* atomic */
} heirs[2];
static unsigned int looks, change_at; /* the kicker's; 0 = nothing to do */

static void await(const uint32_t *word)
{
	while (!gb_load_acquire(word))
		sched_yield();
}

pid_t __real_gb_cpu_tid(unsigned int id);
pid_t __wrap_gb_cpu_tid(unsigned int id);
pid_t __wrap_gb_cpu_tid(unsigned int id)
{
	pid_t tid = __real_gb_cpu_tid(id);

	if (gb_self.id == 0 && change_at && ++looks == change_at) {
		gb_store_release(&heirs[0].leave, 1);
		await(&heirs[1].up);
	}
	return tid;
}

/* Stays a thread when it is no CPU any more: a signal to it is sent in vain, and no error. */
static void *heir_main(void *arg)
{
	struct heir *h = arg;

	if (h == &heirs[1])
		await(&heirs[0].gone);
	test_online(1);
	gb_store_release(&h->up, 1);
	await(&h->leave);
	gb_cpu_offline();
	gb_store_release(&h->gone, 1);
	await(&heirs[1].gone);
	return NULL;
}

static int kick_is_heard(void)
{
	uint32_t before = gb_load_acquire(&kicks_seen);
	uint64_t end = gb_monotonic_ns() + UINT64_C(5000000000);

	if (gb_ipi_kick(1))
		return 0;
	while (gb_load_acquire(&kicks_seen) == before && gb_monotonic_ns() < end)
		sched_yield();
	return gb_load_acquire(&kicks_seen) != before;
}

/* The next kick is heard; *reached: there was an @n-th look. */
static int heard_after_change(unsigned int n, int *reached)
{
	pthread_t thread[2];
	int heard;

	memset(heirs, 0, sizeof(heirs));
	pthread_create(&thread[0], NULL, heir_main, &heirs[0]);
	await(&heirs[0].up);
	pthread_create(&thread[1], NULL, heir_main, &heirs[1]);
	looks = 0;
	change_at = n;
	tap_ok(!gb_ipi_kick(1), "a kick whose CPU changes hands behind look %u", n);
	*reached = looks >= n;
	change_at = 0;
	gb_store_release(&heirs[0].leave, 1);
	await(&heirs[1].up);
	heard = kick_is_heard();
	gb_store_release(&heirs[1].leave, 1);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	return heard;
}

static void test_change_of_hands(void)
{
	int reached = 1;

	test_online(0);
	gb_ipi_open_kick(kicked);
	for (unsigned int n = 1; reached && n < 10; n++)
		tap_ok(heard_after_change(n, &reached), "does not silence the next one");
	gb_ipi_open_kick(NULL);
	gb_cpu_offline();
}

int main(void)
{
	unsigned int i, j;

	for (i = 0; i < CPUS; i++)
		for (j = 0; j < CPUS; j++)
			pairs[i][j] = (struct from_to){ i, j };
	test_machine_up(CPUS);
	test_deferred();
	test_asleep();
	test_kicks();
	test_on_top_of_timer();
	test_on_top_of_both();
	test_change_of_hands();
	run_everyone(0, test_seconds(0.6), "4 CPUs");
	run_everyone(1, test_seconds(0.6), "4 CPUs that come and go");
	gb_machine_exit();
	return tap_done();
}
