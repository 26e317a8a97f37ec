/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What ThreadSanitizer must know about us, in the one build where it listens: handlers of
 * this machine allocate, that is what it is for, so an allocation in a signal handler is
 * no finding.  (In every build the function exists and nobody else calls it.)
 */
#include "machine/internal.h"

const char *__tsan_default_options(void);

__attribute__((visibility("default"), used)) const char *__tsan_default_options(void)
{
	return "report_signal_unsafe=0";
}
