/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The watcher: what system calls, or at least sleeps, happen in atomic context.
 *
 * dispatch   A depth counter of atomic sections a thread, and the trap (dispatch_*.c) set
 *            whenever it is above 0.  Entering always sets the trap, leaving clears it with
 *            the outermost section, so an interrupt between counter and trap does no harm.
 * switches   The thread's count of voluntary context switches, read at both ends of the
 *            outermost section: something slept, who knows what.  The readings are system
 *            calls of ours; the mode is for systems without the other one.  An interrupt
 *            that lands while the outermost section is being entered is missed.
 * none       Nothing.
 *
 * A thread that has not armed itself pays for enter and leave a load and a branch.
 */
#include "machine/watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "machine/format.h"
#include "machine/internal.h"

const char *const gb_watch_mode_name[] = { "none", "switches", "dispatch" };

struct watch {
	volatile uint32_t depth;
	long switches; /* at entry of the outermost section */
};
static __thread struct watch self __attribute__((tls_model("initial-exec")));

/* Written by gb_watch_init() before anybody arms. */
static enum gb_watch_mode mode;
static char reason[160];
static uint64_t switches_total; /* atomic, relaxed: statistics only */

static enum gb_watch_mode fall_back(enum gb_watch_mode to, const char *why, const char *what)
{
	gb_format(reason, sizeof(reason), "%s%s", why, what);
	return to;
}

static enum gb_watch_mode choose(const char *asked)
{
	int err;

	if (asked && !strcmp(asked, "none"))
		return fall_back(GB_WATCH_NONE, "GFPBENCH_WATCH=none", "");
	if (asked && !strcmp(asked, "switches"))
		return fall_back(GB_WATCH_SWITCHES, "GFPBENCH_WATCH=switches", "");
	if (asked && strcmp(asked, "dispatch"))
		return fall_back(GB_WATCH_NONE,
				 "GFPBENCH_WATCH is none of dispatch, switches, none: ", asked);
	err = gb_dispatch_init();
	if (err)
		return fall_back(GB_WATCH_SWITCHES, "no syscall user dispatch: ",
				 strerror(-err));
	reason[0] = '\0';
	return GB_WATCH_DISPATCH;
}

enum gb_watch_mode gb_watch_init(void)
{
	const char *asked = getenv("GFPBENCH_WATCH");

	mode = choose(asked && *asked ? asked : NULL);
	return mode;
}

const char *gb_watch_reason(void)
{
	return reason;
}

/* A trap while SIGSYS is blocked kills the process. */
static void unmask_sigsys(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	GB_BUG_ON(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}

int gb_watch_arm(struct gb_error *e)
{
	int err;

	GB_BUG_ON(gb_self.watch != NULL);
	if (mode == GB_WATCH_NONE)
		return 0;
	if (mode == GB_WATCH_DISPATCH) {
		unmask_sigsys();
		err = gb_dispatch_arm();
		if (err)
			return gb_fail_errno(e, GB_EXIT_HARNESS, -err, NULL,
					     "cannot watch system calls of this thread");
	}
	self.depth = 0;
	gb_barrier();
	gb_self.watch = &self;
	return 0;
}

void gb_watch_disarm(void)
{
	if (!gb_self.watch)
		return;
	gb_self.watch = NULL;
	gb_barrier();
	if (mode == GB_WATCH_DISPATCH)
		gb_dispatch_disarm();
}

static long voluntary_switches(void)
{
	struct rusage usage;

	gb_raw_syscall2(SYS_getrusage, RUSAGE_THREAD, (long)&usage);
	return usage.ru_nvcsw;
}

/* TSan calls the handlers of signals that it has deferred with every signal blocked; the
 * mask comes back when it is done with them. */
static void unmask_in_handler(void)
{
	uint64_t set = UINT64_C(1) << (SIGSYS - 1);

	gb_raw_syscall4(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&set, 0, sizeof(set));
}

void gb_watch_enter(void)
{
	struct watch *w = gb_self.watch;

	if (gb_likely(!w))
		return;
	w->depth = w->depth + 1;
	gb_barrier();
	if (GB_TSAN && mode == GB_WATCH_DISPATCH)
		unmask_in_handler();
	if (mode == GB_WATCH_DISPATCH)
		gb_dispatch_trap(1);
	else if (w->depth == 1)
		w->switches = voluntary_switches();
}

void gb_watch_leave(void)
{
	struct watch *w = gb_self.watch;

	if (gb_likely(!w) || w->depth == 0) /* 0: armed inside a section */
		return;
	if (mode == GB_WATCH_SWITCHES && w->depth == 1)
		gb_add_relaxed(&switches_total,
			       (uint64_t)(voluntary_switches() - w->switches));
	gb_barrier();
	w->depth = w->depth - 1;
	gb_barrier();
	if (mode == GB_WATCH_DISPATCH && w->depth == 0)
		gb_dispatch_trap(0);
}

uint64_t gb_watch_total(void)
{
	uint64_t total = gb_load_relaxed(&switches_total);
	unsigned int nr;

	for (nr = 0; nr <= GB_DISPATCH_MAX; nr++)
		total += gb_dispatch_count(nr);
	return total;
}

static size_t add_name(char *buf, size_t n, size_t len, const char *name, unsigned int nr,
		       uint64_t count)
{
	if (!count || len + 1 >= n)
		return len;
	if (len)
		len += gb_format(buf + len, n - len, " ");
	if (name)
		return len + gb_format(buf + len, n - len, "%s:%llu", name,
				       (unsigned long long)count);
	return len + gb_format(buf + len, n - len, "nr%u:%llu", nr, (unsigned long long)count);
}

char *gb_watch_names(char *buf, size_t n)
{
	size_t len = 0;
	unsigned int nr;

	buf[0] = '\0';
	for (nr = 0; nr <= GB_DISPATCH_MAX; nr++)
		len = add_name(buf, n, len, gb_syscall_name(nr), nr, gb_dispatch_count(nr));
	add_name(buf, n, len, "voluntary_switches", 0, gb_load_relaxed(&switches_total));
	return buf;
}
