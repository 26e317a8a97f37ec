/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "result.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const gb_phase_name[GB_NR_PHASES] = {
	"setup", "warmup", "throughput", "latency", "watch", "freed", "decay", "end",
};
const char *const gb_status_name[GB_NR_STATUS] = {
	"ok", "failed", "crashed", "hung", "corrupt", "interrupted", "unavailable",
	"untrustworthy",
};
const char *const gb_irq_mode_name[] = { "none", "guarded", "native" };
const char *const gb_gfp_mode_name[] = { "none", "emulated", "native" };

int gb_status_parse(const char *text)
{
	for (int i = 0; i < GB_NR_STATUS; i++)
		if (!strcmp(text, gb_status_name[i]))
			return i;
	return -1;
}

static void fill_given(struct gb_result *p, unsigned int nr_threads)
{
	p->magic = GB_RESULT_MAGIC;
	p->version = GB_RESULT_VERSION;
	p->nr_threads = nr_threads;
	p->bytes = sizeof(*p);
	p->clock = gb_clock;
	p->parent_pid = getpid();
	p->memory = GB_BACKEND_MEMORY_UNKNOWN;
	p->held_peak_bytes = GB_UNKNOWN;
	p->r.outcome = GB_ST_UNTRUSTWORTHY;
	p->r.ops_per_s = NAN;
	p->r.irq_per_s = NAN;
	p->r.timer_overhead_ratio = NAN;
	p->r.sleeps = GB_UNKNOWN;
	p->r.direct_reclaims = GB_UNKNOWN;
	p->r.atomic_syscalls = GB_UNKNOWN;
	p->r.held_peak_bytes = GB_UNKNOWN;
}

struct gb_result *gb_result_new(int *fd, unsigned int nr_threads, struct gb_error *e)
{
	struct gb_result *p;

	*fd = memfd_create("gfpbench-result", MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, (off_t)sizeof(*p))) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno,
			      "is memory short, or the size of files limited (ulimit -f)?",
			      "cannot make the result page");
		if (*fd >= 0)
			close(*fd);
		return NULL;
	}
	p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (p == MAP_FAILED) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot map the result page");
		close(*fd);
		return NULL;
	}
	fill_given(p, nr_threads);
	return p;
}

struct gb_result *gb_result_attach(int fd, struct gb_error *e)
{
	struct stat st;
	struct gb_result *p;

	if (fstat(fd, &st) || (size_t)st.st_size != sizeof(*p)) {
		gb_fail(e, GB_EXIT_USAGE, "this verb is internal; use 'gfpbench run'",
			"runner: no result page on descriptor %d", fd);
		return NULL;
	}
	p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot map the result page");
		return NULL;
	}
	if (p->magic != GB_RESULT_MAGIC || p->version != GB_RESULT_VERSION ||
	    p->bytes != sizeof(*p) || p->nr_threads == 0 || p->nr_threads > GB_MAX_CPUS) {
		gb_fail(e, GB_EXIT_HARNESS, NULL, "the result page is of another version");
		gb_result_unmap(p);
		return NULL;
	}
	return p;
}

void gb_result_unmap(struct gb_result *p)
{
	if (p)
		munmap(p, sizeof(*p));
}

static uint64_t final_checksum(const struct gb_result *p)
{
	const char *from = (const char *)&p->error;
	size_t n = (size_t)((const char *)&p->checksum - from) / 8;
	uint64_t h = UINT64_C(0xcbf29ce484222325), v;

	for (size_t i = 0; i < n; i++) {
		memcpy(&v, from + i * 8, 8);
		h = (h ^ v) * UINT64_C(0x100000001b3);
		h ^= h >> 31;
	}
	return h;
}

void gb_result_seal(struct gb_result *p)
{
	p->checksum = final_checksum(p);
	/* pairs with the acquire in gb_result_check */
	gb_store_release(&p->sealed, 1);
}

int gb_result_check(const struct gb_result *p)
{
	if (!gb_load_acquire(&p->sealed))
		return 0;
	return p->checksum == final_checksum(p) ? 1 : -1;
}

/* --- what the parent reads ----------------------------------------------------------- */

#define END_TEXT(a) ((a)[sizeof(a) - 1] = '\0')

void gb_result_end_texts(struct gb_result *p)
{
	END_TEXT(p->error.what);
	END_TEXT(p->error.hint);
	END_TEXT(p->r.atomic_syscall_names);
	END_TEXT(p->r.backend_version);
	END_TEXT(p->r.backend_origin);
	END_TEXT(p->map);
	for (int i = 0; i < GB_MAX_ZONES; i++)
		END_TEXT(p->pressure.zone[i].name);
}

unsigned int gb_result_cpus(const struct gb_result *p)
{
	return p->nr_threads < GB_MAX_CPUS ? p->nr_threads : GB_MAX_CPUS;
}

uint64_t gb_result_live_ops(const struct gb_result *p)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < gb_result_cpus(p); i++)
		sum += gb_load_relaxed(&p->live[i].ops);
	return sum;
}

uint64_t gb_result_live_calls(const struct gb_result *p)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < gb_result_cpus(p); i++)
		sum += gb_load_relaxed(&p->live[i].calls);
	return sum;
}

uint64_t gb_result_live_bytes(const struct gb_result *p)
{
	int64_t live = gb_load_relaxed(&p->live_bytes); /* on a spoiled page anything */

	return live > 0 ? (uint64_t)live : 0;
}

uint64_t gb_result_live_irqs(const struct gb_result *p)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < gb_result_cpus(p); i++)
		sum += gb_load_relaxed(&p->live[i].irqs);
	return sum;
}
