/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Bugs, by name: the environment variable GFPBENCH_MUTANT says which one a mutant has;
 * unset or "sound": none.  Tests only.
 */
#ifndef GB_TESTS_MUTANT_H
#define GB_TESTS_MUTANT_H

#include <linux/futex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Is it the bug @name?  Looked up once per place. */
#define BUG(name)                                                                      \
	__extension__({                                                                  \
		static int is_##name; /* 0 unknown, 1 no, 2 yes */                       \
		int bug_known = __atomic_load_n(&is_##name, __ATOMIC_RELAXED);           \
		if (__builtin_expect(!bug_known, 0)) {                                   \
			const char *bug_is = getenv("GFPBENCH_MUTANT");                  \
			bug_known = 1 + (bug_is && !strcmp(bug_is, #name));              \
			__atomic_store_n(&is_##name, bug_known, __ATOMIC_RELAXED);       \
		}                                                                        \
		bug_known == 2;                                                          \
	})

/* True once in @n calls at this place. */
#define EVERY(n)                                                                       \
	__extension__({                                                                  \
		static unsigned long every_count;                                        \
		__atomic_add_fetch(&every_count, 1, __ATOMIC_RELAXED) % (n) == 0;        \
	})

/* System calls that have no place in atomic context. */
static inline void mutant_futex(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static inline void mutant_mmap(void)
{
	munmap(mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096);
}

#endif
