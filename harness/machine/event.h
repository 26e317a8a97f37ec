/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Events: things worth a row in events.csv (a sleeping flag in atomic context, a failure
 * report, an OOM kill).  Posted from any context, interrupts included, without locks,
 * system calls or allocation, into a ring of fixed size that the runner's owner supplies
 * (in a runner: inside the shared result memory, so that a crash keeps them).
 *
 * Layer: machine.
 */
#ifndef GB_MACHINE_EVENT_H
#define GB_MACHINE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum gb_severity { GB_INFO, GB_WARNING, GB_FAULT };
extern const char *const gb_severity_name[];

struct gb_event {
	uint64_t t_ns;            /* CLOCK_MONOTONIC */
	int32_t cpu;              /* -1: no CPU */
	uint32_t severity;
	char event[40];           /* short id: "sleep-in-atomic", "page-allocation-failure" */
	char detail[208];
	uint32_t ready;           /* set last (release): the entry is whole */
};

#define GB_EVENT_RING 256
struct gb_event_ring {
	uint64_t next;            /* atomic: entries ever posted; beyond the ring: dropped */
	uint64_t dropped;
	struct gb_event entry[GB_EVENT_RING];
};

/* Where gb_event_post writes; NULL (the default): nowhere.  @also_stderr: echo as a line
 * with write(2), as printk does (libgfpkernel outside the harness). */
void gb_event_sink(struct gb_event_ring *ring, int also_stderr);
/* @on: the first event of severity GB_FAULT ends the process, once it is posted, with exit
 * status GB_FAULT_STATUS and nothing else: what follows a fault is no evidence of it. */
#define GB_FAULT_STATUS 86
void gb_event_stop_at_fault(int on);
/* @event: a string literal.  @fmt: %d %i %u %x %X %p %s %c %%, with the flags 0 - #, a
 * width, a precision for %s, and the lengths l ll z; nothing else (machine/format.h). */
void gb_event_post(enum gb_severity severity, const char *event, const char *fmt, ...)
	GB_PRINTF(3, 4);
/* Count an event that is not worth a row of its own (rate limits). */
void gb_event_tally(const char *event);
/* Number of events of this id, rows or not, since the sink was set (tests). */
uint64_t gb_event_count(const char *event);

/* The kernel's might_sleep(): in atomic context (or with interrupts off by the workload's
 * own declaration) and in a reader of RCU posts "sleep-in-atomic" with @where; returns
 * non-zero when it did, and the caller then behaves as GFP_NOWAIT (contract).  One row per
 * second and @where (a string literal), as the kernel limits its report; gb_event_count()
 * counts them all.  The guard around a backend that cannot be re-entered is not atomic
 * context.  Any thread, any context. */
int gb_might_sleep(const char *where);

#endif
