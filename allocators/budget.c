/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A budget over a heap that knows no GFP rules (gfp_mode "emulated"): a limit on bytes in
 * use, of the size that the emulated memory of our own backends would have.
 *
 * Accounting.  A request reserves what it asks for before the backend is called; the
 * difference to what the backend really gave (usable) is added after, and a free gives
 * back the usable size.  So used_bytes is exact between calls and may exceed the limit by
 * rounding only, and no record of sizes is needed.
 *
 *   used = sum of usable(p) over live blocks + reservations in flight
 *
 * A request that may not sleep (no __GFP_DIRECT_RECLAIM, or in atomic context whatever the
 * flags say, which is reported) fails at the limit.  __GFP_NORETRY fails too.  Any other
 * waits in a queue, oldest first; it does not overtake those who wait already.
 *
 * Waiting is a futex sleep in process context, outside the guard (layers.h).  Who wakes
 * it:
 *  - a free in process context wakes the sleepers by a system call;
 *  - a free in atomic context must not make one.  It changes the futex word, so that
 *    nobody falls asleep on old news, and leaves a mark; the next call of this heap in
 *    process context on any CPU passes the wake on.  If none comes (all other CPUs wait
 *    too), the interrupt itself has broken a waiter's sleep (EINTR), or NAP_NS ends it.
 *
 * No wait is endless.  The oldest waiter gets NULL (counted as oom) when every CPU that is
 * online waits, here or in the workload for another CPU (gb_budget_idle); when nothing was
 * freed for PATIENCE_NS, for a workload that waits without saying so; or after LIMIT_NS in
 * any case.  __GFP_NOFAIL gets its memory beyond the limit at that point instead.
 *
 * Left out: reserves for atomic requests, reclaim, shrinkers.  The row says "emulated".
 */
#include "backend.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "layers.h"
#include "machine/event.h"
#include "machine/spinlock.h"

#define NAP_NS UINT64_C(1000000)
/* Long enough for a CPU whose wait has just ended to say so. */
#define STUCK_NAP_NS UINT64_C(50000)
#define PATIENCE_NS UINT64_C(100000000)
#define LIMIT_NS UINT64_C(2000000000)

struct waiter {
	struct waiter *next; /* queue lock */
};

static struct budget {
	struct gb_heap inner;      /* written before CPUs start; guard.c may replace its calls */
	int active;
	unsigned int nr_cpus;
	uint64_t limit;

	GB_ALIGNED_LINE uint64_t used; /* atomic */
	uint64_t peak;                 /* atomic, relaxed: statistics only */

	GB_ALIGNED_LINE uint32_t news; /* atomic: the futex word, changes with every free */
	uint32_t wake_owed;            /* atomic: a free in atomic context left it */
	uint32_t nr_waiting;           /* atomic; written under the queue lock */
	uint32_t nr_idle;              /* atomic: CPUs that wait in the workload */
	uint32_t idle_turns;           /* atomic: changes of nr_idle */
	raw_spinlock_t lock;           /* queue lock: process context only */
	struct waiter *oldest, **tail; /* queue lock */

	uint64_t sleeps, sleep_ns, atomic_failures, oom; /* atomic, relaxed: statistics */
} b;

/* --- accounting --------------------------------------------------------------- */

static void note_peak(uint64_t used)
{
	uint64_t peak = gb_load_relaxed(&b.peak);

	while (used > peak && !gb_cas_relaxed(&b.peak, &peak, used))
		;
}

static void charge(uint64_t bytes)
{
	note_peak(gb_add_relaxed(&b.used, bytes));
}

static int try_charge(uint64_t bytes)
{
	uint64_t used = gb_load_relaxed(&b.used);

	do {
		if (bytes > b.limit || used > b.limit - bytes)
			return 0;
	} while (!gb_cas_relaxed(&b.used, &used, used + bytes));
	note_peak(used + bytes);
	return 1;
}

/* --- sleeping and waking ------------------------------------------------------- */

/* Returns on a wake, on a change of the word, on a signal, or after @ns. */
static void futex_wait(uint32_t *word, uint32_t seen, uint64_t ns)
{
	struct timespec t = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, &t, NULL, 0);
}

static void wake_all(void)
{
	gb_store_relaxed(&b.wake_owed, 0);
	syscall(SYS_futex, &b.news, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* May this CPU make a system call for others now? */
static int may_call(void)
{
	return !in_atomic() && !arch_irqs_disabled();
}

static void pass_on_wake(void)
{
	if (gb_unlikely(gb_load_relaxed(&b.wake_owed)) && may_call())
		wake_all();
}

/* @bytes came back.  The fence orders the release of memory before the look at the
 * waiters; it pairs with the one in enqueue(): either this sees the waiter, or the waiter
 * sees the memory. */
static void uncharge(uint64_t bytes)
{
	gb_sub_relaxed(&b.used, bytes);
	gb_fence_seq_cst();
	if (gb_likely(!gb_load_relaxed(&b.nr_waiting)))
		return;
	gb_add_acq_rel(&b.news, 1);
	if (may_call())
		wake_all();
	else
		gb_store_relaxed(&b.wake_owed, 1);
}

/* --- the queue ------------------------------------------------------------------- */

static void enqueue(struct waiter *w)
{
	unsigned long flags = raw_spin_lock_irqsave(&b.lock);

	w->next = NULL;
	*b.tail = w;
	b.tail = &w->next;
	gb_add_relaxed(&b.nr_waiting, 1);
	raw_spin_unlock_irqrestore(&b.lock, flags);
	gb_fence_seq_cst(); /* pairs with the one in uncharge() */
}

static int is_oldest(const struct waiter *w)
{
	unsigned long flags = raw_spin_lock_irqsave(&b.lock);
	int first = b.oldest == w;

	raw_spin_unlock_irqrestore(&b.lock, flags);
	return first;
}

static void dequeue_oldest(void)
{
	unsigned long flags = raw_spin_lock_irqsave(&b.lock);

	b.oldest = b.oldest->next;
	if (!b.oldest)
		b.tail = &b.oldest;
	gb_sub_relaxed(&b.nr_waiting, 1);
	gb_add_acq_rel(&b.news, 1); /* the next in line looks again */
	raw_spin_unlock_irqrestore(&b.lock, flags);
	wake_all();
}

/* CPUs that could free something: those of the cell that are online. */
static unsigned int nr_online(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < b.nr_cpus; i++)
		n += gb_cpu_get(i) != NULL;
	return n;
}

/* Has the oldest waiter nothing left to hope for? */
static int hopeless(uint64_t now, uint64_t start, uint64_t last_news)
{
	return gb_load_relaxed(&b.nr_waiting) >= nr_online() || now - last_news > PATIENCE_NS ||
	       now - start > LIMIT_NS;
}

/* Does every CPU wait, for memory or in the workload? */
static int all_wait(void)
{
	return gb_load_relaxed(&b.nr_waiting) + gb_load_relaxed(&b.nr_idle) >= nr_online();
}

/* Wait in line until @bytes are charged (1) or it is the oldest and hopeless (0). */
static int wait_in_line(uint64_t bytes)
{
	uint64_t start = gb_monotonic_ns(), last = start;
	uint32_t seen, before, turns, turns_before = 0;
	struct waiter self;
	int charged = 0, stuck = 0;

	enqueue(&self);
	gb_add_relaxed(&b.sleeps, 1);
	gb_self.sleeps++;
	before = gb_load_acquire(&b.news);
	for (;;) {
		uint64_t now = gb_monotonic_ns();

		seen = gb_load_acquire(&b.news);
		if (seen != before) {
			before = seen;
			last = now;
		}
		if (is_oldest(&self)) {
			charged = try_charge(bytes);
			if (charged || hopeless(now, start, last))
				break;
		}
		turns = gb_load_acquire(&b.idle_turns);
		if (stuck && turns == turns_before && all_wait() && is_oldest(&self))
			break;
		stuck = all_wait();
		turns_before = turns;
		futex_wait(&b.news, seen, stuck ? STUCK_NAP_NS : NAP_NS);
	}
	dequeue_oldest();
	gb_add_relaxed(&b.sleep_ns, gb_monotonic_ns() - start);
	return charged;
}

/* --- admission ------------------------------------------------------------------- */

static int may_sleep(gfp_t gfp)
{
	return (gfp & __GFP_DIRECT_RECLAIM) && !gb_might_sleep("budget");
}

static __attribute__((noinline)) int admit_slow(uint64_t bytes, gfp_t gfp)
{
	if (!may_sleep(gfp)) {
		gb_add_relaxed(&b.atomic_failures, 1);
		return 0;
	}
	if ((gfp & __GFP_NORETRY) || (bytes > b.limit && !(gfp & __GFP_NOFAIL)))
		return 0;
	if (wait_in_line(bytes))
		return 1;
	gb_add_relaxed(&b.oom, 1);
	if (!(gfp & __GFP_NOFAIL))
		return 0;
	charge(bytes);
	return 1;
}

static int admit(uint64_t bytes, gfp_t gfp)
{
	pass_on_wake();
	/* who may sleep does not overtake the queue; who may not takes what there is */
	if (gb_unlikely(gb_load_relaxed(&b.nr_waiting)) && (gfp & __GFP_DIRECT_RECLAIM))
		return admit_slow(bytes, gfp);
	return try_charge(bytes) || admit_slow(bytes, gfp);
}

/* From what was reserved to what was really given. */
static void *settle(void *p, uint64_t reserved)
{
	uint64_t real = p ? b.inner.usable(p) : 0;

	if (real > reserved)
		charge(real - reserved);
	else if (real < reserved)
		uncharge(reserved - real);
	return p;
}

/* --- the heap's calls -------------------------------------------------------------- */

static void *budget_alloc(size_t size, gfp_t gfp)
{
	return admit(size, gfp) ? settle(b.inner.alloc(size, gfp), size) : NULL;
}

static void *budget_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	return admit(size, gfp) ? settle(b.inner.aligned(alignment, size, gfp), size) : NULL;
}

static void budget_free(void *p)
{
	uint64_t bytes = p ? b.inner.usable(p) : 0;

	b.inner.free(p);
	if (bytes)
		uncharge(bytes);
	pass_on_wake();
}

/* The new block is paid for in full while the old one may still be live, as in a copy. */
static void *budget_realloc(void *p, size_t size, gfp_t gfp)
{
	uint64_t old = p ? b.inner.usable(p) : 0;
	void *q;

	if (!admit(size, gfp))
		return NULL;
	q = b.inner.realloc(p, size, gfp);
	settle(q, size);
	if (q || !size) /* the old block is gone */
		uncharge(old);
	return q;
}

static size_t budget_usable(const void *p)
{
	return b.inner.usable(p);
}

/* --- set-up ------------------------------------------------------------------------ */

/* release pairs with the acquire in wait_in_line(): turns are read before the count. */
void gb_budget_idle(int delta)
{
	if (!b.active)
		return;
	gb_add_relaxed(&b.nr_idle, (uint32_t)delta);
	gb_add_acq_rel(&b.idle_turns, 1);
	if (delta > 0 && gb_load_relaxed(&b.nr_waiting))
		wake_all();
}

struct gb_heap *gb_budget_inner(void)
{
	return b.active ? &b.inner : NULL;
}

int gb_budget_heap(struct gb_heap *h, uint64_t bytes, unsigned int nr_cpus, struct gb_error *e)
{
	if (!h->usable)
		return gb_fail(e, GB_EXIT_HARNESS, "run it without a limit on memory",
			       "a budget needs the size of a block at free, which this backend "
			       "does not tell");
	b = (struct budget){
		.inner = *h,
		.active = 1,
		.nr_cpus = nr_cpus ? nr_cpus : 1,
		.limit = bytes,
		.lock = RAW_SPINLOCK_INIT("budget", 0),
	};
	b.tail = &b.oldest;
	h->alloc = budget_alloc;
	h->free = budget_free;
	h->aligned = h->aligned ? budget_aligned : NULL;
	h->realloc = h->realloc ? budget_realloc : NULL;
	h->usable = budget_usable;
	h->zalloc = NULL;
	return 0;
}

void gb_budget_stats(struct gb_budget_stats *s)
{
	*s = (struct gb_budget_stats){
		.limit_bytes = b.limit,
		.used_bytes = gb_load_relaxed(&b.used),
		.peak_bytes = gb_load_relaxed(&b.peak),
		.sleeps = gb_load_relaxed(&b.sleeps),
		.sleep_ns = gb_load_relaxed(&b.sleep_ns),
		.atomic_failures = gb_load_relaxed(&b.atomic_failures),
		.oom = gb_load_relaxed(&b.oom),
	};
}
