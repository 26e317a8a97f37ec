/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What every backend on the emulated kernel has in common: booting it for a cell, its CPUs,
 * its figures.
 *
 * Layer: allocators.
 */
#ifndef GB_ALLOCATORS_KERNEL_BACKEND_H
#define GB_ALLOCATORS_KERNEL_BACKEND_H

#include "backend.h"

/* Hooks of the descriptor, ready to use. */
int gb_kernel_locate(const char *argument, struct gb_backend_location *l, struct gb_error *e);
int gb_kernel_start(const struct gb_backend_config *c, struct gb_error *e) GB_MUST_CHECK;
struct kernel_config; /* kernel/gfpkernel.h */
/* The same with what @tuned says beyond RAM and CPUs. */
int gb_kernel_start_tuned(const struct gb_backend_config *c,
			  const struct kernel_config *tuned, struct gb_error *e) GB_MUST_CHECK;
/* The same for blocks that are mappings: an event tells how many the system allows. */
int gb_kernel_start_mapped(const struct gb_backend_config *c, struct gb_error *e) GB_MUST_CHECK;
void gb_kernel_stop(void);
void gb_kernel_cpu_online(unsigned int cpu);
void gb_kernel_cpu_offline(unsigned int cpu);
void gb_kernel_quiesce(void);
void gb_kernel_memory(struct gb_backend_memory *m);
void gb_kernel_pressure(struct gb_backend_pressure *p);
long gb_kernel_trace(int fd);
void gb_kernel_version(char *buf, size_t n);
void gb_kernel_origin(char *buf, size_t n);

/* All of them but start, for a designated initializer. */
#define GB_KERNEL_BACKEND_HOOKS \
	.locate = gb_kernel_locate, .stop = gb_kernel_stop, \
	.cpu_online = gb_kernel_cpu_online, .cpu_offline = gb_kernel_cpu_offline, \
	.quiesce = gb_kernel_quiesce, .memory = gb_kernel_memory, \
	.pressure = gb_kernel_pressure, .trace = gb_kernel_trace, .version = gb_kernel_version, \
	.origin = gb_kernel_origin

#endif
