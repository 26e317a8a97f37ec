/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The tester tested: a gfpbench with one more workload, "fault", that does on purpose
 * what the runner must survive and report.  It replaces the table of workloads, so none
 * of it can reach the real program.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/result.h"
#include "workload.h"

enum fault { NONE, CRASH, HANG, EXIT, LEAK, CORRUPT, PLAN, SETUP, FAIL, LATE, TALK,
	     FLOOD, SPOIL };

struct options {
	uint64_t mode;
	uint64_t thread;
};

static const struct gb_option rows[] = {
	{ "mode", GB_OPTION_CHOICE, offsetof(struct options, mode), "none", 0, 0,
	  "none|crash|hang|exit|leak|corrupt|plan|setup|fail|late|talk|flood|spoil",
	  "what goes wrong" },
	{ "thread", GB_OPTION_UINT, offsetof(struct options, thread), "0", 0, 63, NULL,
	  "where" },
	{ NULL },
};

static enum fault mode_of(const struct gb_run *r)
{
	return (enum fault)((const struct options *)r->options)->mode;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	r->peak_live_bytes = 64;
	if (mode_of(r) == PLAN)
		return gb_fail(e, GB_EXIT_USAGE, "do not ask for it",
			       "mode=plan is impossible");
	return 0;
}

static void at_exit_crash(void)
{
	raise(SIGABRT);
}

/* More than anybody wants to keep. */
static void flood(void)
{
	static const char line[] = "this line says no more than the one before it did\n";

	for (int i = 0; i < 30000; i++)
		(void)!write(2, line, sizeof(line) - 1);
	for (int i = 0; i < GB_EVENT_RING + 10; i++)
		gb_event_post(GB_INFO, "flood", "%d", i);
}

/* A wild pointer found the page through which the runner reports. */
static void spoil(void)
{
	char junk[4096];
	struct stat st;

	memset(junk, 'A', sizeof(junk));
	for (off_t at = 0; !fstat(GB_RESULT_FD, &st) && at < st.st_size;
	     at += sizeof(junk))
		(void)!pwrite(GB_RESULT_FD, junk, sizeof(junk), at);
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	switch (mode_of(r)) {
	case SETUP:
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "setup cannot have what it needs");
	case FAIL:
		return gb_fail(e, GB_EXIT_FAULT, NULL,
			       "the allocator gave a wrong answer");
	case LATE:
		atexit(at_exit_crash);
		return 0;
	case SPOIL:
		spoil();
		usleep(100000);
		raise(SIGKILL);
		return 0;
	case FLOOD:
		flood();
		__attribute__((fallthrough));
	case TALK:
		(void)!write(2, "last words\n", 11);
		raise(SIGKILL);
		return 0;
	default:
		return 0;
	}
}

/* Volatile: the compiler, too, must not know that it is none. */
static char *volatile nowhere;

/* Seen by the processor, not by a sanitizer before it. */
__attribute__((no_sanitize("address", "thread", "undefined"), noinline)) static void
store_to_null(void)
{
	*nowhere = 1;
}

static void misbehave(struct gb_thread *t, void *p)
{
	switch (mode_of(t->run)) {
	case CRASH:
		store_to_null();
		break;
	case HANG:
		for (;;)
			gb_cpu_relax();
	case EXIT:
		exit(0);
	case CORRUPT:
		memset(p, 0x5a, 64);
		break;
	default:
		break;
	}
}

GB_INLINE uint64_t fault_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	const struct options *o = t->run->options;

	for (uint64_t i = 0; i < n && !gb_stopping(t); i++) {
		void *p = gb_alloc(t, GB_PROCESS, full, 64, GFP_KERNEL);

		if (!p)
			continue;
		gb_fill(p, 64);
		if (!full && t->id == o->thread)
			misbehave(t, p);
		gb_check(t, GB_PROCESS, p, 64);
		if (o->mode == LEAK && i == 0)
			continue;
		gb_free(t, GB_PROCESS, full, p, 64);
	}
	return n;
}

GB_WORKLOAD_RUN(fault)

static const struct gb_workload fault = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "fault",
	.summary = "does what must not be done",
	.imitates = "a broken allocator or a broken workload",
	.strains = "the runner",
	.good_score = "none: it must be reported",
	.paper = "",
	.options = rows,
	.options_size = sizeof(struct options),
	.plan = plan,
	.setup = setup,
	.run = fault_run,
	.run_full = fault_run_full,
};

const struct gb_workload *const gb_workloads[] = { &fault, NULL };
const struct gb_suite gb_suites[] = { { NULL } };

const struct gb_workload *gb_workload_find(const char *name, struct gb_error *e)
{
	if (!strcmp(name, fault.name))
		return &fault;
	gb_fail(e, GB_EXIT_USAGE, NULL, "unknown workload '%s'", name);
	return NULL;
}

const char *gb_workload_check(const struct gb_workload *w)
{
	return w == &fault ? NULL : "unknown";
}
