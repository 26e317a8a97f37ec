/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libgfpmalloc: the slab's design as a malloc for any program.  What its files share.
 *
 *	fast.c family.c    the calls; malloc and free pop or push one pointer of the thread's
 *	      |            loaded array
 *	cache.c            per thread and class: loaded and spare array
 *	      |            swap whole arrays
 *	depot.c            per class: lock-free stacks of full and of empty arrays
 *	      |            fill or flush an array
 *	slabs.c            per class: slabs, one bit per object, under the class lock
 *	      |            get or return a run of units
 *	runs.c arena.c     runs of 64 KiB units in one reserved range of addresses
 *	huge.c             blocks beyond GM_RUN_MAX units: a mapping each
 *
 * The arrays and stacks are the slab's own (kernel/array_stack.h).  What differs: threads
 * in place of emulated CPUs, one context, no zones and watermarks, and memory that is
 * private and anonymous, so that a fork copies it.
 *
 * Lettered guarantees:
 *  A. A cache belongs to one thread; its fast path needs no atomic and no lock.
 *  B. A closed entry is empty and full at once, so that every call on it takes the slow
 *     path.  A thread without cache (too early, too late) sees closed entries only.
 *  C. Nothing here calls anything that allocates; pthread_setspecific may, and finds the
 *     thread's cache in place.
 *  D. Lock order: pool, then one class, then the runs.  fork takes all in that order.
 *  E. Once committed, memory of the arena is never unmapped, only emptied: a stale read
 *     by array_stack_pop finds zeroes.
 *
 * Layer: allocators/malloc.
 */
#ifndef GFPMALLOC_INT_H
#define GFPMALLOC_INT_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"

#include "kernel/array_stack.h"
#include "kernel/list.h"
#include "malloc/lock.h"

_Static_assert(sizeof(void *) == 8, "the arena needs 64-bit addresses");

#define GM_UNIT_SHIFT   16
#define GM_UNIT         ((size_t)1 << GM_UNIT_SHIFT)
#define GM_CHUNK_SHIFT  25 /* commit step */
#define GM_CHUNK        ((size_t)1 << GM_CHUNK_SHIFT)
#define GM_CHUNK_UNITS  (GM_CHUNK / GM_UNIT)
#define GM_ARENA_MAX    (255UL << 30)      /* what a 32-bit handle of arrays can reach */
#define GM_SMALL_MAX    ((size_t)32 << 10) /* larger ones are runs */
#define GM_RUN_MAX      128u               /* units; larger ones are mappings */
#define GM_ALIGN        16
#define GM_NR_CLASSES   41                   /* 1 .. 40; 0 = no class */
#define GM_SLAB_OBJECTS (GM_UNIT / GM_ALIGN) /* at most, in one slab */

/* ------------------------------------------------------------------ descriptors */

enum gm_state { GM_NONE, GM_CLEAN, GM_DIRTY, GM_BUSY, GM_LARGE, GM_SLAB };

/* One for each unit, in the first units of its chunk.  Valid at the first and the last unit
 * of a run; of a slab at every unit.  Protected by the run lock, but what is marked. */
struct gm_unit {
	struct list_head list; /* free run: its bin; slab: partial; class lock */
	uint32_t units;        /* in the run */
	uint16_t head;         /* units back to the first; constant while it is a slab */
	uint8_t state;         /* written before a pointer into the run is handed out */
	uint8_t class;         /* slab: constant */
	uint16_t objects;      /* slab: constant */
	uint16_t inuse;        /* slab: objects out of it, arrays included; class lock */
	uint16_t hint;         /* slab: no bit set in words below; class lock */
	uint64_t bits[GM_SLAB_OBJECTS / 64]; /* bit n set: object n is free; class lock */
};

#define GM_META_UNITS ((GM_CHUNK_UNITS * sizeof(struct gm_unit) + GM_UNIT - 1) / GM_UNIT)

/* The descriptor of the unit that @p lies in; @p is in a committed chunk. */
GB_INLINE struct gm_unit *gm_unit_of(const void *p)
{
	uintptr_t chunk = (uintptr_t)p & ~(GM_CHUNK - 1);

	return (struct gm_unit *)chunk + (((uintptr_t)p - chunk) >> GM_UNIT_SHIFT);
}

GB_INLINE char *gm_unit_address(const struct gm_unit *u)
{
	uintptr_t chunk = (uintptr_t)u & ~(GM_CHUNK - 1);

	return (char *)chunk + ((size_t)(u - (struct gm_unit *)chunk) << GM_UNIT_SHIFT);
}

/* ------------------------------------------------------------------ hot state */

/* Written once by gm_init(), before the first block is handed out; zero until then, so that
 * every pointer is out of range and every class closed. */
struct gm_hot {
	uintptr_t base;
	size_t bytes;
	uint8_t size_class[GM_SMALL_MAX / GM_ALIGN + 1]; /* [(size + 15) / 16] */
};
extern struct gm_hot gm_hot;
/* [unit of the arena]: class of the slab there, 0 = none.  Atomic, relaxed: whoever frees a
 * pointer got it after the entry was written. */
extern uint8_t gm_unit_class[GM_ARENA_MAX >> GM_UNIT_SHIFT];

struct gm_entry {
	void **top;               /* behind the last object */
	void **end;               /* behind the last slot */
	struct slab_array *spare; /* empty or full (count), or NULL */
	uint32_t fill; /* objects to get next time; doubles up to the capacity */
};

struct gm_cache {
	struct gm_entry e[GM_NR_CLASSES];
	struct gm_cache *next; /* in the pool; pool lock */
};
extern struct gm_cache gm_closed;
extern void *gm_closed_slot[2];
extern __thread struct gm_cache *gm_self __attribute__((tls_model("initial-exec")));

/* ------------------------------------------------------------------ classes.c */

struct gm_class {
	/* constant after gm_classes_init */
	uint32_t size;
	uint32_t reciprocal;         /* ceil(2^32 / size) */
	uint16_t id, objects, units; /* objects and units of a slab */
	uint16_t capacity;           /* of an array */
	uint16_t array_class;        /* where its arrays come from */
	/* depot.c */
	GB_ALIGNED_LINE uint64_t full; /* atomic: stacks of arrays */
	uint64_t empty;
	uint32_t low; /* atomic, relaxed: fewest full since the last trim */
	/* slabs.c */
	GB_ALIGNED_LINE struct gm_lock lock;
	struct list_head partial; /* slabs with free objects; lock */
	unsigned int nr_empty;    /* of them, wholly free; lock */
};
extern struct gm_class gm_class[GM_NR_CLASSES];
void gm_classes_init(void);
/* The class whose objects hold @size bytes at multiples of @align, or 0. */
unsigned int gm_class_aligned(size_t size, size_t align);

/* ------------------------------------------------------------------ arena.c */

/* Reserve the arena and fill the tables; 0: no memory.  Once; cheap afterwards. */
int gm_init(void);
/* Make the next chunk usable; run lock.  NULL: none is left. */
char *gm_arena_chunk(void);
/* An invalid pointer, a double free: say so and abort, as glibc. */
__attribute__((noreturn, cold)) void gm_die(const char *what);

/* ------------------------------------------------------------------ runs.c */

/* A run of @units (1 .. GM_RUN_MAX), state @state; NULL: no memory.  *@zeroed: it holds
 * zeroes.  Sets units, state and head of the first and last unit. */
struct gm_unit *gm_run_alloc(unsigned int units, enum gm_state state, int *zeroed);
void gm_run_free(struct gm_unit *run);
/* Change the length of a large run in place; 0: impossible. */
int gm_run_resize(struct gm_unit *run, unsigned int units);
/* Return memory of free runs to the system until at most @units are dirty; units returned. */
size_t gm_run_purge(size_t units);
/* Return the free runs that were not needed since the last call. */
void gm_run_trim(void);
void gm_runs_init(void);
extern struct gm_lock gm_run_lock;

/* ------------------------------------------------------------------ slabs.c */

/* Take up to @n objects; at least one, or 0: no memory. */
size_t gm_slab_take(struct gm_class *c, void **p, size_t n);
/* Give @n objects of @c back.  Aborts at an address that is no object or free already. */
void gm_slab_put(struct gm_class *c, void **p, size_t n);
/* Return empty slabs that are kept in reserve. */
void gm_slab_shrink(struct gm_class *c);

/* ------------------------------------------------------------------ depot.c */

/* 0: the depot holds enough; the array stays the caller's. */
int gm_depot_put_full(struct gm_class *c, struct slab_array *a);
void gm_depot_put_empty(struct gm_class *c, struct slab_array *a);
struct slab_array *gm_depot_get_full(struct gm_class *c);
/* An empty array, from the depot or new; NULL: no memory. */
struct slab_array *gm_depot_get_empty(struct gm_class *c);
/* Give everything cached in depots back to the slabs. */
void gm_depot_drain(void);
/* Now and then, with no lock held: give back what nobody needed of late. */
void gm_tick(void);

/* ------------------------------------------------------------------ cache.c */

/* One object of the class / one object back, when the fast path cannot. */
void *gm_alloc_slow(unsigned int class);
void gm_free_slow(unsigned int class, void *p);
/* Empty the calling thread's arrays. */
void gm_cache_drain_own(void);
void gm_cache_init(void);
extern struct gm_lock gm_pool_lock;

/* ------------------------------------------------------------------ huge.c */

void *gm_huge_alloc(size_t size, size_t align);
void *gm_huge_resize(void *p, size_t size); /* NULL: impossible in place or by moving */
size_t gm_huge_usable(void *p);
void gm_huge_free(void *p);

/* ------------------------------------------------------------------ large.c */

/* Anything above the classes; NULL with errno ENOMEM.  *@zeroed as gm_run_alloc. */
void *gm_large_alloc(size_t size, size_t align, int *zeroed);
/* A pointer that lies in no slab: a run, a huge block, or an error. */
void gm_large_free(void *p);
size_t gm_large_usable(void *p);
void *gm_large_resize(void *p, size_t size); /* NULL: the caller copies */

/* ------------------------------------------------------------------ fork.c */

void gm_fork_init(void);

#endif
