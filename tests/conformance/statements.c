/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The driver of conformance statements; see statements.h.  The parent never boots a
 * machine: it forks, the child boots, and the exit status is the verdict.
 */
#include "statements.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sanitizer.h"

#include "tests/tap.h"

#define NR_KEPT   8
/* Tells a hang, nothing else: on a machine with ten processes a core 20 s were too few. */
#define TIMEOUT_S 60

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif
/* Under the thread sanitizer a handler that reclaims takes longer than 50 us: the CPU would do
 * nothing else.  It looks for races between CPUs, which do not need the rate. */
#define IRQ_HZ (GB_TSAN ? 1000 : 20000)

/* ------------------------------------------------------------------ in the child */

static struct {
	const struct statement *row;
	const struct statement_irq *irq;
	int interrupts;
	int failures; /* atomic */
	int verbose;
} now;

int statement_profile(void)
{
	return mm.profile->version;
}

int statement_interrupts(void)
{
	return now.interrupts;
}

int statement_expect(int good, const char *file, int line, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (good)
		return 1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	gb_add_relaxed(&now.failures, 1);
	printf("#   %s:%d: failed: %s\n", file, line, text);
	fflush(stdout);
	return 0;
}

int statement_eq(long a, long b, const char *ta, const char *tb, const char *file,
		 int line)
{
	return statement_expect(a == b, file, line, "%s == %s (%ld, %ld)", ta, tb, a, b);
}

int statement_in(long a, long lo, long hi, const char *ta, const char *file, int line)
{
	return statement_expect(a >= lo && a <= hi, file, line, "%s in %ld..%ld (%ld)",
				ta, lo, hi, a);
}

/* --- interrupts that allocate: a few blocks are always held, filled and verified --- */

static void *page_alloc_irq(size_t size)
{
	(void)size;
	return (void *)__get_free_pages(GFP_ATOMIC | __GFP_NOWARN, 0);
}

static void page_free_irq(void *p)
{
	free_pages((unsigned long)p, 0);
}

static const struct statement_irq page_irq = { page_alloc_irq, page_free_irq };

static __thread struct {
	unsigned char *p;
	size_t size;
	unsigned char fill;
} kept[NR_KEPT];
static __thread unsigned int kept_turn;

static void drop(unsigned int i)
{
	if (!kept[i].p)
		return;
	for (size_t b = 0; b < kept[i].size; b++)
		if (kept[i].p[b] != kept[i].fill) {
			gb_add_relaxed(&now.failures, 1);
			gb_event_post(GB_FAULT, "irq-block-corrupt", "byte %zu", b);
			break;
		}
	now.irq->free(kept[i].p);
	kept[i].p = NULL;
}

/* Allocates before it frees, keeps objects alive, mixes sizes. */
static void allocating_irq(void *arg)
{
	static const size_t sizes[] = { 16, 100, 256, 1000, 64, 2000, 32, 512 };
	unsigned int turn = kept_turn++;
	unsigned int i = turn % NR_KEPT;
	size_t size = sizes[turn / 3 % GB_ARRAY_SIZE(sizes)];
	unsigned char *p = now.irq->alloc(size);

	(void)arg;
	drop(i);
	if (!p)
		return;
	kept[i].p = p;
	kept[i].size = size;
	kept[i].fill = (unsigned char)turn;
	memset(p, kept[i].fill, size);
}

static void empty_irq(void *arg)
{
	(void)arg;
}

static int cpu_up(unsigned int cpu)
{
	int err = kernel_cpu_online(cpu);

	if (!err && now.interrupts)
		err = kernel_irq_start(
			IRQ_HZ,
			now.row->irq == IRQ_ALLOCATES ? allocating_irq : empty_irq, NULL);
	return statement_expect(!err, __FILE__, __LINE__, "CPU %u online (%d)", cpu, err);
}

static void cpu_down(void)
{
	kernel_irq_stop();
	for (unsigned int i = 0; i < NR_KEPT; i++)
		drop(i);
	kernel_cpu_offline();
}

/* --- other CPUs -------------------------------------------------------------------- */

struct statement_thread {
	pthread_t thread;
	int cpu;
	void (*fn)(void *arg);
	void *arg;
};

static void *thread_main(void *arg)
{
	struct statement_thread *t = arg;

	if (t->cpu >= 0 && !cpu_up((unsigned int)t->cpu))
		return NULL;
	t->fn(t->arg);
	if (t->cpu >= 0)
		cpu_down();
	return NULL;
}

struct statement_thread *statement_start(int cpu, void (*fn)(void *arg), void *arg)
{
	struct statement_thread *t = calloc(1, sizeof(*t));

	*t = (struct statement_thread){ .cpu = cpu, .fn = fn, .arg = arg };
	if (pthread_create(&t->thread, NULL, thread_main, t))
		abort();
	return t;
}

void statement_join(struct statement_thread *t)
{
	pthread_join(t->thread, NULL);
	free(t);
}

/* --- one execution ------------------------------------------------------------------ */

static void fill_config(struct kernel_config *c, const char *profile)
{
	const struct statement *row = now.row;

	c->ram_bytes = (uint64_t)(row->ram_mib ? row->ram_mib : 64) << 20;
	c->highmem_bytes = (uint64_t)row->highmem_mib << 20;
	c->nr_cpus = row->cpus ? row->cpus : 2;
	c->min_free_kbytes = row->min_free_kbytes;
	c->slab_debug = row->slab_debug;
	c->profile = profile;
	c->quiet = !now.verbose;
	if (row->configure)
		row->configure(c);
}

static int child(const char *profile)
{
	struct kernel_config c = { .ram_bytes = 0 };
	unsigned long leaked;
	int err;

	gb_clock_init();
	fill_config(&c, profile);
	err = kernel_boot(&c);
	if (!statement_expect(!err, __FILE__, __LINE__, "boot: %s", kernel_boot_error()))
		return 1;
	if (cpu_up(0)) {
		now.row->run();
		cpu_down();
	}
	leaked = kernel_shutdown();
	statement_expect(!leaked, __FILE__, __LINE__, "%lu frames leaked", leaked);
	return now.failures != 0;
}

/* ------------------------------------------------------------------ in the parent */

/* Exit status, or -1 after @seconds. */
static int wait_for(pid_t pid, unsigned int seconds)
{
	uint64_t end = gb_monotonic_ns() + seconds * UINT64_C(1000000000);
	struct timespec nap = { 0, 1000000 };
	int status;

	while (gb_monotonic_ns() < end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		nanosleep(&nap, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

static void execute(const struct statement *row, const char *profile, int interrupts)
{
	unsigned int seconds =
		(row->timeout_s ? row->timeout_s : TIMEOUT_S) * (SANITIZED ? 4 : 1);
	pid_t pid;
	int status;

	fflush(stdout);
	now.row = row;
	now.interrupts = interrupts;
	pid = fork();
	if (pid == 0) {
		int bad = child(profile);

		fflush(stdout);
		_exit(bad);
	}
	status = pid < 0 ? -1 : wait_for(pid, seconds);
	tap_ok(status == 0, "statement %u: %s [%s, %s]", row->number, row->text, profile,
	       interrupts ? "interrupts" : "quiet");
	if (status == -1)
		tap_diag("did not end within %u s", seconds);
	else if (WIFSIGNALED(status))
		tap_diag("ended by signal %d", WTERMSIG(status));
}

static int selected(const struct statement *row, int argc, char **argv)
{
	int numbers = 0;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		numbers = 1;
		if ((unsigned int)atoi(argv[i]) == row->number)
			return 1;
	}
	return !numbers;
}

static int list(const struct statement *table)
{
	for (const struct statement *row = table; row->run; row++)
		printf("%u\t%s\n", row->number, row->text);
	return 0;
}

static const struct {
	unsigned int bit;
	const char *name;
} profiles[] = { { P618, "6.18" }, { P601, "6.1" }, { P304, "3.4" } };

int statements_run(const struct statement *table, const struct statement_irq *irq,
		   int argc, char **argv)
{
	now.irq = irq ? irq : &page_irq;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-l"))
			return list(table);
		now.verbose |= !strcmp(argv[i], "-v");
	}
	for (const struct statement *row = table; row->run; row++) {
		if (!selected(row, argc, argv))
			continue;
		for (size_t p = 0; p < GB_ARRAY_SIZE(profiles); p++) {
			if (!(row->profiles & profiles[p].bit))
				continue;
			if (SANITIZED && row->sanitizers == 1) {
				tap_skip(row->text, "not under sanitizers");
				continue;
			}
			if (GB_TSAN && row->sanitizers == 2) {
				tap_skip(row->text, "takes away what the thread sanitizer needs itself");
				continue;
			}
			execute(row, profiles[p].name, 0);
			if (row->irq != IRQ_NONE)
				execute(row, profiles[p].name, 1);
		}
	}
	return tap_done();
}
