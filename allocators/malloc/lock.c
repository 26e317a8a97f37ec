/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The lock of lock.h: three states, as in Drepper's "Futexes Are Tricky". */
#include "malloc/lock.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPINS 100 /* a critical section here takes well under a microsecond or two */

static __thread char me __attribute__((tls_model("initial-exec")));
static char *owner_of_all; /* atomic, relaxed: only its own thread compares equal */

static int all_are_mine(void)
{
	return gb_unlikely(gb_load_relaxed(&owner_of_all) == &me);
}

void gm_lock_mine(int mine)
{
	gb_store_relaxed(&owner_of_all, mine ? &me : NULL);
}

static void futex(struct gm_lock *l, int op, uint32_t value)
{
	int saved = errno;

	syscall(SYS_futex, &l->word, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
	errno = saved;
}

/* Acquires what gm_unlock released. */
void gm_lock(struct gm_lock *l)
{
	uint32_t seen = 0;

	if (gb_likely(gb_cas_acquire(&l->word, &seen, 1u)) || all_are_mine())
		return;
	for (int i = 0; i < SPINS; i++) {
		gb_cpu_relax();
		seen = 0;
		if (!gb_load_relaxed(&l->word) && gb_cas_acquire(&l->word, &seen, 1u))
			return;
	}
	while (gb_xchg_acquire(&l->word, 2u))
		futex(l, FUTEX_WAIT, 2);
}

void gm_unlock(struct gm_lock *l)
{
	if (all_are_mine())
		return;
	if (gb_xchg_acq_rel(&l->word, 0u) == 2)
		futex(l, FUTEX_WAKE, 1);
}

void gm_lock_reset(struct gm_lock *l)
{
	gb_store_relaxed(&l->word, 0u);
}
