/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Single-stepping: the count is exact, every n is entered once, soft-disabled sections
 * defer, and a path that is not safe is found at exactly the instructions where it is not.
 */
#include "machine/step.h"

#include "tests/unit/machine_test.h"
#include "tests/unit/step_every.h"

static volatile uint64_t runs, ran_in_hardirq;

static void count_irq(void *arg)
{
	(void)arg;
	runs++;
	ran_in_hardirq += in_hardirq() && arch_irqs_disabled();
}

#if defined(__x86_64__)
void ten_instructions(void *arg);
void bad_increment(void *arg);
__asm__(".pushsection .text\n"
	".type ten_instructions, @function\n"
	"ten_instructions:\n"
	"	nop\n	nop\n	nop\n	nop\n	nop\n	nop\n	nop\n	nop\n	nop\n"
	"	ret\n"
	".type bad_increment, @function\n"
	"bad_increment:\n"
	"	mov	(%rdi), %rax\n"
	"	inc	%rax\n"
	"	mov	%rax, (%rdi)\n"
	"	ret\n"
	".popsection\n");

static void test_exact(void)
{
	struct gb_step_pass pass;
	unsigned long n, right = 0;

	for (n = 0; n < 10; n++) {
		runs = 0;
		gb_step_at(n, ten_instructions, NULL, count_irq, NULL, &pass);
		right += runs == 1 && pass.entered && pass.instructions == n &&
			 pass.ip == (uintptr_t)ten_instructions + n;
	}
	tap_eq_u64(right, 10, "after exactly n instructions, before the next");
	runs = 0;
	gb_step_at(100, ten_instructions, NULL, count_irq, NULL, &pass);
	tap_ok(!pass.entered && !runs && pass.instructions == 10,
	       "a path that is too short says its length");
}

static void test_break(void)
{
	struct gb_step_pass pass;
	struct gb_step_place places[16];
	unsigned long right = 0, n;

	n = gb_step_trace(ten_instructions, NULL, places, GB_ARRAY_SIZE(places));
	for (unsigned long i = 0; i < 10 && n == 10; i++)
		right += places[i].ip == (uintptr_t)ten_instructions + i &&
			 !places[i].depth && !places[i].irqs_off;
	tap_eq_u64(right, 10, "a trace tells each place");
	if (gb_step_break((uintptr_t)ten_instructions, 1, ten_instructions, NULL, count_irq,
			  NULL, &pass)) {
		tap_skip("breakpoints", "the system has none for us");
		return;
	}
	for (n = right = 0; n < 10; n++) {
		runs = 0;
		gb_step_break((uintptr_t)ten_instructions + n, 1, ten_instructions, NULL,
			      count_irq, NULL, &pass);
		right += runs == 1 && pass.entered && !pass.depth &&
			 pass.ip == (uintptr_t)ten_instructions + n;
	}
	tap_eq_u64(right, 10, "a breakpoint at each");
	runs = 0;
	gb_step_break((uintptr_t)ten_instructions, 2, ten_instructions, NULL, count_irq, NULL,
		      &pass);
	tap_ok(!pass.entered && !runs, "one that the path comes to once has no second time");
}

static volatile uint64_t bad_count;

static void bad_irq(void *arg)
{
	(void)arg;
	bad_count = bad_count + 1;
}

static void bad_prepare(void *arg)
{
	(void)arg;
	bad_count = 0;
}

static uint64_t lost_at;

static int bad_verify(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	(void)arg;
	if (pass->entered && bad_count != 2)
		lost_at |= UINT64_C(1) << n;
	return 0;
}

static int fail_verify(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	(void)n, (void)arg;
	return pass->entered && bad_count != 2;
}

static void test_finds(void)
{
	struct gb_step s = { .prepare = bad_prepare, .path = bad_increment, .irq = bad_irq,
			     .verify = bad_verify, .arg = (void *)(uintptr_t)&bad_count };
	struct gb_step_result r;

	gb_step_all(&s, &r);
	tap_eq_u64(lost_at, 0x6, "a lost update is found after instructions 1 and 2 only");
	tap_ok(r.passes == 4 && r.instructions == 4, "of 4");
	s.verify = fail_verify;
	tap_ok(gb_step_all(&s, &r) == 1 && r.failed_at == 1, "a failure says where");
}

/* A loop of a hundred rounds around a function that has the lost update. */
static void bad_loop(void *arg)
{
	for (volatile int i = 0; i < 100; i++)
		bad_increment(arg);
}

static int loop_verify(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	(void)n, (void)arg;
	return bad_count != 100 + (uint64_t)pass->entered;
}

static int no_verify(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	(void)pass, (void)n, (void)arg;
	return 0;
}

static void test_every(void)
{
	struct gb_step s = { .prepare = bad_prepare, .path = bad_loop, .irq = bad_irq,
			     .verify = no_verify, .arg = (void *)(uintptr_t)&bad_count };
	struct every_result r;

	step_every(&s, &r);
	tap_ok(r.instructions > 10 * r.places && r.places == r.hit &&
		       r.passings == r.passings_hit && r.passings <= 3 * r.places &&
		       r.passes == r.passings,
	       "each place of a loop is interrupted three times");
	every_diag(&r);
	s.verify = loop_verify;
	step_every(&s, &r);
	tap_ok(r.failures == 1 && r.failed.ip > (uintptr_t)bad_increment &&
		       r.failed.ip <= (uintptr_t)bad_increment + 6,
	       "and a place that is not safe is found");
}
#else
static void test_break(void) {}
static void test_every(void) {}
static void test_exact(void) {}
static void test_finds(void) {}
#endif

/* A path with a soft-disabled section in the middle. */
static volatile uint64_t list[8], top;

static void guarded_push(void *arg)
{
	unsigned long flags = arch_local_irq_save();

	list[top] = *(uint64_t *)arg;
	top = top + 1;
	arch_local_irq_restore(flags);
}

static void push_irq(void *arg)
{
	(void)arg;
	list[top] = 2;
	top = top + 1;
}

static void empty_list(void *arg)
{
	(void)arg;
	top = 0;
}

static int both_pushed(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	(void)n, (void)arg;
	if (!pass->entered)
		return top != 1;
	return top != 2 || list[0] + list[1] != 3 || gb_self.irqs_disabled ||
	       gb_self.irq_pending;
}

static void test_deferred(void)
{
	uint64_t value = 1;
	struct gb_step s = { .prepare = empty_list, .path = guarded_push, .irq = push_irq,
			     .verify = both_pushed, .arg = &value };
	struct gb_step_result r;

	tap_ok(!gb_step_all(&s, &r), "a guarded push is safe after every instruction");
	tap_diag("%lu instructions, %lu passes, %lu deferred", r.instructions, r.passes,
		 r.deferred);
	tap_ok(r.passes == r.instructions && r.deferred > 0 && r.deferred < r.passes,
	       "some passes were deferred, some not");
}

/* Library code: the interrupt copies too. */
static char source[96], target[96], irq_target[96]; /* a trap can take 0.1 ms: keep it short */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;

static void copy_path(void *arg)
{
	(void)arg;
	copy(target, source, sizeof(source));
}

static void copy_irq(void *arg)
{
	(void)arg;
	runs++;
	copy(irq_target, source, sizeof(source));
}

static void copy_prepare(void *arg)
{
	(void)arg;
	runs = 0;
	memset(target, 0, sizeof(target));
	memset(irq_target, 0, sizeof(irq_target));
}

static int copied(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	(void)n, (void)arg;
	return memcmp(target, source, sizeof(source)) != 0 || (int)runs != pass->entered ||
	       (pass->entered && memcmp(irq_target, source, sizeof(source)) != 0);
}

static void repeat_path(void *arg)
{
#if defined(__x86_64__)
	void *to = target;
	const void *from = source;
	size_t n = sizeof(source);

	(void)arg;
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
#else
	copy_path(arg);
#endif
}

static void softirq_irq(void *arg)
{
	count_irq(arg);
	gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
}

static void test_library(void)
{
	struct gb_step s = { .prepare = copy_prepare, .path = copy_path, .irq = copy_irq,
			     .verify = copied };
	struct gb_step_result r;
	unsigned int i;
	int failed;

	for (i = 0; i < sizeof(source); i++)
		source[i] = (char)(i * 7);
	failed = gb_step_all(&s, &r);
	tap_ok(!failed && r.passes > 5, "memcpy, %lu instructions", r.instructions);
	s.path = repeat_path;
	failed = gb_step_all(&s, &r);
	tap_ok(!failed && r.passes > sizeof(source),
	       "a repeated string instruction, %lu steps", r.instructions);
	s.stride = 10;
	failed = gb_step_all(&s, &r);
	tap_ok(!failed && r.passes < 20, "with a stride, %lu passes", r.passes);
}

/* Real interrupts arrive while the path is stepped. */
static void tick(const struct gb_irq *irq, void *arg)
{
	(void)irq, (void)arg;
}

static void test_with_timer(void)
{
	struct gb_step s = { .prepare = copy_prepare, .path = repeat_path, .irq = copy_irq,
			     .verify = copied };
	uint64_t before = gb_self.stats.irq_count, start = gb_monotonic_ns();
	struct gb_step_result r;
	unsigned long passes = 0;

	test_timer(5000, GB_IRQ_POISSON, 1, tick, NULL);
	do {
		s.first = passes ? 30 : 0;
		s.stride = 7;
		if (gb_step_all(&s, &r))
			break;
		passes += r.passes;
	} while (test_goes_on(start, gb_self.stats.irq_count >= before + passes + TEST_MIN_IRQS));
	gb_timer_stop();
	test_irqs_ran(gb_self.stats.irq_count - before - passes);
	tap_ok(!r.failures, "other interrupts may arrive while a path is stepped");
}

/* A softirq that was raised with interrupts off brings the replay; the last deferral is an
 * hour old.  No interrupt that comes anywhere in between has waited for an hour. */
static uint64_t began_ns;

static void old_deferral(void *arg)
{
	(void)arg;
	gb_self.irq_off_since_ns = 1;
	gb_self.stats.irq_off_max_ns = 0;
	began_ns = gb_monotonic_ns();
}

static void raise_with_irqs_off(void *arg)
{
	unsigned long flags = arch_local_irq_save();

	(void)arg;
	gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
	arch_local_irq_restore(flags);
}

static int waited_too_long(const struct gb_step_pass *pass, unsigned long n, void *arg)
{
	(void)pass, (void)n, (void)arg;
	return gb_self.stats.irq_off_max_ns > gb_monotonic_ns() - began_ns;
}

static void test_wait_of_replay(void)
{
	struct gb_step s = { .prepare = old_deferral, .path = raise_with_irqs_off,
			     .irq = count_irq, .verify = waited_too_long };
	struct gb_step_result r;
	int failed = gb_step_all(&s, &r);

	tap_ok(!failed && r.deferred > 5, "waits with interrupts off are their own, %lu of %lu "
	       "deferred", r.deferred, r.passes);
	if (failed)
		tap_diag("after %lu instructions: %lu ns", r.failed_at,
			 (unsigned long)gb_self.stats.irq_off_max_ns);
}

int main(void)
{
	const char *why = gb_step_unsupported();
	struct gb_step s = { .path = copy_path, .irq = softirq_irq };
	struct gb_step_result r;

	test_machine_up(1);
	test_online(0);
	if (why) {
		tap_skip("single-stepping", why);
		return tap_done();
	}
	test_exact();
	test_finds();
	test_break();
	test_every();
	test_deferred();
	test_library();
	test_with_timer();
	gb_softirq_open(GB_SOFTIRQ_WORKLOAD, count_irq, NULL);
	runs = ran_in_hardirq = 0;
	gb_step_all(&s, &r);
	tap_ok(runs == 2 * r.passes && ran_in_hardirq == r.passes && !gb_self.preempt_count,
	       "the interrupt is a hardirq, its softirq runs behind it");
	test_wait_of_replay();
	gb_cpu_offline();
	gb_machine_exit();
	return tap_done();
}
