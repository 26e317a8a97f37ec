/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "fingerprint.h"

#include <fcntl.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/sha256.h"
#include "base/text.h"

/* The whole of a small file; "" when unreadable. */
static void slurp(const char *path, char *buf, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, buf, n - 1);

	buf[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		close(fd);
	buf[strcspn(buf, "\n")] = '\0';
}

/* The text after "KEY :" in a file of such lines. */
static void field(const char *path, const char *key, char *buf, size_t n)
{
	FILE *f = fopen(path, "re");
	char line[4200], *v; /* the flags of a CPU are a long line, ours among the last */

	buf[0] = '\0';
	while (f && !buf[0] && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, strlen(key)) || !(v = strchr(line, ':')))
			continue;
		v += 1 + strspn(v + 1, " \t");
		v[strcspn(v, "\n")] = '\0';
		snprintf(buf, n, "%.*s", (int)n - 1, v);
	}
	if (f)
		fclose(f);
}

static uint64_t meminfo(const char *key)
{
	char buf[64];

	field("/proc/meminfo", key, buf, sizeof(buf));
	return strtoull(buf, NULL, 10) * 1024;
}

/* "always [madvise] never" -> "madvise" */
static void chosen(const char *path, char *buf, size_t n)
{
	char text[128], *a, *b;

	slurp(path, text, sizeof(text));
	a = strchr(text, '[');
	b = a ? strchr(a, ']') : NULL;
	if (a && b)
		snprintf(buf, n, "%.*s", (int)(b - a - 1), a + 1);
	else
		snprintf(buf, n, "%.*s", (int)n - 1, text);
}

static void take_cpu(struct gb_fingerprint *f)
{
	char flags[4096];
	cpu_set_t set;

	field("/proc/cpuinfo", "model name", f->cpu_model, sizeof(f->cpu_model));
	if (!f->cpu_model[0])
		field("/proc/cpuinfo", "CPU part", f->cpu_model, sizeof(f->cpu_model));
	field("/proc/cpuinfo", "flags", flags, sizeof(flags));
	f->virtual_machine = strstr(flags, " hypervisor") != NULL;
	f->cpus_online = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	f->cpus_usable = sched_getaffinity(0, sizeof(set), &set) ? f->cpus_online :
								   (unsigned int)CPU_COUNT(&set);
}

static void take_settings(struct gb_fingerprint *f)
{
	char buf[64];

	slurp("/sys/devices/system/clocksource/clocksource0/current_clocksource", f->clocksource,
	      sizeof(f->clocksource));
	slurp("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", f->governor,
	      sizeof(f->governor));
	slurp("/sys/devices/system/cpu/intel_pstate/no_turbo", buf, sizeof(buf));
	if (buf[0])
		strcpy(f->turbo, buf[0] == '0' ? "on" : "off");
	slurp("/sys/devices/system/cpu/cpufreq/boost", buf, sizeof(buf));
	if (buf[0])
		strcpy(f->turbo, buf[0] == '1' ? "on" : "off");
	chosen("/sys/kernel/mm/transparent_hugepage/enabled", f->thp, sizeof(f->thp));
	slurp("/sys/devices/system/cpu/smt/control", f->smt, sizeof(f->smt));
	slurp("/proc/sys/kernel/randomize_va_space", f->aslr, sizeof(f->aslr));
	slurp("/proc/sys/vm/overcommit_memory", f->overcommit, sizeof(f->overcommit));
	slurp("/proc/sys/vm/max_map_count", buf, sizeof(buf));
	f->max_map_count = strtoull(buf, NULL, 10);
}

static void hash_hardware(struct gb_fingerprint *f)
{
	struct gb_sha256 s;
	char text[400], hex[65];

	snprintf(text, sizeof(text), "%s|%u|%llu|%s|%d", f->cpu_model, f->cpus_online,
		 (unsigned long long)((f->memory_bytes + (128u << 20)) >> 28), f->machine,
		 f->virtual_machine);
	gb_sha256_init(&s);
	gb_sha256_add(&s, text, strlen(text));
	gb_sha256_hex(&s, hex);
	snprintf(f->hw_id, sizeof(f->hw_id), "%.16s", hex);
}

void gb_fingerprint_take(struct gb_fingerprint *f)
{
	struct utsname u;
	struct rlimit lim;

	memset(f, 0, sizeof(*f));
	if (!uname(&u)) {
		snprintf(f->kernel, sizeof(f->kernel), "%s", u.release);
		snprintf(f->machine, sizeof(f->machine), "%.31s", u.machine);
	}
	snprintf(f->libc, sizeof(f->libc), "glibc %s", gnu_get_libc_version());
	take_cpu(f);
	take_settings(f);
	f->memory_bytes = meminfo("MemTotal");
	f->memory_free_bytes = meminfo("MemAvailable");
	f->swap_bytes = meminfo("SwapTotal");
	if (getloadavg(&f->load_1m, 1) != 1)
		f->load_1m = 0;
	f->sigpending_limit = getrlimit(RLIMIT_SIGPENDING, &lim) ? UINT64_MAX : lim.rlim_cur;
	hash_hardware(f);
}
