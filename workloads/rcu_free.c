/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * rcu-free: objects that die while others read them.
 *
 * A hash table of `entries` objects, each key belonging to one CPU, which alone replaces
 * it: a new object goes in, the old one to kfree_rcu, which frees it after a grace
 * period.  Between two replacements the CPU reads objects of all CPUs, and verifies them:
 * the payload is a function of key and generation, so an object that was freed too early
 * shows.
 *
 * Memory that waits for a grace period: what all CPUs have given to kfree_rcu less the
 * callbacks that RCU has run since.  At `waiting` objects a writer waits for RCU to catch
 * up, as a kernel's writers must; the highest level seen is reported.
 */
#include "calls.h"
#include "rcu_table.h"
#include "slots.h"
#include "wait.h"

struct options {
	uint64_t entries, size, reads, waiting;
};

static const struct gb_option options[] = {
	{ "entries", GB_OPTION_UINT, offsetof(struct options, entries), "16k", 16, 1 << 22,
	  NULL, "objects in the table" },
	{ "size", GB_OPTION_SIZE, offsetof(struct options, size), "256", 64, 4096, NULL,
	  "bytes of an object" },
	{ "reads", GB_OPTION_UINT, offsetof(struct options, reads), "4", 0, 1000, NULL,
	  "objects read for each one that is replaced" },
	{ "waiting", GB_OPTION_UINT, offsetof(struct options, waiting), "64k", 64, 1 << 24,
	  NULL, "most objects that may wait for a grace period" },
	{ NULL },
};

enum { THROTTLED };
#define LOOK_EVERY 64 /* replacements between two looks at what waits */

struct object {
	struct gb_rcu_entry entry;
	struct rcu_head rcu;
	uint64_t generation, proof;
};

struct queued {
	GB_ALIGNED_LINE uint64_t n; /* atomic: objects given to RCU, by this CPU */
};

struct shared {
	size_t bytes;
	uint32_t left; /* atomic: threads that have not cleaned up */
	struct gb_rcu_table *table;
	struct kmem_cache *cache;
	uint64_t callbacks_before;
	uint64_t waiting_peak; /* atomic */
	struct queued queued[];
};

static uint64_t proof_of(uint64_t key, uint64_t generation)
{
	return (key * UINT64_C(0xff51afd7ed558ccd) ^ generation) + 1;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	r->peak_live_bytes =
		(o->entries + o->waiting + (uint64_t)r->nr_threads * LOOK_EVERY) * o->size;
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	size_t bytes = sizeof(struct shared) + r->nr_threads * sizeof(struct queued);
	struct shared *s = gb_map(bytes);

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "workload rcu-free: no memory");
	s->bytes = bytes;
	s->left = r->nr_threads;
	r->data = s;
	s->table = gb_rcu_table_new(o->entries);
	s->cache = r->heap->kernel->cache_create("gfpbench-rcu", o->size, 0, 0, NULL);
	s->callbacks_before = r->heap->kernel->vm_event("rcu_callbacks");
	if (s->table && s->cache)
		return 0;
	return gb_fail(e, GB_EXIT_HARNESS, "use fewer entries",
		       "workload rcu-free: cannot make its table");
}

/* --- one object ------------------------------------------------------------------------- */

GB_INLINE struct object *make(struct gb_thread *t, uint64_t key, const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;
	struct object *p = GB_CALL_ALLOC(t, GB_PROCESS, full, o->size, GFP_KERNEL,
					 k->cache_alloc(s->cache, GFP_KERNEL));

	if (gb_unlikely(!p))
		return NULL;
	p->entry.key = key;
	p->generation = t->count[GB_PROCESS].allocs;
	p->proof = proof_of(key, p->generation);
	((char *)p)[o->size - 1] = (char)p->proof;
	return p;
}

GB_INLINE void verify(struct gb_thread *t, const struct object *p)
{
	const struct options *o = t->run->options;

	if (gb_unlikely(p->proof != proof_of(p->entry.key, p->generation) ||
			((const char *)p)[o->size - 1] != (char)p->proof))
		gb_report_corrupt(t, GB_PROCESS, p, o->size);
}

/* Counted as freed: from here on it is RCU's. */
GB_INLINE void retire(struct gb_thread *t, struct object *p, const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;
	uint64_t *n = &s->queued[t->id].n;

	if (full)
		gb_mix(&t->count[GB_PROCESS], ~o->size);
	gb_store_relaxed(n, *n + 1);
	GB_CALL_FREE(t, GB_PROCESS, full, o->size,
		     k->kfree_rcu(&p->rcu, p));
}

/* --- what waits ------------------------------------------------------------------------- */

static uint64_t waiting(const struct gb_thread *t)
{
	const struct shared *s = t->run->data;
	uint64_t ran = t->run->heap->kernel->vm_event("rcu_callbacks") - s->callbacks_before;
	uint64_t n = 0;

	for (unsigned int i = 0; i < t->nr_threads; i++)
		n += gb_load_relaxed(&s->queued[i].n);
	return n > ran ? n - ran : 0;
}

static __attribute__((noinline)) int look(struct gb_thread *t)
{
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;
	uint64_t n = waiting(t), peak = gb_load_relaxed(&s->waiting_peak);

	while (n > peak && !gb_cas_relaxed(&s->waiting_peak, &peak, n))
		;
	if (n < o->waiting)
		return 1;
	t->count[GB_PROCESS].custom[THROTTLED]++;
	return GB_WAIT_UNTIL(t, waiting(t) < o->waiting / 2);
}

/* --- the loop --------------------------------------------------------------------------- */

/* A key of this CPU. */
GB_INLINE uint64_t own_key(struct gb_thread *t)
{
	const struct options *o = t->run->options;
	uint64_t share = (o->entries + t->nr_threads - 1 - t->id) / t->nr_threads;

	return gb_rng_below(&t->rng[GB_PROCESS], share ? share : 1) * t->nr_threads + t->id;
}

GB_INLINE void replace(struct gb_thread *t, uint64_t key, const uint32_t full)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	struct shared *s = t->run->data;
	struct object *fresh = make(t, key, full), *old;

	if (gb_unlikely(!fresh))
		return;
	k->rcu_read_lock();
	old = (struct object *)(void *)gb_rcu_table_replace(s->table, &fresh->entry);
	k->rcu_read_unlock();
	if (old)
		retire(t, old, full);
}

GB_INLINE void read_some(struct gb_thread *t)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;

	k->rcu_read_lock();
	for (uint64_t i = 0; i < o->reads; i++) {
		uint64_t key = gb_rng_below(&t->rng[GB_PROCESS], o->entries);
		struct gb_rcu_entry *e = gb_rcu_table_find(s->table, key);

		if (e)
			verify(t, (const struct object *)(const void *)e);
	}
	k->rcu_read_unlock();
}

GB_INLINE uint64_t rcu_free_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct shared *s = t->run->data;
	uint64_t done = 0;

	do {
		if (s->queued[t->id].n % LOOK_EVERY == 0 && !look(t))
			break;
		replace(t, own_key(t), full);
		read_some(t);
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(rcu_free)

/* --- begin and end ------------------------------------------------------------------------ */

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;

	(void)e;
	for (uint64_t key = t->id; key < o->entries; key += t->nr_threads)
		replace(t, key, 0);
	return 0;
}

/* The last of all threads empties the table: others may still read. */
static void thread_cleanup(struct gb_thread *t)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;

	if (!gb_last_to_leave(&s->left))
		return;
	for (uint64_t key = 0; key < o->entries; key++) {
		struct gb_rcu_entry *e;

		k->rcu_read_lock();
		e = gb_rcu_table_find(s->table, key);
		if (e && !gb_rcu_table_remove(s->table, e))
			e = NULL;
		k->rcu_read_unlock();
		if (e)
			retire(t, (struct object *)(void *)e, 0);
	}
	k->rcu_barrier();
}

static void cleanup(struct gb_run *r)
{
	const struct gb_kernel_ops *k = r->heap->kernel;
	struct shared *s = r->data;

	r->data = NULL;
	if (!s)
		return;
	gb_figure(r, "", NAN, "waiting_peak_count", (double)s->waiting_peak);
	if (s->table)
		gb_rcu_table_destroy(s->table);
	if (s->cache) {
		k->rcu_barrier();
		k->cache_destroy(s->cache);
	}
	gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_rcu_free = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "rcu-free",
	.summary = "an RCU hash table whose old objects go through kfree_rcu",
	.imitates = "routes, dentries, policies: read everywhere, replaced now and then",
	.strains = "deferred frees: bursts of them, in softirq, of objects long cold",
	.good_score = "few objects waiting, no throttled writer, and no reader that meets a "
		      "freed object",
	.paper = "",
	.needs = GB_CAP_KERNEL,
	.flags = GB_WL_WRITES_INSIDE,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "throttled_writers" },
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = rcu_free_run,
	.run_full = rcu_free_run_full,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
