/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * manifest.json and datapackage.json: what was run, on what, with which files.  Written at
 * the start ("complete": false) and again at the end.  Layer: core.
 */
#ifndef GB_CORE_MANIFEST_H
#define GB_CORE_MANIFEST_H

#include "fingerprint.h"
#include "noise.h"
#include "plan.h"
#include "rundir.h"

struct gb_manifest {
	const struct gb_rundir *dir;
	const struct gb_plan *plan;
	const struct gb_plan_request *request;
	int argc;
	char **argv;
	const char *label;
	char started_at[32];
	struct gb_fingerprint machine;
	struct gb_noise noise[GB_NR_NOISE];
	uint64_t by_status[16]; /* rows of samples.csv, by enum gb_status */
	int complete, exit_code;
	const char *gate;       /* JSON of the member "gate"; NULL = no gate run */
};

/* Fill in machine, noise and started_at. */
void gb_manifest_begin(struct gb_manifest *m);
int gb_manifest_write(const struct gb_manifest *m, struct gb_error *e) GB_MUST_CHECK;

/* The file whose bytes are what is measured: the preloaded one, the C library, or us; ""
 * when it cannot be told.  Main thread only. */
const char *gb_backend_file(const struct gb_backend_ref *ref,
			    const struct gb_backend_location *l);

/* What a run to be resumed was asked for: argv (malloc'ed, NULL-terminated), plan hash,
 * start. */
struct gb_manifest_past {
	char **argv;
	int argc;
	char plan_hash[65];
	char started_at[32];
	char cwd[4096];
	uint64_t *frozen;       /* calibrated work by group, 0 = not yet */
	size_t groups;
};
int gb_manifest_read(const char *dir, struct gb_manifest_past *past, struct gb_error *e)
	GB_MUST_CHECK;
void gb_manifest_past_free(struct gb_manifest_past *past);

#endif
