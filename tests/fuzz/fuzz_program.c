/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libFuzzer target: any events as the recording of a program (recording_check.h says what
 * must hold).  The form has a header of a page and chunks of 64 KiB, which a fuzzer would
 * take long to build, so the input is the part that matters:
 *
 *	the first 64 bytes of the header, behind its magic | events of 16 bytes ...
 *
 * The version and the chunk size are set right unless the first byte is odd.  A first word
 * whose top bits are NEXT_CHUNK leaves the rest of the chunk empty.  A tail that is no
 * whole event cuts the file in the middle of one.
 *
 *	tests/fuzz/fuzz_program -max_len=65536 CORPUS tests/fuzz/corpus/program
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recording/program_format.h"
#include "tests/fuzz/recording_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD       64u
#define NEXT_CHUNK 0xffffu

static void put(int fd, const void *from, size_t n, size_t *at)
{
	MUST(pwrite(fd, from, n, (off_t)*at) == (ssize_t)n);
	*at += n;
}

static size_t put_header(int fd, const uint8_t *head)
{
	struct gb_program_header h = { 0 };
	size_t at = 0;

	memcpy((char *)&h + sizeof(h.magic), head, HEAD);
	memcpy(h.magic, GB_PROGRAM_MAGIC, sizeof(h.magic));
	if (!(head[0] & 1)) {
		h.version = GB_PROGRAM_VERSION;
		h.chunk_bytes = GB_PROGRAM_CHUNK;
	}
	put(fd, &h, sizeof(h), &at);
	MUST(!ftruncate(fd, GB_PROGRAM_HEADER));
	return GB_PROGRAM_HEADER;
}

static size_t next_chunk(size_t at)
{
	size_t in = (at - GB_PROGRAM_HEADER) % GB_PROGRAM_CHUNK;

	return at + GB_PROGRAM_CHUNK - in;
}

static void put_events(int fd, size_t at, const uint8_t *data, size_t size)
{
	struct gb_program_event ev;

	for (; size >= sizeof(ev); data += sizeof(ev), size -= sizeof(ev)) {
		memcpy(&ev, data, sizeof(ev));
		if (ev.word0 >> 48 == NEXT_CHUNK)
			at = next_chunk(at);
		else
			put(fd, &ev, sizeof(ev), &at);
	}
	put(fd, data, size, &at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (size < HEAD)
		return 0;
	fd = memfd_create("fuzz", 0);
	MUST(fd >= 0);
	put_events(fd, put_header(fd, data), data + HEAD, size - HEAD);
	check_recording(fd);
	close(fd);
	return 0;
}
