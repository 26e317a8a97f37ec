/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The address space of vmalloc: one inaccessible reservation, given out in areas.
 *
 *	reserve   a ready range of exactly this size from the node's pool (6.9 on), else
 *	          the lowest range of the tree that is long enough
 *	release   the area is unmapped and its frames are free, but its addresses only wait
 *	          on a lazy list: a stale pointer faults instead of meeting someone else
 *	purge     when too much is lazy, or nothing is free: ranges of up to 256 pages go to
 *	          the pool of the node that reserved them, the others back to the tree
 *
 * A pool gives a quarter of what it held back to the tree at each purge, so that a size
 * that is no longer asked for does not keep its ranges for ever; all of it when memory is
 * short.  Kernels before 6.9 have no pools.
 *
 * The real range is 32 TiB.  Ours is 64 GiB or four times the RAM, whichever is more: more
 * than RAM can fill, small enough that owner[], four bytes a page and untouched until
 * used, may be one array.
 *
 * kernel: mm/vmalloc.c; kernel-model V3, V4, V5.
 */
#include "kernel/vmalloc.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/map.h"

#define SPACE_DEFAULT (64ull << 30)
#define SPACE_RAM     4 /* times the RAM at least */
#define NR_AREAS      (1u << 20)
#define POOL_PAGES    256 /* largest range that a pool holds, guard included */
#define MAX_NODES     GB_MAX_CPUS
#define LAZY_BYTES    (32ul << 20) /* for each bit of the number of CPUs */

struct node {
	raw_spinlock_t lock;
	struct vmap_area *lazy;                 /* lock */
	struct vmap_area *pool[POOL_PAGES + 1]; /* lock; by pages, newest first */
	unsigned int nr[POOL_PAGES + 1];
} GB_ALIGNED_LINE;

static struct {
	unsigned long start, end; /* bytes */
	struct vmap_area *area;   /* [NR_AREAS]; number 0 is nobody */
	uint32_t *owner;          /* [pages]; atomic: the area that starts at page k */
	struct node *node;        /* [nr_nodes] */
	unsigned int nr_nodes;
	int pools;                /* the profile has them */
	unsigned long lazy_pages; /* atomic */
} space;

static raw_spinlock_t tree_lock = RAW_SPINLOCK_INIT("vmap tree", 37);
static struct vmap_tree tree;   /* tree_lock */
static struct vmap_area *spare; /* tree_lock */
/* area[] above this is untouched.  Written under tree_lock, read by figures without it. */
static uint32_t areas_used = 1;
static uint32_t random_state;   /* tree_lock */

/* ------------------------------------------------------------------ areas: tree lock */

static uint32_t next_random(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state ^ random_state >> 15;
}

static struct vmap_area *get_spare(void)
{
	struct vmap_area *a = spare;

	if (a) {
		spare = a->next;
	} else if (areas_used < NR_AREAS) {
		a = &space.area[areas_used];
		gb_store_relaxed(&areas_used, areas_used + 1);
	} else {
		return NULL;
	}
	memset(a, 0, sizeof(*a));
	a->priority = next_random();
	a->node = VMAP_NO_NODE;
	return a;
}

static void put_spare(struct vmap_area *a)
{
	a->kind = VMAP_SPARE;
	a->next = spare;
	spare = a;
}

static void add_free(unsigned long start, unsigned long end, struct vmap_area *a)
{
	a->kind = VMAP_SPARE;
	a->start = start;
	a->end = end;
	a->left = a->right = NULL;
	vmap_tree_insert(&tree, a);
}

/* Give the addresses of @a back, merged with what lies beside them. */
static void free_range(struct vmap_area *a)
{
	struct vmap_area *before, *after;

	vmap_tree_neighbours(&tree, a->start, a->end, &before, &after);
	if (before) {
		before->end = a->end;
		put_spare(a);
		if (after) {
			vmap_tree_erase(&tree, after);
			before->end = after->end;
			put_spare(after);
		}
		vmap_tree_changed(&tree, before);
	} else if (after) {
		/* it stays where it is in the order: nothing lies between */
		after->start = a->start;
		vmap_tree_changed(&tree, after);
		put_spare(a);
	} else {
		add_free(a->start, a->end, a);
	}
}

/* Cut [at, at + size) out of the free range @f; the area that holds it. */
static struct vmap_area *cut(struct vmap_area *f, unsigned long at, unsigned long size)
{
	unsigned long end = f->end;
	struct vmap_area *a = get_spare(), *rest = NULL;

	if (!a)
		return NULL;
	a->start = at;
	a->end = at + size;
	if (at == f->start && a->end == end) {
		vmap_tree_erase(&tree, f);
		put_spare(f);
		return a;
	}
	if (at > f->start && a->end < end) {
		rest = get_spare();
		if (!rest) {
			put_spare(a);
			return NULL;
		}
	}
	if (at == f->start)
		f->start = a->end;
	else
		f->end = at;
	vmap_tree_changed(&tree, f);
	if (rest)
		add_free(a->end, end, rest);
	return a;
}

static struct vmap_area *from_tree(unsigned long size, unsigned long align)
{
	unsigned long flags = raw_spin_lock_irqsave(&tree_lock);
	struct vmap_area *f = vmap_tree_first_fit(&tree, size, align);
	struct vmap_area *a =
		f ? cut(f, (f->start + align - 1) & ~(align - 1), size) : NULL;

	raw_spin_unlock_irqrestore(&tree_lock, flags);
	return a;
}

/* ------------------------------------------------------------------ pools */

static unsigned int this_node(void)
{
	return gb_self.id < 0 ? 0 : (unsigned int)gb_self.id % space.nr_nodes;
}

static unsigned long pages_of(const struct vmap_area *a)
{
	return (a->end - a->start) >> PAGE_SHIFT;
}

static struct vmap_area *from_pool(unsigned long size, unsigned long align)
{
	struct node *n = &space.node[this_node()];
	unsigned long pages = size >> PAGE_SHIFT, flags;
	struct vmap_area *a;

	if (!space.pools || pages > POOL_PAGES || !gb_load_relaxed(&n->nr[pages]))
		return NULL;
	flags = raw_spin_lock_irqsave(&n->lock);
	a = n->pool[pages];
	if (a && !(a->start & (align - 1))) {
		n->pool[pages] = a->next;
		gb_store_relaxed(&n->nr[pages], n->nr[pages] - 1);
	} else {
		a = NULL;
	}
	raw_spin_unlock_irqrestore(&n->lock, flags);
	return a;
}

/* A quarter of each pool, or all of it, onto @list. */
static void decay(struct node *n, int all, struct vmap_area **list)
{
	for (unsigned int i = 1; i <= POOL_PAGES; i++) {
		unsigned int drop = all ? n->nr[i] : n->nr[i] / 4;

		gb_store_relaxed(&n->nr[i], n->nr[i] - drop);
		while (drop--) {
			struct vmap_area *a = n->pool[i];

			n->pool[i] = a->next;
			a->next = *list;
			*list = a;
		}
	}
}

/* Lazy areas of a node: to its pool, or onto @list. */
static void sort_lazy(struct node *n, int all, struct vmap_area **list)
{
	struct vmap_area *a = n->lazy, *next;

	n->lazy = NULL;
	for (; a; a = next) {
		unsigned long pages = pages_of(a);

		next = a->next;
		gb_sub_relaxed(&space.lazy_pages, pages);
		if (space.pools && !all && a->node != VMAP_NO_NODE) {
			a->next = n->pool[pages];
			n->pool[pages] = a;
			gb_store_relaxed(&n->nr[pages], n->nr[pages] + 1);
		} else {
			a->next = *list;
			*list = a;
		}
	}
}

static void free_list(struct vmap_area *list)
{
	while (list) {
		unsigned long flags = raw_spin_lock_irqsave(&tree_lock);

		for (int i = 0; i < 64 && list; i++) {
			struct vmap_area *next = list->next;

			free_range(list);
			list = next;
		}
		raw_spin_unlock_irqrestore(&tree_lock, flags);
	}
}

/* kernel: __purge_vmap_area_lazy; kernel-model V4, V5 */
void vmap_purge(int decay_pools)
{
	for (unsigned int i = 0; i < space.nr_nodes; i++) {
		struct node *n = &space.node[i];
		struct vmap_area *list = NULL;
		unsigned long flags = raw_spin_lock_irqsave(&n->lock);

		decay(n, decay_pools, &list);
		sort_lazy(n, decay_pools, &list);
		raw_spin_unlock_irqrestore(&n->lock, flags);
		free_list(list);
	}
}

unsigned long vmap_lazy_max(void)
{
	unsigned long bits = 64 - (unsigned long)__builtin_clzl(mm.nr_cpus);

	return bits * (LAZY_BYTES >> PAGE_SHIFT);
}

void vmap_release(struct vmap_area *a)
{
	unsigned long pages = pages_of(a), flags;
	struct node *n = &space.node[a->node == VMAP_NO_NODE ? this_node() : a->node];

	flags = raw_spin_lock_irqsave(&n->lock);
	a->next = n->lazy;
	n->lazy = a;
	raw_spin_unlock_irqrestore(&n->lock, flags);
	if (gb_add_relaxed(&space.lazy_pages, pages) > vmap_lazy_max())
		vmap_purge(0);
}

/* ------------------------------------------------------------------ reservation */

static void report_exhausted(unsigned long size)
{
	if (mm.profile->version >= 618)
		kernel_warn(
			"vmalloc-space",
			"vmalloc_node_range for size %lu failed: Address range restricted "
			"to %#lx - %#lx",
			size, space.start, space.end);
	else
		kernel_warn("vmalloc-space",
			    "vmap allocation for size %lu failed: use vmalloc=<size> to "
			    "increase size",
			    size);
}

static struct vmap_area *after_purge(unsigned long size, unsigned long align)
{
	vmap_run_deferred();
	vmap_block_purge();
	vmap_purge(1);
	return from_tree(size, align);
}

struct vmap_area *vmap_reserve(unsigned long size, unsigned long align,
			       enum vmap_kind kind, int quiet)
{
	struct vmap_area *a = from_pool(size, align);

	if (!a)
		a = from_tree(size, align);
	if (!a)
		a = after_purge(size, align);
	if (!a) {
		if (!quiet)
			report_exhausted(size);
		return NULL;
	}
	a->kind = (uint8_t)kind;
	a->node = size >> PAGE_SHIFT <= POOL_PAGES ? (uint8_t)this_node() : VMAP_NO_NODE;
	a->nr_pages = a->nr_mappings = 0;
	a->pages = NULL;
	a->requested = 0;
	a->used = a->dirty = 0;
	return a;
}

/* ------------------------------------------------------------------ who owns an address */

unsigned long vmap_page_index(unsigned long at)
{
	return (at - space.start) >> PAGE_SHIFT;
}

unsigned long vmap_space_pages(void)
{
	return (space.end - space.start) >> PAGE_SHIFT;
}

bool is_vmalloc_addr(const void *p)
{
	return (unsigned long)p - space.start < space.end - space.start;
}

static uint32_t number_of(const struct vmap_area *a)
{
	return (uint32_t)(a - space.area);
}

static uint32_t *owner_of(const void *p)
{
	return &space.owner[vmap_page_index((unsigned long)p)];
}

/* Release pairs with the acquire in vmap_find() and vmap_claim(): who finds the area sees
 * it filled in. */
void vmap_publish(struct vmap_area *a)
{
	gb_store_release(owner_of((void *)a->start), number_of(a));
}

struct vmap_area *vmap_find(const void *p)
{
	uint32_t n;

	if (!is_vmalloc_addr(p) || (unsigned long)p & (PAGE_SIZE - 1))
		return NULL;
	n = gb_load_acquire(owner_of(p));
	return n ? &space.area[n] : NULL;
}

struct vmap_area *vmap_claim(const void *p)
{
	struct vmap_area *a = vmap_find(p);
	uint32_t n;

	if (!a)
		return NULL;
	n = number_of(a);
	return gb_cas_acquire(owner_of(p), &n, 0) ? a : NULL;
}

/* ------------------------------------------------------------------ figures */

static uint32_t count_kinds(uint32_t *reserved)
{
	uint32_t n = 0;

	*reserved = 0;
	for (uint32_t i = 1; i < areas_used; i++) {
		struct vmap_area *a = &space.area[i];
		int busy = a->kind != VMAP_SPARE && vmap_find((void *)a->start) == a;

		n += (uint32_t)busy;
		*reserved += (uint32_t)(busy && a->kind == VMAP_RESERVED);
	}
	return n;
}

unsigned long vmalloc_table_bytes(void)
{
	return gb_load_relaxed(&areas_used) * sizeof(struct vmap_area) +
	       space.nr_nodes * sizeof(struct node);
}

void vmalloc_figures(struct vmalloc_figures *f)
{
	uint32_t reserved;

	*f = (struct vmalloc_figures){ .areas = 0 };
	if (!mm.up || !space.start)
		return;
	f->start = space.start;
	f->end = space.end;
	f->areas = count_kinds(&reserved);
	f->lazy_pages = gb_load_relaxed(&space.lazy_pages);
	f->lazy_max_pages = vmap_lazy_max();
	f->free_ranges = gb_load_relaxed(&tree.nr);
	for (unsigned int i = 0; i < space.nr_nodes; i++)
		for (unsigned int p = 1; p <= POOL_PAGES; p++)
			f->pooled_ranges += gb_load_relaxed(&space.node[i].nr[p]);
	f->table_bytes = vmalloc_table_bytes();
	vmap_mappings_count(&f->mappings, &f->max_mappings);
}

/* ------------------------------------------------------------------ up and down */

static unsigned long space_bytes(void)
{
	unsigned long bytes = mm.config.ram_bytes * SPACE_RAM;

	if (mm.config.vmalloc_bytes)
		return mm.config.vmalloc_bytes & PAGE_MASK;
	return bytes < SPACE_DEFAULT ? SPACE_DEFAULT : bytes;
}

static int map_tables(unsigned long bytes)
{
	unsigned int per_profile = mm.profile->version >= 618 ? mm.nr_cpus : 1;

	space.pools = mm.profile->version >= 618;
	space.nr_nodes = per_profile > MAX_NODES ? MAX_NODES : per_profile;
	space.area = gb_map_lazy(NR_AREAS * sizeof(*space.area));
	space.owner = gb_map_lazy((bytes >> PAGE_SHIFT) * sizeof(*space.owner));
	space.node = gb_map_lazy(space.nr_nodes * sizeof(*space.node));
	if (!space.area || !space.owner || !space.node)
		return -1;
	for (unsigned int i = 0; i < space.nr_nodes; i++)
		space.node[i].lock = (raw_spinlock_t)RAW_SPINLOCK_INIT("vmap node", 36);
	return 0;
}

/* Under a limit on address space (ulimit -v, valgrind) less than the default will do, down
 * to twice the RAM; a size that was asked for will not. */
static void *reserve(unsigned long *bytes)
{
	unsigned long least = mm.config.vmalloc_bytes ? *bytes : mm.config.ram_bytes * 2, want = *bytes;
	void *p;

	do {
		p = mmap(NULL, *bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			 -1, 0);
	} while (p == MAP_FAILED && (*bytes /= 2) >= least);
	if (p != MAP_FAILED && *bytes < want)
		kernel_warn("vmalloc-space", "vmalloc: only %lu MiB of addresses, not %lu: the "
			    "address space is limited", *bytes >> 20, want >> 20);
	return p;
}

int vmap_space_init(struct gb_error *e)
{
	unsigned long want = space_bytes(), bytes = want;
	void *p = reserve(&bytes);

	if (p == MAP_FAILED)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno,
				     "raise the limit on address space (ulimit -v)",
				     "cannot reserve %lu MiB of addresses for vmalloc",
				     want >> 20);
	space.start = (unsigned long)p;
	space.end = space.start + bytes;
	if (map_tables(bytes)) {
		vmap_space_free();
		return gb_fail(e, GB_EXIT_HARNESS, "choose a smaller RAM",
			       "no memory for the tables of vmalloc");
	}
	random_state = 0x9e3779b9u;
	add_free(space.start, space.end, get_spare());
	return 0;
}

void vmap_space_free(void)
{
	unsigned long bytes = space.end - space.start;

	if (!space.start)
		return;
	gb_unmap(space.area, NR_AREAS * sizeof(*space.area));
	gb_unmap(space.owner, (bytes >> PAGE_SHIFT) * sizeof(*space.owner));
	gb_unmap(space.node, space.nr_nodes * sizeof(*space.node));
	munmap((void *)space.start, bytes);
	memset(&space, 0, sizeof(space));
	tree = (struct vmap_tree){ NULL, 0 };
	spare = NULL;
	areas_used = 1;
}
