/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * How did a runner end?
 *
 *   ended by us for time                    hung
 *   ended by us on request                  interrupted
 *   died of a signal                        crashed (sealed or not: a crash while it was
 *                                           going down is a crash)
 *   exit status GB_FAULT_STATUS             corrupt: an event says what was found
 *   exit status not 0                       crashed
 *   exit 0, page not sealed                 crashed: something called exit
 *   exit 0, sealed, checksum wrong          untrustworthy
 *   exit 0, sealed                          what the page says
 */
#include "spawn.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static void finish(struct gb_sample *s, enum gb_status status, const char *why)
{
	s->status = status;
	snprintf(s->error, sizeof(s->error), "%s", why);
}

/* The last line that it wrote often says why it died. */
static void add_last_words(struct gb_sample *s)
{
	char *end, *line;
	size_t used = strlen(s->error);

	end = s->output + strlen(s->output);
	while (end > s->output && end[-1] == '\n')
		*--end = '\0';
	line = strrchr(s->output, '\n');
	line = line ? line + 1 : s->output;
	if (*line)
		snprintf(s->error + used, sizeof(s->error) - used, ": %.300s", line);
}

static void crashed(struct gb_sample *s, int wait_status)
{
	char why[300];

	if (WIFSIGNALED(wait_status)) {
		const char *name = sigabbrev_np(WTERMSIG(wait_status));

		s->exit_signal = WTERMSIG(wait_status);
		snprintf(why, sizeof(why), "killed by SIG%s in phase %s%s", name ? name : "?",
			 gb_phase_name[s->page->phase % GB_NR_PHASES],
			 s->exit_signal == SIGKILL ? " (not by us: out of memory?)" : "");
	} else {
		snprintf(why, sizeof(why),
			 "the runner ended with status %d in phase %s, without a result",
			 WEXITSTATUS(wait_status), gb_phase_name[s->page->phase % GB_NR_PHASES]);
	}
	finish(s, GB_ST_CRASHED, why);
	add_last_words(s);
}

/* The first event that accuses the allocator, or NULL. */
static const struct gb_event *first_fault(const struct gb_sample *s)
{
	for (size_t i = 0; i < GB_EVENT_RING; i++) {
		const struct gb_event *v = &s->page->events.entry[i];

		if (gb_load_acquire(&v->ready) && v->severity == GB_FAULT)
			return v;
	}
	return NULL;
}

static void stopped_at_fault(struct gb_sample *s)
{
	const struct gb_event *v = first_fault(s);
	char why[300];

	snprintf(why, sizeof(why), "%.*s: %.*s (phase %s)", (int)sizeof(v->event) - 1,
		 v ? v->event : "fault", (int)sizeof(v->detail) - 1,
		 v ? v->detail : "more events than there is room for",
		 gb_phase_name[s->page->phase % GB_NR_PHASES]);
	finish(s, GB_ST_CORRUPT, why);
}

static void hung(struct gb_sample *s)
{
	char why[200];

	if (s->stalled_ns) {
		snprintf(why, sizeof(why), "%s did nothing for %.3g s, in phase %s",
			 s->stall_any ? "a CPU" : "the runner", (double)s->stalled_ns * 1e-9,
			 gb_phase_name[s->page->phase % GB_NR_PHASES]);
		finish(s, GB_ST_HUNG, why);
		return;
	}
	snprintf(why, sizeof(why), "no end after %.3g s, in phase %s (%s)",
		 (double)s->timeout_ns * 1e-9, gb_phase_name[s->page->phase % GB_NR_PHASES],
		 "--timeout sets the limit");
	finish(s, GB_ST_HUNG, why);
}

static void sealed(struct gb_sample *s)
{
	const struct gb_result *p = s->page;

	if (p->r.outcome >= GB_NR_STATUS) {
		finish(s, GB_ST_UNTRUSTWORTHY, "the result page names no known outcome");
		return;
	}
	s->measured = p->r.outcome == GB_ST_OK || p->r.outcome == GB_ST_CORRUPT;
	finish(s, p->r.outcome, p->error.what);
}

void gb_sample_classify(struct gb_sample *s, int wait_status, enum gb_cause killed_for)
{
	int whole = gb_result_check(s->page);
	int clean = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;

	s->measured = 0;
	if (clean && whole == 1)
		sealed(s);
	else if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == GB_FAULT_STATUS)
		stopped_at_fault(s);
	else if (killed_for == GB_CAUSE_TIMEOUT)
		hung(s);
	else if (killed_for == GB_CAUSE_INTERRUPT)
		finish(s, GB_ST_INTERRUPTED, "interrupted");
	else if (clean && whole == -1)
		finish(s, GB_ST_UNTRUSTWORTHY, "the checksum of the result page is wrong");
	else
		crashed(s, wait_status);
}
