/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the wrapping backends check and fault have in common: the backend inside, and the
 * hooks that only pass on to it.  There is one stack of wrappers in a process, each of its
 * own kind.
 *
 * Layer: allocators; for wrappers only.
 */
#ifndef GB_ALLOCATORS_WRAPPER_H
#define GB_ALLOCATORS_WRAPPER_H

#include "backend.h"

struct gb_wrapped {
	struct gb_backend_ref ref;   /* the backend inside; set by gb_wrapped_start */
	struct gb_heap heap;         /* its calls */
};

/* A wrapper's argument is [KEY=VALUE:]...BACKEND.  Where BACKEND begins. */
const char *gb_wrapper_inner(const char *argument);
/* The options before it, cut to fit; without the last colon. */
int gb_wrapper_options(const char *argument, char *buf, size_t n, struct gb_error *e)
	GB_MUST_CHECK;
/* The locate hook: what is inside decides; its label gets "@name:" before it. */
int gb_wrapped_locate(const char *name, const char *argument, struct gb_backend_location *l,
		      struct gb_error *e) GB_MUST_CHECK;
int gb_wrapped_start(struct gb_wrapped *w, const struct gb_backend_config *c,
		     struct gb_error *e) GB_MUST_CHECK;

/* Make the hooks that pass on, from a struct gb_wrapped. */
#define GB_WRAPPER_HOOKS(w)                                                            \
	static void stop(void)                                                           \
	{                                                                                \
		if ((w).ref.backend->stop)                                               \
			(w).ref.backend->stop();                                         \
	}                                                                                \
	static void cpu_online(unsigned int cpu)                                         \
	{                                                                                \
		if ((w).ref.backend->cpu_online)                                         \
			(w).ref.backend->cpu_online(cpu);                                \
	}                                                                                \
	static void cpu_offline(unsigned int cpu)                                        \
	{                                                                                \
		if ((w).ref.backend->cpu_offline)                                        \
			(w).ref.backend->cpu_offline(cpu);                               \
	}                                                                                \
	static void quiesce(void)                                                        \
	{                                                                                \
		if ((w).ref.backend->quiesce)                                            \
			(w).ref.backend->quiesce();                                      \
	}                                                                                \
	static void memory(struct gb_backend_memory *m)                                  \
	{                                                                                \
		*m = GB_BACKEND_MEMORY_UNKNOWN;                                          \
		if ((w).ref.backend->memory)                                             \
			(w).ref.backend->memory(m);                                      \
	}                                                                                \
	static void pressure(struct gb_backend_pressure *p)                              \
	{                                                                                \
		*p = (struct gb_backend_pressure){ .sleeps = GB_UNKNOWN,                 \
						   .direct_reclaims = GB_UNKNOWN };      \
		if ((w).ref.backend->pressure)                                           \
			(w).ref.backend->pressure(p);                                    \
	}                                                                                \
	static void version(char *buf, size_t n)                                         \
	{                                                                                \
		(w).ref.backend->version(buf, n);                                        \
	}                                                                                \
	static void origin(char *buf, size_t n)                                          \
	{                                                                                \
		(w).ref.backend->origin(buf, n);                                         \
	}

#endif
