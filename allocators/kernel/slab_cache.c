/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Caches: create, merge, destroy (mm/slab_common.c; kernel-model 3.2, 3.7).
 *
 * The caches are rows of a static table; the row number is the id that the frame table
 * stores.  Ids of destroyed caches are used again; a cache that was destroyed while objects
 * were live keeps its row, and its name, for ever (statement 64).
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "kernel/slab.h"

struct kmem_cache slab_caches[SLAB_MAX_CACHES];
unsigned int slab_nr_caches;
enum slab_profile slab_profile;

/* Protects the table, refcounts, names, the per-CPU table and the bypass count.  Process
 * context only; a holder may wait for IPIs. */
static pthread_mutex_t slab_mutex = PTHREAD_MUTEX_INITIALIZER;

void slab_mutex_lock(void)
{
	pthread_mutex_lock(&slab_mutex);
}

void slab_mutex_unlock(void)
{
	pthread_mutex_unlock(&slab_mutex);
}

/* ------------------------------------------------------------------ rows */

int slab_cache_known(const struct kmem_cache *s, const char *call)
{
	if (gb_likely(slab_row(s) < SLAB_MAX_CACHES && gb_load_relaxed(&s->refcount)))
		return 1;
	kernel_bug("bad-kmem-cache", "%s: no cache at %p", call, (const void *)s);
	return 0;
}

static struct kmem_cache *free_row(void)
{
	for (unsigned int i = 1; i < slab_nr_caches; i++)
		if (!slab_caches[i].refcount)
			return &slab_caches[i];
	return slab_nr_caches < SLAB_MAX_CACHES ? &slab_caches[slab_nr_caches] : NULL;
}

static void make_lists(struct kmem_cache *s)
{
	s->lock = (raw_spinlock_t)RAW_SPINLOCK_INIT("slab cache", SLAB_LOCK_RANK);
	list_init(&s->partial);
	list_init(&s->full);
	s->nr_partial = s->nr_slabs = s->nr_free = s->nr_objects = 0;
}

struct kmem_cache *slab_cache_make(const char *name, size_t size, size_t align,
				   slab_flags_t flags, void (*ctor)(void *))
{
	struct kmem_cache *s = free_row();
	uint16_t id;

	if (!s)
		return NULL;
	id = (uint16_t)(s - slab_caches);
	memset(s, 0, sizeof(*s));
	s->id = id;
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->object_size = (uint32_t)size;
	s->ctor = ctor;
	s->flags = flags;
	if (!(flags & (SLAB_INTERNAL | SLAB_LARGE)))
		s->flags |= slab_debug_flags(name, flags, size);
	slab_geometry(s, align);
	make_lists(s);
	slab_arrays_cache(s);
	s->refcount = 1;
	if (id == slab_nr_caches)
		gb_store_relaxed(&slab_nr_caches, slab_nr_caches + 1);
	return s;
}

/* ------------------------------------------------------------------ array caches */

static uint16_t array_cache_id[6]; /* 64, 128 ... 2048 bytes */

static unsigned int array_class(size_t bytes)
{
	return bytes <= 64 ? 0 : 58 - (unsigned int)__builtin_clzl(bytes - 1);
}

struct kmem_cache *slab_array_cache(uint32_t capacity)
{
	size_t bytes = offsetof(struct slab_array, slot) + capacity * sizeof(void *);

	return &slab_caches[array_cache_id[array_class(bytes)]];
}

static int make_array_caches(void)
{
	char name[SLAB_NAME_LEN];

	for (unsigned int i = 0; i < GB_ARRAY_SIZE(array_cache_id); i++) {
		struct kmem_cache *s;

		snprintf(name, sizeof(name), "slab_array-%u", 64u << i);
		s = slab_cache_make(name, 64u << i, 64, SLAB_INTERNAL, NULL);
		if (!s)
			return -ENOMEM;
		array_cache_id[i] = s->id;
	}
	return 0;
}

int slab_boot_caches(void)
{
	int version = mm.profile->version;
	int err;

	slab_profile = version >= 618 ? SLAB_6_18 : version >= 601 ? SLAB_6_1 : SLAB_3_4;
	slab_nr_caches = 1; /* row 0 stands for "no slab" */
	err = slab_kmalloc_boot();
	return err ? err : make_array_caches();
}

void slab_shutdown_caches(void)
{
	memset(slab_caches, 0, sizeof(slab_caches));
	slab_nr_caches = 0;
}

/* ------------------------------------------------------------------ merging */

#define NEVER_MERGE                                                                   \
	(SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_TYPESAFE_BY_RCU | \
	 SLAB_NOLEAKTRACE | SLAB_FAILSLAB | SLAB_NO_MERGE | SLAB_INTERNAL | SLAB_LARGE)
#define MERGE_SAME (SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_ACCOUNT)

static int unmergeable(const struct kmem_cache *s)
{
	return !s->refcount || s->flags & NEVER_MERGE || s->ctor || s->sheaf_capacity ||
	       (s->flags & SLAB_KMALLOC && !(s->flags & MERGE_SAME));
}

/* find_mergeable(), mm/slab_common.c: kernel-model 3.7, statement 65. */
static struct kmem_cache *find_mergeable(size_t size, size_t align, slab_flags_t flags)
{
	size_t stride;

	if (slab_profile == SLAB_3_4 || flags & NEVER_MERGE)
		return NULL;
	stride = (size + 7) & ~7ul;
	align = slab_alignment(flags, align, stride);
	stride = (stride + align - 1) & ~(align - 1);
	for (unsigned int i = slab_nr_caches - 1; i > 0; i--) {
		struct kmem_cache *s = &slab_caches[i];

		if (unmergeable(s) || stride > s->size || s->size - stride >= sizeof(void *) ||
		    (flags ^ s->flags) & MERGE_SAME || s->size % align)
			continue;
		return s;
	}
	return NULL;
}

/* ------------------------------------------------------------------ create */

#define PERMITTED                                                                     \
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_HWCACHE_ALIGN |   \
	 SLAB_CACHE_DMA | SLAB_STORE_USER | SLAB_RECLAIM_ACCOUNT | SLAB_PANIC |          \
	 SLAB_TYPESAFE_BY_RCU | SLAB_MEM_SPREAD | SLAB_TRACE | SLAB_NOLEAKTRACE |        \
	 SLAB_NO_MERGE | SLAB_FAILSLAB | SLAB_ACCOUNT)

static int may_create(const char *name, size_t size, size_t align, slab_flags_t flags)
{
	if (!mm_ready("kmem_cache_create"))
		return 0;
	if (!name || in_interrupt() || !size || size > KMALLOC_MAX_SIZE ||
	    (slab_profile == SLAB_3_4 && size < sizeof(void *))) {
		kernel_bug("bad-kmem-cache-create",
			   "kmem_cache_create: %s: bad name, size (%zu) or context",
			   name ? name : "(null)", size);
		return 0;
	}
	if (align & (align - 1) || align > PAGE_SIZE || flags & ~PERMITTED) {
		kernel_warn("bad-kmem-cache-create",
			    "kmem_cache_create(%s): flags %#x or alignment %zu not permitted",
			    name, flags, align);
		return 0;
	}
	gb_might_sleep("kmem_cache_create");
	return 1;
}

static void warn_duplicate(const char *name)
{
	for (unsigned int i = 1; i < slab_nr_caches; i++)
		if (slab_caches[i].refcount && !strcmp(slab_caches[i].name, name))
			kernel_warn("duplicate-kmem-cache",
				    "kmem_cache of name '%s' already exists", name);
}

static struct kmem_cache *create_locked(const char *name, size_t size,
					const struct kmem_cache_args *args, slab_flags_t flags)
{
	slab_flags_t debug = flags | slab_debug_flags(name, flags, size);
	struct kmem_cache *s = NULL;

	if (slab_profile == SLAB_6_18)
		warn_duplicate(name);
	if (!args->ctor && !args->sheaf_capacity)
		s = find_mergeable(size, args->align, debug);
	if (s) {
		s->refcount++;
		if (s->object_size < size)
			s->object_size = (uint32_t)size;
		return s;
	}
	s = slab_cache_make(name, size, args->align, flags & ~SLAB_PANIC, args->ctor);
	if (s && slab_profile == SLAB_6_18 && !(s->flags & SLAB_DEBUG_FLAGS))
		s->sheaf_capacity = args->sheaf_capacity;
	return s;
}

struct kmem_cache *kmem_cache_create_args(const char *name, size_t size,
					  const struct kmem_cache_args *args,
					  slab_flags_t flags)
{
	static const struct kmem_cache_args none;
	struct kmem_cache *s = NULL;

	if (!args)
		args = &none;
	if (may_create(name, size, args->align, flags)) {
		slab_mutex_lock();
		s = create_locked(name, size, args, flags);
		slab_mutex_unlock();
	}
	if (!s && flags & SLAB_PANIC)
		kernel_bug("kmem-cache-panic", "%s: Failed to create slab '%s'", "kmem_cache_create",
			   name ? name : "(null)");
	return s;
}

/* Process context.  @align: a power of two up to a page, 0: a word.  NULL on bad arguments or
 * when there are SLAB_MAX_CACHES.  Release with kmem_cache_destroy().  kernel-model 3.2. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     slab_flags_t flags, void (*ctor)(void *))
{
	struct kmem_cache_args args = { .align = align, .ctor = ctor };

	return kmem_cache_create_args(name, size, &args, flags);
}

/* ------------------------------------------------------------------ destroy */

/* May wait for a grace period: pending kfree_rcu of objects, dying pages. */
static void wait_for_rcu(const struct kmem_cache *s)
{
	if (slab_profile == SLAB_6_18)
		kvfree_rcu_barrier();
	if (s->flags & SLAB_TYPESAFE_BY_RCU)
		gfp_rcu_barrier();
}

static void destroy_locked(struct kmem_cache *s)
{
	if (!slab_cache_empty(s)) {
		kernel_warn("slab-objects-remain",
			    "BUG %s (Not tainted): Objects remaining on __kmem_cache_shutdown()\n"
			    "kmem_cache_destroy %s: Slab cache still has objects", s->name, s->name);
		return; /* leaks, with its name */
	}
	s->refcount = 0;
}

/* kmem_cache_destroy(), mm/slab_common.c.  Process context; NULL ok. */
void kmem_cache_destroy(struct kmem_cache *s)
{
	slab_flags_t flags;

	if (!s || !mm_ready("kmem_cache_destroy"))
		return;
	gb_might_sleep("kmem_cache_destroy");
	if (!slab_cache_known(s, "kmem_cache_destroy"))
		return;
	if (s->refcount == 1)
		wait_for_rcu(s);
	flags = s->flags; /* somebody else's row after the unlock */
	slab_mutex_lock();
	if (s->refcount > 1)
		s->refcount--;
	else if (s->refcount)
		destroy_locked(s);
	slab_mutex_unlock();
	if (flags & SLAB_TYPESAFE_BY_RCU)
		gfp_rcu_barrier();
}

/* Process context.  0 when no slab remains. */
int kmem_cache_shrink(struct kmem_cache *s)
{
	if (!s || !mm_ready("kmem_cache_shrink"))
		return 0;
	gb_might_sleep("kmem_cache_shrink");
	if (!slab_cache_known(s, "kmem_cache_shrink"))
		return 0;
	return !slab_cache_empty(s);
}

unsigned int kmem_cache_size(struct kmem_cache *s)
{
	return slab_cache_known(s, "kmem_cache_size") ? s->object_size : 0;
}

const char *kmem_cache_name(struct kmem_cache *s)
{
	return slab_cache_known(s, "kmem_cache_name") ? s->name : "(no cache)";
}
