/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The portable twins of what depends on the processor, compiled and run on every one. */
#include "../../harness/machine/dispatch_portable.c"
#include "../../harness/machine/raw_portable.c"
#include "../../harness/machine/step_portable.c"

#include <sys/syscall.h>

#include "tests/tap.h"

static uintptr_t landed, came_back;
static int ran;

static void on_signal(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)si;
	landed = gb_signal_ip(context);
	came_back = (uintptr_t)__builtin_return_address(0);
}

static void path(void *arg)
{
	(void)arg;
	ran++;
}

int main(void)
{
	struct gb_step_pass pass;

	tap_ok(gb_raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0) == getpid(), "a system call");
	errno = 5;
	tap_ok(gb_raw_syscall(SYS_close, -1, 0, 0, 0, 0, 0) == -EBADF && errno == 5,
	       "one that fails, and errno kept");
	tap_ok(!gb_signal_install(SIGUSR1, on_signal, 0) && !raise(SIGUSR1) && landed,
	       "a signal arrives");
	tap_ok(gb_signal_install(SIGKILL, on_signal, 0) == -EINVAL, "SIGKILL cannot be had");
	tap_ok((landed != UINTPTR_MAX) == PLACE_KNOWN, "where it landed is known, or never");
	tap_ok(gb_signal_return_text(came_back), "the way back from a handler is known");
	tap_ok(gb_signal_return_text(landed) == !PLACE_KNOWN, "and is not where it landed");
	tap_ok(gb_dispatch_init() == -ENOSYS && gb_dispatch_arm() == -ENOSYS &&
		       !gb_dispatch_count(0),
	       "no system call is trapped");
	gb_step_at(3, path, NULL, path, NULL, &pass);
	tap_ok(gb_step_unsupported() && ran == 1, "no stepping: the path runs, no interrupt");
	return tap_done();
}
