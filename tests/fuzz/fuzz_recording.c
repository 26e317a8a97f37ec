/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libFuzzer target: any bytes as a recording, plain or compressed (recording_check.h says
 * what must hold).
 *
 *	./configure CC=clang --enable-fuzzers --enable-asan --enable-ubsan
 *	make && tests/fuzz/fuzz_recording -max_len=65536 CORPUS tests/data/recordings
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/recording_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", 0);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	check_recording(fd);
	close(fd);
	return 0;
}
