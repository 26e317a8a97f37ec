/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The portable twin of raw_x86_64.c: no exempt section, since no dispatch either; the
 * system call and the signal installation are the C library's.  Where a signal landed is
 * read from the context of the processors whose layout the C library tells, and the few
 * instructions that return from one are found by taking a signal: its handler returns to
 * them.  Elsewhere, and where a sanitizer stands between, the place is not known: an
 * interrupt then does not drain the object sets of what it interrupted, only marks them.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
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

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_THREAD__)
#define PLACE_KNOWN 1
#else
#define PLACE_KNOWN 0
#endif
#define RETURN_BYTES 16 /* load the number, system call */

/* Of the code that returns from a signal; 0 = not known yet.  Written by the first
 * gb_signal_install(), before any signal of the machine can come. */
static uintptr_t return_text;

static void note_return(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)si, (void)context;
	return_text = (uintptr_t)__builtin_return_address(0);
}

/* Take one signal @sig, whose handler note_return() is. */
static void find_return_text(int sig)
{
	sigset_t one, before;

	sigemptyset(&one);
	sigaddset(&one, sig);
	pthread_sigmask(SIG_UNBLOCK, &one, &before);
	raise(sig);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int gb_signal_install(int sig, gb_signal_handler handler, int synchronous)
{
	struct sigaction sa;

	(void)synchronous;
	memset(&sa, 0, sizeof(sa));
	sa.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
	sa.sa_sigaction = note_return;
	if (PLACE_KNOWN && !return_text && !sigaction(sig, &sa, NULL))
		find_return_text(sig);
	sa.sa_sigaction = handler;
	return sigaction(sig, &sa, NULL) ? -errno : 0;
}

int gb_signal_let_traps_through(int sig)
{
	(void)sig;
	return 0; /* nothing traps */
}

__attribute__((section("gbirqentry"))) uintptr_t gb_signal_ip(const void *context)
{
	const ucontext_t *u = context;

#if PLACE_KNOWN && defined(__x86_64__)
	return (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif PLACE_KNOWN
	return (uintptr_t)u->uc_mcontext.pc;
#else
	(void)u;
	return UINTPTR_MAX;
#endif
}

__attribute__((section("gbirqentry"))) int gb_signal_return_text(uintptr_t ip)
{
	return !PLACE_KNOWN || !return_text || ip - return_text < RETURN_BYTES;
}
