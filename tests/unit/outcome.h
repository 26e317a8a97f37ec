/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What becomes of a child: the event that ended it, which it posts into a ring shared with
 * the parent (gb_event_sink(ring)).  One test includes it, so all is static.
 */
#ifndef GB_TESTS_OUTCOME_H
#define GB_TESTS_OUTCOME_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine/event.h"

static struct gb_event_ring *ring; /* shared with the children */

static void outcome_open(void)
{
	ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
}

/* The event that ended a child, or "" when it survived. */
static const char *outcome(void (*body)(int), int arg)
{
	static char text[300];
	int status;
	pid_t pid;

	memset(ring, 0, sizeof(*ring));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		body(arg);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return "";
	if (!WIFEXITED(status) || WEXITSTATUS(status) != GB_FAULT_STATUS)
		return "died otherwise";
	for (size_t i = 0; i < GB_EVENT_RING; i++) {
		const struct gb_event *v = &ring->entry[i];

		if (!v->ready || v->severity != GB_FAULT)
			continue;
		snprintf(text, sizeof(text), "%s: %s", v->event, v->detail);
		return text;
	}
	return "no event";
}

#endif
