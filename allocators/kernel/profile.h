/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Finding a profile by name.  Layer: allocators/kernel. */
#ifndef GFPKERNEL_PROFILE_H
#define GFPKERNEL_PROFILE_H

#include "kernel/mm.h"

/* NULL: the newest.  NULL when there is none of this name. */
const struct mm_profile *profile_find(const char *name);

#endif
