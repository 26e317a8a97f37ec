/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The watcher: what is called in atomic context is counted by name and still works; what
 * is called elsewhere is not; other signals live through it.  Each mode in a child of its
 * own, since the mode is chosen once.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/machine_test.h"

static volatile uint64_t handlers;
static char names[400];

/* The sanitizers' run-times make calls of their own. */
#if defined(__SANITIZE_ADDRESS__)
#define EXACT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EXACT 0
#endif
#endif
#ifndef EXACT
#define EXACT (!GB_TSAN)
#endif

/* "futex:3 mmap:1": the number behind @name, or 0. */
static uint64_t count_of(const char *name)
{
	size_t n = strlen(name);
	const char *p = gb_watch_names(names, sizeof(names));

	while (p && *p) {
		if (!strncmp(p, name, n) && p[n] == ':')
			return strtoull(p + n + 1, NULL, 10);
		p = strchr(p, ' ');
		if (p)
			p++;
	}
	return 0;
}

static uint32_t futex_word = 1;

static void offend(const struct gb_irq *irq, void *arg)
{
	struct timespec short_time = { 0, 1000 };
	int *wrong = arg;
	char *p;

	(void)irq;
	handlers++;
	/* EAGAIN: the word is not 2 */
	*wrong += syscall(SYS_futex, &futex_word, FUTEX_WAIT, 2, NULL, NULL, 0) != -1 ||
		  errno != EAGAIN;
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*wrong += p == MAP_FAILED;
	if (p != MAP_FAILED) {
		p[5000] = 1;
		*wrong += munmap(p, 8192) != 0;
	}
	/* the signal of the next interrupt may end it */
	*wrong += syscall(SYS_nanosleep, &short_time, NULL) != 0 && errno != EINTR;
}

static void test_hardirq(void)
{
	uint64_t before, start = gb_monotonic_ns();
	int wrong = 0, i;

	test_timer(2000, GB_IRQ_FIXED, 1, offend, &wrong);
	while (test_goes_on(start, handlers >= TEST_MIN_IRQS))
		for (i = 0; i < 100; i++)
			syscall(SYS_getppid);
	gb_timer_stop();
	test_irqs_ran(handlers);
	tap_ok(wrong == 0, "trapped calls give the right results");
	tap_eq_u64(count_of("futex"), handlers, "futex counted by name");
	tap_ok(EXACT ? count_of("mmap") == handlers : count_of("mmap") >= handlers, "mmap");
	tap_ok(EXACT ? count_of("munmap") == handlers : count_of("munmap") >= handlers, "munmap");
	tap_eq_u64(count_of("nanosleep"), handlers, "nanosleep");
	tap_eq_u64(count_of("getppid"), 0, "nothing outside atomic context");
	tap_diag("%s", gb_watch_names(names, sizeof(names)));
	if (EXACT)
		tap_eq_u64(gb_watch_total(), 4 * handlers, "and nothing else, total is right");
	before = gb_watch_total();
	for (i = 0; i < 100; i++)
		gb_raw_syscall0(SYS_getpid);
	tap_eq_u64(gb_watch_total() - before, 0, "raw calls outside");
}

static void sections(void)
{
	unsigned long flags;
	uint64_t before = gb_watch_total();

	flags = arch_local_irq_save();
	syscall(SYS_getppid);
	arch_local_irq_restore(flags);
	tap_eq_u64(gb_watch_total() - before, 0, "the guard is not watched");
	flags = gb_atomic_begin();
	syscall(SYS_getppid);
	gb_raw_syscall0(SYS_getppid);
	gb_atomic_end(flags);
	tap_eq_u64(count_of("getppid"), 1, "a declared section is, raw calls are not counted");
	preempt_disable();
	syscall(SYS_getppid);
	local_bh_disable();
	syscall(SYS_getppid);
	local_bh_enable();
	syscall(SYS_getppid);
	preempt_enable();
	syscall(SYS_getppid);
	tap_eq_u64(count_of("getppid"), 4, "so are preempt_disable and local_bh_disable, nested");
}

static volatile int usr1, usr1_wrong;

static void on_usr1(int sig)
{
	(void)sig;
	usr1++;
	usr1_wrong += syscall(SYS_getppid) != getppid();
}

static int blocked(int sig)
{
	sigset_t now;

	pthread_sigmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, sig);
}

static void test_signals(void)
{
	struct sigaction sa = { .sa_handler = on_usr1 };
	unsigned long flags;
	sigset_t set;
	int i, was;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaction(SIGUSR1, &sa, NULL);
	CHECK(!gb_signal_let_traps_through(SIGUSR1));
	flags = gb_atomic_begin();
	for (i = 0; i < 100; i++)
		raise(SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	was = blocked(SIGUSR2);
	gb_atomic_end(flags);
	tap_ok(usr1 == 100 && !usr1_wrong, "other signals' handlers run and return");
	tap_ok(was && blocked(SIGUSR2), "a changed signal mask stays");
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void *thread_main(void *arg)
{
	return arg;
}

/* What cannot be made from a signal handler. */
static void test_processes(void)
{
	unsigned long flags;
	pthread_t thread;
	int status = -1;
	void *got = NULL;
	pid_t child;

	flags = gb_atomic_begin();
	child = fork();
	if (child == 0)
		_exit(42);
	gb_atomic_end(flags);
	waitpid(child, &status, 0);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 42, "fork in an atomic section");
	flags = gb_atomic_begin();
	status = pthread_create(&thread, NULL, thread_main, &status);
	gb_atomic_end(flags);
	tap_ok(status == 0 && !pthread_join(thread, &got) && got == &status,
	       "a thread started in an atomic section");
	tap_ok(count_of("clone3") + count_of("clone") >= 1, "both counted: %s", names);
}

static void test_off(void)
{
	uint64_t t0, t1, t2, before;
	struct gb_error e = GB_ERROR_INIT;
	int i;

	t0 = gb_monotonic_ns();
	for (i = 0; i < 1000000; i++) {
		gb_watch_enter();
		gb_watch_leave();
	}
	t1 = gb_monotonic_ns();
	gb_watch_disarm();
	before = gb_watch_total();
	for (i = 0; i < 1000000; i++) {
		gb_watch_enter();
		gb_watch_leave();
	}
	t2 = gb_monotonic_ns();
	tap_diag("enter and leave: armed %.1f ns, not armed %.1f ns", (double)(t1 - t0) / 1e6,
		 (double)(t2 - t1) / 1e6);
	preempt_disable();
	syscall(SYS_getppid);
	preempt_enable();
	tap_eq_u64(gb_watch_total() - before, 0, "a thread that is not armed is not watched");
	must(gb_watch_arm(&e), &e);
}

static int dispatch(void)
{
	struct gb_error e = GB_ERROR_INIT;

	if (gb_watch_init() != GB_WATCH_DISPATCH) {
		tap_skip("dispatch", gb_watch_reason());
		return tap_done();
	}
	test_online(0);
	must(gb_watch_arm(&e), &e);
	test_hardirq();
	sections();
	test_signals();
	test_processes();
	test_off();
	gb_cpu_offline();
	tap_ok(!gb_self.watch, "offline disarms");
	return tap_done();
}

static int switches(void)
{
	struct timespec ms = { 0, 1000000 };
	struct gb_error e = GB_ERROR_INIT;
	unsigned long flags;

	setenv("GFPBENCH_WATCH", "switches", 1);
	tap_ok(gb_watch_init() == GB_WATCH_SWITCHES, "GFPBENCH_WATCH=switches");
	tap_eq_text(gb_watch_reason(), "GFPBENCH_WATCH=switches", "and it says why");
	test_online(0);
	must(gb_watch_arm(&e), &e);
	nanosleep(&ms, NULL);
	tap_eq_u64(gb_watch_total(), 0, "sleeping outside is fine");
	flags = gb_atomic_begin();
	nanosleep(&ms, NULL);
	gb_atomic_end(flags);
	tap_ok(gb_watch_total() >= 1 && count_of("voluntary_switches") == gb_watch_total(),
	       "sleeping in an atomic section is seen: %s", names);
	gb_cpu_offline();
	return tap_done();
}

static int none(void)
{
	struct gb_error e = GB_ERROR_INIT;

	setenv("GFPBENCH_WATCH", "none", 1);
	tap_ok(gb_watch_init() == GB_WATCH_NONE, "GFPBENCH_WATCH=none");
	must(gb_watch_arm(&e), &e);
	preempt_disable();
	syscall(SYS_getppid);
	preempt_enable();
	tap_eq_u64(gb_watch_total(), 0, "sees nothing");
	setenv("GFPBENCH_WATCH", "dispetch", 1);
	tap_ok(gb_watch_init() == GB_WATCH_NONE && strstr(gb_watch_reason(), "dispetch"),
	       "an unknown mode is refused: %s", gb_watch_reason());
	return tap_done();
}

/* The child numbers its tests itself; here each mode is one. */
static void in_child(int (*mode)(void), const char *name)
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		/* lines of a child are diagnostics of the parent's test */
		FILE *indent = popen("sed 's/^/#   /'", "w");

		if (!indent || dup2(fileno(indent), 1) < 0)
			_exit(99);
		tap_count = tap_failures = 0;
		test_machine_up(1);
		status = mode();
		fflush(stdout);
		close(1);
		pclose(indent);
		_exit(status);
	}
	waitpid(child, &status, 0);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", name);
	if (WIFSIGNALED(status))
		tap_diag("killed by signal %d", WTERMSIG(status));
}

int main(void)
{
	in_child(dispatch, "syscall user dispatch");
	in_child(switches, "voluntary switches");
	in_child(none, "none");
	return tap_done();
}
