/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * An emulated CPU: a thread with an interrupt state, a preempt count and a number.
 *
 * The state lives in one thread-local struct, gb_self, so that the hot tests (interrupts
 * off? which context?) are one instruction.  Only the owning thread and signal handlers
 * that run on it write gb_self; other threads see a CPU through gb_cpu_get() and touch
 * only the fields marked "remote".  Between a thread and its own handlers program order
 * holds, so plain volatile accesses and compiler barriers are all that is needed.
 *
 * preempt_count has the kernel's layout (kernel-model 5.1): bits 0-7 preempt depth, 8-15
 * softirq (0x100 serving, BH disable adds 0x200), 16-19 hardirq.
 *
 * Layer: machine.
 */
#ifndef GB_MACHINE_CPU_H
#define GB_MACHINE_CPU_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/atomic.h"
#include "base/error.h"

#define GB_MAX_CPUS 64 /* workers, kswapd, RCU and housekeeping together */

enum gb_context { GB_PROCESS, GB_SOFTIRQ, GB_HARDIRQ, GB_NR_CONTEXTS };
extern const char *const gb_context_name[GB_NR_CONTEXTS];

#define PREEMPT_OFFSET         0x00001u
#define PREEMPT_MASK           0x000ffu
#define SOFTIRQ_OFFSET         0x00100u
#define SOFTIRQ_DISABLE_OFFSET 0x00200u
#define SOFTIRQ_MASK           0x0ff00u
#define HARDIRQ_OFFSET         0x10000u
#define HARDIRQ_MASK           0xf0000u

struct gb_irq_stats {
	uint64_t irq_count;        /* handlers run: timer and raised, without IPIs */
	uint64_t irq_raised;       /* of these, raised by code: inject, run_as_hardirq */
	uint64_t irq_deferred;     /* arrived while soft-disabled, replayed later */
	uint64_t irq_lost;         /* timer expiries that shared another one's handler */
	uint64_t irq_off_max_ns;   /* longest wait of a deferred interrupt for its replay */
	uint64_t softirq_count;    /* actions run */
	uint64_t ipi_count;        /* calls run for other CPUs */
};

#define GB_HOLDER_BITS 7 /* room for GB_MAX_CPUS, no CPU and nobody */
_Static_assert(GB_MAX_CPUS + 2 <= 1 << GB_HOLDER_BITS, "holders fit");

struct gb_cpu {
	/* hot: read on every allocation and lock */
	union {
		struct {
			volatile uint32_t irqs_disabled; /* soft interrupt disable */
			volatile uint32_t preempt_count;
		};
		volatile uint64_t atomic_state; /* both: 0 where code may sleep */
	};
	volatile uint32_t irq_pending;     /* GB_IRQ_* bits that arrived meanwhile */
	volatile uint32_t softirq_pending; /* bit per softirq number */
	/* While it waits for a spinlock with interrupts disabled: when it last looked who
	 * holds that (ns), shifted by GB_HOLDER_BITS, and the holder (spinlock.h); else 0. */
	volatile uint64_t spins_for;
	int id;                            /* 0..GB_MAX_CPUS-1, or -1: this thread is no CPU */
	uint32_t task_flags;               /* PF_MEMALLOC... of the task on this CPU */
	pid_t tid;
	uint32_t atomic_depth;             /* gb_atomic_begin() sections, nested */
	const char *atomic_site;           /* where the outermost of them began */
	uint32_t rcu_depth;                /* of RCU readers: preemptible, yet may not sleep */
	uint64_t irq_off_since_ns;         /* when the oldest pending interrupt arrived */
	struct gb_irq_stats stats;         /* owner only; read by others when it is parked */
	uint64_t sleeps;                   /* owner only: times it slept for memory */
	void *timer;                       /* machine/timer.c */
	void *watch;                       /* machine/watch.c; NULL: not armed */
	/* State that an allocator keeps for each context: at every change of context
	 * *context_slot = context_data[gb_context_now()].  NULL: nobody does.  The slot is
	 * set by the owner with interrupts off, the data (atomic) by anybody. */
	void **context_slot;
	void *context_data[GB_NR_CONTEXTS];
	/* Where a signal interrupted a context that is still underneath; 0: it was left at
	 * a call (a replayed or raised interrupt), or is not interrupted. */
	volatile uintptr_t interrupted_ip[GB_NR_CONTEXTS];
};

extern __thread struct gb_cpu gb_self GB_TLS_HOT;

/* Set up the machine: signal handlers, tables.  Once, main thread.  @nr_cpus workers have
 * ids 0..nr_cpus-1; helper threads (kswapd, RCU) take ids from nr_cpus up. */
int gb_machine_init(unsigned int nr_cpus, struct gb_error *e) GB_MUST_CHECK;
/* All CPUs are offline again.  The signal handlers stay (a late signal is ignored); a new
 * gb_machine_init() may follow. */
void gb_machine_exit(void);
unsigned int gb_nr_cpus(void);

/* Make the calling thread emulated CPU @id.  It must have made one malloc and free before
 * (architecture: interrupts are armed only between online and offline).  Interrupts are
 * on, none is armed; the counters start at 0.  Pairs with gb_cpu_offline(), which stops
 * this CPU's timer first, disarms the watcher and returns with every pending interrupt
 * handled; the counters in gb_self stay readable until the next gb_cpu_online(). */
int gb_cpu_online(unsigned int id, struct gb_error *e) GB_MUST_CHECK;
void gb_cpu_offline(void);
/* The lowest free id at or above gb_nr_cpus(), for helper threads; -1 when none. */
int gb_cpu_spare_id(void);
/* Another CPU's state, or NULL when it is offline.  Valid while it stays online. */
struct gb_cpu *gb_cpu_get(unsigned int id);
/* For whose lock does CPU @id spin with interrupts soft-disabled, so that it takes none
 * before the holder has gone on?  The holder's id, -1 for a thread that is no CPU;
 * GB_NO_HOLDER: it does not spin so, or has not looked at the lock since @since_ns (the
 * system may have stopped it right before it takes a lock that is free by now).  Any thread,
 * any context. */
#define GB_NO_HOLDER (-2)
int gb_cpu_spins_for(unsigned int id, uint64_t since_ns);

GB_INLINE int gb_is_cpu(void)
{
	return gb_self.id >= 0;
}

/* The kernel's predicates, with the kernel's meaning. */
GB_INLINE unsigned int preempt_count(void) { return gb_self.preempt_count; }
GB_INLINE int in_hardirq(void) { return !!(gb_self.preempt_count & HARDIRQ_MASK); }
GB_INLINE int in_serving_softirq(void) { return !!(gb_self.preempt_count & SOFTIRQ_OFFSET); }
GB_INLINE int in_softirq(void) { return !!(gb_self.preempt_count & SOFTIRQ_MASK); }
GB_INLINE int in_interrupt(void)
{
	return !!(gb_self.preempt_count & (HARDIRQ_MASK | SOFTIRQ_MASK));
}
GB_INLINE int in_task(void)
{
	return !(gb_self.preempt_count & (HARDIRQ_MASK | SOFTIRQ_OFFSET));
}
GB_INLINE int in_atomic(void) { return gb_self.preempt_count != 0; }
/* Which set of per-context state applies right now. */
GB_INLINE enum gb_context gb_context_now(void)
{
	uint32_t c = gb_self.preempt_count;

	return c & HARDIRQ_MASK ? GB_HARDIRQ : c & SOFTIRQ_OFFSET ? GB_SOFTIRQ : GB_PROCESS;
}

/* The bits of preempt_count that decide gb_context_now() have changed.  A hardirq between
 * the change and this call ends with one of its own, so the slot is right in the end. */
GB_INLINE void gb_context_changed(void)
{
	gb_barrier();
	if (gb_self.context_slot)
		gb_store_relaxed(gb_self.context_slot,
				 gb_load_relaxed(&gb_self.context_data[gb_context_now()]));
	gb_barrier();
}

/* machine/watch.h: a section without preemption is atomic, the watcher looks at it. */
void gb_watch_enter(void);
void gb_watch_leave(void);

GB_INLINE void preempt_disable(void)
{
	gb_self.preempt_count = gb_self.preempt_count + PREEMPT_OFFSET;
	gb_barrier();
	if (gb_unlikely(gb_self.watch != NULL))
		gb_watch_enter();
}
GB_INLINE void preempt_enable(void)
{
	if (gb_unlikely(gb_self.watch != NULL))
		gb_watch_leave();
	gb_barrier();
	gb_self.preempt_count = gb_self.preempt_count - PREEMPT_OFFSET;
}

#endif
