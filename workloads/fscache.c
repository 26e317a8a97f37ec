/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * fscache: an inode and dentry cache larger than memory.
 *
 * Lookups of random names in an RCU hash table.  A hit is read under rcu_read_lock, and
 * verified.  A miss of a name that belongs to this CPU makes a dentry (192 bytes,
 * GFP_KERNEL: no lock is held yet) and, inside the filesystem's operation, an inode (600
 * bytes, GFP_NOFS), and adds both.  Nothing is removed by the lookups: a shrinker trims
 * the cache when memory runs short, by a clock over the names with a used mark, and what
 * it takes out goes through call_rcu.
 *
 * The shrinker needs the filesystem.  Called for a request without __GFP_FS it refuses;
 * should it ever find itself inside an operation of the same CPU, that would be a deadlock
 * in a real kernel: a fault event and a failed sample here.
 *
 * Accounts.  What was removed is alive until its grace period is over.  RCU's CPU, which is
 * no thread of the workload, frees it then and adds to shared sums, which whoever comes by
 * moves to its own counters.  Nothing is evicted while memory is free, so what is cached and
 * what waits are together never more than RAM: the planned peak.
 */
#include "calls.h"
#include "rcu_table.h"
#include "slots.h"
#include "wait.h"

#define INODE_BYTES  600
#define DENTRY_BYTES 192
#define ENTRY_BYTES  (INODE_BYTES + DENTRY_BYTES)
#define SETTLE       64 /* freed entries that may be in nobody's counters for long */

struct options {
	uint64_t names, reads;
};

static const struct gb_option options[] = {
	{ "names", GB_OPTION_UINT, offsetof(struct options, names), "100k", 64, 1 << 24,
	  NULL, "names in the filesystem; 792 bytes each when cached" },
	{ "reads", GB_OPTION_UINT, offsetof(struct options, reads), "4", 0, 1000, NULL,
	  "lookups of any CPU's names for each of an own one" },
	{ NULL },
};

enum { HITS, MISSES };

struct inode {
	struct gb_rcu_entry entry;
	struct rcu_head rcu;
	struct dentry *dentry;
	uint32_t used; /* atomic: looked up since the clock's hand passed */
	uint64_t proof;
};

struct dentry {
	uint64_t key, proof;
};

struct shared {
	uint32_t left; /* atomic: threads that have not cleaned up */
	struct gb_rcu_table *table;
	struct kmem_cache *inodes, *dentries;
	const struct gb_kernel_ops *ops;
	uint64_t names;
	struct shrinker shrinker;
	int registered;
	/* atomic, all of them */
	GB_ALIGNED_LINE uint64_t cached;
	uint64_t hand;    /* of the clock */
	uint64_t freed;   /* after a grace period, not yet in a thread's counters */
	uint64_t trimmed, refused, deadlocks;
};

static struct shared *the_cache;    /* call_rcu's callbacks have no argument */
static __thread int in_operation;   /* this CPU is inside the filesystem */

static uint64_t proof_of(uint64_t key)
{
	return (key + 1) * UINT64_C(0xff51afd7ed558ccd);
}

/* --- reclaim ------------------------------------------------------------------------------ */

/* Softirq of RCU's CPU. */
static void free_entry(struct rcu_head *head)
{
	struct inode *i = (struct inode *)(void *)((char *)head - offsetof(struct inode, rcu));
	struct shared *s = the_cache;

	s->ops->cache_free(s->dentries, i->dentry);
	s->ops->cache_free(s->inodes, i);
	gb_add_relaxed(&s->freed, 1);
}

/* Out of the table, once; 1: it was ours to take. */
static int evict(struct shared *s, struct inode *i)
{
	if (!gb_rcu_table_remove(s->table, &i->entry))
		return 0;
	gb_sub_relaxed(&s->cached, 1);
	s->ops->call_rcu(&i->rcu, free_entry);
	return 1;
}

static unsigned long count_objects(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct shared *s = shrinker->private_data;

	(void)sc;
	return gb_load_relaxed(&s->cached);
}

/* One step of the hand; 1: an entry went. */
static int clock_step(struct shared *s)
{
	uint64_t key = gb_add_relaxed(&s->hand, 1) % s->names;
	struct inode *i = (struct inode *)(void *)gb_rcu_table_find(s->table, key);

	if (!i)
		return 0;
	if (gb_load_relaxed(&i->used)) {
		gb_store_relaxed(&i->used, 0);
		return 0;
	}
	return evict(s, i);
}

static unsigned long scan_objects(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct shared *s = shrinker->private_data;
	unsigned long freed = 0;

	if (!(sc->gfp_mask & __GFP_FS)) {
		gb_add_relaxed(&s->refused, 1);
		return SHRINK_STOP;
	}
	if (in_operation) {
		gb_add_relaxed(&s->deadlocks, 1);
		gb_event_post(GB_FAULT, "fs-recursion",
			      "fscache: the shrinker was called with __GFP_FS inside an "
			      "operation of the filesystem");
		return SHRINK_STOP;
	}
	s->ops->rcu_read_lock();
	for (unsigned long n = 0; n < sc->nr_to_scan; n++)
		freed += (unsigned long)clock_step(s);
	s->ops->rcu_read_unlock();
	gb_add_relaxed(&s->trimmed, freed);
	return freed;
}

/* What RCU freed, into this thread's counters. */
static void settle(struct gb_thread *t, struct shared *s)
{
	uint64_t n = gb_xchg_acq_rel(&s->freed, 0);

	t->count[GB_PROCESS].frees += 2 * n;
	t->count[GB_PROCESS].freed_bytes += n * ENTRY_BYTES;
}

/* --- begin -------------------------------------------------------------------------------- */

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	r->peak_live_bytes = o->names * ENTRY_BYTES;
	/* a slab of either holds a seventh more than its objects; the rest is reserves */
	if (r->ram_bytes && r->peak_live_bytes > r->ram_bytes / 4 * 3)
		r->peak_live_bytes = r->ram_bytes;
	return 0;
}

static int make_caches(struct gb_run *r, struct shared *s, struct gb_error *e)
{
	s->inodes = s->ops->cache_create("gfpbench-inode", INODE_BYTES, 0,
					 SLAB_RECLAIM_ACCOUNT, NULL);
	s->dentries = s->ops->cache_create("gfpbench-dentry", DENTRY_BYTES, 0,
					   SLAB_RECLAIM_ACCOUNT, NULL);
	s->table = gb_rcu_table_new(s->names);
	if (!s->inodes || !s->dentries || !s->table)
		return gb_fail(e, GB_EXIT_HARNESS, "use fewer names",
			       "workload %s: cannot make its caches", r->workload->name);
	s->shrinker = (struct shrinker){
		.count_objects = count_objects,
		.scan_objects = scan_objects,
		.seeks = DEFAULT_SEEKS,
		.private_data = s,
	};
	s->registered = !s->ops->register_shrinker(&s->shrinker, "gfpbench-fscache");
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	struct shared *s = gb_map(sizeof(*s));

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "workload fscache: no memory");
	s->left = r->nr_threads;
	s->ops = r->heap->kernel;
	s->names = o->names;
	r->data = the_cache = s;
	return make_caches(r, s, e);
}

/* --- the loop ------------------------------------------------------------------------------ */

GB_INLINE struct inode *make_inode(struct gb_thread *t, struct shared *s, const uint32_t full)
{
	struct inode *i;

	in_operation = 1;
	gb_barrier(); /* reclaim may run in this very call */
	i = GB_CALL_ALLOC(t, GB_PROCESS, full, (size_t)INODE_BYTES, GFP_NOFS,
			  s->ops->cache_alloc(s->inodes, GFP_NOFS));
	gb_barrier();
	in_operation = 0;
	return i;
}

GB_INLINE struct inode *make(struct gb_thread *t, struct shared *s, uint64_t key,
			     const uint32_t full)
{
	struct dentry *d = GB_CALL_ALLOC(t, GB_PROCESS, full, (size_t)DENTRY_BYTES,
					 GFP_KERNEL,
					 s->ops->cache_alloc(s->dentries, GFP_KERNEL));
	struct inode *i = d ? make_inode(t, s, full) : NULL;

	if (d && !i)
		GB_CALL_FREE(t, GB_PROCESS, full, (size_t)DENTRY_BYTES,
			     s->ops->cache_free(s->dentries, d));
	if (!i)
		return NULL;
	*d = (struct dentry){ key, proof_of(key) };
	i->entry.key = key;
	i->dentry = d;
	i->used = 1;
	i->proof = proof_of(key);
	return i;
}

/* 1: found, and sound. */
GB_INLINE int look_up(struct gb_thread *t, struct shared *s, uint64_t key)
{
	struct inode *i;
	int found;

	s->ops->rcu_read_lock();
	i = (struct inode *)(void *)gb_rcu_table_find(s->table, key);
	found = i != NULL;
	if (found) {
		if (gb_unlikely(i->proof != proof_of(key) || i->dentry->key != key ||
				i->dentry->proof != proof_of(key)))
			gb_report_corrupt(t, GB_PROCESS, i, INODE_BYTES);
		if (!gb_load_relaxed(&i->used))
			gb_store_relaxed(&i->used, 1);
	}
	s->ops->rcu_read_unlock();
	t->count[GB_PROCESS].custom[found ? HITS : MISSES]++;
	return found;
}

GB_INLINE uint64_t own_key(struct gb_thread *t, const struct shared *s)
{
	uint64_t share = (s->names + t->nr_threads - 1 - t->id) / t->nr_threads;

	return gb_rng_below(&t->rng[GB_PROCESS], share ? share : 1) * t->nr_threads + t->id;
}

GB_INLINE void enter(struct gb_thread *t, struct shared *s, uint64_t key, const uint32_t full)
{
	struct inode *i = make(t, s, key, full);

	if (gb_load_relaxed(&s->freed) >= SETTLE)
		settle(t, s);
	if (!i)
		return;
	s->ops->rcu_read_lock();
	/* only this CPU adds this key */
	GB_BUG_ON(gb_rcu_table_add(s->table, &i->entry) != NULL);
	s->ops->rcu_read_unlock();
	gb_add_relaxed(&s->cached, 1);
}

GB_INLINE uint64_t fscache_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;
	uint64_t done = 0;

	do {
		uint64_t key = own_key(t, s);

		if (!look_up(t, s, key))
			enter(t, s, key, full);
		for (uint64_t i = 0; i < o->reads; i++)
			look_up(t, s, gb_rng_below(&t->rng[GB_PROCESS], s->names));
		done += 2;
	} while (done < n && !gb_stopping(t));
	settle(t, s);
	return done;
}

GB_WORKLOAD_RUN(fscache)

/* --- end ------------------------------------------------------------------------------------ */

static void empty(struct shared *s)
{
	for (uint64_t key = 0; key < s->names; key++) {
		struct inode *i;

		s->ops->rcu_read_lock();
		i = (struct inode *)(void *)gb_rcu_table_find(s->table, key);
		if (i)
			evict(s, i);
		s->ops->rcu_read_unlock();
	}
	s->ops->rcu_barrier();
}

/* The last of all threads: no lookup any more. */
static void thread_cleanup(struct gb_thread *t)
{
	struct shared *s = t->run->data;

	if (!gb_last_to_leave(&s->left))
		return;
	if (s->registered)
		s->ops->unregister_shrinker(&s->shrinker);
	s->registered = 0;
	empty(s);
	settle(t, s);
	t->count[GB_PROCESS].corrupt += gb_load_relaxed(&s->deadlocks);
}

static void cleanup(struct gb_run *r)
{
	struct shared *s = r->data;

	r->data = NULL;
	if (!s)
		return;
	gb_figure(r, "shrinker", NAN, "trimmed_count", (double)s->trimmed);
	gb_figure(r, "shrinker", NAN, "refused_nofs_count", (double)s->refused);
	gb_figure(r, "shrinker", NAN, "recursions_count", (double)s->deadlocks);
	if (s->registered)
		s->ops->unregister_shrinker(&s->shrinker);
	if (s->table)
		gb_rcu_table_destroy(s->table);
	if (s->inodes)
		s->ops->cache_destroy(s->inodes);
	if (s->dentries)
		s->ops->cache_destroy(s->dentries);
	the_cache = NULL;
	gb_unmap(s, sizeof(*s));
}

const struct gb_workload gb_workload_fscache = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "fscache",
	.summary = "an inode cache larger than memory: NOFS, a shrinker, RCU readers",
	.imitates = "a file server: lookups fill a cache, pressure trims it",
	.strains = "reclaim through a shrinker, GFP_NOFS inside it, frees after a grace period",
	.good_score = "few failed requests, latencies that stay short while the shrinker works",
	.paper = "",
	.needs = GB_CAP_KERNEL,
	.flags = GB_WL_WRITES_INSIDE,
	.options = options,
	.options_size = sizeof(struct options),
	.default_ram_bytes = 64 << 20,
	.custom_name = { "hits", "misses" },
	.warmup_ops = 4096,
	.plan = plan,
	.setup = setup,
	.run = fscache_run,
	.run_full = fscache_run_full,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
