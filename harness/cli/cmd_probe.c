/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * gfpbench probe BACKEND: one line a try while it works, then the verdict: on stdout, for a
 * person or as CSV.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "core/probe.h"
#include "core/signals.h"

#define IRQ_RATE 20000
#define THREADS  2

static int is_csv(const struct gb_cli *o)
{
	return !strcmp(o->format, "csv");
}

static void print_try(const struct gb_probe_try *t, void *arg)
{
	const struct gb_cli *o = arg;

	if (is_csv(o)) {
		printf("%llu,%llu,%llu,%s,%llu,%.3f\n", (unsigned long long)t->number,
		       (unsigned long long)t->seed, (unsigned long long)t->threads,
		       gb_probe_verdict_name[t->verdict], (unsigned long long)t->irqs, t->seconds);
		fflush(stdout);
	}
	if (!o->quiet && (!is_csv(o) || t->detail[0]))
		fprintf(stderr, "try %llu, %llu CPU%s: %s after %llu interrupts (%.1f s)%s%s\n",
			(unsigned long long)t->number, (unsigned long long)t->threads,
			t->threads == 1 ? "" : "s", gb_probe_verdict_name[t->verdict],
			(unsigned long long)t->irqs, t->seconds, t->detail[0] ? ": " : "",
			t->detail);
}

static void count(const struct gb_probe *p, size_t *n, uint64_t *most, uint64_t *least)
{
	*most = 0;
	*least = UINT64_MAX;
	for (size_t i = 0; i < p->nr_tries; i++) {
		const struct gb_probe_try *t = &p->try[i];

		n[t->verdict]++;
		*most += t->verdict == GB_PROBE_SURVIVED ? t->irqs : 0;
		if (t->verdict != GB_PROBE_SURVIVED && t->irqs < *least)
			*least = t->irqs;
	}
}

static void print_verdict(const struct gb_probe *p)
{
	size_t n[4] = { 0 };
	uint64_t survived, least;

	count(p, n, &survived, &least);
	if (n[GB_PROBE_SURVIVED] == p->nr_tries)
		printf("%s: survived %llu interrupts in %zu tries\n", p->location.label,
		       (unsigned long long)survived, p->nr_tries);
	else
		printf("%s: UNSAFE: of %zu tries %zu deadlocked, %zu crashed, %zu corrupted, %zu "
		       "survived; the first failure after %llu interrupts\n",
		       p->location.label, p->nr_tries, n[GB_PROBE_DEADLOCKED],
		       n[GB_PROBE_CRASHED], n[GB_PROBE_CORRUPTED], n[GB_PROBE_SURVIVED],
		       (unsigned long long)least);
	if (p->syscalls == GB_UNKNOWN)
		printf("system calls in atomic context: not watched\n");
	else
		printf("system calls in atomic context (%s): %llu%s%s\n",
		       p->ref.caps & GB_CAP_IRQ_SAFE ? "native" : "guarded",
		       (unsigned long long)p->syscalls, p->syscalls ? ": " : "",
		       p->syscall_names);
}

static int code_of(const struct gb_probe *p, struct gb_error *e)
{
	if (gb_interrupted())
		return gb_interrupted_exit();
	for (size_t i = 0; i < p->nr_tries; i++)
		if (p->try[i].verdict != GB_PROBE_SURVIVED)
			return GB_EXIT_FAULT;
	if (!p->nr_tries)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "no try could be made");
	return GB_EXIT_OK;
}

static uint64_t usable_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) < 2 ? 1 : THREADS;
}

int cmd_probe(const struct gb_cli *o, struct gb_error *e)
{
	static struct gb_probe p;
	struct gb_probe_request q = {
		.tries = o->tries,
		.irqs = o->irqs,
		.duration_ns = o->duration_ns,
		.threads = usable_cpus(),
		.seed = o->seed,
		.irq_rate_hz = o->irq_rate_hz > 0 ? o->irq_rate_hz : IRQ_RATE,
	};

	if (o->nr_args != 1)
		return gb_fail(e, GB_EXIT_USAGE, "for example: gfpbench probe glibc",
			       o->nr_args ? "probe takes one backend" : "probe needs a backend");
	if (o->irq_rate_hz == 0)
		return gb_fail(e, GB_EXIT_USAGE, "without --irq-rate they come at 20 kHz",
			       "--irq-rate: 0: a probe enters the backend from interrupts");
	q.backend = o->args[0];
	gb_signals_install();
	gb_clock_init();
	if (is_csv(o))
		printf("try,seed,cpus,verdict,interrupts,seconds\n");
	if (gb_probe_run(&q, &p, print_try, (void *)(uintptr_t)o, e))
		return 0;
	if (!is_csv(o) && p.nr_tries)
		print_verdict(&p);
	return code_of(&p, e);
}
