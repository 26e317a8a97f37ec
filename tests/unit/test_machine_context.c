/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Contexts: the layout of preempt_count, the predicates in each context, the soft disable,
 * who may interrupt whom.
 */
#include <errno.h>

#include "tests/unit/machine_test.h"

struct seen {
	uint32_t count;
	int hardirq, serving, softirq, interrupt, task, atomic;
	enum gb_context context;
	int irqs_off;
};

static struct seen look(void)
{
	return (struct seen){ preempt_count(), in_hardirq(), in_serving_softirq(), in_softirq(),
			      in_interrupt(), in_task(), in_atomic(), gb_context_now(),
			      arch_irqs_disabled() };
}

static void note(void *arg)
{
	*(struct seen *)arg = look();
}

static void note_irq(const struct gb_irq *irq, void *arg)
{
	(void)irq;
	note(arg);
}

static int is(const struct seen *s, uint32_t count, int hardirq, int serving, int softirq,
	      int interrupt, int task, int atomic, enum gb_context context)
{
	return s->count == count && s->hardirq == hardirq && s->serving == serving &&
	       s->softirq == softirq && s->interrupt == interrupt && s->task == task &&
	       s->atomic == atomic && s->context == context;
}

static void test_predicates(void)
{
	struct seen s, inner;

	s = look();
	tap_ok(is(&s, 0, 0, 0, 0, 0, 1, 0, GB_PROCESS), "process context");
	preempt_disable();
	s = look();
	preempt_enable();
	tap_ok(is(&s, 1, 0, 0, 0, 0, 1, 1, GB_PROCESS), "preempt_disable");
	local_bh_disable();
	s = look();
	local_bh_enable();
	tap_ok(is(&s, 0x200, 0, 0, 1, 1, 1, 1, GB_PROCESS), "local_bh_disable");
	gb_run_as_softirq(note, &s);
	tap_ok(is(&s, 0x100, 0, 1, 1, 1, 0, 1, GB_SOFTIRQ) && !s.irqs_off, "softirq");
	gb_run_as_hardirq(note, &s);
	tap_ok(is(&s, 0x10000, 1, 0, 0, 1, 0, 1, GB_HARDIRQ) && s.irqs_off, "hardirq");
	local_bh_disable();
	gb_run_as_hardirq(note, &inner);
	local_bh_enable();
	tap_ok(is(&inner, 0x10200, 1, 0, 1, 1, 0, 1, GB_HARDIRQ), "hardirq in BH disabled");
	s = look();
	tap_ok(is(&s, 0, 0, 0, 0, 0, 1, 0, GB_PROCESS), "process context again");
	s = (struct seen){ .count = 0 };
	test_timer(1000, GB_IRQ_FIXED, 1, note_irq, &s);
	test_spin_until(&gb_self.stats.irq_count, 3, 5);
	gb_timer_stop();
	tap_ok(is(&s, 0x10000, 1, 0, 0, 1, 0, 1, GB_HARDIRQ) && s.irqs_off,
	       "a real timer interrupt is a hardirq");
}

/* The first @first calls in full; later ones, which come when they come, are counted. */
struct log {
	volatile uint64_t calls;
	uint64_t first, lost, all_lost, intended, entry;
};

static void log_irq(const struct gb_irq *irq, void *arg)
{
	struct log *l = arg;

	errno = ENOTTY;
	l->all_lost += irq->lost;
	if (l->calls++ >= l->first)
		return;
	l->lost += irq->lost;
	l->intended = irq->intended_ns;
	l->entry = irq->entry_ns;
}

/* 100 Hz, 3 periods off: one replay, which tells of all that were due. */
static void test_soft_disable(void)
{
	const uint64_t period = 10000000;
	struct log l = { .first = UINT64_MAX };
	struct gb_irq_stats before;
	uint64_t calls, grid, t0, seen, off;
	unsigned long outer, inner;
	int replayed;

	test_timer(100, GB_IRQ_FIXED, 2, log_irq, &l);
	test_spin_until(&l.calls, 2, 5);
	errno = 0;
	outer = arch_local_irq_save();
	before = gb_self.stats;
	calls = l.calls;
	grid = l.intended;
	l.first = calls + 1;
	l.lost = l.all_lost = 0;
	t0 = gb_monotonic_ns();
	inner = arch_local_irq_save();
	test_spin_until(&l.calls, calls + 1, 3.5 * 1e-9 * (double)period);
	test_spin_pending(GB_IRQ_TIMER);
	seen = gb_monotonic_ns();
	test_spin_ns(period / 2);
	arch_local_irq_restore(inner);
	tap_ok(inner == 1 && l.calls == calls, "the inner restore runs nothing");
	tap_ok(gb_self.irq_pending == GB_IRQ_TIMER, "the interrupt is pending");
	off = gb_monotonic_ns() - seen;
	arch_local_irq_restore(outer);
	replayed = l.calls > calls;
	gb_timer_pause();
	tap_ok(replayed, "restore replays before it returns");
	tap_ok(errno == 0, "errno is untouched by handlers");
	tap_ok(l.lost >= 2, "the others are passed as lost (%lu)", (unsigned long)l.lost);
	tap_ok((l.intended - grid) % period == 0, "its intended time is on the schedule");
	tap_ok(l.intended - l.lost * period - grid == period,
	       "the oldest one is the next after the last");
	tap_ok(l.entry >= t0 + 3 * period, "entry is the time of the replay");
	tap_ok(l.intended <= l.entry && l.entry - l.intended < period + period / 10,
	       "intended is before entry, by less than a period");
	tap_eq_u64(gb_self.stats.irq_deferred - before.irq_deferred, 1, "once: irq_deferred");
	tap_eq_u64(gb_self.stats.irq_lost - before.irq_lost, l.all_lost, "irq_lost");
	tap_ok(gb_self.stats.irq_off_max_ns >= off && off >= period / 2, "irq_off_max_ns %lu",
	       (unsigned long)gb_self.stats.irq_off_max_ns);
	gb_timer_stop();
}

/* One expiry falls into the section: it keeps its own time, nothing is lost. */
static void test_one_deferred(void)
{
	struct log l = { .first = UINT64_MAX };
	unsigned long flags;
	uint64_t last, calls;

	test_timer(50, GB_IRQ_FIXED, 3, log_irq, &l);
	test_spin_until(&l.calls, 2, 5);
	flags = arch_local_irq_save();
	last = l.intended;
	calls = l.calls;
	l.first = calls + 1;
	test_spin_pending(GB_IRQ_TIMER);
	arch_local_irq_restore(flags);
	tap_ok(l.calls > calls, "a replay");
	tap_ok(l.intended >= last + 20000000 && (l.intended - last) % 20000000 == 0,
	       "at its own intended time");
	gb_timer_stop();
}

static volatile int depth_hard, depth_soft, nested_hard, nested_soft, hard_in_soft;
static volatile uint64_t softs;

static void hard_body(const struct gb_irq *irq, void *arg)
{
	(void)irq, (void)arg;
	nested_hard |= depth_hard++ > 0;
	hard_in_soft |= depth_soft > 0;
	gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
	test_spin_ns(20000);
	depth_hard--;
}

static void soft_body(void *arg)
{
	(void)arg;
	nested_soft |= depth_soft++ > 0;
	nested_hard |= depth_hard > 0; /* a softirq inside a hardirq */
	test_spin_ns(150000);
	softs++;
	depth_soft--;
}

static void test_nesting(void)
{
	uint64_t end = gb_monotonic_ns() + (uint64_t)(test_seconds(0.5) * 1e9);

	gb_softirq_open(GB_SOFTIRQ_WORKLOAD, soft_body, NULL);
	test_timer(5000, GB_IRQ_POISSON, 4, hard_body, NULL);
	while (test_goes_on(end, gb_self.stats.irq_count >= TEST_MIN_IRQS && softs > 100))
		gb_cpu_relax();
	gb_timer_stop();
	tap_diag("%lu hardirqs, %lu softirqs", (unsigned long)gb_self.stats.irq_count,
		 (unsigned long)softs);
	test_irqs_ran(gb_self.stats.irq_count);
	tap_ok(softs > 100, "softirqs ran");
	tap_ok(!nested_hard, "hardirqs never nest, no softirq inside a hardirq");
	tap_ok(!nested_soft, "softirqs never nest");
	if (GB_TSAN)
		tap_skip("hardirqs interrupt softirqs", "the sanitizer blocks signals there");
	else
		tap_ok(hard_in_soft, "hardirqs interrupt softirqs");
	tap_ok(preempt_count() == 0 && !gb_self.irqs_disabled && !gb_self.irq_pending &&
		       !gb_self.softirq_pending,
	       "nothing is left over");
}

static char order[32];
static char h[] = "h", zero[] = "0", one[] = "1", two[] = "2";

static void append(void *arg)
{
	size_t n = strlen(order);

	if (n + 1 < sizeof(order))
		order[n] = *(const char *)arg;
}

static void raise_two(void *arg)
{
	(void)arg;
	gb_softirq_raise(1);
	gb_softirq_raise(0);
	append(h);
}

static void raise_again(void *arg)
{
	append(arg);
	if (strlen(order) < 3)
		gb_softirq_raise(2);
}

static void test_softirqs(void)
{
	unsigned long flags;

	gb_softirq_open(0, append, zero);
	gb_softirq_open(1, append, one);
	gb_softirq_open(2, raise_again, two);
	gb_run_as_hardirq(raise_two, NULL);
	tap_eq_text(order, "h01", "softirqs run at the end of the hardirq, lowest first");
	memset(order, 0, sizeof(order));
	gb_softirq_raise(0);
	tap_eq_text(order, "0", "raised in process context: at once");
	local_bh_disable();
	local_bh_disable();
	gb_softirq_raise(1);
	gb_run_as_hardirq(raise_two, NULL);
	local_bh_enable();
	tap_eq_text(order, "0h", "BH disabled holds them off");
	local_bh_enable();
	tap_eq_text(order, "0h01", "the outermost local_bh_enable runs them");
	memset(order, 0, sizeof(order));
	flags = arch_local_irq_save();
	gb_softirq_raise(0);
	tap_eq_text(order, "", "interrupts off hold them off");
	gb_run_as_hardirq(raise_two, NULL);
	tap_eq_text(order, "h", "also behind a hardirq executed in place");
	arch_local_irq_restore(flags);
	tap_eq_text(order, "h01", "restore runs them");
	memset(order, 0, sizeof(order));
	gb_run_as_softirq(raise_again, two);
	tap_eq_text(order, "222", "a softirq may raise itself");
}

static void test_cpus(void)
{
	struct gb_timer_config fast = { .rate_hz = 50001, .handler = note_irq };
	struct gb_timer_config nan = { .rate_hz = __builtin_nan(""), .handler = note_irq };
	struct gb_error e = GB_ERROR_INIT, e2 = GB_ERROR_INIT, e3 = GB_ERROR_INIT;

	CHECK(gb_nr_cpus() == 2 && gb_self.id == 0 && gb_cpu_get(0) == &gb_self);
	CHECK(gb_cpu_get(1) == NULL && gb_cpu_get(GB_MAX_CPUS) == NULL);
	CHECK(gb_cpu_spare_id() == 2);
	CHECK(gb_cpu_online(1, &e) < 0 && strstr(e.what, "already"));
	CHECK(gb_timer_start(&fast, &e2) == -GB_EXIT_USAGE);
	CHECK(gb_timer_start(&nan, &e3) == -GB_EXIT_USAGE);
	CHECK(strstr(e2.what, "50001") && e2.hint[0]);
}

int main(void)
{
	struct gb_error e = GB_ERROR_INIT;

	CHECK(gb_machine_init(0, &e) == -GB_EXIT_USAGE);
	CHECK(gb_machine_init(GB_MAX_CPUS + 1, &e) == -GB_EXIT_USAGE);
	CHECK(!gb_is_cpu() && gb_context_now() == GB_PROCESS);
	test_machine_up(2);
	test_online(0);
	test_cpus();
	test_predicates();
	test_soft_disable();
	test_one_deferred();
	test_nesting();
	test_softirqs();
	gb_cpu_offline();
	CHECK(!gb_is_cpu() && gb_cpu_get(0) == NULL);
	gb_machine_exit();
	test_machine_up(1);
	test_online(0);
	CHECK(gb_self.stats.irq_count == 0);
	gb_cpu_offline();
	gb_machine_exit();
	return tap_done();
}
