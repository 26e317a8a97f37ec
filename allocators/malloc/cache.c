/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A thread's arrays: the exchange behind the fast paths, and how threads come and go.
 *
 *	empty:  swap with a full spare -> a full array from the depot -> fill the loaded one
 *	        from slabs
 *	full:   swap with an empty spare -> the full spare goes to the depot (or, when that
 *	        has enough, into its slabs), the loaded one becomes the spare
 *
 * Objects freed by another thread than the one that got them lie in the freeing thread's
 * array; so a consumer's frees cost one exchange per array, not one atomic per object.
 *
 * Filling starts with FIRST_FILL objects and doubles: a short-lived thread takes few.
 *
 * A thread gets its cache at its first slow call.  It gives it back in the last round of
 * its key destructors, so that other libraries' destructors still have one; whatever the C
 * library frees after that goes object by object under the class lock, as do the calls of a
 * thread for which there was no memory.
 */
#include "malloc/malloc_int.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "base/sanitizer.h"

#define FIRST_FILL 4
/* The last round of key destructors; that one is the thread sanitizer's. */
#define LAST_ROUND (PTHREAD_DESTRUCTOR_ITERATIONS - GB_TSAN)

void *gm_closed_slot[2]; /* [0] is what popping a closed entry finds */
#define CLOSED \
	{ \
		.top = &gm_closed_slot[1], .end = &gm_closed_slot[1] \
	}
struct gm_cache gm_closed = { .e = { [0 ... GM_NR_CLASSES - 1] = CLOSED } };

#define THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))
THREAD_LOCAL struct gm_cache *gm_self = &gm_closed;
static THREAD_LOCAL unsigned int exit_rounds; /* of key destructors */
static THREAD_LOCAL int gone;                 /* the cache was given back */

struct gm_lock gm_pool_lock;
static struct gm_cache *pool;              /* pool lock */
static struct gm_cache *fresh, *fresh_end; /* pool lock */
static pthread_key_t key;                  /* constant after gm_cache_init */
static int have_key;

/* ------------------------------------------------------------------ arrays */

static struct slab_array *loaded_array(const struct gm_class *c, const struct gm_entry *e)
{
	if (e->end == &gm_closed_slot[1])
		return NULL;
	return (struct slab_array *)((char *)(e->end - c->capacity) -
				     offsetof(struct slab_array, slot));
}

static void load(struct gm_entry *e, struct slab_array *a, uint32_t count)
{
	e->top = a->slot + count;
	e->end = a->slot + a->capacity;
}

static void close_entry(struct gm_entry *e)
{
	*e = (struct gm_entry)CLOSED;
}

static int load_empty(struct gm_class *c, struct gm_entry *e)
{
	struct slab_array *a = gm_depot_get_empty(c);

	if (a)
		load(e, a, 0);
	return a != NULL;
}

/* ------------------------------------------------------------------ empty: get objects */

/* The loaded array is empty or missing: put a full one in its place. */
static int load_full(struct gm_class *c, struct gm_entry *e)
{
	struct slab_array *loaded = loaded_array(c, e), *a = e->spare;

	if (a && a->count) {
		e->spare = loaded;
	} else {
		a = gm_depot_get_full(c);
		if (!a)
			return 0;
		if (loaded && e->spare)
			gm_depot_put_empty(c, loaded);
		else if (loaded)
			e->spare = loaded;
	}
	if (e->spare)
		e->spare->count = 0;
	load(e, a, a->capacity);
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

static int fill(struct gm_class *c, struct gm_entry *e)
{
	uint32_t want = e->fill < FIRST_FILL ? FIRST_FILL : e->fill;
	size_t got;

	if (e->end == &gm_closed_slot[1] && !load_empty(c, e))
		return 0;
	if (want > c->capacity)
		want = c->capacity;
	got = gm_slab_take(c, e->top, want);
	reverse(e->top, got);
	e->top += got;
	e->fill = want * 2;
	return got != 0;
}

/* ------------------------------------------------------------------ full: make room */

/* An array to load in place of the full one; the entry's spare, full or not, is spent.  What
 * was put into the depot is another thread's from then on, and not looked at again. */
static struct slab_array *spend_spare(struct gm_class *c, struct slab_array *spare)
{
	if (!spare)
		return gm_depot_get_empty(c);
	if (!spare->count)
		return spare;
	if (gm_depot_put_full(c, spare))
		return gm_depot_get_empty(c);
	gm_slab_put(c, spare->slot, spare->capacity);
	gm_tick();
	return spare;
}

static int make_room(struct gm_class *c, struct gm_entry *e)
{
	struct slab_array *loaded = loaded_array(c, e), *empty;

	if (!loaded)
		return load_empty(c, e);
	empty = spend_spare(c, e->spare);
	if (!empty) { /* no memory for an array: empty this one */
		e->spare = NULL;
		gm_slab_put(c, loaded->slot, loaded->capacity);
		load(e, loaded, 0);
		return 1;
	}
	loaded->count = loaded->capacity;
	e->spare = loaded;
	load(e, empty, 0);
	return 1;
}

/* ------------------------------------------------------------------ draining */

static void drain_entry(struct gm_class *c, struct gm_entry *e)
{
	struct slab_array *loaded = loaded_array(c, e), *spare = e->spare;
	size_t n = loaded ? (size_t)(e->top - loaded->slot) : 0;

	close_entry(e);
	if (n && (n < c->capacity || !gm_depot_put_full(c, loaded)))
		gm_slab_put(c, loaded->slot, n);
	else if (n)
		loaded = NULL;
	if (loaded)
		gm_depot_put_empty(c, loaded);
	if (!spare)
		return;
	if (spare->count && gm_depot_put_full(c, spare))
		return;
	if (spare->count)
		gm_slab_put(c, spare->slot, spare->capacity);
	gm_depot_put_empty(c, spare);
}

static void drain(struct gm_cache *cache)
{
	for (unsigned int id = 1; id < GM_NR_CLASSES; id++)
		if (cache->e[id].end != &gm_closed_slot[1] || cache->e[id].spare)
			drain_entry(&gm_class[id], &cache->e[id]);
}

void gm_cache_drain_own(void)
{
	if (gm_self != &gm_closed)
		drain(gm_self);
}

/* ------------------------------------------------------------------ coming and going */

/* Threads exit: key destructor, called up to LAST_ROUND times. */
static void leave(void *value)
{
	struct gm_cache *cache = value;

	if (++exit_rounds < LAST_ROUND && !pthread_setspecific(key, value))
		return;
	gone = 1;
	gm_self = &gm_closed;
	drain(cache);
	gm_lock(&gm_pool_lock);
	cache->next = pool;
	pool = cache;
	gm_unlock(&gm_pool_lock);
	gm_tick();
}

void gm_cache_init(void)
{
	have_key = !pthread_key_create(&key, leave);
}

/* Pool lock. */
static struct gm_cache *new_cache(void)
{
	struct gm_unit *run;
	int zeroed;

	if (fresh == fresh_end) {
		run = gm_run_alloc(1, GM_BUSY, &zeroed);
		if (!run)
			return NULL;
		fresh = (struct gm_cache *)gm_unit_address(run);
		fresh_end = fresh + GM_UNIT / sizeof(struct gm_cache);
	}
	*fresh = gm_closed;
	return fresh++;
}

/* The thread's cache, made now if need be; NULL: too late, or no memory. */
static struct gm_cache *own_cache(void)
{
	struct gm_cache *cache = gm_self;

	if (cache != &gm_closed)
		return cache;
	if (gone || !have_key)
		return NULL;
	gm_lock(&gm_pool_lock);
	cache = pool;
	if (cache)
		pool = cache->next;
	else
		cache = new_cache();
	gm_unlock(&gm_pool_lock);
	if (!cache)
		return NULL;
	gm_self = cache; /* before the call, which may allocate */
	pthread_setspecific(key, cache);
	return cache;
}

/* ------------------------------------------------------------------ complete calls */

void *gm_alloc_slow(unsigned int class)
{
	struct gm_class *c = &gm_class[class];
	struct gm_cache *cache = own_cache();
	void *p;

	if (cache) {
		struct gm_entry *e = &cache->e[class];

		if (e->top[-1] || load_full(c, e) || fill(c, e))
			return *--e->top;
	}
	return gm_slab_take(c, &p, 1) ? p : NULL;
}

void gm_free_slow(unsigned int class, void *p)
{
	struct gm_class *c = &gm_class[class];
	struct gm_cache *cache = own_cache();

	if (cache) {
		struct gm_entry *e = &cache->e[class];

		if (e->top != e->end || make_room(c, e)) {
			*e->top++ = p;
			return;
		}
	}
	gm_slab_put(c, &p, 1);
}
