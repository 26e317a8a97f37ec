/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Calls on other CPUs.
 *
 * A call lies in the slot of its (sender, target) pair, announced by the sender's bit in
 * the target's word, followed by a signal to the target's thread:
 *
 *     FREE --sender--> POSTED --target, claims--> RUNNING --target--> FREE
 *                         └────sender, takes back────────────────────> FREE
 *
 * A target may go offline at any moment.  It first withdraws its thread id, then scans for
 * calls; a sender posts, then looks at the thread id again.  All four are sequentially
 * consistent, so either the scan sees the call or the sender sees that the CPU is gone and
 * takes the call back; if both, the claim decides.
 *
 * The target's handler runs whatever is announced, so signals may merge or come late.
 *
 * A kick is a call without slot and argument: any thread, in any context, makes a CPU run
 * the one action that was opened, which looks for itself what is wanted.
 *
 * Real-time signals queue, and as the handlers mask nothing, all that are queued are
 * delivered at once, each one's frame on top of the one before: a CPU that the system has
 * not run for a while would find its stack full of them.  So at most one is on its way to a
 * CPU: whoever sets the target's signalled sends it, the target clears that before it
 * looks, and who finds it set relies on the signal of another.  Between the setting and
 * the sending nothing else of the sender's CPU may run, or an interrupt there would wait
 * for an answer to a signal that was never sent.  Not so under the thread sanitizer, which
 * delivers none on top of another, and keeps one that comes until its thread is back in
 * the sanitizer's code: a target that fell asleep just then sees it when the next one wakes
 * it.  So there every call sends one, and who waits for an answer sends more.
 */
#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"

#include "machine/internal.h"

#define PATIENCE_NS UINT64_C(1000000000)
#define REMIND_NS   UINT64_C(10000000)

enum { FREE, POSTED, RUNNING };

struct call {
	uint32_t state;        /* atomic, see above */
	void (*fn)(void *arg); /* sender's while FREE, target's while RUNNING */
	void *arg;
};

static struct call calls[GB_MAX_CPUS][GB_MAX_CPUS]; /* [target][sender] */
static struct {
	uint64_t senders;   /* atomic: bit per sender with a call posted */
	uint32_t kicked;    /* atomic */
	uint32_t signalled; /* atomic: a signal is sent and not yet seen */
} GB_ALIGNED_LINE announced[GB_MAX_CPUS];
static void (*kick_action)(void); /* atomic; NULL: none */

static int take(struct call *c, uint32_t to)
{
	uint32_t posted = POSTED;

	/* acquire: pairs with the sender's store of POSTED */
	return gb_cas_acq_rel(&c->state, &posted, to);
}

static void run_call(struct call *c)
{
	if (!take(c, RUNNING))
		return;
	gb_self.stats.ipi_count++;
	gb_irq_enter();
	c->fn(c->arg);
	gb_irq_leave();
	gb_store_release(&c->state, FREE); /* pairs with the load in gb_ipi_wait */
}

static void run_kick(unsigned int id)
{
	void (*action)(void) = gb_load_acquire(&kick_action);

	if (!gb_load_relaxed(&announced[id].kicked) ||
	    !__atomic_exchange_n(&announced[id].kicked, 0, __ATOMIC_SEQ_CST) || !action)
		return;
	gb_self.stats.ipi_count++;
	gb_irq_enter();
	action();
	gb_irq_leave();
}

void gb_ipi_run(void)
{
	unsigned int id = (unsigned int)gb_self.id;
	uint64_t senders;

	gb_store_seq_cst(&announced[id].signalled, 0);
	senders = __atomic_exchange_n(&announced[id].senders, 0, __ATOMIC_SEQ_CST);
	for (; senders; senders &= senders - 1)
		run_call(&calls[id][__builtin_ctzll(senders)]);
	run_kick(id);
}

static long send_signal(pid_t tid)
{
	return gb_raw_syscall4(SYS_tgkill, gb_raw_syscall0(SYS_getpid), tid,
			       gb_irq_signal_ipi(), 0);
}

int gb_ipi_try(void)
{
	return (int)send_signal((pid_t)gb_raw_syscall0(SYS_gettid));
}

/* The system queues so many real-time signals for all processes of a user together
 * (ulimit -i).  None left: others may give theirs back, but not for ever is this CPU's call
 * one that nobody runs. */
static void deliver(pid_t tid)
{
	uint64_t begin = gb_monotonic_ns();
	long err;

	while ((err = send_signal(tid)) && err != -ESRCH) {
		if (err != -EAGAIN || gb_monotonic_ns() - begin > PATIENCE_NS)
			GB_BUG("no signal can be sent to another CPU (errno %ld): is the limit "
			       "of pending signals (ulimit -i) reached?", -err);
		gb_raw_syscall0(SYS_sched_yield);
	}
}

/* A CPU that goes offline or comes online meanwhile looks for itself after the change.  But
 * when the change, look included, lies between our reading of the thread and the setting of
 * signalled, the signal goes to a thread that is that CPU no more, and signalled would keep
 * everybody from sending another: then it is taken back, and the new thread gets one. */
static void signal_cpu(unsigned int id)
{
	unsigned long flags = arch_local_irq_save();
	pid_t tid;

	while ((tid = gb_cpu_tid(id)) &&
	       (!__atomic_exchange_n(&announced[id].signalled, 1, __ATOMIC_SEQ_CST) || GB_TSAN)) {
		deliver(tid);
		if (gb_cpu_tid(id) == tid)
			break;
		gb_store_seq_cst(&announced[id].signalled, 0);
	}
	arch_local_irq_restore(flags);
}

int gb_ipi_send(unsigned int id, void (*fn)(void *arg), void *arg)
{
	pid_t tid = gb_cpu_tid(id);
	struct call *c;

	if (!gb_is_cpu() || !tid)
		return -1;
	c = &calls[id][gb_self.id];
	GB_BUG_ON(gb_load_acquire(&c->state) != FREE); /* one outstanding a pair */
	c->fn = fn;
	c->arg = arg;
	gb_store_seq_cst(&c->state, POSTED);
	__atomic_fetch_or(&announced[id].senders, UINT64_C(1) << gb_self.id, __ATOMIC_SEQ_CST);
	if (gb_cpu_tid(id) != tid && take(c, FREE))
		return -1;
	signal_cpu(id);
	return 0;
}

void gb_ipi_open_kick(void (*action)(void))
{
	gb_store_release(&kick_action, action);
}

int gb_ipi_kick(unsigned int id)
{
	if (!gb_cpu_tid(id))
		return -1;
	gb_store_seq_cst(&announced[id].kicked, 1);
	signal_cpu(id);
	return 0;
}

void gb_cpu_yield(void)
{
	gb_raw_syscall0(SYS_sched_yield);
}

void gb_ipi_wait(unsigned int id)
{
	const struct call *c = &calls[id][gb_self.id];
	uint64_t sent = GB_TSAN ? gb_monotonic_ns() : 0;
	unsigned int spins = 0;

	while (gb_load_acquire(&c->state) != FREE) {
		if (gb_context_now() == GB_PROCESS && ++spins % 64 == 0)
			gb_raw_syscall0(SYS_sched_yield);
		else
			gb_cpu_relax();
		if (GB_TSAN && gb_monotonic_ns() - sent > REMIND_NS) {
			signal_cpu(id);
			sent = gb_monotonic_ns();
		}
	}
}

void gb_ipi_wait_all(void)
{
	for (unsigned int id = 0; id < GB_MAX_CPUS; id++)
		gb_ipi_wait(id);
}
