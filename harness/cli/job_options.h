/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Job files as options: [global] and a section for each cell set.  Keys are the long names
 * of run's options; the command line wins over any file, a section over its file's
 * [global], a job file over --config.  Of several job files none wins: what holds for the
 * whole run they must say alike.
 */
#ifndef GB_CLI_JOB_OPTIONS_H
#define GB_CLI_JOB_OPTIONS_H

#include "core/jobfile.h"
#include "options.h"

struct gb_job {
	struct gb_cli whole;     /* what holds for the whole run */
	struct gb_cli *set;      /* options of each cell set */
	size_t sets;
	struct gb_jobfile *file; /* the values point into these */
	size_t files;
	size_t configs;          /* of these, the first: --config, which job files overrule */
};

/* From the command line @o and the files that it names. */
int gb_job_make(const struct gb_cli *o, struct gb_job *j, struct gb_error *e) GB_MUST_CHECK;
void gb_job_free(struct gb_job *j);

/* The keys of job files, one after the other; NULL behind the last.  *whole: it holds for
 * the whole run, so only [global] may have it. */
const char *gb_job_key(size_t i, int *whole);

#endif
