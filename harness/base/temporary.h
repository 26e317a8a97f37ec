/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Folders for what is needed for a while only: under TMPDIR, or /tmp without it.
 * Layer: base.
 */
#ifndef GB_BASE_TEMPORARY_H
#define GB_BASE_TEMPORARY_H

#include <stddef.h>

#include "error.h"

/* A new folder "gfpbench-@name-XXXXXX" of our own; @path (of @n bytes) is "" when there is
 * none.  The caller empties and removes it. */
int gb_temporary_folder(const char *name, char *path, size_t n, struct gb_error *e)
	GB_MUST_CHECK;

#endif
