/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* For tests that must hold whatever the locale: one that writes 0,5 for one half. */
#ifndef GB_TESTS_COMMA_LOCALE_H
#define GB_TESTS_COMMA_LOCALE_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Compiles de_DE into a folder of its own when the system has no such locale.  Returns
 * whether decimals are now written with a comma. */
static int enter_comma_locale(void)
{
	char folder[] = "test_locale-XXXXXX", command[256], probe[8];

	if (!setlocale(LC_ALL, "de_DE.UTF-8") && mkdtemp(folder)) {
		snprintf(command, sizeof(command),
			 "localedef -i de_DE -f UTF-8 ./%s/de_DE.UTF-8 >/dev/null 2>&1",
			 folder);
		if (!system(command)) {
			setenv("LOCPATH", folder, 1);
			setlocale(LC_ALL, "de_DE.UTF-8");
		}
		snprintf(command, sizeof(command), "rm -rf ./%s", folder);
		if (system(command))
			fprintf(stderr, "%s stays behind\n", folder);
	}
	snprintf(probe, sizeof(probe), "%.1f", 0.5);
	return !strcmp(probe, "0,5");
}

#endif
