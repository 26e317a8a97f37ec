/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Single-stepping: run a path and enter an interrupt after exactly its n-th instruction,
 * for every n.  Proves by exhaustion what random interrupts show by luck: that a path may
 * be interrupted anywhere.
 *
 * What counts as an instruction is what can be interrupted after: each iteration of a
 * repeated string instruction is one; a system call and the instruction behind it are one.
 * A soft-disabled section is stepped through like anything else: an interrupt that falls
 * into it becomes pending and runs when the section ends (guarantee D), as a timer's would.
 *
 * Layer: machine.  Callers: an online CPU in process context, interrupts on, its timer
 * stopped or paused.  Where it cannot work gb_step_unsupported() says why.
 */
#ifndef GB_MACHINE_STEP_H
#define GB_MACHINE_STEP_H

#include "machine/irq.h"

/* Why single-stepping does not work here, or NULL. */
const char *gb_step_unsupported(void);

struct gb_step_pass {
	unsigned long instructions; /* of the path, as far as it was stepped */
	int entered;                /* the interrupt was raised: n lay inside the path */
	int deferred;               /* it fell into a soft-disabled section */
	uintptr_t ip;               /* the instruction it came before */
	uint32_t depth;             /* bytes of stack in use there since the path began */
};

/* One pass: run @path(@arg), raise @irq(@irq_arg) as a hardirq after @n instructions
 * (0: before the first).  Behind that point the path runs at full speed.  A path shorter
 * than @n is not interrupted, and pass->instructions is its length. */
void gb_step_at(unsigned long n, void (*path)(void *arg), void *arg,
		void (*irq)(void *arg), void *irq_arg, struct gb_step_pass *pass);

/* Where a path was: before the instruction at @ip. */
struct gb_step_place {
	uintptr_t ip;
	uint32_t depth;    /* as above: tells the callers of shared code apart */
	uint32_t irqs_off; /* soft-disabled */
};

/* One pass without an interrupt: places[n] is where gb_step_at(n) would have entered it.
 * Returns the length of the path; at most @max places are stored. */
unsigned long gb_step_trace(void (*path)(void *arg), void *arg, struct gb_step_place *places,
			    unsigned long max);

/* gb_step_at() by a breakpoint of the processor instead of steps, for the places that lie
 * deep in a long path: enters @irq before the instruction at @ip runs for the @nth time
 * (1: the first; the iterations of a repeated string instruction are one).  Returns 0, or
 * -errno when the system has no breakpoint for us, and the path did not run. */
int gb_step_break(uintptr_t ip, unsigned long nth, void (*path)(void *arg), void *arg,
		  void (*irq)(void *arg), void *irq_arg, struct gb_step_pass *pass);

struct gb_step {
	void (*prepare)(void *arg); /* before each pass, not stepped; may be NULL */
	void (*path)(void *arg);
	void (*irq)(void *arg);
	/* After each pass, not stepped: 0 when all is well; may be NULL. */
	int (*verify)(const struct gb_step_pass *pass, unsigned long n, void *arg);
	void *arg;
	unsigned long first, stride; /* n = first, first + stride...; stride 0 means 1 */
};

struct gb_step_result {
	unsigned long passes;       /* with an interrupt */
	unsigned long deferred;     /* of these */
	unsigned long instructions; /* of the uninterrupted path, the last pass */
	unsigned long failed_at;    /* n where verify failed */
	struct gb_step_pass failed; /* that pass */
	int failures;               /* 0 or 1: stops at the first */
};

/* Every n until a pass ends before n.  Returns result->failures. */
int gb_step_all(const struct gb_step *s, struct gb_step_result *result);

#endif
