/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Names of system calls: a table generated at build time from the C library's header, so
 * that it fits the processor and nobody keeps it.
 */
#include <stddef.h>
#include <sys/syscall.h>

#include "machine/internal.h"

static const char *const names[] = {
#include "machine/syscall_names.h"
};

const char *gb_syscall_name(unsigned int nr)
{
	return nr < GB_ARRAY_SIZE(names) ? names[nr] : NULL;
}
