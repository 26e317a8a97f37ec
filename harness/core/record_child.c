/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The recorded program as our child, and the signals that come meanwhile.
 *
 * A handler in place of SIG_IGN, because what is ignored stays so across exec, and the
 * program is to meet every signal as it would without us; for the same reason a signal
 * that we were started to ignore (nohup, a shell's background job) is left alone.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"

static const int caught[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
#define NR_CAUGHT (sizeof(caught) / sizeof(caught[0]))

static struct sigaction before[NR_CAUGHT];
static volatile sig_atomic_t told_to_stop;
static volatile pid_t child; /* 0: none, or reaped */

static void on_signal(int number)
{
	int saved = errno;

	if (number != SIGTERM && number != SIGHUP)
		return;
	told_to_stop = 1;
	if (child)
		kill(child, SIGTERM);
	errno = saved;
}

void gb_record_catch(void)
{
	struct sigaction a = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	told_to_stop = 0;
	for (size_t i = 0; i < NR_CAUGHT; i++) {
		sigaction(caught[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(caught[i], &a, NULL);
	}
}

void gb_record_release(void)
{
	for (size_t i = 0; i < NR_CAUGHT; i++)
		sigaction(caught[i], &before[i], NULL);
}

int gb_record_spawn(struct gb_record *r, struct gb_error *e)
{
	pid_t pid;
	int rc = posix_spawnp(&pid, r->argv[0], NULL, NULL, r->argv, environ);

	if (rc)
		return gb_fail_errno(e, GB_EXIT_USAGE, rc, NULL, "cannot run %s",
				     r->argv[0]);
	child = pid;
	if (told_to_stop)
		gb_record_stop();
	return 0;
}

void gb_record_stop(void)
{
	kill(child, SIGTERM);
}

int gb_record_ended(struct gb_record *r, int wait)
{
	siginfo_t info = { .si_pid = 0 };
	pid_t pid = child;
	int how = WEXITED | WNOWAIT | (wait ? 0 : WNOHANG);

	while (waitid(P_PID, (id_t)pid, &info, how) && errno == EINTR)
		;
	if (!info.si_pid)
		return 0;
	child = 0; /* before the number is free for another process */
	while (waitpid(pid, &r->status, 0) < 0 && errno == EINTR)
		;
	return 1;
}
