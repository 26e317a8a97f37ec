/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libFuzzer target: any bytes as a directory that the gate is asked to judge.  A line
 * "=== NAME" begins the file NAME.  The reader refuses the directory, saying whose fault it
 * is, or returns data that can be walked.
 *
 *	tests/fuzz/fuzz_gate -max_len=16384 CORPUS tests/fuzz/corpus/gate
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/gate/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(c) \
	do { \
		if (!(c)) \
			abort(); \
	} while (0)
#define MARK "=== "

static const char *const files[] = {
	"manifest.json", "gate-cells.csv", "gate-procs.csv", "gate-slices.csv", "gate-hist.csv",
	"datapackage.json",
};
static char dir[] = "/dev/shm/gfpbench-fuzz-XXXXXX";

static void clean_up(void)
{
	char path[100];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
}

static void leave(void)
{
	clean_up();
	rmdir(dir);
}

static void put_file(const char *name, size_t len, const char *from, size_t n)
{
	char path[100];
	int fd;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (strlen(files[i]) != len || memcmp(files[i], name, len))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		MUST(fd >= 0 && write(fd, from, n) == (ssize_t)n);
		close(fd);
	}
}

static void spread(const char *text, size_t size)
{
	const char *end = text + size, *p = memmem(text, size, MARK, 4), *next, *line;

	while (p) {
		p += 4;
		line = memchr(p, '\n', (size_t)(end - p));
		if (!line)
			return;
		next = memmem(line, (size_t)(end - line), "\n" MARK, 5);
		put_file(p, (size_t)(line - p), line + 1,
			 next ? (size_t)(next - line) : (size_t)(end - line - 1));
		p = next ? next + 1 : NULL;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gb_error e = GB_ERROR_INIT;
	static struct gb_gate_data d;
	static int made;

	if (!made) {
		MUST(mkdtemp(dir));
		atexit(leave);
		made = 1;
	}
	spread((const char *)data, size);
	put_file("datapackage.json", 16, "{}", 2);
	if (gb_gate_read(dir, &d, &e)) {
		MUST(e.code == GB_EXIT_USAGE || e.code == GB_EXIT_HARNESS);
		MUST(e.what[0]);
	} else {
		(void)!gb_gate_identical(&d);
		gb_gate_free(&d);
	}
	clean_up();
	return 0;
}
