/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Syscall user dispatch on x86-64: trap a system call, count it, carry it out.
 *
 * While the thread's selector byte says BLOCK, a system call from outside the exempt text
 * raises SIGSYS instead.  The handler counts it by number, makes it through the raw stub,
 * and puts the result where the caller expects it.  SIGSYS is blocked by nobody (a trap with
 * SIGSYS blocked kills), not even by its own handler: an interrupt may land in it and trap
 * again.
 *
 * Calls that mean something else when a signal handler makes them:
 *  rt_sigreturn     of a handler that libc's restorer ends: continued on its own frame.
 *                   Not counted, it belongs to the signal.
 *  rt_sigprocmask   the mask comes back from the frame when our handler returns: made, then
 *                   the new mask is copied into the frame, without SIGSYS (libc blocks all
 *                   signals around clone).
 *  clone (with a stack or shared memory), clone3, vfork, execve, sigaltstack
 *                   cannot be made on this stack, or the return would undo them: counted,
 *                   the selector is opened and the instruction runs again.  What follows in
 *                   that atomic section is not seen.
 *
 * The handler is outside every sanitizer: it may land inside their run-times.
 */
#include <linux/audit.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "machine/exempt.h"
#include "machine/internal.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF          0
#define PR_SYS_DISPATCH_ON           1
#endif
#define SELECTOR_ALLOW 0
#define SELECTOR_BLOCK 1
#ifndef SYS_USER_DISPATCH
#define SYS_USER_DISPATCH 2 /* si_code */
#endif
#define SYSCALL_INSN_BYTES 2

#define NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined") NO_ENTRY))
/* Where clang would still note each entry of a function: the thread sanitizer then maps
 * memory now and then, which traps and ends here again. */
#define NO_ENTRY
#if defined(__has_attribute)
#if __has_attribute(disable_sanitizer_instrumentation)
#undef NO_ENTRY
#define NO_ENTRY , disable_sanitizer_instrumentation
#endif
#endif

static __thread volatile unsigned char selector __attribute__((tls_model("initial-exec")));
/* Atomic, relaxed: statistics.  The last one: every number beyond. */
static uint64_t counts[GB_DISPATCH_MAX + 1];

NO_SANITIZE static int must_run_in_place(const greg_t *g)
{
	switch (g[REG_RAX]) {
	case SYS_clone:
		return (g[REG_RDI] & CLONE_VM) || g[REG_RSI];
	case SYS_clone3:
	case SYS_vfork:
	case SYS_execve:
	case SYS_execveat:
	case SYS_sigaltstack:
		return 1;
	default:
		return 0;
	}
}

NO_SANITIZE static void copy_mask(ucontext_t *uc)
{
	uint64_t mask;

	gb_raw_syscall4(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&mask, sizeof(mask));
	mask &= ~(UINT64_C(1) << (SIGSYS - 1));
	*(uint64_t *)&uc->uc_sigmask = mask; /* the kernel's part of it */
}

NO_SANITIZE static void emulate(ucontext_t *uc)
{
	greg_t *g = uc->uc_mcontext.gregs;
	long nr = g[REG_RAX];

	g[REG_RAX] = gb_raw_syscall(nr, g[REG_RDI], g[REG_RSI], g[REG_RDX], g[REG_R10],
				    g[REG_R8], g[REG_R9]);
	if (nr == SYS_rt_sigprocmask)
		copy_mask(uc);
}

/* Not ours: a seccomp filter's.  As if we were not here. */
NO_SANITIZE static void die_of_sigsys(void)
{
	struct {
		void *handler;
		unsigned long flags, restorer, mask;
	} dfl = { .handler = NULL };

	gb_raw_syscall4(SYS_rt_sigaction, SIGSYS, (long)&dfl, 0, 8);
	gb_raw_syscall4(SYS_tgkill, gb_raw_syscall0(SYS_getpid), gb_raw_syscall0(SYS_gettid),
			SIGSYS, 0);
}

NO_SANITIZE static void on_sigsys(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;
	greg_t *g = uc->uc_mcontext.gregs;
	unsigned int nr = (unsigned int)si->si_syscall;

	(void)sig;
	if (si->si_code != SYS_USER_DISPATCH) {
		die_of_sigsys();
		return;
	}
	g[REG_RAX] = si->si_syscall;
	if (si->si_arch == AUDIT_ARCH_X86_64 && nr == SYS_rt_sigreturn)
		gb_exempt_sigreturn((uint64_t)g[REG_RSP]);
	gb_add_relaxed(&counts[nr < GB_DISPATCH_MAX ? nr : GB_DISPATCH_MAX], 1);
	if (si->si_arch != AUDIT_ARCH_X86_64 || must_run_in_place(g)) {
		selector = SELECTOR_ALLOW;
		g[REG_RIP] -= SYSCALL_INSN_BYTES;
		return;
	}
	emulate(uc);
}

int gb_dispatch_arm(void)
{
	selector = SELECTOR_ALLOW;
	return (int)gb_raw_syscall(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH,
				   PR_SYS_DISPATCH_ON, (long)gb_exempt_begin,
				   gb_exempt_end - gb_exempt_begin, (long)&selector, 0);
}

void gb_dispatch_disarm(void)
{
	selector = SELECTOR_ALLOW;
	gb_raw_syscall4(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0);
}

int gb_dispatch_init(void)
{
	int err = gb_signal_install(SIGSYS, on_sigsys, 1);

	if (!err)
		err = gb_dispatch_arm();
	if (!err)
		gb_dispatch_disarm();
	return err;
}

void gb_dispatch_trap(int on)
{
	gb_barrier();
	selector = on ? SELECTOR_BLOCK : SELECTOR_ALLOW;
	gb_barrier();
}

uint64_t gb_dispatch_count(unsigned int nr)
{
	return gb_load_relaxed(&counts[nr < GB_DISPATCH_MAX ? nr : GB_DISPATCH_MAX]);
}
