/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libFuzzer target: any bytes as a CSV file.  The reader refuses them as the caller's fault
 * or returns a table in which every field of every row can be read.
 *
 *	./configure CC=clang --enable-fuzzers --enable-asan --enable-ubsan
 *	make && tests/fuzz/fuzz_csv -max_len=4096 CORPUS tests/fuzz/corpus/csv
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(c) \
	do { \
		if (!(c)) \
			abort(); \
	} while (0)

static void read_all(const struct gb_csv_table *t)
{
	size_t bytes = 0;
	uint64_t v;

	for (size_t c = 0; c < t->columns; c++)
		MUST(t->name[c] && gb_csv_column(t, t->name[c]) <= (int)c);
	for (size_t r = 0; r < t->rows; r++)
		for (size_t c = 0; c < t->columns; c++) {
			bytes += strlen(gb_csv_get(t, r, (int)c));
			(void)!gb_csv_get_u64(t, r, (int)c, &v);
		}
	MUST(bytes <= SIZE_MAX / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", 0);
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv_table t;
	char path[64];

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (gb_csv_read(path, &t, &e)) {
		MUST(e.code == GB_EXIT_USAGE || e.code == GB_EXIT_HARNESS);
		MUST(e.what[0]);
	} else {
		read_all(&t);
		gb_csv_free(&t);
	}
	close(fd);
	return 0;
}
