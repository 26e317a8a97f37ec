/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the files of harness/machine share and nobody else needs: signal plumbing, the raw
 * system call, the interrupt sources.
 *
 * Layer: machine.  Only for harness/machine/ *.c and their tests.
 */
#ifndef GB_MACHINE_INTERNAL_H
#define GB_MACHINE_INTERNAL_H

#include <signal.h>
#include <stdint.h>

#include "base/sanitizer.h"

#include "machine/irq.h"

/* --- raw_x86_64.c or raw_portable.c ---------------------------------------- */

/* A system call that the watcher neither traps nor counts: the harness' own.  Returns the
 * result or -errno; errno itself is untouched.  Any context. */
long gb_raw_syscall(long nr, long a, long b, long c, long d, long e, long f);
#define gb_raw_syscall0(nr)             gb_raw_syscall(nr, 0, 0, 0, 0, 0, 0)
#define gb_raw_syscall2(nr, a, b)       gb_raw_syscall(nr, a, b, 0, 0, 0, 0)
#define gb_raw_syscall4(nr, a, b, c, d) gb_raw_syscall(nr, a, b, c, d, 0, 0)

typedef void (*gb_signal_handler)(int sig, siginfo_t *si, void *context);
/* Install @handler with an empty mask, SA_SIGINFO | SA_RESTART | SA_NODEFER.  Where there
 * is an own sigreturn stub the handler returns through it, so that the return of an
 * interrupt never traps.  @synchronous: caused by the instruction itself (SIGSYS,
 * SIGTRAP); never queued by a sanitizer.  0 or -errno. */
int gb_signal_install(int sig, gb_signal_handler handler, int synchronous);
/* Under ThreadSanitizer, after sigaction(): the handler may end in an atomic section as
 * well.  Elsewhere nothing.  0 or -errno. */
int gb_signal_let_traps_through(int sig);
/* The instruction that a signal interrupted, from its handler's third argument; where the
 * layout is unknown, a value that stands for "anywhere": UINTPTR_MAX. */
uintptr_t gb_signal_ip(const void *context);
/* Is @ip on the way from a handler back to the interrupted code? */
int gb_signal_return_text(uintptr_t ip);

/* --- irq.c ------------------------------------------------------------------ */

int gb_irq_install(struct gb_error *e) GB_MUST_CHECK;
int gb_irq_signal_ipi(void);
int gb_irq_signal_timer(void);
/* Make the calling thread take the machine's signals, whatever mask it inherited. */
void gb_irq_unmask(void);
/* Note where @interrupted (the context on entry) stopped; returns what was noted before,
 * to be put back at the end of the signal handler. */
uintptr_t gb_irq_note_ip(enum gb_context interrupted, const void *context);
/* Enter and leave hardirq context; interrupts are soft-disabled. */
void gb_irq_enter(void);
void gb_irq_leave(void);

/* --- timer.c ------------------------------------------------------------------ */

/* The next interrupt among those due by @now (all but entry_ns); 0 when there is none
 * left.  Call until 0, interrupts soft-disabled. */
int gb_timer_claim(uint64_t now, struct gb_irq *irq, gb_irq_handler *handler, void **arg);

/* --- softirq.c: run what is pending, if this context may; interrupts on ------- */

void gb_softirq_run(void);
/* The same from any context: now, or when interrupts come on, or at the end of what is in
 * progress. */
void gb_softirq_check(void);

/* --- dispatch_x86_64.c or dispatch_portable.c: syscall user dispatch ----------- */

#define GB_DISPATCH_MAX 1024 /* system-call numbers counted one by one */
/* Does it work here?  Installs the SIGSYS handler.  0, or -errno. */
int gb_dispatch_init(void);
/* Arm and disarm the calling thread, nothing trapping yet.  0, or -errno. */
int gb_dispatch_arm(void);
void gb_dispatch_disarm(void);
/* From now on the calling thread's system calls trap, or no longer. */
void gb_dispatch_trap(int on);
uint64_t gb_dispatch_count(unsigned int nr);

/* watch_names.c: the name of a system call, or NULL. */
const char *gb_syscall_name(unsigned int nr);

/* --- ipi.c -------------------------------------------------------------------- */

/* Run the calls posted to this CPU, each as a hardirq; interrupts soft-disabled. */
void gb_ipi_run(void);
/* Can the calling thread be interrupted?  Sends it the signal, which finds nothing to do.
 * 0 or -errno. */
int gb_ipi_try(void);

/* --- cpu.c: the thread of an online CPU, or 0 ---------------------------------- */

pid_t gb_cpu_tid(unsigned int id);

#endif
