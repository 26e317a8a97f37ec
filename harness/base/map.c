/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "map.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "atomic.h"
#include "clock.h"

/* The smallest there is: a larger page is touched more than once. */
#define PAGE_BYTES 4096

static uint64_t mapped; /* atomic, relaxed: statistics only */
static __thread uint64_t prefault_ns;

static void *map(size_t bytes, int flags)
{
	void *p = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void *gb_map(size_t bytes)
{
	uint64_t start = gb_monotonic_ns();
	void *p = map(bytes, MAP_POPULATE);

	prefault_ns += gb_monotonic_ns() - start;
	if (p)
		gb_add_relaxed(&mapped, bytes);
	return p;
}

uint64_t gb_mapped_bytes(void)
{
	return gb_load_relaxed(&mapped);
}

void *gb_map_lazy(size_t bytes)
{
	return map(bytes, MAP_NORESERVE);
}

/* @at is reserved already. */
static int show_window(char *at, size_t window, int fd)
{
	return mmap(at, window, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE,
		    fd, 0) == MAP_FAILED;
}

static char *repeat_window(size_t bytes, size_t window, int fd)
{
	char *base = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			  -1, 0);
	size_t at = 0;

	if (base == MAP_FAILED)
		return NULL;
	while (at < bytes && !show_window(base + at, window, fd))
		at += window;
	if (at < bytes) {
		munmap(base, bytes);
		return NULL;
	}
	return base;
}

void *gb_map_repeated(size_t bytes, size_t window)
{
	uint64_t start = gb_monotonic_ns();
	int fd = memfd_create("gfpbench-window", MFD_CLOEXEC), why;
	char *p = NULL;

	if (fd >= 0 && !ftruncate(fd, (off_t)window))
		p = repeat_window(bytes, window, fd);
	why = errno;
	if (fd >= 0)
		close(fd);
	prefault_ns += gb_monotonic_ns() - start;
	if (p) /* a shared page is mapped clean: the first write of each address is dear */
		gb_prefault(p, bytes);
	errno = why;
	return p;
}

void gb_prefault(void *p, size_t bytes)
{
	uint64_t start = gb_monotonic_ns();

	for (size_t at = 0; at < bytes; at += PAGE_BYTES)
		((volatile char *)p)[at] = 0;
	prefault_ns += gb_monotonic_ns() - start;
}

uint64_t gb_prefault_ns(void)
{
	return prefault_ns;
}

void gb_unmap(void *p, size_t bytes)
{
	if (p)
		munmap(p, bytes ? bytes : 1);
}
