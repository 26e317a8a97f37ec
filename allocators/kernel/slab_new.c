/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Slabs come and go: page frames from the buddy, of the cache's order or, where memory is
 * short, of the smallest that holds an object; what the fast paths read about each frame;
 * and back, after a grace period for SLAB_TYPESAFE_BY_RCU.
 *
 * A new slab has all objects free and is on no list; slab_take_new() puts it there.  The
 * frames' entries are written last, and cleared before the frames go back: a free of an
 * address in a block that is no slab any more finds no cache.
 */
#include "kernel/slab.h"

#include "base/clock.h"

/* What the slab layer passes on to the page allocator (kernel-model 1.2). */
#define SLAB_PAGE_GFP                                                                  \
	(__GFP_RECLAIM | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_NOWARN |              \
	 __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | __GFP_NORETRY | __GFP_MEMALLOC |          \
	 __GFP_NOMEMALLOC | __GFP_NOLOCKDEP | __GFP_HARDWALL | __GFP_THISNODE)
#define SLAB_BUG_GFP (__GFP_DMA32 | __GFP_HIGHMEM | ~0x7ffffffu)

__thread struct kmem_cache *slab_wanting __attribute__((tls_model("initial-exec")));
__thread int slab_wanting_more __attribute__((tls_model("initial-exec")));

int slab_may_use_reserve(gfp_t gfp)
{
	if (gfp & __GFP_NOMEMALLOC)
		return 0;
	return gfp & __GFP_MEMALLOC || (!in_interrupt() && gb_self.task_flags & PF_MEMALLOC);
}

/* kmalloc_fix_flags() in mm/slab_common.c: kernel-model 3.1, statement 52. */
static gfp_t fix_gfp(gfp_t gfp)
{
	char was[160], now[160];

	if (gb_likely(!(gfp & SLAB_BUG_GFP)))
		return gfp;
	kernel_warn("unexpected-gfp", "Unexpected gfp: %#x (%s). Fixing up to gfp: %#x (%s). "
		    "Fix your code!", gfp & SLAB_BUG_GFP,
		    gfp_names(gfp & SLAB_BUG_GFP, was, sizeof(was)), gfp & ~SLAB_BUG_GFP,
		    gfp_names(gfp & ~SLAB_BUG_GFP, now, sizeof(now)));
	return gfp & ~SLAB_BUG_GFP;
}

/* allocate_slab() in mm/slub.c: kernel-model 3.5. */
static struct page *allocate_pages(struct kmem_cache *s, gfp_t gfp, unsigned int *order)
{
	gfp_t want = (gfp & SLAB_PAGE_GFP) | s->page_gfp, first;
	struct page *page;

	*order = s->order;
	if (s->flags & SLAB_LARGE) /* ___kmalloc_large_node(): the caller's own flags */
		return alloc_pages((gfp & ~__GFP_ZERO) | __GFP_COMP, s->order);
	first = (want | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
	if (first & __GFP_DIRECT_RECLAIM && s->order > s->min_order)
		first = (first | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
	/* an array is a convenience, too */
	slab_wanting_more = s->order > s->min_order || s->flags & SLAB_INTERNAL;
	page = alloc_pages(first | (*order ? __GFP_COMP : 0), *order);
	slab_wanting_more = s->flags & SLAB_INTERNAL;
	if (page)
		return page;
	*order = s->min_order;
	return alloc_pages(want | (*order ? __GFP_COMP : 0), *order);
}

static void report_failure(struct kmem_cache *s, gfp_t gfp)
{
	static uint64_t last_ns; /* atomic; one report in ten seconds */
	uint64_t now = gb_monotonic_ns(), was = gb_load_relaxed(&last_ns);
	char names[160];

	if (gfp & __GFP_NOWARN || s->flags & (SLAB_LARGE | SLAB_INTERNAL))
		return;
	if ((was && now - was < 10000000000ull) || !gb_cas_relaxed(&last_ns, &was, now))
		return;
	kernel_warn("slab-out-of-memory",
		    "SLUB: Unable to allocate memory on CPU %d (of node 0) on node -1, "
		    "gfp=%#x(%s)\n  cache: %s, object size: %u, buffer size: %u, "
		    "default order: %u, min order: %u\n  node 0: slabs: %lu, objs: %lu, free: %lu",
		    gb_self.id, gfp, gfp_names(gfp, names, sizeof(names)), s->name,
		    s->object_size, s->size, s->order, s->min_order,
		    gb_load_relaxed(&s->nr_slabs), gb_load_relaxed(&s->nr_objects),
		    gb_load_relaxed(&s->nr_free));
}

static void set_frames(struct page *slab, unsigned int order, uint16_t id, int head_only)
{
	uint16_t *f = slab_hot.frame_entry + page_to_pfn(slab);
	size_t n = head_only ? 1 : (size_t)1 << order;

	for (size_t i = 0; i < n; i++)
		gb_store_relaxed(&f[i], (uint16_t)(id << SLAB_ENTRY_SHIFT));
}

/* For the fast frees, where the offset alone does not tell what an object is.  What is
 * beyond 16 bits lies in slabs of one object, behind its start: any negative number. */
static void set_last(const struct kmem_cache *s, struct page *slab, unsigned int order)
{
	int16_t *f = slab_hot.frame_last + page_to_pfn(slab);
	long last = (long)(slab->objects - 1) * s->size;

	if (s->starts.mask != SLAB_STARTS_UNTOLD)
		return;
	for (size_t i = 0; i < (size_t)1 << order; i++) {
		long words = (last - (long)(i << PAGE_SHIFT)) / 8;

		gb_store_relaxed(&f[i], (int16_t)(words < INT16_MIN ? INT16_MIN : words));
	}
}

static void setup_objects(struct kmem_cache *s, struct page *slab)
{
	if (s->flags & SLAB_DEBUG_FLAGS)
		slab_debug_init_slab(s, slab);
	if (!s->ctor)
		return;
	for (unsigned int i = 0; i < slab->objects; i++)
		s->ctor(slab_object_at(s, slab, i));
}

struct page *slab_new(struct kmem_cache *s, gfp_t gfp)
{
	static int warned_ctor;
	struct kmem_cache *outer = slab_wanting; /* of what an interrupt interrupted */
	int outer_more = slab_wanting_more;
	struct page *slab;
	unsigned int order;
	unsigned long flags;

	gfp = fix_gfp(gfp);
	if (s->ctor && gfp & __GFP_ZERO)
		kernel_warn_once(&warned_ctor, "slab-ctor-zero",
				 "WARNING: cache %s: __GFP_ZERO with a constructor", s->name);
	slab_wanting = s;
	slab_wanting_more = 0;
	slab = allocate_pages(s, gfp, &order);
	slab_wanting = outer;
	slab_wanting_more = outer_more;
	if (!slab) {
		report_failure(s, gfp);
		return NULL;
	}
	page_flags_set(slab, s->flags & SLAB_LARGE ? PG_LARGE : PG_SLAB);
	gb_store_relaxed(&slab->slab_cache, s);
	slab->inuse = 0;
	slab->objects = order == s->order ? s->objects : s->min_objects;
	list_init(&slab->lru);
	slab_bits_get(slab);
	setup_objects(s, slab);
	set_last(s, slab, order);
	set_frames(slab, order, s->id, s->flags & SLAB_LARGE);
	flags = raw_spin_lock_irqsave(&s->lock);
	slab_count(s, slab, 1);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	return slab;
}

/* ------------------------------------------------------------------ and back */

static void give_pages(struct page *slab)
{
	unsigned int order = slab->order;

	page_flags_clear(slab, PG_SLAB | PG_LARGE);
	slab_bits_put(slab);
	__free_pages(slab, order);
}

/* The rcu_head of a dying slab lies in its list links, as in the kernel. */
_Static_assert(sizeof(struct rcu_head) <= sizeof(struct list_head), "fits into page->lru");

static void rcu_give_pages(struct rcu_head *head)
{
	give_pages(list_entry((struct list_head *)head, struct page, lru));
}

void slab_discard(struct kmem_cache *s, struct page *slab)
{
	set_frames(slab, slab->order, 0, s->flags & SLAB_LARGE);
	if (s->flags & SLAB_TYPESAFE_BY_RCU)
		gfp_call_rcu((struct rcu_head *)&slab->lru, rcu_give_pages);
	else
		give_pages(slab);
}
