/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "signals.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static volatile sig_atomic_t caught, times;

static int code_of(int signo)
{
	return signo == SIGINT ? GB_EXIT_SIGINT : GB_EXIT_SIGTERM;
}

static void on_signal(int signo)
{
	caught = signo;
	times = times + 1;
	if (times >= 3)
		_exit(code_of(signo));
}

/* nohup means it: whoever started us wants us to outlive the terminal. */
static void catch_hangup(const struct sigaction *sa)
{
	struct sigaction before;

	if (!sigaction(SIGHUP, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, sa, NULL);
}

void gb_signals_install(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal; /* no SA_RESTART: waits must end */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	catch_hangup(&sa);
	/* A closed pipe is a failed write, reported as such. */
	signal(SIGPIPE, SIG_IGN);
	/* Beyond RLIMIT_FSIZE a write fails with EFBIG instead of killing us. */
	signal(SIGXFSZ, SIG_IGN);
}

int gb_interrupted(void)
{
	return caught;
}

int gb_interrupted_exit(void)
{
	return caught ? code_of(caught) : 0;
}
