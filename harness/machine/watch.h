/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The watcher: which system calls does a backend make in atomic context?
 *
 * Through syscall user dispatch (prctl PR_SET_SYSCALL_USER_DISPATCH): a per-thread
 * selector byte decides whether a system call traps; the SIGSYS handler counts it by
 * number and carries it out.  Toggling the selector costs nothing measurable, a trapped
 * call about 1.3 us, so latency and throughput come from passes with the watcher off.
 * The one exempt address range is a small text section holding only our raw system-call
 * stub and sigreturn stub: neither an allocator nor libc lies in it.  Where the kernel
 * lacks the facility the watch mode is "switches" (voluntary context switches).
 *
 * Layer: machine.
 */
#ifndef GB_MACHINE_WATCH_H
#define GB_MACHINE_WATCH_H

#include "machine/irq.h"

enum gb_watch_mode { GB_WATCH_NONE, GB_WATCH_SWITCHES, GB_WATCH_DISPATCH };
extern const char *const gb_watch_mode_name[];

/* Find out what the system offers; install the SIGSYS handler.  Once, main thread.
 * GFPBENCH_WATCH=dispatch|switches|none in the environment asks for a lesser mode. */
enum gb_watch_mode gb_watch_init(void);
/* Why the mode is not "dispatch"; "" when it is. */
const char *gb_watch_reason(void);
/* Arm and disarm the calling thread (each thread arms itself; a fork does not inherit). */
int gb_watch_arm(struct gb_error *e) GB_MUST_CHECK;
void gb_watch_disarm(void);
/* Entering and leaving an atomic section: hardirq and softirq entry call these by
 * themselves; workloads through gb_atomic_begin/end for their own sections.  Nest. */
void gb_watch_enter(void);
void gb_watch_leave(void);

/* A workload's own section with interrupts off, as between local_irq_save() and
 * local_irq_restore() in a kernel: interrupts soft-disabled, might_sleep() and the watcher
 * know.  Nest; the value goes to the matching gb_atomic_end().  (The guard around a
 * backend uses plain arch_local_irq_save(): it declares nothing.) */
unsigned long gb_atomic_begin_at(const char *site) GB_MUST_CHECK;
void gb_atomic_end(unsigned long flags);
#define GB_WATCH_STRING_(x) #x
#define GB_WATCH_STRING(x)  GB_WATCH_STRING_(x)
#define gb_atomic_begin()   gb_atomic_begin_at(__FILE__ ":" GB_WATCH_STRING(__LINE__))

/* Totals over all threads since init: count, and "futex:3 mmap:1" into @buf. */
uint64_t gb_watch_total(void);
char *gb_watch_names(char *buf, size_t n);

#endif
