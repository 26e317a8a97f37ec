/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Memory of the runner.  For malloc backends: the peak of the resident set less that of
 * the idle runner (everything of the harness is mapped and touched by then) less what the
 * harness has mapped since for the workload.  For backends that keep accounts, theirs:
 * their pages are mapped twice or prefaulted, and RSS would mislead.
 *
 * Nothing here allocates.
 */
#include "runner_int.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ssize_t read_small(const char *path, char *buf, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, buf, n - 1);
	close(fd);
	if (got >= 0)
		buf[got] = '\0';
	return got;
}

uint64_t gb_statm_rss(int pid)
{
	char path[64], buf[256], *p;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	else
		strcpy(path, "/proc/self/statm");
	if (read_small(path, buf, sizeof(buf)) <= 0 || !(p = strchr(buf, ' ')))
		return GB_UNKNOWN;
	return strtoull(p, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void gb_runner_keep_map(struct gb_runner *r)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : 1;

	for (size_t at = 0; got > 0 && at < sizeof(r->page->map) - 1; at += (size_t)got)
		got = read(fd, r->page->map + at, sizeof(r->page->map) - 1 - at);
	if (fd >= 0)
		close(fd);
}

static uint64_t peak_rss(void)
{
	char buf[4096], *p;

	if (read_small("/proc/self/status", buf, sizeof(buf)) <= 0 ||
	    !(p = strstr(buf, "VmHWM:")))
		return GB_UNKNOWN;
	return strtoull(p + 6, NULL, 10) * 1024;
}

void gb_runner_sample(struct gb_runner *r)
{
	const struct gb_backend *b = r->ref.backend;
	struct gb_backend_memory m = GB_BACKEND_MEMORY_UNKNOWN;
	struct gb_result *p = r->page;

	if (!r->backend_started)
		return;
	if (b->memory) {
		b->memory(&m);
		p->memory = m;
		if (m.held_bytes != GB_UNKNOWN &&
		    (p->held_peak_bytes == GB_UNKNOWN || m.held_bytes > p->held_peak_bytes))
			p->held_peak_bytes = m.held_bytes;
	}
	if (b->pressure)
		b->pressure(&p->pressure);
}

void gb_runner_idle(struct gb_runner *r)
{
	r->idle_rss_bytes = gb_statm_rss(0);
	r->idle_mapped_bytes = gb_mapped_bytes();
}

void gb_runner_peaks(struct gb_runner *r)
{
	struct gb_sample_result *out = &r->page->r;
	uint64_t mapped = gb_mapped_bytes(), own;
	int64_t live = r->page->live_peak_bytes;

	out->rss_peak_bytes = peak_rss();
	out->idle_rss_bytes = r->idle_rss_bytes;
	out->held_peak_bytes = r->page->held_peak_bytes;
	own = r->idle_rss_bytes + (mapped > r->idle_mapped_bytes ?
				   mapped - r->idle_mapped_bytes : 0);
	/* kept for the parent, which adds its own samples of the resident set */
	out->idle_rss_bytes = own;
	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		if (r->page->live[i].live_peak_bytes > live)
			live = r->page->live[i].live_peak_bytes;
	out->live_peak_bytes = (uint64_t)live;
}
