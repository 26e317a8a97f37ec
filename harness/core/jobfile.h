/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Job files: INI text.  "[section]" lines, "key = value" lines, "#" and ";" comments on
 * lines of their own, blank lines.  Only the form is read here; what the keys mean is the
 * caller's (harness/cli/job_options.c).
 *
 * Layer: core.
 */
#ifndef GB_CORE_JOBFILE_H
#define GB_CORE_JOBFILE_H

#include <stddef.h>

#include "base/error.h"

struct gb_job_entry {
	const char *key, *value;
	unsigned int line; /* from 1 */
};

struct gb_job_section {
	const char *name;
	unsigned int line;
	struct gb_job_entry *entry;
	size_t entries;
};

struct gb_jobfile {
	char *path, *text; /* names, keys and values point into text */
	struct gb_job_section *section;
	size_t sections;
};

/* GB_EXIT_USAGE, with "FILE:LINE:", for what is no job file: a line of another form, an
 * entry before the first section, a section or a key twice, control characters. */
int gb_jobfile_read(const char *path, struct gb_jobfile *f, struct gb_error *e)
	GB_MUST_CHECK;
void gb_jobfile_free(struct gb_jobfile *f);

#endif
