/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The stash: whole arrays, full and empty, that a context of a CPU keeps for itself before
 * it turns to the depot that all share.
 *
 * A depot hands out the array that came last.  Where two CPUs free and allocate thousands
 * of objects at a time, that is half the time the other CPU's, its objects lie in the other
 * core's cache, and each costs a miss at the next use.
 *
 * Chains through slab_array.next, owned as the set is (slab.h, A and B) and touched only
 * with interrupts off.  An array in the stash is full or empty.  When the set is drained,
 * and what a trim finds unused, goes to the depot: an exchange of pointers.
 */
#include "kernel/slab.h"

static void chain(uint32_t *head, struct slab_array *a)
{
	a->next = *head;
	*head = (uint32_t)(((uintptr_t)a - slab_hot.base) / ARRAY_UNIT + 1);
}

static struct slab_array *unchain(uint32_t *head)
{
	struct slab_array *a = array_stack_top(slab_hot.base, *head);

	if (a)
		*head = a->next;
	return a;
}

/* 0: it has enough. */
int slab_stash_put_full(struct kmem_cache *s, struct slab_stash *h, struct slab_array *a)
{
	if (h->nr_full >= s->stash_max)
		return 0;
	a->count = a->capacity;
	chain(&h->full, a);
	gb_store_relaxed(&h->nr_full, (uint16_t)(h->nr_full + 1));
	return 1;
}

struct slab_array *slab_stash_get_full(struct slab_stash *h)
{
	struct slab_array *a = unchain(&h->full);

	if (a)
		gb_store_relaxed(&h->nr_full, (uint16_t)(h->nr_full - 1));
	if (h->low > h->nr_full)
		h->low = h->nr_full;
	return a;
}

void slab_stash_put_empty(struct kmem_cache *s, struct slab_stash *h, struct slab_array *a)
{
	if (h->nr_empty >= s->stash_max) {
		slab_depot_put_empty(s, a);
		return;
	}
	a->count = 0;
	chain(&h->empty, a);
	h->nr_empty++;
}

struct slab_array *slab_stash_get_empty(struct kmem_cache *s, struct slab_stash *h)
{
	struct slab_array *a = unchain(&h->empty);

	if (!a)
		return slab_depot_get_empty(s);
	h->nr_empty--;
	return a;
}

static void give_full(struct kmem_cache *s, struct slab_array *a)
{
	if (slab_depot_full_count(s) < s->depot.full_max) {
		slab_depot_put_full(s, a);
		return;
	}
	slab_put(s, a->slot, a->count);
	slab_array_free(a);
}

/* The stash goes to the depot, which takes no time; whoever wants it in the slabs drains
 * the depot after this.  Returns objects. */
size_t slab_stash_drain(struct kmem_cache *s, struct slab_stash *h)
{
	struct slab_array *a;
	size_t moved = 0;

	while ((a = slab_stash_get_full(h))) {
		moved += a->count;
		give_full(s, a);
	}
	while ((a = unchain(&h->empty)))
		slab_depot_put_empty(s, a);
	h->nr_empty = 0;
	return moved;
}

static void trim_stash(struct kmem_cache *s, struct slab_stash *h)
{
	unsigned long flags = slab_moving();
	uint32_t unused = h->low;
	struct slab_array *a;

	while (unused-- && (a = slab_stash_get_full(h)))
		give_full(s, a);
	h->low = h->nr_full;
	slab_moved(flags);
}

void slab_stash_trim(void)
{
	struct slab_percpu *pc = gb_is_cpu() ? slab_percpu_of((unsigned int)gb_self.id) : NULL;

	for (unsigned int i = 1; pc && i < gb_load_relaxed(&slab_nr_caches); i++)
		if (slab_caches[i].stash_max)
			trim_stash(&slab_caches[i], &pc->set[GB_PROCESS].stash[i]);
}
