/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The race of one row: every contestant is a process, all are alive at once, and one at a
 * time runs a slice (peers_child.c) when a byte on its pipe says so.
 */
#include "peers.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"

#define WARM_UP 2 /* slices that do not count */

int peers_locate(const struct allocator *a, struct gb_backend_location *l)
{
	struct gb_error e = GB_ERROR_INIT;
	static struct gb_backend_ref ref;

	l->preload[0] = '\0';
	if (!strncmp(a->spec, "floor", 5))
		return 1;
	if (gb_backend_parse(a->spec, &ref, &e) ||
	    ref.backend->locate(ref.argument, l, &e)) {
		fprintf(stderr, "peers: without %s: %s\n", a->name, e.what);
		return 0;
	}
	return 1;
}

static void pin_to_one_core(void)
{
	cpu_set_t allowed, one;
	int last = -1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (int i = 0; i < CPU_SETSIZE; i++)
		last = CPU_ISSET(i, &allowed) ? i : last;
	CPU_ZERO(&one);
	CPU_SET(last, &one);
	(void)!sched_setaffinity(0, sizeof(one), &one); /* failing costs precision only */
}

static void run_child(const struct contestant *c, const struct row *row, int in, int out)
{
	const char *program = c->allocator->program ? c->allocator->program : "/proc/self/exe";
	static struct gb_backend_location l;
	char threads[16];

	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	if (!peers_locate(c->allocator, &l))
		_exit(3);
	if (l.preload[0])
		setenv("LD_PRELOAD", l.preload, 1);
	if (c->threads == 1)
		pin_to_one_core();
	snprintf(threads, sizeof(threads), "%u", c->threads);
	execl(program, program, "--child", c->allocator->spec, threads, row->workload, NULL);
	_exit(3);
}

/* A floor keeps every block on the thread that frees it: no use where all flow one way. */
static int takes_part(const struct contestant *c, const struct row *row)
{
	return strncmp(c->allocator->name, "floor", 5) ||
	       strncmp(row->workload, "prodcons", 8) || c->threads == 1;
}

static void launch(struct contestant *c, const struct row *row)
{
	int to[2], from[2];

	if (!takes_part(c, row))
		return;
	if (pipe(to) || pipe(from)) {
		perror("peers: pipe");
		exit(3);
	}
	fflush(stdout);
	c->pid = fork();
	if (c->pid == 0)
		run_child(c, row, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	c->to = to[1];
	c->from = from[0];
	c->held = NAN;
}

static void dismiss(struct contestant *c)
{
	if (c->to >= 0)
		close(c->to);
	if (c->from >= 0)
		close(c->from);
	if (c->pid > 0)
		waitpid(c->pid, NULL, 0);
}

static void run_slice(struct contestant *c, unsigned char ms, int round)
{
	struct peers_slice s = { NAN, NAN, NAN };

	if (c->to >= 0 && (write(c->to, &ms, 1) != 1 ||
			   read(c->from, &s, sizeof(s)) != sizeof(s))) {
		close(c->to);
		c->to = -1;
		s = (struct peers_slice){ NAN, NAN, NAN };
	}
	if (round < 0)
		return;
	c->wall[round] = s.wall_ns;
	c->cpu[round] = s.cpu_ns;
	c->held = s.held_bytes;
}

static void shuffle(int *order, int n)
{
	static struct gb_rng rng;
	static int seeded;

	if (!seeded++)
		rng = gb_rng_seed((uint64_t)time(NULL), 1);
	for (int i = n - 1; i > 0; i--) {
		int j = (int)gb_rng_below(&rng, (uint64_t)i + 1), t = order[i];

		order[i] = order[j];
		order[j] = t;
	}
}

int peers_race(struct contestant *c, int n, const struct row *row, double seconds)
{
	unsigned char ms = row->threads == 1 ? 6 : 15;
	int rounds = (int)(seconds * 1000 / (n * (ms + 1.0)));
	int order[MAX_ALLOCATORS];

	rounds = rounds < 8 ? 8 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
	for (int i = 0; i < n; i++) {
		order[i] = i;
		launch(&c[i], row);
	}
	for (int r = -WARM_UP; r < rounds; r++) {
		shuffle(order, n);
		for (int i = 0; i < n; i++)
			run_slice(&c[order[i]], ms, r);
	}
	for (int i = 0; i < n; i++)
		dismiss(&c[i]);
	return rounds;
}
