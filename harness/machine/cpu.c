/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Which thread is which CPU.
 *
 * The table maps a number to the state of the thread that owns it, and to its thread id;
 * a slot is claimed by compare-and-swap, so that helper threads that picked the same spare
 * number find out.  The state is the thread's own (thread-local), so whoever looks at
 * another CPU's must know that it stays online; the thread id is kept beside it so that a
 * call on another CPU needs no more than the table.
 *
 * Going offline is the reverse of everything that may have been switched on, in an order
 * that leaves nothing behind: timer, then the slot (from here on calls are refused), then
 * calls that were posted before, then softirqs, then the watcher; last the number, after
 * which a late signal finds a thread that is no CPU and does nothing.
 */
#include "machine/cpu.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine/internal.h"
#include "machine/irq.h"
#include "machine/watch.h"

__thread struct gb_cpu gb_self GB_TLS_HOT = { .id = -1 };

const char *const gb_context_name[GB_NR_CONTEXTS] = { "process", "softirq", "hardirq" };

/* Both atomic.  Claimed by the owner in online; cleared by the owner in offline: that
 * store and the scan for calls behind it pair with gb_ipi_send(). */
static struct gb_cpu *cpus[GB_MAX_CPUS];
static pid_t tids[GB_MAX_CPUS];
/* atomic: who is looking at a CPU's state and need not know that it stays online; offline
 * waits for them */
static uint32_t lookers[GB_MAX_CPUS];
static unsigned int nr_cpus; /* 0: the machine is not up; main thread only writes */

int gb_machine_init(unsigned int nr, struct gb_error *e)
{
	GB_BUG_ON(nr_cpus != 0);
	if (nr < 1 || nr > GB_MAX_CPUS)
		return gb_fail(e, GB_EXIT_USAGE, "use fewer threads",
			       "%u emulated CPUs asked for; 1 to %d are possible", nr,
			       GB_MAX_CPUS);
	if (gb_irq_install(e))
		return -GB_EXIT_HARNESS;
	nr_cpus = nr;
	return 0;
}

void gb_machine_exit(void)
{
	unsigned int id;

	for (id = 0; id < GB_MAX_CPUS; id++)
		GB_BUG_ON(gb_cpu_get(id) != NULL);
	nr_cpus = 0;
}

unsigned int gb_nr_cpus(void)
{
	return nr_cpus;
}

static void reset_self(unsigned int id)
{
	gb_self = (struct gb_cpu){
		.id = (int)id,
		.tid = (pid_t)gb_raw_syscall0(SYS_gettid),
		.watch = gb_self.watch, /* a thread may be watched before it is a CPU */
	};
}

static void look_for_calls(void)
{
	unsigned long flags = arch_local_irq_save();

	gb_ipi_run();
	arch_local_irq_restore(flags);
}

int gb_cpu_online(unsigned int id, struct gb_error *e)
{
	struct gb_cpu *vacant = NULL;
	int err;

	GB_BUG_ON(nr_cpus == 0);
	if (id >= GB_MAX_CPUS)
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "emulated CPU %u is beyond the last one, %d", id,
			       GB_MAX_CPUS - 1);
	if (gb_is_cpu())
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "this thread is emulated CPU %d already", gb_self.id);
	/* Who starts helper threads calls other CPUs; a mere malloc never does. */
	err = id >= nr_cpus ? gb_ipi_try() : 0;
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, -err,
				     NULL,
				     "emulated CPU %u cannot be interrupted%s", id,
				     err == -EAGAIN ? ": raise the limit of pending signals "
						      "(ulimit -i)" : "");
	/* acq_rel: pairs with the release of the former owner in gb_cpu_offline() */
	if (!gb_cas_acq_rel(&cpus[id], &vacant, &gb_self))
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "emulated CPU %u is online already",
			       id);
	reset_self(id);
	gb_irq_unmask();
	gb_store_seq_cst(&tids[id], gb_self.tid);
	look_for_calls(); /* announced while this CPU was offline: nobody signals those again */
	return 0;
}

/* Calls and softirqs may raise more of each other: until there is no more.  Something that
 * raises itself for ever is a bug of its owner and is named as one. */
static void drain(void)
{
	unsigned int rounds;

	for (rounds = 0; rounds < 1000; rounds++) {
		look_for_calls();
		gb_softirq_run();
		if (!gb_self.softirq_pending && !gb_self.irq_pending)
			return;
	}
	GB_BUG("emulated CPU %d goes offline, and its softirqs raise themselves", gb_self.id);
}

void gb_cpu_offline(void)
{
	unsigned int id = (unsigned int)gb_self.id;

	GB_BUG_ON(!gb_is_cpu());
	GB_BUG_ON(gb_self.preempt_count != 0 || arch_irqs_disabled());
	gb_timer_stop();
	gb_store_seq_cst(&tids[id], 0);
	drain();
	if (gb_self.watch)
		gb_watch_disarm();
	gb_self.id = -1;
	gb_store_seq_cst(&cpus[id], NULL);
	while (gb_load_seq_cst(&lookers[id]))
		gb_cpu_yield();
}

int gb_cpu_spare_id(void)
{
	unsigned int id;

	for (id = nr_cpus; id < GB_MAX_CPUS; id++)
		if (!gb_cpu_get(id))
			return (int)id;
	return -1;
}

struct gb_cpu *gb_cpu_get(unsigned int id)
{
	return id < GB_MAX_CPUS ? gb_load_acquire(&cpus[id]) : NULL;
}

/* The owner writes without atomics: what is read is a moment's truth, as it is meant. */
__attribute__((no_sanitize_thread, noinline)) static int holder(const struct gb_cpu *c,
								uint64_t since_ns)
{
	uint64_t spins_for = c->spins_for;

	if (!spins_for || spins_for >> GB_HOLDER_BITS < since_ns)
		return GB_NO_HOLDER;
	return (int)(spins_for & ((1 << GB_HOLDER_BITS) - 1)) + GB_NO_HOLDER;
}

int gb_cpu_spins_for(unsigned int id, uint64_t since_ns)
{
	struct gb_cpu *c;
	int found = GB_NO_HOLDER;

	if (!gb_cpu_tid(id))
		return GB_NO_HOLDER;
	__atomic_fetch_add(&lookers[id], 1, __ATOMIC_SEQ_CST);
	c = gb_load_seq_cst(&cpus[id]);
	if (c)
		found = holder(c, since_ns);
	__atomic_fetch_sub(&lookers[id], 1, __ATOMIC_SEQ_CST);
	return found;
}

pid_t gb_cpu_tid(unsigned int id)
{
	return id < GB_MAX_CPUS ? gb_load_seq_cst(&tids[id]) : 0;
}
