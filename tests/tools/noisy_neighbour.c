/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A noisy neighbour: copies memory, more than any cache holds, for 0.3 s out of every 0.9 s,
 * until it is killed or its parent is gone.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define BYTES   (64u << 20)
#define BUSY_NS 300000000L
#define REST_NS 600000000L

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void)
{
	const struct timespec rest = { 0, REST_NS };
	char *from = malloc(BYTES), *to = malloc(BYTES);

	if (!from || !to)
		return 1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(from, 1, BYTES);
	for (;;) {
		long long end = now_ns() + BUSY_NS;

		while (now_ns() < end) {
			memcpy(to, from, BYTES);
			__asm__ volatile("" : : "r"(to) : "memory");
		}
		nanosleep(&rest, NULL);
	}
}
