/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The portable twin of dispatch_x86_64.c: no syscall user dispatch on this processor; the
 * watcher counts voluntary context switches instead.
 */
#include <errno.h>

#include "machine/internal.h"

int gb_dispatch_init(void)
{
	return -ENOSYS;
}

int gb_dispatch_arm(void)
{
	return -ENOSYS;
}

void gb_dispatch_disarm(void)
{
}

void gb_dispatch_trap(int on)
{
	(void)on;
}

uint64_t gb_dispatch_count(unsigned int nr)
{
	(void)nr;
	return 0;
}
