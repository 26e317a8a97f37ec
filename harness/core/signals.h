/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * SIGINT, SIGTERM and SIGHUP (unless it is ignored: nohup) of the parent: noted, acted upon
 * between system calls, so that what has finished is on disk.  A third one ends the process
 * at once.  Layer: core.
 */
#ifndef GB_CORE_SIGNALS_H
#define GB_CORE_SIGNALS_H

void gb_signals_install(void);
/* 0, or the signal that asked us to stop. */
int gb_interrupted(void);
/* Its exit code: 130 for SIGINT, else 143; 0 when none came. */
int gb_interrupted_exit(void);

#endif
