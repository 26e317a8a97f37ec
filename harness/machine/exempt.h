/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The exempt text section of x86-64, see raw_x86_64.c.
 *
 * Layer: machine.  Only for the x86-64 files of harness/machine.
 */
#ifndef GB_MACHINE_EXEMPT_H
#define GB_MACHINE_EXEMPT_H

#include <stdint.h>

extern char gb_exempt_begin[], gb_exempt_end[];
/* The return from a signal handler of ours; called by nobody. */
void gb_exempt_restorer(void);
/* Carry out the rt_sigreturn that was about to happen with stack pointer @rsp. */
_Noreturn void gb_exempt_sigreturn(uint64_t rsp);

#endif
