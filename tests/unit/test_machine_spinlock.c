/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Spinlocks: mutual exclusion with more threads than cores, with interrupt handlers that
 * take the same lock; in debug builds, that a wrong order stops the program.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "machine/spinlock.h"

#include "tests/unit/machine_test.h"

#define THREADS 4

static raw_spinlock_t lock = RAW_SPINLOCK_INIT("test", 5);
static uint64_t counter, shadow; /* lock */
static uint64_t in_process, in_irq;

static void bump(void)
{
	unsigned long flags = raw_spin_lock_irqsave(&lock);

	counter++;
	gb_barrier();
	shadow++;
	raw_spin_unlock_irqrestore(&lock, flags);
}

static void on_irq(const struct gb_irq *irq, void *arg)
{
	(void)irq;
	bump();
	++*(volatile uint64_t *)arg;
}

static void *worker(void *arg)
{
	uint64_t end = gb_monotonic_ns() + (uint64_t)(test_seconds(0.5) * 1e9);
	uint64_t mine = 0;
	volatile uint64_t irqs = 0;

	test_online(*(unsigned int *)arg);
	test_timer(2000, GB_IRQ_POISSON, 1, on_irq, (void *)&irqs);
	for (; test_goes_on(end, irqs >= TEST_MIN_IRQS / THREADS); mine++)
		bump();
	gb_cpu_offline();
	gb_add_relaxed(&in_process, mine);
	gb_add_relaxed(&in_irq, irqs);
	return NULL;
}

static void test_exclusion(void)
{
	pthread_t thread[THREADS];
	unsigned int id[THREADS], i;

	for (i = 0; i < THREADS; i++) {
		id[i] = i;
		pthread_create(&thread[i], NULL, worker, &id[i]);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	tap_diag("%lu times in process context, %lu in interrupts", (unsigned long)in_process,
		 (unsigned long)in_irq);
	tap_eq_u64(counter, in_process + in_irq, "no update is lost");
	tap_eq_u64(shadow, counter, "nor seen half");
	test_irqs_ran(in_irq);
}

static void test_trylock(void)
{
	unsigned long flags;

	tap_ok(raw_spin_trylock(&lock) && !raw_spin_trylock(&lock), "trylock");
	raw_spin_unlock(&lock);
	flags = raw_spin_lock_irqsave(&lock);
	tap_ok(arch_irqs_disabled(), "irqsave turns interrupts off");
	raw_spin_unlock_irqrestore(&lock, flags);
	tap_ok(!arch_irqs_disabled() && !lock.locked, "irqrestore on");
}

#if GB_DEBUG
static raw_spinlock_t low = RAW_SPINLOCK_INIT("low", 1), high = RAW_SPINLOCK_INIT("high", 2);

static int dies(void (*of)(void))
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		close(2);
		of();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void right_order(void)
{
	raw_spin_lock(&low);
	raw_spin_lock(&high);
	raw_spin_unlock(&low);
	raw_spin_unlock(&high);
}

static void wrong_order(void)
{
	raw_spin_lock(&high);
	raw_spin_lock(&low);
}

static void not_held(void)
{
	raw_spin_unlock(&low);
}

static void test_ranks(void)
{
	tap_ok(!dies(right_order), "upwards, released in any order");
	tap_ok(dies(wrong_order), "downwards: stops");
	tap_ok(dies(not_held), "released but not held: stops");
}
#else
static void test_ranks(void)
{
	tap_skip("lock ranks", "configure with --enable-debug");
}
#endif

int main(void)
{
	test_machine_up(THREADS);
	test_trylock();
	test_exclusion();
	test_ranks();
	gb_machine_exit();
	return tap_done();
}
