/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What may make figures noisy on this machine: one row for each source, always all of them,
 * in the order of their ids.  Layer: core.
 */
#ifndef GB_CORE_NOISE_H
#define GB_CORE_NOISE_H

#include "fingerprint.h"

#define GB_NR_NOISE 16

enum gb_noise_state {
	GB_NOISE_QUIET,
	GB_NOISE_NOISY,
	GB_NOISE_UNSEEN,        /* cannot be read here; the text says why */
};
extern const char *const gb_noise_state_name[];

struct gb_noise {
	const char *id;         /* "W07"; gfpbench(1), NOISE */
	const char *name;       /* "virtual machine" */
	enum gb_noise_state state;
	char text[240];         /* the setting; or what is wrong, and what to do */
};

/* @threads: largest number of emulated CPUs wanted; 0 = unknown. */
void gb_noise_look(const struct gb_fingerprint *f, unsigned int threads,
		   struct gb_noise v[GB_NR_NOISE]);

/* 1 when the run before @run in its folder (results/, by name) was told all that is noisy
 * in @v, on the same machine: nobody needs to read it twice. */
int gb_noise_told_before(const char *run, const struct gb_fingerprint *f,
			 const struct gb_noise v[GB_NR_NOISE]);

#endif
