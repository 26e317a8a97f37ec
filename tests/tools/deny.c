/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Run a command where a system call is forbidden, as a container's filter forbids it: the
 * call fails with EPERM, for the command and all that it starts.
 *
 *	deny timer_create|tgkill COMMAND...
 *
 * Exit 77 where filters cannot be installed (the test skips).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CANNOT 77

static long number_of(const char *name)
{
	static const struct {
		const char *name;
		long number;
	} known[] = { { "timer_create", SYS_timer_create }, { "tgkill", SYS_tgkill } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i].name))
			return known[i].number;
	return -1;
}

static int forbid(unsigned int number)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	long number = argc > 2 ? number_of(argv[1]) : -1;

	if (number < 0) {
		fprintf(stderr, "usage: deny timer_create|tgkill COMMAND...\n");
		return 2;
	}
	if (forbid((unsigned int)number)) {
		perror("deny: no filter");
		return CANNOT;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
