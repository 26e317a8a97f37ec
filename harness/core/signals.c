/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "signals.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static volatile sig_atomic_t caught, times;

static void on_signal(int signo)
{
	caught = signo;
	if (++times >= 3)
		_exit(128 + signo);
}

void gb_signals_install(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal; /* no SA_RESTART: waits must end */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
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
	switch (caught) {
	case 0:
		return 0;
	case SIGINT:
		return GB_EXIT_SIGINT;
	default:
		return GB_EXIT_SIGTERM;
	}
}
