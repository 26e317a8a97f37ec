/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "recording/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

struct gb_record_file gb_record_file;

void gb_record_lock(void)
{
	while (gb_xchg_acquire(&gb_record_file.lock, 1))
		gb_cpu_relax();
}

void gb_record_unlock(void)
{
	gb_store_release(&gb_record_file.lock, 0);
}

uint64_t gb_record_monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void read_command(char *out, size_t n)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, out, n - 1);

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i + 1 < got; i++)
		if (!out[i])
			out[i] = ' ';
}

/* Decimal without stdio. */
static char *put_number(char *at, unsigned long v)
{
	char digits[24];
	int n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*at++ = digits[--n];
	return at;
}

static int create_file(const char *dir)
{
	char path[4096], *at;
	size_t n = strlen(dir);
	int fd = -1;

	if (n > sizeof(path) - 80)
		return -1;
	for (unsigned long i = 0; i < 1000 && fd < 0; i++) {
		at = mempcpy(path, dir, n);
		*at++ = '/';
		at = put_number(at, (unsigned long)getpid());
		*at++ = '-';
		at = put_number(at, i);
		strcpy(at, ".gfprec");
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

static int map_header(int fd)
{
	struct gb_program_header *h;

	if (posix_fallocate(fd, 0, GB_PROGRAM_HEADER))
		return -1;
	h = mmap(NULL, GB_PROGRAM_HEADER, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (h == MAP_FAILED)
		return -1;
	h->version = GB_PROGRAM_VERSION;
	h->chunk_bytes = GB_PROGRAM_CHUNK;
	h->clock = !gb_record_file.use_tsc;
	h->pid = (uint32_t)getpid();
	h->first_ticks = h->last_ticks = gb_record_now();
	h->first_ns = h->last_ns = gb_record_monotonic_ns();
	read_command(h->command, sizeof(h->command));
	memcpy(h->magic, GB_PROGRAM_MAGIC, 8);
	gb_store_release(&gb_record_file.header, h);
	return 0;
}

/* Under the lock. */
static void open_file(void)
{
	const char *dir = getenv("GFPBENCH_RECORD_DIR");
	const char *clock = getenv("GFPBENCH_RECORD_CLOCK");

	gb_record_file.use_tsc = clock && !strcmp(clock, "tsc");
	gb_record_file.fd = dir ? create_file(dir) : -1;
	if (gb_record_file.fd < 0 || map_header(gb_record_file.fd))
		gb_store_relaxed(&gb_record_file.failed, 1);
}

struct gb_program_header *gb_record_header(void)
{
	struct gb_program_header *h = gb_load_acquire(&gb_record_file.header);

	if (gb_likely(h != NULL) || gb_load_relaxed(&gb_record_file.failed))
		return h;
	gb_record_lock();
	if (!gb_record_file.header && !gb_record_file.failed)
		open_file();
	gb_record_unlock();
	return gb_load_acquire(&gb_record_file.header);
}

static off_t next_place(struct gb_program_header *h)
{
	uint64_t n = __atomic_fetch_add(&h->next_chunk, 1, __ATOMIC_RELAXED);

	return GB_PROGRAM_HEADER + (off_t)(n * GB_PROGRAM_CHUNK);
}

uint64_t *gb_record_map_chunk(struct gb_program_header *h)
{
	off_t at = next_place(h);
	void *p;

	if (posix_fallocate(gb_record_file.fd, at, GB_PROGRAM_CHUNK))
		return NULL;
	p = mmap(NULL, GB_PROGRAM_CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED,
		 gb_record_file.fd, at);
	if (p == MAP_FAILED)
		return NULL;
	/* All faults at once; a kernel before 5.14 refuses and takes them one by one. */
	(void)madvise(p, GB_PROGRAM_CHUNK, MADV_POPULATE_WRITE);
	return p;
}

static int write_at(const void *data, size_t n, off_t at)
{
	while (n) {
		ssize_t k = pwrite(gb_record_file.fd, data, n, at);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		data = (const char *)data + k;
		n -= (size_t)k;
		at += k;
	}
	return 0;
}

int gb_record_empty_chunk(struct gb_program_header *h, uint64_t *chunk)
{
	static const uint64_t end;
	off_t at = next_place(h);

	if (write_at(chunk, GB_PROGRAM_CHUNK, at)) {
		(void)write_at(&end, sizeof(end), at); /* half a copy is no second copy */
		return 0;
	}
	gb_store_relaxed(chunk, 0);
	memset(chunk, 0, GB_PROGRAM_CHUNK);
	h->last_ns = gb_record_monotonic_ns();
	h->last_ticks = gb_record_now();
	return 1;
}

void gb_record_forget_file(void)
{
	if (gb_record_file.header)
		munmap(gb_record_file.header, GB_PROGRAM_HEADER);
	if (gb_record_file.fd > 0)
		close(gb_record_file.fd);
	gb_record_file.header = NULL;
	gb_record_file.fd = -1;
	gb_record_file.failed = 0;
}
