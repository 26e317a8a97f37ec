/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Timer interrupts: every expiry of the schedule is claimed once, at requested rates that
 * the machine can and cannot reach; the Poisson law; what happens around stop and to
 * signals that are nobody's.
 */
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/machine_test.h"

#define MAX_TIMES 200000

/* Every expiry, oldest first; the times of the last MAX_TIMES. */
struct schedule {
	volatile uint64_t calls;
	uint64_t lost, n, first, last;
	int early; /* entered before it was due */
	int unordered;
	uint64_t max_late_ns;
	uint64_t t[MAX_TIMES];
};
static struct schedule s, s2;

static void add(struct schedule *to, uint64_t t)
{
	if (to->n && t <= to->last)
		to->unordered = 1;
	if (!to->n)
		to->first = t;
	to->last = t;
	to->t[to->n++ % MAX_TIMES] = t;
}

static void record(const struct gb_irq *irq, void *arg)
{
	struct schedule *to = arg;
	uint64_t oldest;
	unsigned int k;

	to->calls++;
	to->lost += irq->lost;
	to->early |= irq->entry_ns < irq->intended_ns;
	for (k = irq->lost; k > 0; k--)
		add(to, gb_irq_merged_ns(irq, k));
	add(to, irq->intended_ns);
	oldest = irq->lost ? gb_irq_merged_ns(irq, irq->lost) : irq->intended_ns;
	if (irq->entry_ns - oldest > to->max_late_ns)
		to->max_late_ns = irq->entry_ns - oldest;
}

static void test_rate(double hz, enum gb_irq_law law, double seconds)
{
	const char *name = law == GB_IRQ_FIXED ? "fixed" : "poisson";
	struct gb_irq_stats before = gb_self.stats;
	uint64_t outer, inner, expected, least, tolerance;

	memset(&s, 0, sizeof(s));
	/* How long it ran, from within and from without: the two differ when this thread does
	 * not get a processor between starting or stopping the timer and looking at the clock. */
	outer = gb_monotonic_ns();
	test_timer(hz, law, 7, record, &s);
	inner = gb_monotonic_ns();
	test_spin_ns((uint64_t)(seconds * 1e9));
	inner = gb_monotonic_ns() - inner;
	gb_timer_pause();
	outer = gb_monotonic_ns() - outer;
	gb_timer_stop();
	expected = (uint64_t)((double)outer * 1e-9 * hz);
	least = (uint64_t)((double)inner * 1e-9 * hz);
	tolerance = 3 + expected / 50;
	if (law == GB_IRQ_POISSON)
		tolerance += (uint64_t)(5 * sqrt((double)expected));
	tap_diag("%s %.0f Hz requested: %.0f Hz achieved, %lu interrupts, %lu expiries lost, "
		 "latest %.1f us",
		 name, hz, (double)s.calls * 1e9 / (double)outer, (unsigned long)s.calls,
		 (unsigned long)s.lost, (double)s.max_late_ns / 1e3);
	tap_ok(s.calls + s.lost + tolerance >= least &&
		       s.calls + s.lost <= expected + tolerance,
	       "%s %.0f Hz: interrupts + lost = rate * time (%lu, %lu)", name, hz,
	       (unsigned long)(s.calls + s.lost), (unsigned long)expected);
	tap_ok(s.n == s.calls + s.lost && !s.unordered && !s.early,
	       "%s %.0f Hz: each expiry once, in order, none early", name, hz);
	if (law == GB_IRQ_FIXED)
		tap_ok(s.last - s.first == (s.n - 1) * (uint64_t)(1e9 / hz + 0.5),
		       "%s %.0f Hz: on the schedule, without a hole", name, hz);
	tap_ok(gb_self.stats.irq_count - before.irq_count == s.calls &&
		       gb_self.stats.irq_lost - before.irq_lost == s.lost,
	       "%s %.0f Hz: the counters agree", name, hz);
}

/* The system merges what it cannot deliver. */
static void test_merged(void)
{
	sigset_t set, old;

	memset(&s, 0, sizeof(s));
	sigemptyset(&set);
	sigaddset(&set, gb_irq_signal_timer());
	test_timer(10000, GB_IRQ_FIXED, 3, record, &s);
	test_spin_until(&s.calls, 10, 5);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	s.lost = 0;
	test_spin_ns(5000000);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	test_spin_until(&s.calls, s.calls + 1, 5);
	gb_timer_stop();
	tap_ok(s.lost >= 40, "5 ms without signals at 10 kHz: %lu expiries lost",
	       (unsigned long)s.lost);
	tap_ok(s.last - s.first == (s.n - 1) * 100000, "and none forgotten");
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Kolmogorov's distance of the gaps from the exponential law. */
static double exponential_distance(const struct schedule *from, double mean)
{
	static double gap[MAX_TIMES];
	uint64_t n = from->n - 1, i;
	double f, d = 0;

	for (i = 0; i < n; i++)
		gap[i] = (double)(from->t[i + 1] - from->t[i]);
	qsort(gap, n, sizeof(*gap), by_value);
	for (i = 0; i < n; i++) {
		f = 1 - exp(-gap[i] / mean);
		d = fmax(d, fmax(fabs(f - (double)i / (double)n),
				 fabs(f - (double)(i + 1) / (double)n)));
	}
	return d;
}

/* A long backlog: hardly any has a handler of its own, or a CPU that the system seldom runs
 * would never be done with them. */
static void test_poisson_backlog(void)
{
	unsigned long flags;
	uint64_t calls;

	memset(&s, 0, sizeof(s));
	test_timer(10000, GB_IRQ_POISSON, 3, record, &s);
	test_spin_until(&s.calls, 10, 5);
	flags = arch_local_irq_save();
	s.lost = 0;
	calls = s.calls;
	test_spin_ns(200000000);
	arch_local_irq_restore(flags);
	calls = s.calls - calls;
	gb_timer_stop();
	tap_ok(s.lost > 1000 && calls && calls * 16 < s.lost && !s.unordered && !s.early,
	       "200 ms off at 10 kHz, Poisson: %lu lost, %lu handlers, in order",
	       (unsigned long)s.lost, (unsigned long)calls);
}

static void test_poisson(void)
{
	double mean, d;
	uint64_t n, i, same;

	memset(&s, 0, sizeof(s));
	memset(&s2, 0, sizeof(s2));
	test_timer(20000, GB_IRQ_POISSON, 11, record, &s);
	test_spin_ns((uint64_t)(test_seconds(0.4) * 1e9));
	gb_timer_stop();
	n = s.n - 1;
	if (!tap_ok(n > 1000 && s.n < MAX_TIMES, "%lu Poisson arrivals", (unsigned long)s.n))
		return;
	mean = (double)(s.t[n] - s.t[0]) / (double)n;
	tap_ok(fabs(mean - 50000) < 5 * 50000 / sqrt((double)n), "mean gap %.0f ns", mean);
	d = exponential_distance(&s, mean);
	/* 1.95 / sqrt(n): one in a thousand for a known mean, rarer for an estimated one */
	tap_ok(d < 1.95 / sqrt((double)n), "gaps are exponential: distance %.4f of %.4f", d,
	       1.95 / sqrt((double)n));
	test_timer(20000, GB_IRQ_POISSON, 11, record, &s2);
	test_spin_until(&s2.n, 500, 10);
	gb_timer_stop();
	for (same = i = 0; i < 400; i++)
		same += s2.t[i + 1] - s2.t[i] == s.t[i + 1] - s.t[i];
	tap_eq_u64(same, 400, "the same seed gives the same arrivals");
	memset(&s2, 0, sizeof(s2));
	test_timer(20000, GB_IRQ_POISSON, 12, record, &s2);
	test_spin_until(&s2.n, 500, 10);
	gb_timer_stop();
	for (same = i = 0; i < 400; i++)
		same += s2.t[i + 1] - s2.t[i] == s.t[i + 1] - s.t[i];
	tap_ok(same < 10, "another seed gives others");
}

static void *signal_self(void *arg)
{
	(void)arg;
	raise(gb_irq_signal_timer());
	raise(gb_irq_signal_ipi());
	return NULL;
}

static void test_strays(void)
{
	pthread_t thread;
	uint64_t calls;

	memset(&s, 0, sizeof(s));
	test_timer(2, GB_IRQ_FIXED, 1, record, &s);
	raise(gb_irq_signal_timer());
	gb_timer_stop();
	tap_ok(s.calls <= 1, "a signal that no expiry caused runs nothing");
	calls = s.calls;
	raise(gb_irq_signal_timer());
	raise(gb_irq_signal_ipi());
	pthread_create(&thread, NULL, signal_self, NULL);
	pthread_join(thread, NULL);
	tap_ok(s.calls == calls, "nor does one without a timer, or on a thread that is no CPU");
}

static void test_pause(void)
{
	uint64_t calls;
	int i, ran = 0, quiet = 0;

	memset(&s, 0, sizeof(s));
	test_timer(10000, GB_IRQ_POISSON, 5, record, &s);
	for (i = 0; i < 20; i++) {
		gb_timer_pause();
		calls = s.calls;
		test_spin_ns(500000);
		quiet += s.calls == calls;
		gb_timer_resume();
		ran += test_spin_until(&s.calls, calls + 3, 5);
	}
	gb_timer_stop();
	tap_ok(quiet == 20 && ran == 20, "pause is quiet, resume goes on");
	tap_ok(!s.unordered, "and times do not run backwards");
}

static void *write_late(void *arg)
{
	usleep(50000);
	if (write(*(int *)arg, "x", 1) != 1)
		return arg;
	return NULL;
}

static void test_restart(void)
{
	pthread_t thread;
	void *failed;
	ssize_t got;
	int fd[2];
	char c;

	memset(&s, 0, sizeof(s));
	if (pipe(fd))
		return;
	test_timer(1000, GB_IRQ_FIXED, 5, record, &s);
	pthread_create(&thread, NULL, write_late, &fd[1]);
	got = read(fd[0], &c, 1);
	gb_timer_stop();
	pthread_join(thread, &failed);
	tap_ok(got == 1 && !failed && s.calls > 0, "a blocking read is restarted");
	close(fd[0]);
	close(fd[1]);
}

static void test_refused(void)
{
	struct gb_timer_config c = { .rate_hz = 1000, .handler = record, .arg = &s };
	struct rlimit old, none = { 0, 0 };
	struct gb_error e = GB_ERROR_INIT;

	getrlimit(RLIMIT_SIGPENDING, &old);
	none.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_SIGPENDING, &none);
	tap_ok(gb_timer_start(&c, &e) == -GB_EXIT_HARNESS && e.hint[0], "no timer allowed: %s",
	       e.what);
	setrlimit(RLIMIT_SIGPENDING, &old);
	test_timer(1000, GB_IRQ_FIXED, 1, record, &s);
	gb_timer_stop();
}

int main(void)
{
	double seconds = test_seconds(0.3);

	test_machine_up(1);
	test_online(0);
	test_rate(50, GB_IRQ_FIXED, 0.2);
	test_rate(1000, GB_IRQ_FIXED, seconds);
	test_rate(10000, GB_IRQ_FIXED, seconds);
	test_rate(50000, GB_IRQ_FIXED, seconds);
	test_rate(1000, GB_IRQ_POISSON, seconds);
	test_rate(10000, GB_IRQ_POISSON, seconds);
	test_rate(50000, GB_IRQ_POISSON, seconds);
	test_merged();
	test_poisson_backlog();
	test_poisson();
	test_strays();
	test_pause();
	test_restart();
	test_refused();
	test_irqs_ran(gb_self.stats.irq_count);
	test_timer(1000, GB_IRQ_FIXED, 1, record, &s);
	gb_cpu_offline();
	tap_ok(!gb_self.timer, "offline stops the timer");
	gb_machine_exit();
	return tap_done();
}
