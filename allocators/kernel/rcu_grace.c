/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Grace periods by liburcu's memb flavour: its read side is two instructions and a
 * thread-local counter, may nest and may be entered from signal handlers of a registered
 * thread.
 */
#include "kernel/rcu_grace.h"

#include <pthread.h>
#include <urcu/urcu-memb.h>

#include "base/sanitizer.h"

#if GB_TSAN
#include <sanitizer/tsan_interface.h>

/* What readers read comes before the end of the grace period; liburcu does not tell. */
static char readers;
#define READERS_LEAVE() __tsan_release(&readers)
#define READERS_LEFT()  __tsan_acquire(&readers)
#else
#define READERS_LEAVE() ((void)0)
#define READERS_LEFT()  ((void)0)
#endif

static __thread int registered __attribute__((tls_model("initial-exec")));
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;

static void thread_exits(void *unused)
{
	(void)unused;
	grace_unregister();
}

static void make_key(void)
{
	/* without the key such a thread would stay registered: then it must not register */
	if (pthread_key_create(&at_exit, thread_exits))
		at_exit = (pthread_key_t)-1;
}

void grace_register(void)
{
	if (registered)
		return;
	urcu_memb_register_thread();
	registered = 1;
}

void grace_unregister(void)
{
	if (!registered)
		return;
	registered = 0;
	urcu_memb_unregister_thread();
}

static void register_late(void)
{
	pthread_once(&once, make_key);
	grace_register();
	if (at_exit != (pthread_key_t)-1)
		pthread_setspecific(at_exit, &registered);
}

void grace_read_lock(void)
{
	if (__builtin_expect(!registered, 0))
		register_late();
	urcu_memb_read_lock();
}

void grace_read_unlock(void)
{
	READERS_LEAVE();
	urcu_memb_read_unlock();
}

void grace_synchronize(void)
{
	urcu_memb_synchronize_rcu();
	READERS_LEFT();
}
