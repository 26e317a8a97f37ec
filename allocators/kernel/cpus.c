/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Emulated CPUs coming and going, as the memory management sees them, and the public
 * functions around them.  Attach and detach run on the CPU itself, interrupts not armed.
 */
#include "kernel/mm.h"
#include "kernel/rcu.h"

#include <errno.h>
#include <stdlib.h>

int kernel_cpu_attach(unsigned int cpu, struct gb_error *e)
{
	if (!mm.up)
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "the emulated memory management is not up");
	rcu_cpu_online();
	for (int i = 0; mm_layers[i]; i++)
		if (mm_layers[i]->cpu_online)
			mm_layers[i]->cpu_online(cpu);
	return 0;
}

void kernel_cpu_detach(void)
{
	unsigned int cpu = (unsigned int)gb_self.id;

	for (int i = 0; mm_layers[i]; i++)
		if (mm_layers[i]->cpu_offline)
			mm_layers[i]->cpu_offline(cpu);
	pcp_drain_cpu(cpu);
	rcu_cpu_offline();
}

int kernel_cpu_online(unsigned int cpu)
{
	struct gb_error e = GB_ERROR_INIT;

	if (!mm_ready(__func__))
		return -EPERM;
	if (cpu >= mm.nr_cpus)
		return -EINVAL;
	free(malloc(64)); /* libc's per-thread state, before interrupts can come */
	if (gb_cpu_online(cpu, &e))
		return -EBUSY;
	if (kernel_cpu_attach(cpu, &e)) {
		gb_cpu_offline();
		return -EPERM;
	}
	return 0;
}

void kernel_cpu_offline(void)
{
	if (!gb_is_cpu()) {
		kernel_bug("cpu-offline", "BUG: kernel_cpu_offline() from no CPU");
		return;
	}
	gb_timer_stop();
	if (mm.up)
		kernel_cpu_detach();
	gb_cpu_offline();
}

unsigned int num_possible_cpus(void)
{
	return mm.nr_cpus;
}

int smp_processor_id(void)
{
	return gb_self.id;
}

/* ------------------------------------------------------------------ interrupts */

static __thread struct {
	void (*handler)(void *arg);
	void *arg;
} user_irq __attribute__((tls_model("initial-exec")));

static void run_user_irq(const struct gb_irq *irq, void *arg)
{
	(void)irq;
	(void)arg;
	user_irq.handler(user_irq.arg);
}

int kernel_irq_start(unsigned int hz, void (*handler)(void *arg), void *arg)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_timer_config config = { .rate_hz = hz, .handler = run_user_irq };

	if (!gb_is_cpu() || !handler)
		return -EPERM;
	if (hz < 1 || hz > 50000)
		return -EINVAL;
	user_irq.handler = handler;
	user_irq.arg = arg;
	return gb_timer_start(&config, &e) ? -ENOSPC : 0;
}

void kernel_irq_stop(void)
{
	if (gb_is_cpu())
		gb_timer_stop();
}
