/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Stacks as evidence.  The unwinder of the C library loads itself at its first use, which
 * allocates; gb_stack_prepare() makes that use before it could hurt.  From then on it takes
 * no memory.  It may take the loader's lock, so a process that died inside the loader may
 * hang here; somebody outside watches for that.
 */
#include "machine/stack.h"

#include <execinfo.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "base/atomic.h"

#include "machine/event.h"
#include "machine/format.h"
#include "machine/internal.h"

#define FRAMES 20

/* Weak: a shared library of this code may be loaded where the linker made neither. */
extern char __executable_start[] __attribute__((weak)), _end[] __attribute__((weak));

void gb_stack_prepare(void)
{
	void *frame[2];

	(void)backtrace(frame, 2);
}

void gb_stack_post(const char *why)
{
	void *frame[FRAMES];
	char text[200];
	size_t used = gb_format(text, sizeof(text), "%s:", why);
	int n = backtrace(frame, FRAMES);

	for (int i = 1; i < n && used + 20 < sizeof(text); i++) {
		uintptr_t at = (uintptr_t)frame[i];

		if (at >= (uintptr_t)__executable_start && at < (uintptr_t)_end)
			used += gb_format(text + used, sizeof(text) - used, " +%lx",
					  (unsigned long)(at - (uintptr_t)__executable_start));
		else
			used += gb_format(text + used, sizeof(text) - used, " %lx",
					  (unsigned long)at);
	}
	gb_event_post(GB_INFO, "stack", "%s", text);
}

static const struct {
	int number;
	const char *name;
} deadly[] = {
	{ SIGSEGV, "SIGSEGV" }, { SIGBUS, "SIGBUS" }, { SIGFPE, "SIGFPE" },
	{ SIGILL, "SIGILL" },	{ SIGABRT, "SIGABRT" },
};

static void on_signal(int number)
{
	static uint32_t posted; /* atomic: a crash while this runs must not come back here */
	const char *name = "SIGQUIT";

	for (size_t i = 0; i < GB_ARRAY_SIZE(deadly); i++)
		if (deadly[i].number == number)
			name = deadly[i].name;
	if (number == SIGQUIT || !gb_xchg_relaxed(&posted, 1))
		gb_stack_post(name);
	/* Pending until we return, then it kills: one that was sent (abort, raise) would
	 * not come again by itself. */
	if (number != SIGQUIT)
		raise(number);
}

void gb_stack_on_signals(void)
{
	struct sigaction ask = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	/* Once: the second time it kills. */
	struct sigaction die = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	gb_stack_prepare();
	sigaction(SIGQUIT, &ask, NULL);
	GB_BUG_ON(gb_signal_let_traps_through(SIGQUIT));
	for (size_t i = 0; i < GB_ARRAY_SIZE(deadly); i++)
		sigaction(deadly[i].number, &die, NULL);
}
