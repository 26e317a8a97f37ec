/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Threads that come and go, and fork among threads that allocate. */
#include "malloc_test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic.h"

#define BLOCKS 200

/* ------------------------------------------------------------------ coming and going */

/* Frees what the thread before it left, leaves blocks for the next one. */
static void *inherit(void *arg)
{
	void **box = arg;
	unsigned char **p = *box;
	int bad = 0;

	for (int i = 0; p && i < BLOCKS; i++) {
		bad += p[i][0] != (unsigned char)i;
		free(p[i]);
	}
	free(p);
	p = malloc(BLOCKS * sizeof(*p));
	for (int i = 0; i < BLOCKS; i++) {
		p[i] = malloc((size_t)i * i / 2 + 1);
		p[i][0] = (unsigned char)i;
	}
	*box = p;
	return (void *)(intptr_t)bad;
}

static void many_threads(void)
{
	void *box[4] = { NULL };
	size_t before = 0;
	int bad = 0;

	for (int round = 0; round < 400; round++) {
		pthread_t t[4];
		void *result;

		for (int i = 0; i < 4; i++)
			bad += pthread_create(&t[i], NULL, inherit, &box[i]) != 0;
		for (int i = 0; i < 4; i++) {
			bad += pthread_join(t[i], &result) != 0;
			bad += (int)(intptr_t)result;
		}
		if (round == 50)
			before = test_rss();
	}
	test_ok(!bad, "1600 threads, each frees what another left");
	test_ok(test_rss() < before + ((size_t)24 << 20),
		"and memory does not grow with them");
	for (int i = 0; i < 4; i++) {
		unsigned char **p = box[i];

		for (int k = 0; k < BLOCKS; k++)
			free(p[k]);
		free(p);
	}
}

/* A destructor that allocates and frees, in every round that the C library grants. */
static pthread_key_t late_key;
static unsigned int late_calls; /* atomic */

static void late(void *value)
{
	char *p = malloc(500);

	gb_add_relaxed(&late_calls, 1);
	free(value);
	memset(p, 1, 500);
	pthread_setspecific(late_key, p); /* leaks in the last round */
}

static void *set_late(void *arg)
{
	pthread_setspecific(late_key, malloc(300));
	return arg;
}

static void late_frees(void)
{
	pthread_t t;

	TEST(!pthread_key_create(&late_key, late));
	for (int i = 0; i < 50; i++)
		if (!pthread_create(&t, NULL, set_late, NULL))
			pthread_join(t, NULL);
	TEST(late_calls >= 100);
	pthread_key_delete(late_key);
}

void test_threads(void)
{
	many_threads();
	late_frees();
}

/* ------------------------------------------------------------------ fork */

static uint32_t stop; /* atomic */

static unsigned int work(unsigned int seed, int rounds)
{
	unsigned char *p[64] = { NULL };
	unsigned int bad = 0;

	for (int i = 0; i < rounds; i++) {
		unsigned int at = (seed = seed * 1103515245 + 12345) >> 16 & 63;
		size_t n = (seed >> 8) % 3000 + (seed >> 28 ? 1 : 200000);

		if (p[at])
			bad += p[at][0] != at;
		free(p[at]);
		p[at] = malloc(n);
		p[at][0] = (unsigned char)at;
		p[at][n - 1] = (unsigned char)at;
	}
	for (int i = 0; i < 64; i++)
		free(p[i]);
	return bad;
}

static void *busy(void *arg)
{
	while (!gb_load_relaxed(&stop))
		work((unsigned int)(uintptr_t)arg, 500);
	return NULL;
}

/* Handlers of other libraries, registered before and after the allocator's own. */
static void handler(void)
{
	void *p = malloc(100), *q = malloc(50000), *r = malloc(3000);

	free(p);
	free(r);
	free(q);
}

__attribute__((constructor(101))) static void early_handlers(void)
{
	pthread_atfork(handler, handler, handler);
}

/* Too many processes on the machine are not the allocator's fault, for a while. */
static pid_t fork_patiently(void)
{
	pid_t pid = fork();

	for (int i = 0; pid < 0 && errno == EAGAIN && i < 1000; i++) {
		usleep(10000);
		pid = fork();
	}
	return pid;
}

static int child_works(unsigned int seed)
{
	int status = -1;
	pid_t pid = fork_patiently();

	if (!pid) {
		alarm(20); /* a child that hangs dies of it */
		_exit(work(seed, 3000) != 0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

void test_fork(void)
{
	pthread_t t[3];
	int bad = 0;

	pthread_atfork(handler, handler, handler);
	for (size_t i = 0; i < 3; i++)
		bad += pthread_create(&t[i], NULL, busy, (void *)(i + 1)) != 0;
	for (unsigned int i = 0; i < 150 && !bad; i++)
		bad += !child_works(i);
	gb_store_relaxed(&stop, 1u);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	test_ok(!bad, "150 forks while three threads allocate: every child works");
}
