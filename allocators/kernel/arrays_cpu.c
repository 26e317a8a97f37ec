/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The sets of arrays of each CPU: how much they may hold, CPUs that come and go, and the
 * bypass.
 *
 * How much an array may hold: 128 KiB, but at least 61 objects (up to 256 KiB) and at most
 * 253, and so many that they fill its own block; a stash: 2 MiB and 64 arrays.  More RAM
 * does not make them larger: what lies in them is held and not live.  Little RAM makes them
 * smaller: RAM / (1024 x CPUs), RAM / (64 x CPUs).
 *
 * What the fast paths use is slab_now: the set of the current context, which the machine
 * stores at each change of context out of gb_self.context_data, or slab_closed, whose
 * entries are empty and full at once (slab.h, D).  A thread that is no CPU has the latter for
 * ever, and everybody while calls are traced or made to fail.
 */
#include <errno.h>
#include <sched.h>

#include "kernel/slab.h"

#include "base/map.h"

#define ARRAY_MAX_OBJECTS ((2048 - offsetof(struct slab_array, slot)) / sizeof(void *))
#define ARRAY_MIN_OBJECTS 61 /* an exchange costs as much as several calls */
#define ARRAY_BYTES       (128UL << 10)
#define ARRAY_MAX_BYTES   (256UL << 10) /* whatever the objects */
#define STASH_MAX_ARRAYS  64
#define STASH_MAX_BYTES   (2UL << 20)
#define DEPOT_RAM_SHARE   8 /* a depot may cache RAM / 8 until reclaim or trim */

void *slab_closed_slot[2]; /* [0] is what popping a closed entry finds */
#define CLOSED { .top = &slab_closed_slot[1], .end = &slab_closed_slot[1] }
struct slab_set slab_closed = { .e = { [0 ... SLAB_MAX_CACHES - 1] = CLOSED } };
__thread struct slab_set *slab_now GB_TLS_HOT = &slab_closed;

struct slab_percpu *slab_percpu[GB_MAX_CPUS]; /* never freed while booted */
static uint64_t array_bytes_max;  /* what this RAM allows; constant after boot */
static uint64_t stash_bytes_max;
static uint64_t depot_bytes_max;

/* ------------------------------------------------------------------ how much */

void slab_arrays_boot(uint64_t ram_bytes, unsigned int nr_cpus)
{
	array_bytes_max = ram_bytes / (1024 * (nr_cpus ? nr_cpus : 1));
	if (array_bytes_max > ARRAY_MAX_BYTES)
		array_bytes_max = ARRAY_MAX_BYTES;
	stash_bytes_max = ram_bytes / (64 * (nr_cpus ? nr_cpus : 1));
	if (stash_bytes_max > STASH_MAX_BYTES)
		stash_bytes_max = STASH_MAX_BYTES;
	depot_bytes_max = ram_bytes / DEPOT_RAM_SHARE;
}

/* An array lies in a block of a power of two: a number of slots that fills one, unless they
 * are few. */
static uint64_t fitting(uint64_t objects)
{
	uint64_t head = offsetof(struct slab_array, slot) / sizeof(void *), slots = 32;

	if (objects + head < slots)
		return objects;
	while (slots * 2 <= objects + head)
		slots *= 2;
	return slots - head < objects ? slots - head : objects;
}

/* 0: none */
static uint16_t array_capacity(const struct kmem_cache *s)
{
	uint64_t n = ARRAY_BYTES / s->size, most = array_bytes_max / s->size;

	if (s->flags & (SLAB_DEBUG_FLAGS | SLAB_INTERNAL | SLAB_NO_ARRAYS))
		return 0;
	n = n < ARRAY_MIN_OBJECTS ? ARRAY_MIN_OBJECTS : n;
	n = n < most ? n : most;
	return (uint16_t)fitting(n < ARRAY_MAX_OBJECTS ? n : ARRAY_MAX_OBJECTS);
}

static uint16_t stash_limit(const struct kmem_cache *s)
{
	uint64_t object = s->size + sizeof(void *);
	uint64_t n = stash_bytes_max / (object * s->array_capacity + sizeof(struct slab_array));

	return (uint16_t)(n < STASH_MAX_ARRAYS ? n : STASH_MAX_ARRAYS);
}

/* ------------------------------------------------------------------ coming and going */

void slab_arrays_shutdown(void)
{
	for (unsigned int cpu = 0; cpu < GB_MAX_CPUS; cpu++) {
		if (slab_percpu[cpu])
			gb_unmap(slab_percpu[cpu], sizeof(*slab_percpu[cpu]));
		slab_percpu[cpu] = NULL;
	}
}

static void close_new_entry(struct slab_entry *e, const struct kmem_cache *s)
{
	slab_close_entry(e);
	e->starts = s->starts;
}

static void close_entries(struct slab_percpu *pc, unsigned int from, unsigned int to)
{
	for (int c = 0; c < GB_NR_CONTEXTS; c++)
		for (unsigned int i = from; i < to; i++)
			close_new_entry(&pc->set[c].e[i], &slab_caches[i]);
}

void slab_arrays_cache(struct kmem_cache *s)
{
	s->array_capacity = array_capacity(s);
	s->depot = (struct slab_depot){ 0 };
	s->stash_max = s->array_capacity ? stash_limit(s) : 0;
	if (s->array_capacity)
		s->depot.full_max = (uint32_t)(depot_bytes_max / (s->size * s->array_capacity));
	for (unsigned int cpu = 0; cpu < GB_MAX_CPUS; cpu++)
		if (slab_percpu[cpu])
			close_entries(slab_percpu[cpu], s->id, s->id + 1u);
}

/* What the machine stores into slab_now at the next change of context. */
static void point(struct slab_percpu *pc, void **data)
{
	for (int c = 0; c < GB_NR_CONTEXTS; c++)
		gb_store_relaxed(&data[c], slab_bypassed() ? &slab_closed : &pc->set[c]);
}

int slab_cpu_online(void)
{
	unsigned int cpu = (unsigned int)gb_self.id;
	struct slab_percpu *pc = slab_percpu[cpu];

	slab_mutex_lock();
	if (!pc && (pc = gb_map_lazy(sizeof(*pc)))) {
		close_entries(pc, 0, SLAB_MAX_CACHES); /* what is no cache, too */
		gb_store_release(&slab_percpu[cpu], pc);
	}
	if (pc) {
		pc->slot = (void **)&slab_now;
		pc->data = gb_self.context_data;
		point(pc, pc->data);
		gb_self.context_slot = pc->slot;
		gb_context_changed();
	}
	slab_mutex_unlock();
	return pc ? 0 : -ENOMEM;
}

void slab_cpu_offline(void)
{
	struct slab_percpu *pc = slab_percpu[gb_self.id];
	unsigned long flags;

	slab_mutex_lock();
	if (pc)
		pc->slot = NULL;
	slab_mutex_unlock();
	flags = arch_local_irq_save();
	gb_self.context_slot = NULL;
	slab_now = &slab_closed;
	slab_drain_local();
	if (pc)
		gb_store_release(&pc->drain_wanted, 0);
	arch_local_irq_restore(flags);
}

void slab_forked(void)
{
	gb_self.context_slot = NULL;
	slab_now = &slab_closed;
}

/* ------------------------------------------------------------------ bypass */

int slab_bypassed(void)
{
	return gb_load_relaxed(&trace_kmem_on) || gb_load_relaxed(&fault_inject_on);
}

static void bypass_round(void)
{
	for (unsigned int cpu = 0; cpu < GB_MAX_CPUS; cpu++) {
		struct slab_percpu *pc = slab_percpu[cpu];

		if (!pc || !pc->slot)
			continue;
		point(pc, pc->data);
		if (slab_bypassed())
			gb_store_relaxed(pc->slot, &slab_closed);
	}
}

/* A CPU in the middle of a change of context may store what it read before: twice. */
void slab_bypass_update(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with slab_open_contexts() */
	slab_mutex_lock();
	bypass_round();
	sched_yield();
	bypass_round();
	slab_mutex_unlock();
}

void slab_close_context(enum gb_context c)
{
	if (gb_self.context_slot)
		gb_store_relaxed(&gb_self.context_data[c], &slab_closed);
}

/* A bypass may begin meanwhile: either it comes after the stores and closes again, or its
 * switch is seen here. */
void slab_open_contexts(void)
{
	struct slab_percpu *pc = slab_percpu_of((unsigned int)gb_self.id);

	if (!gb_self.context_slot)
		return;
	point(pc, gb_self.context_data);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (slab_bypassed())
		point(pc, gb_self.context_data);
	gb_context_changed();
}

/* The bypass is over, and nothing has changed the context since: open what it closed. */
void slab_reopen(void)
{
	if (gb_unlikely(slab_now == &slab_closed) && gb_self.context_slot && !slab_bypassed())
		gb_context_changed();
}
