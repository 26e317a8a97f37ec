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
 * A breakpoint is one of the processor's, through perf_event_open(2): the event counts how
 * often the thread comes to the instruction and raises SIGTRAP before it the n-th time, so
 * a place costs its own passings and not the path's length.
 *
 * Under ThreadSanitizer the path is full of calls into its run-time, which must not be
 * interrupted: not supported there.
 */
#include "machine/step.h"

#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "machine/internal.h"

#define TRAP_FLAG    0x100
#define TRAP_OF_PERF 6 /* TRAP_PERF, which some headers do not name */

void gb_step_stub(void (*path)(void *arg), void *arg);
extern char gb_step_return[];
/* The same without the flag; *@base: the stack pointer at the entry of the path. */
void gb_step_plain_stub(void (*path)(void *arg), void *arg, uintptr_t *base);

/* A frame, path and argument in %rax and %rdi; what lies between is the stub's own. */
#define STUB_BEGIN(name)                     \
	".type " name ", @function\n"        \
	name ":\n"                           \
	"	.cfi_startproc\n"            \
	"	push	%rbp\n"              \
	"	.cfi_def_cfa_offset 16\n"    \
	"	.cfi_offset %rbp, -16\n"     \
	"	mov	%rsp, %rbp\n"        \
	"	.cfi_def_cfa_register %rbp\n" \
	"	mov	%rdi, %rax\n"        \
	"	mov	%rsi, %rdi\n"
#define STUB_END(name)                       \
	"	pop	%rbp\n"              \
	"	.cfi_def_cfa %rsp, 8\n"      \
	"	ret\n"                       \
	"	.cfi_endproc\n"              \
	".size " name ", . - " name "\n"

__asm__(".pushsection .text,\"ax\",@progbits\n"
	".balign 16\n"
	".hidden gb_step_stub, gb_step_return\n"
	".globl gb_step_stub, gb_step_return\n"
	STUB_BEGIN("gb_step_stub")
	"	pushfq\n"
	"	orq	$0x100, (%rsp)\n"
	"	popfq\n"
	"	call	*%rax\n"
	"gb_step_return:\n"
	STUB_END("gb_step_stub")
	".balign 16\n"
	".hidden gb_step_plain_stub\n"
	".globl gb_step_plain_stub\n"
	STUB_BEGIN("gb_step_plain_stub")
	"	lea	-8(%rsp), %rcx\n" /* as the path will find it */
	"	mov	%rcx, (%rdx)\n"
	"	call	*%rax\n"
	STUB_END("gb_step_plain_stub")
	".popsection\n");

/* The pass in progress on this thread. */
static __thread struct {
	volatile int active, counting, event; /* event: of the breakpoint, or -1 */
	uintptr_t entry, base;                /* base: the stack where the path began */
	struct gb_step_place *places;
	unsigned long max;
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

static uint32_t depth(const ucontext_t *uc)
{
	return (uint32_t)(step.base - (uintptr_t)uc->uc_mcontext.gregs[REG_RSP]);
}

static void interrupt(ucontext_t *uc, uintptr_t ip)
{
	uintptr_t was;

	stop_stepping(uc);
	step.pass->ip = ip;
	step.pass->depth = depth(uc);
	step.pass->entered = 1;
	step.pass->deferred = arch_irqs_disabled();
	was = gb_irq_note_ip(GB_PROCESS, uc);
	gb_irq_inject(step.irq, step.irq_arg);
	gb_self.interrupted_ip[GB_PROCESS] = was;
}

static void note_place(const ucontext_t *uc, uintptr_t ip)
{
	if (step.pass->instructions < step.max)
		step.places[step.pass->instructions] =
			(struct gb_step_place){ ip, depth(uc), arch_irqs_disabled() };
}

static void on_step(ucontext_t *uc, uintptr_t ip)
{
	if (step.counting) {
		step.pass->instructions++;
	} else {
		step.counting = ip == step.entry;
		step.base = (uintptr_t)uc->uc_mcontext.gregs[REG_RSP];
	}
	if (ip == (uintptr_t)gb_step_return) {
		stop_stepping(uc);
	} else if (step.counting) {
		note_place(uc, ip);
		if (step.pass->instructions == step.n)
			interrupt(uc, ip);
	}
}

/* What runs on top, the interrupt included, may come to the instruction again. */
static void on_break(ucontext_t *uc, uintptr_t ip)
{
	gb_raw_syscall4(SYS_ioctl, step.event, PERF_EVENT_IOC_DISABLE, 0, 0);
	if (step.active)
		interrupt(uc, ip);
}

static void on_trap(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;
	uintptr_t ip = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
	int saved = errno;

	(void)sig;
	if (si->si_code == TRAP_OF_PERF && step.event >= 0)
		on_break(uc, ip);
	else if (!step.active)
		GB_BUG("a trap at %p that nobody set", (void *)ip);
	else
		on_step(uc, ip);
	errno = saved;
}

const char *gb_step_unsupported(void)
{
	return GB_TSAN ? "single-stepping would interrupt the thread sanitizer's run-time" :
			 NULL;
}

static void start(void (*path)(void *arg), struct gb_step_pass *pass)
{
	GB_BUG_ON(!gb_is_cpu() || in_interrupt() || arch_irqs_disabled());
	GB_BUG_ON(gb_signal_install(SIGTRAP, on_trap, 1));
	memset(pass, 0, sizeof(*pass));
	step.entry = (uintptr_t)path;
	step.pass = pass;
	step.counting = 0;
	step.max = 0;
	step.event = -1;
}

void gb_step_at(unsigned long n, void (*path)(void *arg), void *arg,
		void (*irq)(void *arg), void *irq_arg, struct gb_step_pass *pass)
{
	start(path, pass);
	step.n = n;
	step.irq = irq;
	step.irq_arg = irq_arg;
	step.active = 1;
	gb_barrier();
	gb_step_stub(path, arg);
}

unsigned long gb_step_trace(void (*path)(void *arg), void *arg, struct gb_step_place *places,
			    unsigned long max)
{
	struct gb_step_pass pass;

	start(path, &pass);
	step.n = -1ul;
	step.places = places;
	step.max = max;
	step.active = 1;
	gb_barrier();
	gb_step_stub(path, arg);
	return pass.instructions;
}

/* Of this thread, wherever it runs; counts from when it is enabled. */
static int open_breakpoint(uintptr_t ip, unsigned long nth)
{
	struct perf_event_attr a = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(a),
		.bp_type = HW_BREAKPOINT_X,
		.bp_addr = ip,
		.bp_len = sizeof(long),
		.sample_period = nth,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.sigtrap = 1,
		.remove_on_exec = 1,
	};
	long fd = syscall(SYS_perf_event_open, &a, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/* Calls @path as the stub does, with the stack where the stub has it. */
static void call_counted(void (*path)(void *arg), void *arg)
{
	gb_raw_syscall4(SYS_ioctl, step.event, PERF_EVENT_IOC_ENABLE, 0, 0);
	gb_step_plain_stub(path, arg, &step.base);
	gb_raw_syscall4(SYS_ioctl, step.event, PERF_EVENT_IOC_DISABLE, 0, 0);
}

int gb_step_break(uintptr_t ip, unsigned long nth, void (*path)(void *arg), void *arg,
		  void (*irq)(void *arg), void *irq_arg, struct gb_step_pass *pass)
{
	int fd;

	start(path, pass);
	fd = open_breakpoint(ip, nth);
	if (fd < 0)
		return fd;
	step.event = fd;
	step.irq = irq;
	step.irq_arg = irq_arg;
	step.active = 1;
	gb_barrier();
	call_counted(path, arg);
	step.active = 0;
	step.event = -1;
	close(fd);
	return 0;
}
