/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench doctor: looks, measures the clock, changes nothing. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"
#include "cmd.h"
#include "core/fingerprint.h"
#include "core/gnuplot.h"
#include "core/noise.h"

static double clock_gettime_ns(void)
{
	enum { N = 20000 };
	uint64_t t0 = gb_monotonic_ns(), t1 = t0;

	for (int i = 0; i < N; i++)
		t1 = gb_monotonic_ns();
	return (double)(t1 - t0) / N;
}

static void print_timer(void)
{
	gb_clock_init();
	printf("timer     %s, %.1f ns for a pair of readings; clock_gettime %.1f ns; "
	       "loop %.2f ns\n", gb_clock.name, (double)gb_clock_ns(gb_clock.overhead_ticks),
	       clock_gettime_ns(), gb_clock.loop_ns);
	if (gb_clock.reason && gb_clock.reason[0])
		printf("          not tsc: %s\n", gb_clock.reason);
}

/* What could not be read is "". */
static const char *seen(const char *text)
{
	return text[0] ? text : "not visible";
}

static void print_machine(const struct gb_fingerprint *f)
{
	char a[32], b[32];

	printf("cpu       %u usable of %u x %s%s\n", f->cpus_usable, f->cpus_online, seen(f->cpu_model),
	       f->virtual_machine ? " (virtual machine)" : "");
	printf("          governor %s, turbo %s, SMT %s\n",
	       seen(f->governor), seen(f->turbo), seen(f->smt));
	printf("memory    %s free of %s, THP %s, ASLR %s, swap %s, at most %llu mappings\n",
	       gb_human_size(a, sizeof(a), (double)f->memory_free_bytes),
	       gb_human_size(b, sizeof(b), (double)f->memory_bytes), seen(f->thp),
	       !f->aslr[0] ? "not visible" : strcmp(f->aslr, "0") ? "on" : "off",
	       !f->memory_bytes ? "not visible" : f->swap_bytes ? "on" : "off",
	       (unsigned long long)f->max_map_count);
	printf("system    Linux %s, %s, clock source %s, load %.2f\n", f->kernel, f->libc,
	       seen(f->clocksource), f->load_1m);
	printf("hw_id     %s\n", f->hw_id);
}

/* Interrupts are timer signals: can this process have one? */
static int print_interrupts(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	timer_t t;

	if (timer_create(CLOCK_MONOTONIC, &ev, &t)) {
		printf("irqs      timers are not allowed: no interrupts (see ulimit -i)\n");
		return 1;
	}
	timer_delete(t);
	printf("irqs      timer signals ok\n");
	return 0;
}

/* Each block of the backend vmalloc takes two mappings at least: its frames, its guard. */
static void print_mappings(void)
{
	struct gb_error why = GB_ERROR_INIT;
	char *text = NULL;
	size_t len;
	long limit;

	if (gb_read_file("/proc/sys/vm/max_map_count", 64, &text, &len, &why)) {
		printf("mappings  unknown: %s\n", why.what);
		return;
	}
	limit = strtol(text, NULL, 10);
	free(text);
	printf("mappings  %ld a process (vm.max_map_count): at most %ld one-page vmalloc areas\n",
	       limit, limit / 2);
}

static void print_backends(void)
{
	static struct gb_backend_location where;

	for (size_t i = 0; gb_backends[i]; i++) {
		struct gb_error why = GB_ERROR_INIT;
		const struct gb_backend *b = gb_backends[i];

		if (b->argument_help)
			continue;
		where = (struct gb_backend_location){ 0 };
		if (b->locate("", &where, &why))
			printf("backend   %-9s no: %s\n", b->name, why.what);
		else
			printf("backend   %-9s ok %s %s\n", b->name, where.version,
			       where.preload);
		if (why.hint[0])
			printf("                    %s\n", why.hint);
	}
}

static void print_gnuplot(void)
{
	struct gb_error why = GB_ERROR_INIT;
	char path[4096];

	if (gb_gnuplot_find(path, sizeof(path), &why))
		printf("gnuplot   no: %s\n          %s\n", why.what, why.hint);
	else
		printf("gnuplot   %s\n", path);
}

/* A line for each source, whatever its state; returns how many are noisy. */
static int print_noise(const struct gb_noise v[GB_NR_NOISE])
{
	static const char *const word[] = { "ok  ", "WARN", "?   " };
	int noisy = 0;

	for (size_t i = 0; i < GB_NR_NOISE; i++) {
		printf("%s %s  %-15s %s%s\n", word[v[i].state], v[i].id, v[i].name,
		       v[i].state == GB_NOISE_UNSEEN ? "cannot see: " : "", v[i].text);
		noisy += v[i].state == GB_NOISE_NOISY;
	}
	return noisy;
}

int cmd_doctor(const struct gb_cli *o, struct gb_error *e)
{
	struct gb_noise noise[GB_NR_NOISE];
	struct gb_fingerprint f;
	int errors, warnings;

	if (o->nr_args)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "unexpected argument '%.80s'", o->args[0]);
	gb_fingerprint_take(&f);
	print_timer();
	print_machine(&f);
	errors = print_interrupts();
	print_mappings();
	print_backends();
	print_gnuplot();
	gb_noise_look(&f, 0, noise);
	warnings = print_noise(noise);
	printf("%d warnings, %d errors; gfpbench(1), NOISE, explains each id\n", warnings, errors);
	return 0;
}
