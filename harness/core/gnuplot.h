/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * gnuplot is a program that is looked for when it is needed: $GFPBENCH_GNUPLOT, else
 * PATH.  Layer: core.
 */
#ifndef GB_CORE_GNUPLOT_H
#define GB_CORE_GNUPLOT_H

#include <stddef.h>

#include "base/error.h"

/* GB_EXIT_HARNESS when there is none, with how to get it. */
int gb_gnuplot_find(char *path, size_t n, struct gb_error *e) GB_MUST_CHECK;
/* Run it in @dir with @args (NULL-terminated, without the program's name); what it says
 * goes into the error when it fails. */
int gb_gnuplot_run(const char *program, const char *dir, const char *const *args,
		   struct gb_error *e) GB_MUST_CHECK;
/* Where the templates (*.gp) are: $GFPBENCH_PLOTS, the installed place, the source tree. */
int gb_gnuplot_template(const char *name, char *path, size_t n, struct gb_error *e)
	GB_MUST_CHECK;

#endif
