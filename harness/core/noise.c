/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Every source of noise that can be read: a row each, with an id that never changes its
 * meaning.  A row looks at the fingerprint, or reads a file of its own, and says quiet,
 * noisy (what, and what to do) or unseen (why it cannot be known here).  Reads only.
 */
#include "noise.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/text.h"

struct look {
	const struct gb_fingerprint *f;
	unsigned int threads;
	struct gb_noise *out;
};

__attribute__((format(printf, 3, 4)))
static void say(const struct look *l, enum gb_noise_state state, const char *fmt, ...)
{
	va_list ap;

	l->out->state = state;
	va_start(ap, fmt);
	vsnprintf(l->out->text, sizeof(l->out->text), fmt, ap);
	va_end(ap);
}

/* --- the processor --------------------------------------------------------------------- */

static void governor(const struct look *l)
{
	if (!l->f->governor[0])
		say(l, GB_NOISE_UNSEEN, "no cpufreq here: the host, or the firmware, decides");
	else if (strcmp(l->f->governor, "performance"))
		say(l, GB_NOISE_NOISY, "frequency governor is '%s': clocks drift; 'cpupower "
		    "frequency-set -g performance' fixes them", l->f->governor);
	else
		say(l, GB_NOISE_QUIET, "performance");
}

static void turbo(const struct look *l)
{
	if (!l->f->turbo[0])
		say(l, GB_NOISE_UNSEEN, "neither intel_pstate/no_turbo nor cpufreq/boost");
	else if (!strcmp(l->f->turbo, "on"))
		say(l, GB_NOISE_NOISY, "turbo is on: speed depends on temperature and neighbours; "
		    "write 1 to intel_pstate/no_turbo or 0 to cpufreq/boost");
	else
		say(l, GB_NOISE_QUIET, "off");
}

static void cpus(const struct look *l)
{
	if (l->threads && l->threads > l->f->cpus_usable)
		say(l, GB_NOISE_NOISY, "%u threads on %u usable CPUs: interrupt latencies will be "
		    "marked oversubscribed; use fewer (-t)", l->threads, l->f->cpus_usable);
	else if (l->f->cpus_usable <= 2)
		say(l, GB_NOISE_NOISY, "%u usable CPUs: with as many workers none is left for the "
		    "controller; use fewer (-t 1)", l->f->cpus_usable);
	else
		say(l, GB_NOISE_QUIET, "%u usable", l->f->cpus_usable);
}

static void smt(const struct look *l)
{
	if (!l->f->smt[0])
		say(l, GB_NOISE_UNSEEN, "no smt/control here");
	else if (!strcmp(l->f->smt, "on"))
		say(l, GB_NOISE_NOISY, "SMT is on: two workers may share a core; write off to "
		    "/sys/devices/system/cpu/smt/control");
	else
		say(l, GB_NOISE_QUIET, "%s", l->f->smt);
}

static void load(const struct look *l)
{
	if (l->f->load_1m > 0.3 * l->f->cpus_online)
		say(l, GB_NOISE_NOISY, "load average is %.2f: something else is running; wait or "
		    "stop it", l->f->load_1m);
	else
		say(l, GB_NOISE_QUIET, "%.2f", l->f->load_1m);
}

static void clock_source(const struct look *l)
{
	if (!l->f->clocksource[0])
		say(l, GB_NOISE_UNSEEN, "no clocksource0 here");
	else if (strcmp(l->f->clocksource, "tsc") && strcmp(l->f->clocksource, "arch_sys_counter"))
		say(l, GB_NOISE_NOISY, "clock source is '%s': timestamps are dearer than with tsc; "
		    "boot with tsc=reliable if it is", l->f->clocksource);
	else
		say(l, GB_NOISE_QUIET, "%s", l->f->clocksource);
}

static void virtual_machine(const struct look *l)
{
	if (strcmp(l->f->machine, "x86_64"))
		say(l, GB_NOISE_UNSEEN, "%s does not tell programs of a hypervisor", l->f->machine);
	else if (!l->f->cpu_model[0])
		say(l, GB_NOISE_UNSEEN, "no /proc/cpuinfo here");
	else if (l->f->virtual_machine)
		say(l, GB_NOISE_NOISY, "virtual machine: expect spread between runs above 20 %%; "
		    "use more runs (-r 20)");
	else
		say(l, GB_NOISE_QUIET, "none");
}

/* Time that the host gave to others, since boot. */
static void steal(const struct look *l)
{
	unsigned long long v[8] = { 0 }, sum = 0;
	FILE *f = fopen("/proc/stat", "re");
	int n = f ? fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2],
			   &v[3], &v[4], &v[5], &v[6], &v[7]) : 0;

	if (f)
		fclose(f);
	for (int i = 0; i < n; i++)
		sum += v[i];
	if (n < 8 || !sum)
		say(l, GB_NOISE_UNSEEN, "/proc/stat has no steal time");
	else if (v[7] * 1000 > sum)
		say(l, GB_NOISE_NOISY, "the host took %.1f %% of the time since boot: measure at "
		    "another hour, or on dedicated CPUs", 100.0 * (double)v[7] / (double)sum);
	else
		say(l, GB_NOISE_QUIET, "under 0.1 %% since boot");
}

/* --- memory ---------------------------------------------------------------------------- */

static void huge_pages(const struct look *l)
{
	if (!l->f->thp[0])
		say(l, GB_NOISE_UNSEEN, "no transparent_hugepage here: not built in, or no /sys");
	else if (!strcmp(l->f->thp, "always"))
		say(l, GB_NOISE_NOISY, "transparent huge pages are 'always': resident sets grow in "
		    "steps; write madvise to transparent_hugepage/enabled");
	else
		say(l, GB_NOISE_QUIET, "%s", l->f->thp);
}

static void swap(const struct look *l)
{
	if (!l->f->memory_bytes)
		say(l, GB_NOISE_UNSEEN, "no /proc/meminfo here");
	else if (l->f->swap_bytes)
		say(l, GB_NOISE_NOISY, "swap is on: a large working set may be paged out; swapoff -a");
	else
		say(l, GB_NOISE_QUIET, "off");
}

static void free_memory(const struct look *l)
{
	if (!l->f->memory_bytes)
		say(l, GB_NOISE_UNSEEN, "no /proc/meminfo here");
	else if (l->f->memory_free_bytes < (UINT64_C(1) << 30))
		say(l, GB_NOISE_NOISY, "under 1 GiB of memory is free: stop what holds it");
	else
		say(l, GB_NOISE_QUIET, "%.1f GiB", (double)l->f->memory_free_bytes / (1 << 30));
}

/* Addresses differ from run to run, and with them collisions in caches: what repetitions
 * are there to average.  So it is told and is no warning. */
static void address_randomization(const struct look *l)
{
	if (!l->f->aslr[0])
		say(l, GB_NOISE_UNSEEN, "no randomize_va_space here");
	else
		say(l, GB_NOISE_QUIET, "%s: repetitions (-r) sample its layouts",
		    strcmp(l->f->aslr, "0") ? "on" : "off");
}

/* --- limits ---------------------------------------------------------------------------- */

static void queued_signals(const struct look *l)
{
	if (l->f->sigpending_limit < 1024)
		say(l, GB_NOISE_NOISY, "only %llu queued signals are allowed (ulimit -i): "
		    "interrupts need one timer a CPU", (unsigned long long)l->f->sigpending_limit);
	else
		say(l, GB_NOISE_QUIET, "enough");
}

static void build(const struct look *l)
{
	if (strcmp(GB_BUILD_MODE, "release"))
		say(l, GB_NOISE_NOISY, "this is a '%s' build: for correctness, not for figures",
		    GB_BUILD_MODE);
	else
		say(l, GB_NOISE_QUIET, "release");
}

/* The folder of our control group (version 2), "" when there is none to be seen. */
static void control_group(char *dir, size_t n)
{
	struct gb_error why = GB_ERROR_INIT;
	char *text, *line;
	size_t len;

	dir[0] = '\0';
	if (gb_read_file("/proc/self/cgroup", 1 << 16, &text, &len, &why))
		return;
	line = strncmp(text, "0::/", 4) ? strstr(text, "\n0::/") : text;
	if (line) {
		line = strchr(line, '/');
		line[strcspn(line, "\n")] = '\0';
		snprintf(dir, n, "/sys/fs/cgroup%.3000s", strcmp(line, "/") ? line : "");
	}
	free(text);
}

/* The first of our groups, from the inside out, whose @file is not "max...": its text.
 * -1: no such file anywhere; 0: no limit. */
static int nearest_limit(const char *file, char *value, size_t n)
{
	char dir[3100], path[3200], *slash;
	int seen = -1;

	control_group(dir, sizeof(dir));
	while (dir[0] && strcmp(dir, "/sys/fs")) {
		struct gb_error why = GB_ERROR_INIT;
		char *text;
		size_t len;

		snprintf(path, sizeof(path), "%s/%s", dir, file);
		if (!gb_read_file(path, 4096, &text, &len, &why)) {
			snprintf(value, n, "%.*s", (int)strcspn(text, "\n"), text);
			free(text);
			seen = strncmp(value, "max", 3) != 0;
			if (seen)
				return 1;
		}
		slash = strrchr(dir, '/');
		*slash = '\0';
	}
	return seen;
}

static void cgroup_cpu(const struct look *l)
{
	unsigned long long quota, period;
	char value[100];
	int limited = nearest_limit("cpu.max", value, sizeof(value));

	if (limited < 0)
		say(l, GB_NOISE_UNSEEN, "no cpu.max: the root group, no cgroup v2, or it is not mounted");
	else if (limited && sscanf(value, "%llu %llu", &quota, &period) == 2 && period)
		say(l, GB_NOISE_NOISY, "the control group may use %.2f CPUs: it is stopped when "
		    "they are used up; raise cpu.max", (double)quota / (double)period);
	else
		say(l, GB_NOISE_QUIET, "no limit");
}

static void cgroup_memory(const struct look *l)
{
	char value[100];
	int limited = nearest_limit("memory.max", value, sizeof(value));
	double bytes = limited > 0 ? strtod(value, NULL) : 0;

	if (limited < 0)
		say(l, GB_NOISE_UNSEEN, "no memory.max: the root group, no cgroup v2, or it is not "
		    "mounted");
	else if (limited && bytes < (double)l->f->memory_bytes)
		say(l, GB_NOISE_NOISY, "the control group may hold %.1f GiB: reclaim and the OOM "
		    "killer start there; raise memory.max", bytes / (1 << 30));
	else
		say(l, GB_NOISE_QUIET, "no limit");
}

static const struct {
	const char *id, *name;
	void (*look)(const struct look *l);
} rows[] = {
	{ "W01", "governor", governor },
	{ "W02", "turbo", turbo },
	{ "W03", "CPUs", cpus },
	{ "W04", "SMT", smt },
	{ "W05", "load", load },
	{ "W06", "clock source", clock_source },
	{ "W07", "virtual machine", virtual_machine },
	{ "W08", "huge pages", huge_pages },
	{ "W09", "swap", swap },
	{ "W10", "free memory", free_memory },
	{ "W11", "ASLR", address_randomization },
	{ "W12", "signals", queued_signals },
	{ "W13", "build", build },
	{ "W14", "steal", steal },
	{ "W15", "cgroup CPU", cgroup_cpu },
	{ "W16", "cgroup memory", cgroup_memory },
};
_Static_assert(GB_ARRAY_SIZE(rows) == GB_NR_NOISE, "noise.h says how many");

const char *const gb_noise_state_name[] = { "quiet", "noisy", "unseen" };

void gb_noise_look(const struct gb_fingerprint *f, unsigned int threads,
		   struct gb_noise v[GB_NR_NOISE])
{
	for (size_t i = 0; i < GB_NR_NOISE; i++) {
		struct look l = { f, threads, &v[i] };

		v[i].id = rows[i].id;
		v[i].name = rows[i].name;
		rows[i].look(&l);
	}
}
