/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Interrupts: real timer signals delivered between any two instructions of a CPU, a soft
 * interrupt disable (as powerpc does it: a flag; an interrupt that finds it set marks
 * itself pending and returns, and restore replays it), softirqs, and calls on other CPUs.
 *
 * Lettered guarantees:
 *  A. No system call in arch_local_irq_save/restore unless something is pending.
 *  B. Hardirqs never nest: every source (timer, IPI, raised) honours the same flag, which
 *     the handler sets as its first action; later ones become pending.
 *  C. Softirqs run when the outermost hardirq returns, or at local_bh_enable(), with
 *     interrupts on; they never nest on a CPU; a hardirq may interrupt one.
 *  D. An interrupt that arrived while disabled runs before arch_local_irq_restore()
 *     (to the enabled state) returns.
 *  E. Handlers see errno saved and restored.
 *  F. No expiry is silently lost: merged ones are counted in irq_lost.
 *
 * Layer: machine.
 */
#ifndef GB_MACHINE_IRQ_H
#define GB_MACHINE_IRQ_H

#include "machine/cpu.h"

/* Bits of gb_cpu.irq_pending */
#define GB_IRQ_TIMER   0x1u
#define GB_IRQ_IPI     0x2u
#define GB_IRQ_RAISED  0x4u /* gb_irq_inject() */
#define GB_IRQ_SOFTIRQ 0x8u /* softirqs to run once interrupts are on again */

/* Runs everything pending, interrupts soft-disabled while each handler runs; called by
 * restore, interrupts enabled on entry and exit. */
void gb_irq_replay(void);

GB_INLINE unsigned long arch_local_irq_save(void)
{
	unsigned long flags = gb_self.irqs_disabled;

	gb_self.irqs_disabled = 1;
	gb_barrier();
	return flags;
}

GB_INLINE void arch_local_irq_restore(unsigned long flags)
{
	gb_barrier();
	gb_self.irqs_disabled = (uint32_t)flags;
	gb_barrier();
	if (gb_unlikely(gb_self.irq_pending != 0) && !flags)
		gb_irq_replay();
}

GB_INLINE int arch_irqs_disabled(void)
{
	return gb_self.irqs_disabled != 0;
}

/* --- timer interrupts ----------------------------------------------------- */

enum gb_irq_law { GB_IRQ_FIXED, GB_IRQ_POISSON };

/* A hardirq handler.  @intended_ns, @entry_ns: CLOCK_MONOTONIC, when the interrupt was due
 * and when its handler began (the difference is the irq_entry latency).  Expiries that
 * were due before it and have had no handler of their own (merged by the system, or while
 * interrupts were off) are passed in @lost; gb_irq_merged_ns() gives their intended times:
 * intended_ns - k * period_ns in the fixed law, merged_ns[] (newest first) otherwise. */
struct gb_irq {
	uint64_t intended_ns, entry_ns;
	unsigned int lost;
	uint64_t period_ns;        /* the mean, in the Poisson law */
	const uint64_t *merged_ns; /* NULL in the fixed law; valid inside the handler */
};

/* When the @k-th expiry before this one was due, k = 1..lost. */
GB_INLINE uint64_t gb_irq_merged_ns(const struct gb_irq *irq, unsigned int k)
{
	return irq->merged_ns ? irq->merged_ns[k - 1] : irq->intended_ns - k * irq->period_ns;
}

typedef void (*gb_irq_handler)(const struct gb_irq *irq, void *arg);

struct gb_timer_config {
	double rate_hz;        /* per CPU; 1..50000 */
	enum gb_irq_law law;
	uint64_t seed;         /* of the arrivals (POISSON) and of the phase (FIXED) */
	gb_irq_handler handler;
	void *arg;
};
/* Arm the calling CPU's timer; interrupts may arrive before it returns.  Pairs with
 * gb_timer_stop(), after which none arrives (a pending one has been handled).  Both make
 * system calls and may allocate inside libc: process context, outside timed regions. */
int gb_timer_start(const struct gb_timer_config *config, struct gb_error *e) GB_MUST_CHECK;
void gb_timer_stop(void);
/* Parking between slices: the timer exists but does not fire; resume takes a fresh phase. */
void gb_timer_pause(void);
void gb_timer_resume(void);

/* --- softirqs ------------------------------------------------------------- */

#define GB_NR_SOFTIRQS 8
#define GB_SOFTIRQ_WORKLOAD 0
#define GB_SOFTIRQ_RCU 1
#define GB_SOFTIRQ_REPLAY 2
void gb_softirq_open(unsigned int nr, void (*action)(void *arg), void *arg);
/* Mark pending on this CPU; runs as guarantee C says.  From hardirq or with interrupts off
 * it is deferred; from plain process context it runs before this returns. */
void gb_softirq_raise(unsigned int nr);
void local_bh_disable(void);
void local_bh_enable(void);

/* Execute @fn at this very place as a hardirq or softirq of the calling CPU (replay of a
 * recording): context, soft flag and counters are as in a real one. */
void gb_run_as_hardirq(void (*fn)(void *arg), void *arg);
void gb_run_as_softirq(void (*fn)(void *arg), void *arg);

/* Raise an interrupt of the calling CPU here and now: runs @fn as a hardirq before it
 * returns, or, when interrupts are off, when they come on again (guarantee D).  One may be
 * outstanding.  What single-stepping (machine/step.h) enters. */
void gb_irq_inject(void (*fn)(void *arg), void *arg);

/* --- calls on other CPUs --------------------------------------------------- */

/* Run @fn(@arg) as a hardirq on CPU @id, soon; one call per (sender, target) pair may be
 * outstanding.  Returns 0, or -1 when that CPU is offline or the caller is no CPU; a
 * target that goes offline runs it before it is gone.  gb_ipi_wait spins (yielding in
 * process context) until it ran; gb_ipi_wait_all, until all ran that the caller has sent.
 * Not with interrupts off: two CPUs could wait for each other. */
int gb_ipi_send(unsigned int id, void (*fn)(void *arg), void *arg);
void gb_ipi_wait(unsigned int id);
void gb_ipi_wait_all(void);
/* Make CPU @id run the opened action as a hardirq, soon; kicks that come before it ran are
 * one.  Any thread, any context.  0, or -1: that CPU is offline. */
void gb_ipi_open_kick(void (*action)(void));
int gb_ipi_kick(unsigned int id);
/* For loops that wait for another emulated CPU: it may need this core to run on.  Any
 * context; the call is the machine's own, the watcher does not see it. */
void gb_cpu_yield(void);

#endif
