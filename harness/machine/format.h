/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A printf small enough to be trusted in an interrupt: no allocation, no lock, no locale,
 * no system call.  (The C library's vsnprintf promises none of that.)
 *
 * Layer: machine.  Any context.
 */
#ifndef GB_MACHINE_FORMAT_H
#define GB_MACHINE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include "base/error.h"

/* Into @buf of @n > 0 bytes, always terminated, cut where it is full; returns the length
 * written.  %d %i %u %x %X %p %s %c %%; flags 0 - #; width; precision for %s; lengths h
 * (taken as int), l, ll, z.  Anything else is copied as it stands and ends the
 * interpretation, since the types of the arguments are unknown from there on. */
size_t gb_vformat(char *buf, size_t n, const char *fmt, va_list ap);
size_t gb_format(char *buf, size_t n, const char *fmt, ...) GB_PRINTF(3, 4);

#endif
