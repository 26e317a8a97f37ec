/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Stacks as events: "stack" with return addresses, those of this program as "+OFFSET" for
 * addr2line, others as they are.
 *
 * Layer: machine.
 */
#ifndef GB_MACHINE_STACK_H
#define GB_MACHINE_STACK_H

/* Main thread, before anything else here. */
void gb_stack_prepare(void);
/* The caller's stack, any context. */
void gb_stack_post(const char *why);
/* Post the stack of the thread that gets SIGQUIT (and go on), or a signal that kills. */
void gb_stack_on_signals(void);

#endif
