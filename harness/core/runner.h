/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The runner: the process that runs one sample, exec'ed by the parent (spawn.h) with the
 * hidden verb "runner".  Layer: core.
 */
#ifndef GB_CORE_RUNNER_H
#define GB_CORE_RUNNER_H

#define GB_RUNNER_VERB "runner"

/* @args: gb_cell_args() of the sample; the result page is on GB_RESULT_FD.  Returns the
 * exit status: 0 when the page was sealed, whatever it says. */
int gb_runner_main(char *const *args);

#endif
