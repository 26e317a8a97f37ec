/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The portable twin of step_x86_64.c: no trap flag that a program can set for itself.
 */
#include "machine/step.h"

#include <errno.h>
#include <string.h>

const char *gb_step_unsupported(void)
{
	return "single-stepping needs the trap flag of an x86-64 processor";
}

void gb_step_at(unsigned long n, void (*path)(void *arg), void *arg,
		void (*irq)(void *arg), void *irq_arg, struct gb_step_pass *pass)
{
	(void)n, (void)irq, (void)irq_arg;
	memset(pass, 0, sizeof(*pass));
	path(arg);
}

unsigned long gb_step_trace(void (*path)(void *arg), void *arg, struct gb_step_place *places,
			    unsigned long max)
{
	(void)places, (void)max;
	path(arg);
	return 0;
}

int gb_step_break(uintptr_t ip, unsigned long nth, void (*path)(void *arg), void *arg,
		  void (*irq)(void *arg), void *irq_arg, struct gb_step_pass *pass)
{
	(void)ip, (void)nth, (void)path, (void)arg, (void)irq, (void)irq_arg, (void)pass;
	return -ENOSYS;
}
