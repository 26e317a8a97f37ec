/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Looks into a shared object without loading it: is it one for this machine, and does it
 * define these functions?  Loading it in the parent would replace or duplicate its malloc.
 *
 * Layer: allocators.  Hostile files are expected: every offset is checked.
 */
#ifndef GB_ALLOCATORS_ELF_CHECK_H
#define GB_ALLOCATORS_ELF_CHECK_H

#include "base/error.h"

/* 0 when @path is a shared object of this machine that defines every name of the
 * NULL-terminated @names for its dynamic symbol table; otherwise GB_EXIT_USAGE with the
 * first thing that is wrong. */
int gb_elf_check(const char *path, const char *const *names,
		 struct gb_error *e) GB_MUST_CHECK;

#endif
