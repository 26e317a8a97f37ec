/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libFuzzer target: any bytes as a job file and, behind a line "=== config", as the file of
 * --config.  What is refused is the caller's fault and comes with a hint; what is taken is
 * at least one set of options, each within its range.
 *
 *	tests/fuzz/fuzz_jobfile -max_len=16384 CORPUS tests/fuzz/corpus/jobfile
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/job_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(c) \
	do { \
		if (!(c)) \
			abort(); \
	} while (0)
#define MARK "=== config\n"

static int file_of(const uint8_t *data, size_t size, char *path, size_t n)
{
	int fd = memfd_create("fuzz", 0);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, n, "/proc/self/fd/%d", fd);
	return fd;
}

static void check_form(const struct gb_jobfile *f)
{
	unsigned int line = 0;

	for (size_t i = 0; i < f->sections; i++) {
		const struct gb_job_section *s = &f->section[i];

		MUST(s->name[0] && s->line > line);
		line = s->line;
		for (size_t k = 0; k < s->entries; k++) {
			MUST(s->entry[k].line > line);
			line = s->entry[k].line;
			MUST(strlen(s->entry[k].key) + strlen(s->entry[k].value) <= 1 << 20);
		}
	}
}

/* Every number within the range that the option's row gives; zero: not given. */
static void check_set(const struct gb_cli *o)
{
	for (const struct gb_cli_option *r = gb_cli_options; r->name; r++) {
		const uint64_t *v = (const uint64_t *)(const void *)((const char *)o + r->offset);

		if ((r->verbs & GB_VERB_RUN) && (r->type == GB_CLI_UINT ||
		    r->type == GB_CLI_SIZE || r->type == GB_CLI_TIME) && *v)
			MUST(*v >= r->min && *v <= r->max);
	}
}

static void try_files(const char *job, const char *config)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_cli line = { 0 };
	const char *args[] = { job };
	struct gb_job j;

	line.irq_rate_hz = -1;
	line.args = args;
	line.nr_args = 1;
	line.config = config;
	if (gb_job_make(&line, &j, &e)) {
		MUST(e.code == GB_EXIT_USAGE && e.what[0] && e.hint[0]);
	} else {
		MUST(j.sets && j.files == 1u + !!config);
		for (size_t i = 0; i < j.files; i++)
			check_form(&j.file[i]);
		for (size_t i = 0; i < j.sets; i++)
			check_set(&j.set[i]);
	}
	gb_job_free(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *mark = memmem(data, size, MARK, strlen(MARK));
	size_t first = mark ? (size_t)(mark - data) : size;
	char job[64], config[64];
	int fd = file_of(data, first, job, sizeof(job)), fd2 = -1;

	if (mark) {
		mark += strlen(MARK);
		fd2 = file_of(mark, size - (size_t)(mark - data), config, sizeof(config));
	}
	try_files(job, mark ? config : NULL);
	close(fd);
	if (fd2 >= 0)
		close(fd2);
	return 0;
}
