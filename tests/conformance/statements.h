/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Conformance statements as rows (numbers: kernel-model section 10).
 *
 * statements_run() executes every row once per profile that the row names and per
 * interrupt mode: quiet, and with timer interrupts at 20 kHz on every online CPU, under
 * sanitizers too.  Each execution is a child process that boots a machine of its own, runs
 * the body on CPU 0, takes it down again and fails when a frame leaked; a hang ends after a
 * timeout.
 *
 * Use: a table of struct statement ended by { 0 }, and
 *	int main(int argc, char **argv) { return statements_run(table, NULL, argc, argv); }
 * Arguments: statement numbers to run (all without), "-v" echoes kernel reports, "-l" lists
 * number and text of the rows and runs none.
 */
#ifndef GB_TESTS_STATEMENTS_H
#define GB_TESTS_STATEMENTS_H

#include <stdio.h>

#include "kernel/mm.h"

#define P618 1u
#define P601 2u
#define P304 4u
#define P_EACH (P618 | P601 | P304)
#define P_6X  (P618 | P601)

enum irq_policy {
	IRQ_ALLOCATES, /* handlers allocate and free a few pages or objects, verified */
	IRQ_EMPTY,     /* handlers do nothing: the body counts exact pages or calls */
	IRQ_NONE,      /* quiet only; say why in the text */
};

struct statement {
	unsigned int number;
	const char *text;
	unsigned int profiles;
	enum irq_policy irq;
	void (*run)(void);
	/* the machine; 0 = 64 MiB, none, 2 CPUs, the kernel's rule, none */
	unsigned int ram_mib, highmem_mib, cpus;
	unsigned long min_free_kbytes;
	const char *slab_debug;
	/* Anything else; runs before boot, in the child. */
	void (*configure)(struct kernel_config *c);
	unsigned int timeout_s;     /* 0 = 60 */
	unsigned int sanitizers;    /* 0: also under sanitizers; 1: not (say why in a comment),
				     * 2: not under the thread sanitizer, which needs what the
				     * statement takes away */
};

/* What the allocating handlers call; NULL: pages of order 0. */
struct statement_irq {
	void *(*alloc)(size_t size);    /* GFP_ATOMIC | __GFP_NOWARN; NULL is fine */
	void (*free)(void *p);
};

int statements_run(const struct statement *table, const struct statement_irq *irq, int argc,
		   char **argv);

/* In a body: a false condition fails the statement and is printed; the body goes on. */
#define EXPECT(c) statement_expect(!!(c), __FILE__, __LINE__, "%s", #c)
#define EXPECT_EQ(a, b) statement_eq((long)(a), (long)(b), #a, #b, __FILE__, __LINE__)
/* a between lo and hi, both included */
#define EXPECT_IN(a, lo, hi) \
	statement_in((long)(a), (long)(lo), (long)(hi), #a, __FILE__, __LINE__)
int statement_expect(int good, const char *file, int line, const char *fmt, ...)
	GB_PRINTF(4, 5);
int statement_eq(long a, long b, const char *ta, const char *tb, const char *file, int line);
int statement_in(long a, long lo, long hi, const char *ta, const char *file, int line);
/* Version of the profile being run: 618, 601, 304. */
int statement_profile(void);
/* Are 20 kHz interrupts running? */
int statement_interrupts(void);

/* Run @fn(@arg) on emulated CPU @cpu (not 0) in a thread of its own; join returns when it
 * is done.  @cpu -1: a thread that is no CPU. */
struct statement_thread;
struct statement_thread *statement_start(int cpu, void (*fn)(void *arg), void *arg);
void statement_join(struct statement_thread *t);

#endif
