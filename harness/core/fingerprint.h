/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The machine: what must be equal for two runs to be comparable (hw_id), what explains a
 * difference, and what warns of noise.  Reads only; changes nothing.  Layer: core.
 */
#ifndef GB_CORE_FINGERPRINT_H
#define GB_CORE_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

struct gb_fingerprint {
	char hw_id[17];         /* hash of the fields marked * */
	char cpu_model[128];    /* * */
	unsigned int cpus_online, cpus_usable; /* * online */
	uint64_t memory_bytes;  /* * rounded to 256 MiB */
	uint64_t memory_free_bytes;
	char machine[32];       /* * uname -m */
	int virtual_machine;    /* * CPUID says hypervisor */
	char kernel[128];       /* release */
	char libc[64];
	char clocksource[32];
	char governor[32];      /* "" = not visible */
	char turbo[16];         /* "on", "off", "" */
	char thp[32];           /* transparent huge pages */
	char smt[16];
	char aslr[8];
	char overcommit[8];
	uint64_t swap_bytes;
	uint64_t max_map_count;
	uint64_t sigpending_limit; /* RLIMIT_SIGPENDING; UINT64_MAX = unlimited */
	double load_1m;
};
void gb_fingerprint_take(struct gb_fingerprint *f);

#endif
