/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The slab layer: what its files share.  From the caller down to the page frames:
 *
 *	kmalloc.c slab_cache.c     the calls; their fast paths live in one text section
 *	      |  pop or push one pointer of the current context's loaded array
 *	arrays.c arrays_cpu.c      per CPU, context and cache: loaded and spare array
 *	      |  swap whole arrays
 *	depot.c                    per cache: lock-free stacks of full and of empty arrays
 *	      |  fill or flush an array
 *	slab_page.c slab_new.c     per cache: slabs, one bit per object (slab_bits.c), under the
 *	      |                    cache lock
 *	      |  get or return 2^order page frames
 *	mm.h                       the buddy allocator
 *
 * Lettered guarantees:
 *  A. A set (struct slab_set) belongs to one context of one CPU.  Only code that runs in
 *     that context touches it, so the fast path needs no atomic, lock or interrupt disable.
 *  B. The exception is draining: code that runs on top of that context on the same CPU may
 *     empty the set, and only when the context was interrupted outside the fast-path text
 *     (slab_fast_text()) and outside an interrupts-off section; otherwise it closes the
 *     set, and the context itself drains at its next call; see slab_reclaim.c.
 *  C. Everything below the arrays runs with interrupts off on its CPU, and lets them on
 *     again around a page allocation; after which no pointer into a set survives.
 *  D. A closed entry is empty and full at once, so that every call on it takes the complete
 *     path.  Caches with debugging, threads that are no CPU, and every cache while calls
 *     are traced or made to fail see closed entries: the fast path tests for none of them.
 *  E. Locks: only cache->lock, slab_mutex and that of slab_bits.c, which is taken alone; the
 *     page allocator is called without cache->lock, and with interrupts as the caller of the
 *     slab has them, but for arrays, which never wait for memory.  slab_mutex is taken in
 *     process context only.
 *
 * Layer: allocators/kernel.
 */
#ifndef GFPKERNEL_SLAB_H
#define GFPKERNEL_SLAB_H

#include "kernel/array_stack.h"
#include "kernel/mm.h"

#define SLAB_MAX_CACHES 512      /* id 0 is "no slab" */
#define SLAB_MAX_OBJECTS 512     /* per slab: bits of slab_bits.c */
#define SLAB_NAME_LEN 48
#define KMALLOC_MAX_CACHE_SIZE 8192UL
#define KMALLOC_MAX_SIZE (PAGE_SIZE << MAX_PAGE_ORDER)

/* Flags of our own, beyond the public SLAB_* ones. */
#define SLAB_KMALLOC     0x00001000u /* a kmalloc cache */
#define SLAB_LARGE       0x00000200u /* kmalloc blocks of whole pages, one object a slab */
#define SLAB_NO_ARRAYS   0x00000002u /* large blocks with flags of their own */
#define SLAB_INTERNAL    0x00000001u /* arrays: not in slabinfo, never fails by failslab */
#define SLAB_DEBUG_FLAGS \
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE)

/* ------------------------------------------------------------------ arrays */

/* Arrays of free objects (array_stack.h) come from caches of their own (slab_array-N). */

/* Where the objects of a cache start, in an arithmetic without a branch on the kind of
 * cache (slab_geometry.c).  It refuses every address that is no start; starts, too, of the
 * few caches for which it cannot tell, whose mask is ~0 (frame_last tells). */
struct slab_starts {
	uint32_t mask, multiplier, limit;
};
#define SLAB_STARTS_UNTOLD (~0u)
#define slab_starts(at, p) \
	(((uint32_t)(uintptr_t)(p) & (at)->mask) * (at)->multiplier <= (at)->limit)

/* One cache in one context.  top points behind the last object; end behind the last slot. */
struct slab_entry {
	void **top;
	void **end;
	struct slab_starts starts;  /* of the cache: SLAB_FAST frees look at it */
};
#define SLAB_ENTRY_SHIFT 5 /* two in a cache line */
_Static_assert(sizeof(struct slab_entry) == 1 << SLAB_ENTRY_SHIFT, "slab_entry_at()");

/* More whole arrays of the same cache in the same context: what a CPU gives and takes again
 * does not visit the depot, where the next CPU would take it.  Chained by `next`. */
struct slab_stash {
	struct slab_array *spare;   /* the first: empty or full (count), or NULL */
	uint32_t full, empty;       /* handles as in array_stack.h; 0: none */
	uint16_t nr_full, nr_empty;
	uint32_t low;               /* fewest full ones since the last trim */
};

struct slab_set {
	struct slab_entry e[SLAB_MAX_CACHES]; /* first: slab_entry_at() */
	struct slab_stash stash[SLAB_MAX_CACHES];
};

/* The tables of the fast paths hold ids times the size of an entry. */
#define slab_entry_at(set, offset) \
	((struct slab_entry *)(void *)((char *)(set) + (offset)))
_Static_assert(SLAB_MAX_CACHES << SLAB_ENTRY_SHIFT <= UINT16_MAX + 1, "fits the tables");

struct slab_percpu {
	struct slab_set set[GB_NR_CONTEXTS];
	/* owner; statistics */
	uint32_t answers;           /* drains that it completed for others */
	uint32_t stalls;            /* waits for others that only time ended */
	uint32_t drain_wanted;      /* atomic: DRAIN_*; set by who wants it, cleared when done */
	uint32_t waits_for;         /* atomic, owner: 1 + the CPU whose answer it waits for */
	uint32_t moving, moves;     /* atomic, owner: slab_moving(); how often it has ended */
	/* slab_mutex: the online owner's slab_now and gb_self.context_data, or NULL */
	void **slot, **data;
};

/* The set of the current context, or slab_closed.  Written by the machine at each change
 * of context (gb_cpu.context_slot). */
extern __thread struct slab_set *slab_now GB_TLS_HOT;
extern struct slab_set slab_closed;
extern void *slab_closed_slot[2];

/* ------------------------------------------------------------------ caches */

struct slab_depot {
	uint64_t full, empty;       /* atomic: handle in the low 32 bits, tag above */
	uint32_t full_max;          /* arrays */
	uint32_t low;               /* atomic, relaxed: fewest full ones since the last trim */
	uint32_t flushing;          /* atomic: arrays that left it and are not in slabs yet */
	uint32_t credit;            /* atomic: objects that arrays may be added for */
};

struct kmem_cache {
	/* constant after creation */
	uint32_t size;              /* distance between objects */
	uint32_t object_size;       /* as asked for */
	uint32_t usable_size;       /* what ksize says */
	uint32_t inuse;             /* offset of metadata behind the object */
	uint32_t track_offset;      /* debug: struct slab_track [2] */
	uint32_t orig_offset;       /* debug, kmalloc: requested size */
	uint32_t red_left_pad;
	uint32_t align;
	uint32_t reciprocal;        /* ceil(2^32 / size) */
	struct slab_starts starts;
	uint16_t id;
	uint16_t array_capacity;    /* 0: no arrays */
	uint16_t stash_max;         /* arrays of a context of a CPU */
	uint8_t order, min_order;
	uint16_t objects, min_objects;  /* per slab of that order */
	uint32_t min_partial, cpu_partial;
	slab_flags_t flags;
	gfp_t page_gfp;             /* zone and mobility bits */
	void (*ctor)(void *);
	uint32_t sheaf_capacity;    /* 6.18: asked for at creation */
	unsigned int refcount;      /* slab_mutex */
	unsigned int aliases_size;  /* slab_mutex: largest object size merged in */
	char name[SLAB_NAME_LEN];

	GB_ALIGNED_LINE struct slab_depot depot;

	GB_ALIGNED_LINE raw_spinlock_t lock;
	/* all under lock */
	struct list_head partial, full; /* slabs; full ones only of debug caches */
	unsigned long nr_partial, nr_slabs, nr_free; /* nr_free: free objects in slabs */
	unsigned long nr_objects, nr_pages;
	unsigned long nr_returned;  /* objects put back and not taken again */
} __attribute__((aligned(512)));

extern struct kmem_cache slab_caches[SLAB_MAX_CACHES];
#define SLAB_ROW_SHIFT 9
_Static_assert(sizeof(struct kmem_cache) == 1 << SLAB_ROW_SHIFT, "slab_row()");
/* Number of the row at @s; SLAB_MAX_CACHES or more for any address that is no row's. */
#define slab_row(s)                                                          \
	(((uintptr_t)(s) - (uintptr_t)slab_caches) >> SLAB_ROW_SHIFT |       \
	 ((uintptr_t)(s) - (uintptr_t)slab_caches) << (64 - SLAB_ROW_SHIFT))
extern unsigned int slab_nr_caches;     /* ids ever used; slab_mutex, read anywhere */
#define SLAB_LOCK_RANK 35 /* nothing but the pages' locks is taken below it */

/* ------------------------------------------------------------------ hot state */

/* Read on every call; constant after boot.  Before boot all is zero, so that every pointer
 * is out of range and every size class is closed. */
struct slab_hot {
	uintptr_t base;             /* direct map */
	size_t bytes;               /* of it */
	/* Where the entry of a cache is: slab_entry_at(). */
	uint16_t *frame_entry;      /* [frame of the direct map]; 0: no slab */
	int16_t *frame_last;        /* [frame]: words from it to the slab's last object; only
				     * of caches with SLAB_STARTS_UNTOLD */
	uint16_t size_entry[KMALLOC_MAX_CACHE_SIZE / 8 + 1]; /* [(size + 7) / 8] */
	uint8_t order_id[MAX_PAGE_ORDER + 1];            /* large classes by page order */
	uint8_t kind_offset[3];     /* from a normal class to DMA, RECLAIMABLE, ACCOUNT */
};
extern struct slab_hot slab_hot;

enum slab_profile { SLAB_6_18, SLAB_6_1, SLAB_3_4 };
extern enum slab_profile slab_profile;

/* The text that may hold a set half updated.  Nothing in it calls out, except in tail
 * position, and no instrumentation may add calls. */
#define SLAB_FAST                                       \
	__attribute__((section("gfpfast"), noinline, aligned(GB_CACHE_LINE), \
		       no_sanitize("address", "thread", "undefined")))
int slab_fast_text(uintptr_t ip);

/* ------------------------------------------------------------------ arrays.c */

/* One object, or NULL: the complete path below the hooks.  Any context. */
void *slab_alloc(struct kmem_cache *s, gfp_t gfp);
/* The same without arrays; sleeps only outside interrupts-off sections. */
void *slab_alloc_single(struct kmem_cache *s, gfp_t gfp);
/* Give one back; reports and does nothing when @p is no object of @s.  Any context. */
void slab_free(struct kmem_cache *s, void *p);
/* Take up to @n objects out of the current context's arrays and the depot. */
size_t slab_arrays_take(struct kmem_cache *s, void **p, size_t n);
/* Empty one set (of cache @id; 0: of all) into the slabs, its stash into the depots,
 * interrupts off; returns objects moved. */
size_t slab_set_drain(struct slab_set *set, unsigned int id);
void slab_array_free(struct slab_array *a);
/* Bytes of free objects in arrays of all CPUs and in depots; a snapshot. */
size_t slab_cached_bytes(void);
size_t slab_cache_cached(const struct kmem_cache *s); /* objects */
/* Does some set of this CPU seem to hold objects of cache @id (0: of any)? */
int slab_percpu_holds(const struct slab_percpu *pc, unsigned int id);
GB_INLINE struct slab_array *slab_array_of(const struct slab_entry *e, uint32_t capacity)
{
	return e->end == &slab_closed_slot[1] ?
		       NULL :
		       (struct slab_array *)((char *)(e->end - capacity) -
					     offsetof(struct slab_array, slot));
}

/* ------------------------------------------------------------------ arrays_cpu.c */

void slab_arrays_boot(uint64_t ram_bytes, unsigned int nr_cpus);
void slab_arrays_shutdown(void);
/* Choose array capacity and depot limit of a new cache; open its entries. */
void slab_arrays_cache(struct kmem_cache *s);
/* The calling thread's emulated CPU comes and goes; process context. */
int slab_cpu_online(void);
void slab_cpu_offline(void);
void slab_forked(void);     /* the arrays are the parent's: every call finds them closed */
extern struct slab_percpu *slab_percpu[GB_MAX_CPUS]; /* atomic */
/* NULL: never was online. */
GB_INLINE struct slab_percpu *slab_percpu_of(unsigned int cpu)
{
	return cpu < GB_MAX_CPUS ? gb_load_acquire(&slab_percpu[cpu]) : NULL;
}
/* While calls are traced or made to fail, all entries are closed.  Update: after either
 * switch changed; process context. */
int slab_bypassed(void);
void slab_bypass_update(void);
void slab_reopen(void);
/* The own sets close, so that the next call of context @c takes a slow path; and open. */
void slab_close_context(enum gb_context c);
void slab_open_contexts(void);
GB_INLINE void slab_close_entry(struct slab_entry *e)
{
	e->top = e->end = &slab_closed_slot[1];
}

/* ------------------------------------------------------------------ stash.c */

/* All but the trim: of the calling context (or one that may be drained), interrupts off.
 * 0: it holds enough. */
int slab_stash_put_full(struct kmem_cache *s, struct slab_stash *h, struct slab_array *a);
struct slab_array *slab_stash_get_full(struct slab_stash *h);
/* These two turn to the depot. */
void slab_stash_put_empty(struct kmem_cache *s, struct slab_stash *h, struct slab_array *a);
struct slab_array *slab_stash_get_empty(struct kmem_cache *s, struct slab_stash *h);
/* All of it to the depot; returns objects. */
size_t slab_stash_drain(struct kmem_cache *s, struct slab_stash *h);
/* What the calling CPU stashed and did not need since the last time goes to the depots.
 * Process context. */
void slab_stash_trim(void);

/* ------------------------------------------------------------------ depot.c */

void slab_depot_put_full(struct kmem_cache *s, struct slab_array *a);
void slab_depot_put_empty(struct kmem_cache *s, struct slab_array *a);
struct slab_array *slab_depot_get_full(struct kmem_cache *s);
struct slab_array *slab_depot_get_empty(struct kmem_cache *s);
uint32_t slab_depot_full_count(const struct kmem_cache *s);
/* Flush up to @arrays full arrays, and all empty ones; returns objects moved. */
size_t slab_depot_drain(struct kmem_cache *s, uint32_t arrays);
/* Flush the full arrays that nobody needed since the last call. */
size_t slab_depot_trim(struct kmem_cache *s);
/* @n objects have left the slabs; cache lock. */
void slab_depot_earn(struct kmem_cache *s, size_t n);
/* May there be one array more, for a full one's objects?  Then it is paid for. */
int slab_depot_affords(struct kmem_cache *s, uint32_t objects);

/* ------------------------------------------------------------------ slab_page.c */

/* A slab is a compound block; its struct page carries PG_SLAB (PG_LARGE) and in
 *   slab_cache   the cache
 *   lru          on partial or full, or unlinked (points to itself)
 *   inuse        objects out of the slab (arrays included); cache lock
 *   objects      in it; constant
 *   freelist     bit n set: object n is free; cache lock.  Above 64 objects: where the bits
 *                are; constant */
/* Up to @n objects from partial slabs only.  @reserve: slabs from below the watermarks,
 * too.  Interrupts off. */
size_t slab_take_partial(struct kmem_cache *s, void **p, size_t n, int reserve);
/* Put a new slab on the list after taking up to @n of its objects; interrupts off. */
size_t slab_take_new(struct kmem_cache *s, struct page *slab, void **p, size_t n);
/* Return @n objects of @s to their slabs; empty slabs beyond min_partial go to the buddy.
 * A pointer that is no object of @s, or is free already, is reported and skipped. */
void slab_put(struct kmem_cache *s, void **p, size_t n);
/* Return every empty slab.  Returns slabs that remain. */
unsigned long slab_shrink(struct kmem_cache *s);
/* Hand out nothing of this slab any more: it is corrupt. */
void slab_retire(struct kmem_cache *s, struct page *slab);
int slab_bit_free(struct page *slab, unsigned int index);
void *slab_object_at(const struct kmem_cache *s, struct page *slab, unsigned int index);
/* Does an object of @s start at @p, which lies in a slab of @s? */
int slab_is_object(const struct kmem_cache *s, const void *p);
/* The object that @p points into, or NULL; @index may be NULL. */
void *slab_object(struct kmem_cache *s, const void *p, unsigned int *index);
GB_INLINE unsigned int slab_id_of(const void *p)
{
	size_t off = (uintptr_t)p - slab_hot.base;

	return off < slab_hot.bytes ?
		       slab_hot.frame_entry[off >> PAGE_SHIFT] >> SLAB_ENTRY_SHIFT :
		       0;
}

/* An empty slab joins the cache's counters (@sign 1) or leaves them (-1); cache lock. */
void slab_count(struct kmem_cache *s, const struct page *slab, long sign);

/* ------------------------------------------------------------------ slab_bits.c */

void slab_bits_boot(unsigned long nr_frames);
void slab_bits_shutdown(void);
int slab_bits_ready(void);
unsigned long slab_bits_table_bytes(void); /* those touched */
/* A slab comes, `objects` set: all are free.  Release with slab_bits_put().  Any context. */
void slab_bits_get(struct page *slab);
void slab_bits_put(struct page *slab);
GB_INLINE uint64_t *slab_bits(struct page *slab)
{
	return slab->objects <= 64 ? (uint64_t *)&slab->freelist : slab->freelist;
}

/* ------------------------------------------------------------------ slab_new.c */

/* May this request use memory from below the watermarks? */
int slab_may_use_reserve(gfp_t gfp);
/* A new slab with all objects free, on no list; may sleep if @gfp allows.  NULL: no pages. */
struct page *slab_new(struct kmem_cache *s, gfp_t gfp);
/* The cache that asks the page allocator for a new slab in this context, or NULL. */
extern __thread struct kmem_cache *slab_wanting __attribute__((tls_model("initial-exec")));
/* That request has a second choice: other CPUs need not be asked for memory. */
extern __thread int slab_wanting_more __attribute__((tls_model("initial-exec")));
/* An empty slab, off every list and counted no more, goes back. */
void slab_discard(struct kmem_cache *s, struct page *slab);

/* ------------------------------------------------------------------ slab_cache.c */

int slab_boot_caches(void);
void slab_shutdown_caches(void);
/* The internal cache that arrays of this capacity come from. */
struct kmem_cache *slab_array_cache(uint32_t capacity);
/* Is this a cache?  Reports when not.  Any context. */
int slab_cache_known(const struct kmem_cache *s, const char *call);
/* Make a cache during boot or create; slab_mutex held by create. */
struct kmem_cache *slab_cache_make(const char *name, size_t size, size_t align,
				   slab_flags_t flags, void (*ctor)(void *));
void slab_mutex_lock(void);
void slab_mutex_unlock(void);

void *kmem_cache_alloc_slow(struct kmem_cache *s, gfp_t gfp, const void *caller);
void kmem_cache_free_slow(struct kmem_cache *s, void *p, const void *caller);
/* slab_alloc() and debugging.  @orig_size: what was asked. */
void *slab_alloc_sound(struct kmem_cache *s, gfp_t gfp, size_t orig_size, const void *caller);
/* The complete call: hooks, debugging, zeroing, tracing. */
void *slab_alloc_call(struct kmem_cache *s, gfp_t gfp, size_t orig_size, const void *caller);
void slab_free_call(struct kmem_cache *s, void *p, const void *caller);

/* ------------------------------------------------------------------ slab_geometry.c */

void slab_geometry(struct kmem_cache *s, size_t align);
size_t slab_alignment(slab_flags_t flags, size_t align, size_t size);

/* ------------------------------------------------------------------ kmalloc.c */

#define KMALLOC_ZERO_ID 1 /* closed for ever: kmalloc(0) */
enum kmalloc_kind { KMALLOC_NORMAL, KMALLOC_DMA, KMALLOC_RECLAIM, KMALLOC_CGROUP };
int slab_kmalloc_boot(void);
/* The cache that serves this request; NULL: size 0 or too large. */
struct kmem_cache *kmalloc_cache(size_t size, gfp_t gfp);
void *kmalloc_slow(size_t size, gfp_t gfp, const void *caller);
void kfree_slow(void *p, const void *caller);

/* ------------------------------------------------------------------ slab_debug.c */

/* Parse slab_debug=; 0 or -EINVAL. */
int slab_debug_setup(const char *text);
/* Flags that the boot option adds to a cache of this name. */
slab_flags_t slab_debug_flags(const char *name, slab_flags_t flags, size_t size);
void slab_debug_layout(struct kmem_cache *s, size_t *size, size_t align);
void slab_debug_init_object(struct kmem_cache *s, void *object);
void slab_debug_init_slab(struct kmem_cache *s, struct page *slab);
/* 0: the object is corrupt and must not be handed out. */
int slab_debug_alloc(struct kmem_cache *s, void *object, size_t orig_size,
		     const void *caller);
/* 0: the free is refused. */
int slab_debug_free(struct kmem_cache *s, void *object, const void *caller);
/* krealloc within the class, where the size asked for is remembered. */
void slab_debug_resize(struct kmem_cache *s, void *p, size_t size);
size_t slab_debug_orig_size(struct kmem_cache *s, const void *p);
/* The owner of @p may write all of its object. */
void slab_debug_use_all(struct kmem_cache *s, void *p);
int slab_debug_check_slab(struct kmem_cache *s, struct page *slab);
/* slab_put() refused @p: no object of @s, or free already.  Reports; nothing is freed. */
void slab_report_invalid(struct kmem_cache *s, void *p);

/* ------------------------------------------------------------------ slab_reclaim.c */

/* Give cached memory back: when it may sleep, and as far as any context can.  Returns page
 * frames freed. */
unsigned long slab_reclaim(gfp_t gfp);
unsigned long slab_reclaim_atomic(gfp_t gfp, int others);
/* All arrays of the calling CPU, every context that can be drained now. */
size_t slab_drain_local(void);
/* Everything: arrays of all CPUs, depots, empty slabs.  Process context. */
void slab_drain_everything(void);
/* A request of @s is about to fail: bring objects of @s that other arrays hold back into
 * its slabs, first those of this CPU, then (@others) those of all that it may ask.
 * Interrupts as the caller of kmalloc had them. */
void slab_rescue(struct kmem_cache *s, int others);
/* May this request ask other CPUs, and wait for their answers?  Those may that may sleep,
 * and GFP_ATOMIC, which means it.  GFP_NOWAIT asks for what is there. */
GB_INLINE int slab_may_ask(gfp_t gfp)
{
	return !!(gfp & (__GFP_DIRECT_RECLAIM | __GFP_HIGH));
}
/* Empty depots of what nobody needed since the last trim. */
void slab_trim_depots(void);
/* Drain and shrink one cache everywhere; 0: slabs with live objects remain. */
int slab_cache_empty(struct kmem_cache *s);
/* At the start of a slow path: do what an interrupt could not, or what another CPU asked
 * for.  Interrupts off. */
void slab_drain_pending(void);
/* NULL: the thread is no CPU. */
GB_INLINE struct slab_percpu *slab_own_percpu(void)
{
	return gb_is_cpu() ? slab_percpu_of((unsigned int)gb_self.id) : NULL;
}
/* A slow path turns interrupts off, and says that objects may be neither in an array nor in
 * a slab: who looks for them asks this CPU.  May be nested.  slab_moved() undoes both. */
GB_INLINE unsigned long slab_moving(void)
{
	unsigned long flags = arch_local_irq_save();
	struct slab_percpu *pc = slab_own_percpu();

	if (pc)
		gb_store_relaxed(&pc->moving, pc->moving + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE); /* before an array is seen without them */
	return flags;
}
GB_INLINE void slab_moved(unsigned long flags)
{
	struct slab_percpu *pc = slab_own_percpu();

	if (pc) { /* pairs with the loads in slab_percpu_may_hold(): the slabs have what it moved */
		gb_store_relaxed(&pc->moves, pc->moves + 1);
		gb_store_release(&pc->moving, pc->moving - 1);
	}
	arch_local_irq_restore(flags);
}
/* May some set of this CPU hold objects of cache @id (0: of any), or move them?  Any thread. */
int slab_percpu_may_hold(const struct slab_percpu *pc, unsigned int id);
/* At boot and shutdown: answer other CPUs' kicks, or no longer. */
void slab_reclaim_boot(int up);

/* ------------------------------------------------------------------ slab_boot.c, slabinfo.c */

extern const struct mm_layer slab_layer;
extern __thread uintptr_t slab_stack_top __attribute__((tls_model("initial-exec")));
unsigned long slab_table_bytes(void);
size_t slab_frame_table_bytes(void); /* of frame_entry and frame_last, one mapping */
unsigned long slab_pages(void);     /* page frames in slabs */

#endif
