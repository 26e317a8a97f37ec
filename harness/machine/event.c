/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Events, posted from anywhere.
 *
 * A poster takes the next entry of the ring by an atomic add and owns it; the ring does not
 * wrap, so what came first is kept and what comes after the last entry is counted as
 * dropped.  `ready` is stored last (release); a reader takes only ready entries, so an event
 * that a crash cut in half is not seen.
 *
 * Counts by id are kept apart from the ring, in a small table keyed by the address of the
 * id (a literal): a poster claims a slot with one compare-and-swap of the pointer and needs
 * to wait for nobody, which a lock or a copied name would make it do when an interrupt
 * posts in the middle of a post.  Two literals with the same text take two slots; reading
 * adds them up.
 */
#include "machine/event.h"

#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/clock.h"

#include "machine/cpu.h"
#include "machine/format.h"
#include "machine/internal.h"

#define IDS 64

const char *const gb_severity_name[] = { "info", "warning", "fault" };

/* Set by gb_event_sink() while nobody posts. */
static struct gb_event_ring *sink;
static int echo;
static int stop_at_fault; /* set while nobody posts */

static struct {
	const char *event; /* atomic: NULL, then set once */
	uint64_t count;    /* atomic, relaxed: statistics only */
} ids[IDS];

void gb_event_sink(struct gb_event_ring *ring, int also_stderr)
{
	memset(ids, 0, sizeof(ids));
	echo = also_stderr;
	gb_store_release(&sink, ring);
}

void gb_event_stop_at_fault(int on)
{
	gb_store_relaxed(&stop_at_fault, on);
}

void gb_event_tally(const char *event)
{
	const char *seen;
	unsigned int i;

	for (i = 0; i < IDS; i++) {
		seen = gb_load_relaxed(&ids[i].event);
		if (!seen && gb_cas_relaxed(&ids[i].event, &seen, event))
			seen = event;
		if (seen == event) {
			gb_add_relaxed(&ids[i].count, 1);
			return;
		}
	}
	/* more ids than there are in the project: the rows tell, the count does not */
}

uint64_t gb_event_count(const char *event)
{
	const char *seen;
	uint64_t count = 0;
	unsigned int i;

	for (i = 0; i < IDS; i++) {
		seen = gb_load_relaxed(&ids[i].event);
		if (seen && !strcmp(seen, event))
			count += gb_load_relaxed(&ids[i].count);
	}
	return count;
}

static void fill(struct gb_event *ev, enum gb_severity severity, const char *event,
		 const char *fmt, va_list ap)
{
	ev->t_ns = gb_monotonic_ns();
	ev->cpu = gb_self.id;
	ev->severity = severity;
	gb_format(ev->event, sizeof(ev->event), "%s", event);
	gb_vformat(ev->detail, sizeof(ev->detail), fmt, ap);
}

/* One write a line, so that lines of several threads do not mix. */
static void print(const struct gb_event *ev)
{
	char line[sizeof(ev->event) + sizeof(ev->detail) + 64];
	size_t len = gb_format(line, sizeof(line), "[%5llu.%06llu] CPU%d %s: %s: %s\n",
			       (unsigned long long)(ev->t_ns / 1000000000u),
			       (unsigned long long)(ev->t_ns / 1000 % 1000000u), ev->cpu,
			       gb_severity_name[ev->severity], ev->event, ev->detail);

	gb_raw_syscall4(SYS_write, 2, (long)line, (long)len, 0); /* as printk: best effort */
}

static struct gb_event *next_entry(struct gb_event_ring *ring)
{
	uint64_t i = gb_add_relaxed(&ring->next, 1) - 1;

	if (i < GB_EVENT_RING)
		return &ring->entry[i];
	gb_add_relaxed(&ring->dropped, 1);
	return NULL;
}

static void post(struct gb_event *ev, const struct gb_event *here)
{
	if (echo)
		print(here);
	if (!ev)
		return;
	memcpy(ev, here, offsetof(struct gb_event, ready));
	gb_store_release(&ev->ready, 1);
}

void gb_event_post(enum gb_severity severity, const char *event, const char *fmt, ...)
{
	struct gb_event_ring *ring = gb_load_acquire(&sink); /* pairs with gb_event_sink */
	struct gb_event here, *ev = ring ? next_entry(ring) : NULL;
	va_list ap;

	gb_event_tally(event);
	if (ev || echo) {
		va_start(ap, fmt);
		fill(&here, severity, event, fmt, ap);
		va_end(ap);
		post(ev, &here);
	}
	if (severity == GB_FAULT && gb_load_relaxed(&stop_at_fault))
		gb_raw_syscall2(SYS_exit_group, GB_FAULT_STATUS, 0);
}
