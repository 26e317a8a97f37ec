/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "rcu_table.h"

#include <urcu/urcu-memb.h>

#include <urcu/rculfhash.h>

#include "base/error.h"
#include "base/map.h"
#include "base/sanitizer.h"
#if GB_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define PER_BUCKET 2 /* entries, on average */
#define MAX_BUCKETS (UINT64_C(1) << 24)

struct gb_rcu_table {
	struct cds_lfht *hash;
};

_Static_assert(sizeof(struct cds_lfht_node) == sizeof(uint64_t[2]), "the link's size");

static struct cds_lfht_node *link_of(struct gb_rcu_entry *e)
{
	return (struct cds_lfht_node *)(void *)e->link;
}

static struct gb_rcu_entry *entry_of(struct cds_lfht_node *n)
{
	return (struct gb_rcu_entry *)(void *)n;
}

static unsigned long hash_of(uint64_t key)
{
	key = (key ^ key >> 31) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned long)(key ^ key >> 32);
}

/*
 * The library publishes an entry with a barrier and finds it through dependent loads; it is
 * not compiled with the thread sanitizer, which has to be told.
 */
static void publish(struct gb_rcu_entry *e)
{
#if GB_TSAN
	__tsan_release(e);
#else
	(void)e;
#endif
}

static void published(struct cds_lfht_node *n)
{
#if GB_TSAN
	__tsan_acquire(n);
#else
	(void)n;
#endif
}

static int matches(struct cds_lfht_node *n, const void *key)
{
	published(n);
	return entry_of(n)->key == *(const uint64_t *)key;
}

struct gb_rcu_table *gb_rcu_table_new(uint64_t entries)
{
	struct gb_rcu_table *h = gb_map(sizeof(*h));
	uint64_t buckets = 64;

	while (buckets * PER_BUCKET < entries && buckets < MAX_BUCKETS)
		buckets *= 2;
	if (h)
		h->hash = cds_lfht_new_flavor(buckets, buckets, buckets, 0, &urcu_memb_flavor,
					      NULL);
	if (h && !h->hash) {
		gb_unmap(h, sizeof(*h));
		h = NULL;
	}
	return h;
}

void gb_rcu_table_destroy(struct gb_rcu_table *h)
{
	GB_BUG_ON(cds_lfht_destroy(h->hash, NULL));
	gb_unmap(h, sizeof(*h));
}

struct gb_rcu_entry *gb_rcu_table_find(struct gb_rcu_table *h, uint64_t key)
{
	struct cds_lfht_iter at;
	struct cds_lfht_node *n;

	cds_lfht_lookup(h->hash, hash_of(key), matches, &key, &at);
	n = cds_lfht_iter_get_node(&at);
	return n ? entry_of(n) : NULL;
}

struct gb_rcu_entry *gb_rcu_table_add(struct gb_rcu_table *h, struct gb_rcu_entry *e)
{
	struct cds_lfht_node *n;

	cds_lfht_node_init(link_of(e));
	publish(e);
	n = cds_lfht_add_unique(h->hash, hash_of(e->key), matches, &e->key, link_of(e));
	return n == link_of(e) ? NULL : entry_of(n);
}

struct gb_rcu_entry *gb_rcu_table_replace(struct gb_rcu_table *h, struct gb_rcu_entry *e)
{
	struct cds_lfht_node *n;

	cds_lfht_node_init(link_of(e));
	publish(e);
	n = cds_lfht_add_replace(h->hash, hash_of(e->key), matches, &e->key, link_of(e));
	return n ? entry_of(n) : NULL;
}

int gb_rcu_table_remove(struct gb_rcu_table *h, struct gb_rcu_entry *e)
{
	return cds_lfht_del(h->hash, link_of(e)) == 0;
}
