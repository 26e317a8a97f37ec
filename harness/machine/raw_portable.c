/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The portable twin of raw_x86_64.c: no exempt section, since no dispatch either; the
 * system call and the signal installation are the C library's.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "machine/internal.h"

long gb_raw_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	int saved = errno;
	long r = syscall(nr, a, b, c, d, e, f);

	if (r == -1) {
		r = -errno;
		errno = saved;
	}
	return r;
}

int gb_signal_install(int sig, gb_signal_handler handler, int synchronous)
{
	struct sigaction sa;

	(void)synchronous;
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = handler;
	sa.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
	return sigaction(sig, &sa, NULL) ? -errno : 0;
}

int gb_signal_let_traps_through(int sig)
{
	(void)sig;
	return 0; /* nothing traps */
}

uintptr_t gb_signal_ip(const void *context)
{
	(void)context;
	return UINTPTR_MAX;
}

int gb_signal_return_text(uintptr_t ip)
{
	(void)ip;
	return 1;
}
