/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Arrays of free objects, private to a context of a CPU: the exchange.
 *
 * Every CPU has three sets (process, softirq, hardirq), a set has an entry for each cache,
 * an entry has a loaded array and, in its stash, a spare one (Bonwick's magazines).  The
 * fast paths pop from and push to the loaded array; an interrupt runs on a set of its own,
 * so nothing protects them.  This file is what they fall back to:
 *
 *	empty:  swap with a full spare -> a full array from the stash, then the depot -> fill
 *	        the loaded one from partial slabs -> from a new slab
 *	full:   swap with an empty spare -> the spare goes to the stash or the depot (or, when
 *	        that has enough, into its slabs), the loaded one becomes the spare, an empty
 *	        one is loaded
 *
 * The stash is the context's own pile of arrays (stash.c).  Without it two CPUs that each
 * free and allocate thousands of objects get each other's from the depot, and every
 * object costs a cache miss.
 *
 * Invariants: the spare is full or empty, never in between; an entry without loaded array
 * is closed (slab.h, guarantee D); arrays in a depot are full or empty.
 *
 * Everything here runs with interrupts off and finds the entry anew after each page
 * allocation, which may have drained this very set.
 *
 * How much arrays may hold, and how CPUs come and go: arrays_cpu.c.  Arrays and their objects
 * are slab pages and go back when drained.
 */
#include "kernel/slab.h"

#define ARRAY_GFP     (__GFP_NOWARN | __GFP_NOMEMALLOC) /* a convenience: wakes nobody */
#define FILL_BYTES    1024 /* of objects that come out of slabs at a time */
#define FILL_OBJECTS  4    /* at least */
#define TRIM_INTERVAL 512 /* new slabs of the machine from one trim of depots to the next */

static struct slab_set *set_of(struct slab_entry *e, const struct kmem_cache *s)
{
	return (struct slab_set *)(void *)(e - s->id);
}

static struct slab_stash *stash_of(struct slab_entry *e, const struct kmem_cache *s)
{
	return &set_of(e, s)->stash[s->id];
}

/* The entry of the calling context, also while entries are bypassed; NULL for a thread
 * that is no CPU, and for a cache without arrays. */
static struct slab_entry *own_entry(const struct kmem_cache *s)
{
	/* a CPU on its way offline has drained: nothing may be left behind */
	struct slab_percpu *pc = gb_self.context_slot && gb_is_cpu() && s->array_capacity ?
					 slab_percpu_of((unsigned int)gb_self.id) :
					 NULL;

	return pc ? &pc->set[gb_context_now()].e[s->id] : NULL;
}

/* ------------------------------------------------------------------ arrays themselves */

static struct slab_array *array_alloc(struct kmem_cache *s, struct slab_entry *e)
{
	struct kmem_cache *from = slab_array_cache(s->array_capacity);
	struct slab_array *a = slab_stash_get_empty(s, stash_of(e, s));
	void *p;

	if (a)
		return a;
	p = slab_alloc_single(from, ARRAY_GFP);
	if (!p)
		return NULL;
	a = p;
	*a = (struct slab_array){ .capacity = s->array_capacity };
	return a;
}

void slab_array_free(struct slab_array *a)
{
	struct kmem_cache *from = slab_array_cache(a->capacity);
	void *p = a;

	slab_put(from, &p, 1);
}

static void load(struct slab_entry *e, struct slab_array *a, uint32_t count)
{
	e->top = a->slot + count;
	e->end = a->slot + a->capacity;
}

/* ------------------------------------------------------------------ empty: get objects */

static void *pop(struct slab_entry *e)
{
	void *p = e->top[-1];

	if (p)
		e->top--;
	return p;
}

/* The loaded array is empty (or missing): put a full one in its place, if there is one
 * without going to the slabs. */
static int load_full(struct kmem_cache *s, struct slab_entry *e)
{
	struct slab_array *loaded = slab_array_of(e, s->array_capacity);
	struct slab_stash *h = stash_of(e, s);
	struct slab_array *a = h->spare;

	if (a && a->count) {
		h->spare = loaded;
	} else {
		a = slab_stash_get_full(h);
		if (!a) {
			a = slab_depot_get_full(s);
			if (!a)
				return 0;
		}
		if (loaded && h->spare)
			slab_stash_put_empty(s, h, loaded);
		else if (loaded)
			h->spare = loaded;
	}
	if (h->spare)
		h->spare->count = 0;
	load(e, a, a->count);
	return 1;
}

/* Objects are popped from the end: turn the slab's ascending order around, so that
 * consecutive calls get ascending addresses. */
static void reverse(void **p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		void *t = p[i];

		p[i] = p[n - 1 - i];
		p[n - 1 - i] = t;
	}
}

/* Make sure that an empty array is loaded; 0: there is no memory for one. */
static int load_empty(struct kmem_cache *s, struct slab_entry *e)
{
	struct slab_array *a;

	if (slab_array_of(e, s->array_capacity))
		return 1;
	a = array_alloc(s, e);
	if (!a)
		return 0;
	if (slab_array_of(e, s->array_capacity))
		slab_stash_put_empty(s, stash_of(e, s), a);
	else
		load(e, a, 0);
	return 1;
}

/* @slab: a new one to take from, or NULL: the partial ones. */
static size_t take(struct kmem_cache *s, struct page *slab, void **p, size_t n, int reserve)
{
	return slab ? slab_take_new(s, slab, p, n) : slab_take_partial(s, p, n, reserve);
}

/* How many objects to put into the loaded array, which is empty.  Not all it can hold: what
 * is taken ahead of need is memory that nobody asked for, and objects that circulate pass
 * this place once.  Whole pairs of cache lines, which the hardware fetches together: the
 * next fill may be another CPU's. */
static size_t fill_count(const struct kmem_cache *s, const struct slab_entry *e)
{
	size_t room = (size_t)(e->end - e->top), n = FILL_BYTES / s->size;
	size_t in_pair = 2 * GB_CACHE_LINE >> __builtin_ctz(s->size | 2 * GB_CACHE_LINE);

	n = n < FILL_OBJECTS ? FILL_OBJECTS : n;
	n = n < room ? n : room;
	return n > in_pair ? n - n % in_pair : n;
}

/* Memory from below the watermarks is not put into arrays, where anybody could take it. */
static void *get_object(struct kmem_cache *s, struct slab_entry *e, struct page *slab,
			int reserve)
{
	void *p = NULL;
	size_t n;

	if (e && !(slab && slab->flags & PG_PFMEMALLOC) && load_empty(s, e)) {
		n = take(s, slab, e->top, fill_count(s, e), 0);
		reverse(e->top, n);
		e->top += n;
		p = pop(e);
		slab = NULL;
	}
	if (!p)
		take(s, slab, &p, 1, reserve);
	return p;
}

/* Before memory grows: what other caches keep in depots and did not need since the last
 * time goes back first. */
static void trim_now_and_then(void)
{
	static unsigned int new_slabs; /* atomic */

	if (gb_add_relaxed(&new_slabs, 1) % TRIM_INTERVAL == 0 &&
	    gb_context_now() == GB_PROCESS && !arch_irqs_disabled()) {
		slab_stash_trim();
		slab_trim_depots();
	}
}

/* Nothing is cached: a new slab, and if there are no pages, whatever other arrays hold. */
static void *alloc_from_new(struct kmem_cache *s, gfp_t gfp)
{
	int reserve = slab_may_use_reserve(gfp), others = 0;
	unsigned long flags;
	struct page *slab;
	void *p;

	trim_now_and_then();
	slab = slab_new(s, gfp);
	do {
		if (!slab)
			slab_rescue(s, others);
		flags = slab_moving();
		p = get_object(s, slab ? own_entry(s) : NULL, slab, reserve);
		slab_moved(flags);
	} while (!p && !others++ && slab_may_ask(gfp));
	return p;
}

void *slab_alloc(struct kmem_cache *s, gfp_t gfp)
{
	unsigned long flags = slab_moving();
	struct slab_entry *e;
	void *p = NULL;

	slab_drain_pending();
	slab_reopen();
	e = own_entry(s);
	while (e && !(p = pop(e)) && load_full(s, e))
		;
	if (!p)
		p = get_object(s, e, NULL, slab_may_use_reserve(gfp));
	slab_moved(flags);
	return p ? p : alloc_from_new(s, gfp);
}

void *slab_alloc_single(struct kmem_cache *s, gfp_t gfp)
{
	unsigned long flags = arch_local_irq_save();
	struct page *slab;
	void *p = NULL;

	if (!slab_take_partial(s, &p, 1, 0) && (slab = slab_new(s, gfp)))
		slab_take_new(s, slab, &p, 1);
	arch_local_irq_restore(flags);
	return p;
}

size_t slab_arrays_take(struct kmem_cache *s, void **p, size_t n)
{
	unsigned long flags = slab_moving();
	struct slab_entry *e = own_entry(s);
	size_t got = 0;

	while (e && got < n && ((p[got] = pop(e)) || load_full(s, e)))
		got += p[got] != NULL;
	slab_moved(flags);
	return got;
}

/* ------------------------------------------------------------------ full: give objects */

/* Is a full array wanted anywhere? */
static int has_room(const struct kmem_cache *s, const struct slab_stash *h)
{
	return h->nr_full < s->stash_max || slab_depot_full_count(s) < s->depot.full_max;
}

static void pass_on(struct kmem_cache *s, struct slab_stash *h, struct slab_array *a)
{
	if (!slab_stash_put_full(s, h, a))
		slab_depot_put_full(s, a);
}

/* The full spare leaves, where there is or may be another array for it; else its objects do.
 * Returns an empty array to load, or NULL: make one. */
static struct slab_array *retire_spare(struct kmem_cache *s, struct slab_stash *h)
{
	struct slab_array *a = h->spare, *empty = slab_stash_get_empty(s, h);

	h->spare = NULL;
	if (has_room(s, h) && (empty || slab_depot_affords(s, a->count))) {
		pass_on(s, h, a);
		return empty;
	}
	slab_put(s, a->slot, a->count);
	if (empty)
		slab_stash_put_empty(s, h, empty);
	a->count = 0;
	return a;
}

/* Make room for one object; 0: there is no memory for another array.  May change the whole
 * entry (array_alloc): the caller looks again. */
static int make_room(struct kmem_cache *s, struct slab_entry *e)
{
	struct slab_array *loaded = slab_array_of(e, s->array_capacity);
	struct slab_stash *h = stash_of(e, s);
	struct slab_array *a = h->spare;

	if (a && a->count)
		a = retire_spare(s, h);
	h->spare = NULL;
	if (!a)
		a = array_alloc(s, e);
	if (!a)
		return 0;
	if (loaded != slab_array_of(e, s->array_capacity) || h->spare) {
		slab_stash_put_empty(s, h, a);
		return 1;
	}
	if (loaded) {
		loaded->count = loaded->capacity;
		h->spare = loaded;
	}
	load(e, a, 0);
	return 1;
}

void slab_free(struct kmem_cache *s, void *p)
{
	unsigned long flags = slab_moving();
	struct slab_entry *e;
	int bad;

	slab_drain_pending();
	slab_reopen();
	e = own_entry(s);
	/* the second is what CONFIG_SLAB_FREELIST_HARDENED looks at */
	bad = !slab_is_object(s, p) || (e && e->top[-1] == p);
	while (e && !bad && e->top == e->end && make_room(s, e))
		;
	if (gb_likely(!bad)) {
		if (e && e->top != e->end)
			*e->top++ = p;
		else
			slab_put(s, &p, 1);
	}
	slab_moved(flags);
	/* with interrupts off nobody would read it: the report writes to stderr */
	if (gb_unlikely(bad))
		slab_report_invalid(s, p);
}

/* ------------------------------------------------------------------ draining */

static size_t drain_entry(struct kmem_cache *s, struct slab_entry *e)
{
	struct slab_array *loaded = slab_array_of(e, s->array_capacity);
	struct slab_array *spare = stash_of(e, s)->spare;
	size_t n = loaded ? (size_t)(e->top - loaded->slot) : 0, m = spare ? spare->count : 0;

	slab_close_entry(e);
	stash_of(e, s)->spare = NULL;
	if (n)
		slab_put(s, loaded->slot, n);
	if (m)
		slab_put(s, spare->slot, m);
	if (loaded)
		slab_array_free(loaded);
	if (spare)
		slab_array_free(spare);
	return n + m + slab_stash_drain(s, stash_of(e, s));
}

size_t slab_set_drain(struct slab_set *set, unsigned int id)
{
	unsigned int last = id ? id + 1 : gb_load_relaxed(&slab_nr_caches);
	unsigned long flags = slab_moving();
	size_t moved = 0;

	for (unsigned int i = id ? id : 1; i < last; i++)
		if (set->e[i].end != set->e[i].top || set->e[i].end != &slab_closed_slot[1] ||
		    set->stash[i].spare || set->stash[i].full || set->stash[i].empty)
			moved += drain_entry(&slab_caches[i], &set->e[i]);
	slab_moved(flags);
	return moved;
}

/* ------------------------------------------------------------------ figures */

/* Read while the owner works, who pays nothing for it: a pointer may be one exchange old,
 * never wild, so the result is bounded by the capacity.  Volatile and not atomic: the
 * thread sanitizer watches atomics whatever a function's attributes say. */
#define GLIMPSE(field) (*(volatile const __typeof__(field) *)&(field))

__attribute__((no_sanitize_thread)) static size_t entry_cached(const struct kmem_cache *s,
								 const struct slab_set *set)
{
	const struct slab_entry *e = &set->e[s->id];
	void **top = GLIMPSE(e->top), **end = GLIMPSE(e->end);
	const struct slab_stash *h = &set->stash[s->id];
	struct slab_array *spare = GLIMPSE(h->spare);
	size_t n = (size_t)GLIMPSE(h->nr_full) * s->array_capacity;

	if (end != &slab_closed_slot[1] && end >= top && end - top <= s->array_capacity)
		n += s->array_capacity - (size_t)(end - top);
	if (spare && GLIMPSE(spare->count))
		n += s->array_capacity;
	return n;
}

size_t slab_cache_cached(const struct kmem_cache *s)
{
	size_t n = (size_t)slab_depot_full_count(s) * s->array_capacity;

	for (unsigned int cpu = 0; cpu < GB_MAX_CPUS && s->array_capacity; cpu++)
		for (int c = 0; c < GB_NR_CONTEXTS && slab_percpu_of(cpu); c++)
			n += entry_cached(s, &slab_percpu_of(cpu)->set[c]);
	return n;
}

int slab_percpu_holds(const struct slab_percpu *pc, unsigned int id)
{
	unsigned int last = id ? id + 1 : gb_load_relaxed(&slab_nr_caches);

	for (int c = 0; c < GB_NR_CONTEXTS; c++)
		for (unsigned int i = id ? id : 1; i < last; i++)
			if (entry_cached(&slab_caches[i], &pc->set[c]))
				return 1;
	return 0;
}

size_t slab_cached_bytes(void)
{
	size_t n = 0;

	for (unsigned int i = 1; i < gb_load_relaxed(&slab_nr_caches); i++)
		n += slab_cache_cached(&slab_caches[i]) * slab_caches[i].size;
	return n;
}
