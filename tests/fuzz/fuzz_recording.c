/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libFuzzer target: any bytes as a recording.  Whatever they are, the reader returns, and
 * what it returns is sound: every operation is the allocation of a new object or the one
 * free of an object allocated before it, and the counts agree with the operations.
 *
 *	./configure CC=clang --enable-fuzzers --enable-asan --enable-ubsan
 *	make && tests/fuzz/fuzz_recording -max_len=65536 CORPUS tests/data/recordings
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recording/recording.h"

#include "machine/cpu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(c) \
	do { \
		if (!(c)) \
			abort(); \
	} while (0)

static void check_operations(const struct gb_recording *r)
{
	const uint64_t *n = r->metric;
	uint64_t allocs = 0, frees = 0, implicit = 0;
	uint8_t *state = calloc(r->nr_objects + 1, 1);

	MUST(state);
	for (size_t i = 0; i < r->nr_ops; i++) {
		const struct gb_recorded_op *op = &r->op[i];
		int is_free = !!(op->flags & GB_RECORDED_FREE);

		MUST(op->object < r->nr_objects && state[op->object]++ == is_free);
		MUST(op->context < GB_NR_CONTEXTS && op->cache < r->nr_caches);
		MUST(r->cpu_rank[r->cpu[i]] < r->nr_cpus);
		allocs += !is_free;
		frees += is_free;
		implicit += !!(op->flags & GB_RECORDED_IMPLICIT);
	}
	MUST(allocs == n[GB_REC_ALLOCS] && implicit == n[GB_REC_IMPLICIT_FREES]);
	MUST(frees == n[GB_REC_FREES] + implicit && allocs - frees == n[GB_REC_LEAKED]);
	MUST(n[GB_REC_EVENTS] >= allocs + n[GB_REC_FREES]);
	free(state);
}

static void check(const struct gb_recording *r)
{
	struct gb_text t = { 0 };

	check_operations(r);
	gb_recording_show(r, GB_RECORDING_CSV, &t);
	gb_recording_show(r, GB_RECORDING_TABLE, &t);
	gb_text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", 0);
	struct gb_error e = GB_ERROR_INIT;
	struct gb_recording r;
	char path[64];

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (gb_recording_load(path, &r, &e))
		MUST(e.code == GB_EXIT_USAGE && e.what[0] && e.hint[0]);
	else
		check(&r);
	gb_recording_free(&r);
	close(fd);
	return 0;
}
