/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic.h"

#define MAX_ARGS 16

static int absent(struct gb_error *e, const char *what)
{
	return gb_fail(e, GB_EXIT_HARNESS,
		       "Debian: apt-get install gnuplot-nox; or name it in GFPBENCH_GNUPLOT",
		       "gnuplot not found: %s", what);
}

static int search_path(char *out, size_t n)
{
	const char *p = getenv("PATH");

	while (p && *p) {
		size_t len = strcspn(p, ":");

		snprintf(out, n, "%.*s/gnuplot", (int)len, p);
		if (len && !access(out, X_OK))
			return 1;
		p += len + (p[len] == ':');
	}
	return 0;
}

int gb_gnuplot_find(char *path, size_t n, struct gb_error *e)
{
	const char *given = getenv("GFPBENCH_GNUPLOT");

	if (given && *given) {
		snprintf(path, n, "%s", given);
		return access(path, X_OK) ? absent(e, given) : 0;
	}
	return search_path(path, n) ? 0 : absent(e, "not in PATH");
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

static int report(int status, int out, struct gb_error *e)
{
	char said[300] = "";
	ssize_t got = pread(out, said, sizeof(said) - 1, 0);

	if (status == 0)
		return 0;
	said[got > 0 ? got : 0] = '\0';
	for (char *p = said; *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	return gb_fail(e, GB_EXIT_HARNESS, "the data files are kept beside the plots",
		       "gnuplot failed (wait status %#x): %s", (unsigned int)status, said);
}

int gb_gnuplot_run(const char *program, const char *dir, const char *const *args,
		   struct gb_error *e)
{
	extern char **environ;
	posix_spawn_file_actions_t fa;
	char *argv[MAX_ARGS + 2] = { (char *)(uintptr_t)program };
	int out = memfd_create("gnuplot-output", MFD_CLOEXEC), err;
	pid_t pid;

	if (out < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot run gnuplot");
	for (int i = 0; args[i] && i < MAX_ARGS; i++)
		argv[i + 1] = (char *)(uintptr_t)args[i];
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addchdir_np(&fa, dir);
	posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&fa, out, STDERR_FILENO);
	err = posix_spawn(&pid, program, &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (err)
		gb_fail_errno(e, GB_EXIT_HARNESS, err, NULL, "cannot run %s", program);
	else
		(void)!report(wait_for(pid), out, e);
	close(out);
	return -e->code;
}

/* The templates of an installation lie where its program says, wherever it was moved to. */
static const char *moved_install(char *out, size_t n)
{
	static const char below[] = "/../share/gfpbench/plot";
	ssize_t len = readlink("/proc/self/exe", out, n - 1);
	char *slash;

	if (len < 0)
		return NULL;
	out[len] = '\0';
	slash = strrchr(out, '/');
	if (!slash || (size_t)(slash - out) + sizeof(below) > n)
		return NULL;
	memcpy(slash, below, sizeof(below));
	return out;
}

int gb_gnuplot_template(const char *name, char *path, size_t n, struct gb_error *e)
{
	const char *given = getenv("GFPBENCH_PLOTS");
	char beside[PATH_MAX];
	const char *places[] = { given, moved_install(beside, sizeof(beside)), GB_PLOT_DIR,
				 GB_SOURCE_PLOT_DIR };

	for (size_t i = 0; i < GB_ARRAY_SIZE(places); i++) {
		if (!places[i] || !*places[i])
			continue;
		snprintf(path, n, "%s/%s", places[i], name);
		if (!access(path, R_OK))
			return 0;
	}
	return gb_fail(e, GB_EXIT_HARNESS, "name their directory in GFPBENCH_PLOTS",
		       "plot template %s not found in %s", name, GB_PLOT_DIR);
}
