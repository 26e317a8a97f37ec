/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * x86-64: the text that syscall user dispatch lets through.
 *
 * One section, .text.gb_exempt, between gb_exempt_begin and gb_exempt_end, holds the only
 * instructions of the process whose system calls never trap: the raw system call, the
 * return stub of our signal handlers, and the jump that continues somebody else's signal
 * return.  No allocator and no part of libc lies in it, or the watcher could not see them.
 *
 * The return stub replaces libc's restorer: when a handler of ours returns into code whose
 * system calls trap, the return must not.
 *
 * Under ThreadSanitizer asynchronous signals must go through its own sigaction: it runs
 * handlers where its run-time can bear them.  The handler that it gives to the kernel ends
 * by libc's restorer with every signal blocked: a trap there, where a trap kills.  So what
 * the kernel was given is given to it again, with our restorer and SIGSYS let through.
 */
#include "machine/exempt.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "machine/internal.h"

#define KERNEL_SA_RESTORER 0x04000000ul

__asm__(".pushsection .text.gb_exempt,\"ax\",@progbits\n"
	".balign 16\n"
	".hidden gb_exempt_begin, gb_exempt_end\n"
	".hidden gb_raw_syscall, gb_exempt_sigreturn, gb_exempt_restorer\n"
	".globl gb_exempt_begin, gb_exempt_end\n"
	".globl gb_raw_syscall, gb_exempt_sigreturn, gb_exempt_restorer\n"
	"gb_exempt_begin:\n"
	"	nop\n" /* unwinders look at the byte before a return address */
	".type gb_exempt_restorer, @function\n"
	"gb_exempt_restorer:\n"
	"	mov	$15, %eax\n"
	"	syscall\n"
	"	ud2\n"
	".size gb_exempt_restorer, . - gb_exempt_restorer\n"
	".type gb_exempt_sigreturn, @function\n"
	"gb_exempt_sigreturn:\n"
	"	mov	%rdi, %rsp\n"
	"	mov	$15, %eax\n"
	"	syscall\n"
	"	ud2\n"
	".size gb_exempt_sigreturn, . - gb_exempt_sigreturn\n"
	".type gb_raw_syscall, @function\n"
	"gb_raw_syscall:\n"
	"	mov	%rdi, %rax\n"
	"	mov	%rsi, %rdi\n"
	"	mov	%rdx, %rsi\n"
	"	mov	%rcx, %rdx\n"
	"	mov	%r8, %r10\n"
	"	mov	%r9, %r8\n"
	"	mov	8(%rsp), %r9\n"
	"	syscall\n"
	"	ret\n"
	".size gb_raw_syscall, . - gb_raw_syscall\n"
	"gb_exempt_end:\n"
	".popsection\n");

/* struct sigaction as the kernel has it. */
struct kernel_sigaction {
	gb_signal_handler handler;
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static int install_raw(int sig, gb_signal_handler handler)
{
	struct kernel_sigaction sa = {
		.handler = handler,
		.flags = SA_SIGINFO | SA_RESTART | SA_NODEFER | KERNEL_SA_RESTORER,
		.restorer = gb_exempt_restorer,
	};

	return (int)gb_raw_syscall4(SYS_rt_sigaction, sig, (long)&sa, 0, sizeof(sa.mask));
}

int gb_signal_let_traps_through(int sig)
{
	struct kernel_sigaction sa;
	int err;

	if (!GB_TSAN)
		return 0;
	err = (int)gb_raw_syscall4(SYS_rt_sigaction, sig, 0, (long)&sa, sizeof(sa.mask));
	if (err)
		return err;
	sa.restorer = gb_exempt_restorer;
	sa.mask &= ~(UINT64_C(1) << (SIGSYS - 1));
	return (int)gb_raw_syscall4(SYS_rt_sigaction, sig, (long)&sa, 0, sizeof(sa.mask));
}

static int install_libc(int sig, gb_signal_handler handler)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = handler;
	sa.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
	return sigaction(sig, &sa, NULL) ? -errno : gb_signal_let_traps_through(sig);
}

int gb_signal_install(int sig, gb_signal_handler handler, int synchronous)
{
	return GB_TSAN && !synchronous ? install_libc(sig, handler) :
					 install_raw(sig, handler);
}

__attribute__((section("gbirqentry"))) uintptr_t gb_signal_ip(const void *context)
{
	return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

int gb_signal_return_text(uintptr_t ip)
{
	return ip >= (uintptr_t)gb_exempt_begin && ip < (uintptr_t)gb_exempt_end;
}
