/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include <stdio.h>

int main(void)
{
	printf("gfpbench %s\n", PACKAGE_VERSION);
	return 0;
}
