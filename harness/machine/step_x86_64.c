/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Single-stepping with the trap flag.
 *
 * A stub sets the flag and calls the path; from then on the processor raises SIGTRAP after
 * each instruction.  The first trap that finds the path's entry starts the count, the one
 * that finds the stub's return point ends it.  The kernel clears the flag for the handler
 * and brings it back when the handler returns, so neither our handler nor another signal's
 * is stepped.  At the n-th instruction the handler raises the interrupt, on top of the
 * stepped code as a timer signal's would be, having first cleared the flag in the frame:
 * the rest of the path, and an interrupt that is replayed in it, run unstepped.
 *
 * Under ThreadSanitizer the path is full of calls into its run-time, which must not be
 * interrupted: not supported there.
 */
#include "machine/step.h"

#include <errno.h>
#include <string.h>
#include <ucontext.h>

#include "machine/internal.h"

#define TRAP_FLAG 0x100

void gb_step_stub(void (*path)(void *arg), void *arg);
extern char gb_step_return[];

__asm__(".pushsection .text,\"ax\",@progbits\n"
	".balign 16\n"
	".hidden gb_step_stub, gb_step_return\n"
	".globl gb_step_stub, gb_step_return\n"
	".type gb_step_stub, @function\n"
	"gb_step_stub:\n"
	"	.cfi_startproc\n"
	"	push	%rbp\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset %rbp, -16\n"
	"	mov	%rsp, %rbp\n"
	"	.cfi_def_cfa_register %rbp\n"
	"	mov	%rdi, %rax\n"
	"	mov	%rsi, %rdi\n"
	"	pushfq\n"
	"	orq	$0x100, (%rsp)\n"
	"	popfq\n"
	"	call	*%rax\n"
	"gb_step_return:\n"
	"	pop	%rbp\n"
	"	.cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size gb_step_stub, . - gb_step_stub\n"
	".popsection\n");

/* The pass in progress on this thread. */
static __thread struct {
	volatile int active, counting;
	uintptr_t entry;
	unsigned long n;
	void (*irq)(void *arg);
	void *irq_arg;
	struct gb_step_pass *pass;
} step __attribute__((tls_model("initial-exec")));

static void stop_stepping(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP_FLAG;
	step.active = 0;
}

static void interrupt(ucontext_t *uc, uintptr_t ip)
{
	uintptr_t was;

	stop_stepping(uc);
	step.pass->ip = ip;
	step.pass->entered = 1;
	step.pass->deferred = arch_irqs_disabled();
	was = gb_irq_note_ip(GB_PROCESS, uc);
	gb_irq_inject(step.irq, step.irq_arg);
	gb_self.interrupted_ip[GB_PROCESS] = was;
}

static void on_trap(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;
	uintptr_t ip = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
	int saved = errno;

	(void)sig, (void)si;
	if (!step.active)
		GB_BUG("a trap at %p that nobody set", (void *)ip);
	if (!step.counting) {
		step.counting = ip == step.entry;
	} else {
		step.pass->instructions++;
	}
	if (ip == (uintptr_t)gb_step_return)
		stop_stepping(uc);
	else if (step.counting && step.pass->instructions == step.n)
		interrupt(uc, ip);
	errno = saved;
}

const char *gb_step_unsupported(void)
{
	return GB_TSAN ? "single-stepping would interrupt the thread sanitizer's run-time" :
			 NULL;
}

void gb_step_at(unsigned long n, void (*path)(void *arg), void *arg,
		void (*irq)(void *arg), void *irq_arg, struct gb_step_pass *pass)
{
	GB_BUG_ON(!gb_is_cpu() || in_interrupt() || arch_irqs_disabled());
	GB_BUG_ON(gb_signal_install(SIGTRAP, on_trap, 1));
	memset(pass, 0, sizeof(*pass));
	step.entry = (uintptr_t)path;
	step.n = n;
	step.irq = irq;
	step.irq_arg = irq_arg;
	step.pass = pass;
	step.counting = 0;
	step.active = 1;
	gb_barrier();
	gb_step_stub(path, arg);
}
