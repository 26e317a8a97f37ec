/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Shrinkers: caches that give objects back under pressure (kernel-model 6.1).
 *
 * At priority p a cache of n objects owes (n >> p) * 4 / seeks; what it owes is asked for
 * in batches, and what does not fill a batch is deferred, so that small debts add up
 * instead of being forgotten.  kernel: mm/shrinker.c, do_shrink_slab.
 *
 * The list is guarded by a spinlock that is never held across a callback: a scan holds a
 * reference instead, and shrinker_free() waits until the last is gone.
 */
#include "kernel/reclaim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_BATCH 128

static raw_spinlock_t list_lock = RAW_SPINLOCK_INIT("shrinkers", 20);
static struct shrinker *shrinkers; /* list_lock */

/* ------------------------------------------------------------------ registration */

struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
{
	struct shrinker *s = calloc(1, sizeof(*s));
	va_list ap;

	if (!s)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(s->name, sizeof(s->name), fmt, ap);
	va_end(ap);
	s->flags = flags;
	s->seeks = DEFAULT_SEEKS;
	s->owned = 1;
	return s;
}

static int is_listed(const struct shrinker *s)
{
	const struct shrinker *l = shrinkers;

	while (l && l != s)
		l = l->next;
	return l != NULL;
}

/* 0, or -EEXIST: it is on the list, and stays as it is. */
static int link_shrinker(struct shrinker *s)
{
	unsigned long flags = raw_spin_lock_irqsave(&list_lock);
	int listed = is_listed(s);

	if (!listed) {
		s->nr_deferred = 0;
		s->users = 0;
		s->dying = 0;
		s->next = shrinkers;
		shrinkers = s;
	}
	raw_spin_unlock_irqrestore(&list_lock, flags);
	if (listed) /* include/linux/list.h with CONFIG_DEBUG_LIST */
		kernel_bug("shrinker-twice", "list_add double add: new=%p: shrinker %s is "
			   "registered already", (void *)s, s->name);
	return listed ? -EEXIST : 0;
}

void shrinker_register(struct shrinker *s)
{
	link_shrinker(s);
}

int register_shrinker(struct shrinker *s, const char *fmt, ...)
{
	va_list ap;

	if (!s->count_objects || !s->scan_objects)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(s->name, sizeof(s->name), fmt, ap);
	va_end(ap);
	s->owned = 0;
	return link_shrinker(s);
}

/* Off the list at once; scans in flight keep the struct, so wait for them. */
static int unlink_shrinker(struct shrinker *s)
{
	unsigned long flags = raw_spin_lock_irqsave(&list_lock);
	struct shrinker **at = &shrinkers;
	unsigned int users;

	s->dying = 1;
	users = s->users;
	while (*at && *at != s)
		at = &(*at)->next;
	if (*at && !users)
		*at = s->next;
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return !users;
}

void unregister_shrinker(struct shrinker *s)
{
	while (s && !unlink_shrinker(s))
		sleep_us(100);
}

void shrinker_free(struct shrinker *s)
{
	unregister_shrinker(s);
	if (s && s->owned)
		free(s);
}

/* The shrinker after @s (first: NULL), with a reference; drops that on @s. */
static struct shrinker *next_shrinker(struct shrinker *s)
{
	unsigned long flags = raw_spin_lock_irqsave(&list_lock);
	struct shrinker *n = s ? s->next : shrinkers;

	while (n && n->dying)
		n = n->next;
	if (n)
		n->users++;
	if (s)
		s->users--;
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return n;
}

/* ------------------------------------------------------------------ scanning */

static long owed(const struct shrinker *s, long freeable, int priority)
{
	if (!s->seeks)
		return freeable / 2;
	return (freeable >> priority) * 4 / s->seeks;
}

static unsigned long scan(struct shrinker *s, struct shrink_control *sc, long total,
			  long freeable, long *scanned)
{
	long batch = s->batch > 0 ? s->batch : DEFAULT_BATCH;
	unsigned long freed = 0;

	while (total >= batch || total >= freeable) {
		unsigned long ret;

		sc->nr_to_scan = (unsigned long)(total < batch ? total : batch);
		sc->nr_scanned = sc->nr_to_scan;
		ret = s->scan_objects(s, sc);
		if (ret == SHRINK_STOP)
			break;
		freed += ret;
		count_vm_events(SLABS_SCANNED, sc->nr_scanned);
		total -= (long)sc->nr_scanned;
		*scanned += (long)sc->nr_scanned;
		if (!sc->nr_scanned)
			break; /* a callback that claims to have looked at nothing */
	}
	return freed;
}

static unsigned long shrink_one(struct shrinker *s, gfp_t gfp, int priority)
{
	struct shrink_control sc = { .gfp_mask = gfp };
	unsigned long count = s->count_objects(s, &sc);
	long freeable, deferred, delta, total, left, scanned = 0;
	unsigned long freed;

	if (count == 0 || count == SHRINK_EMPTY)
		return 0;
	freeable = (long)count;
	deferred = gb_xchg_acq_rel(&s->nr_deferred, 0);
	delta = owed(s, freeable, priority);
	total = (deferred >> priority) + delta;
	total = total < 2 * freeable ? total : 2 * freeable;
	freed = scan(s, &sc, total, freeable, &scanned);
	left = deferred + delta - scanned;
	left = left > 0 ? left : 0;
	gb_add_relaxed(&s->nr_deferred, left < 2 * freeable ? left : 2 * freeable);
	return freed;
}

/* Every shrinker once; returns objects freed.  PF_MEMALLOC is set; may sleep. */
unsigned long shrink_slab(gfp_t gfp, int priority)
{
	unsigned long freed = 0;

	for (struct shrinker *s = next_shrinker(NULL); s; s = next_shrinker(s))
		freed += shrink_one(s, gfp, priority);
	return freed;
}

void shrinkers_reset(void)
{
	shrinkers = NULL;
}
