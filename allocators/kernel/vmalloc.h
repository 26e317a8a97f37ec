/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Inside the vmalloc layer: what its files share.
 *
 *	vmalloc_tree.c   free address ranges: an augmented tree
 *	vmalloc_pool.c   the address space: areas, lazy purge, per-node pools
 *	vmalloc_map.c    mappings of page frames at addresses, and the system's limit on them
 *	vmalloc.c        vmalloc and vfree       vmap.c      vmap, vm_map_ram
 *	kvmalloc.c       kvmalloc                ioremap.c   a device's memory
 *
 * An area is a range of addresses of which the last page is a guard that nobody maps.  It
 * is one vmap_area from its reservation to the purge of its addresses.  Two tables with an
 * entry for each page of the address space, touched only where used, take the place of the
 * kernel's tree of busy areas and of its page tables: owner[] names the area that starts at
 * a page, frame[] the page frame that is mapped there.
 *
 * Life of an area, and who may write it:
 *   spare    in no list                  tree lock
 *   free     node of the tree            tree lock
 *   busy     named by owner[]            whoever reserved it; after that whoever took its
 *                                        entry out of owner[] by compare-and-swap:
 *                                        of two frees at once, one gets the area
 *   deferred, lazy, pooled               the list's owner
 *
 * Locks: vmap nodes 36, the tree 37 (outermost first).  No system call is made with one
 * held.
 *
 * Layer: allocators/kernel.
 */
#ifndef GFPKERNEL_VMALLOC_H
#define GFPKERNEL_VMALLOC_H

#include "kernel/mm.h"

enum vmap_kind {
	VMAP_SPARE,
	VMAP_RESERVED, /* addresses only */
	VMAP_ALLOC,    /* vmalloc: frames of its own */
	VMAP_PAGES,    /* vmap: the caller's frames */
	VMAP_PUT,      /* vmap with VM_MAP_PUT_PAGES: vfree drops them */
	VMAP_BLOCK,    /* 4 MiB that vm_map_ram carves */
	VMAP_IOREMAP,
};

#define VMAP_NO_NODE 0xff

struct vmap_area {
	unsigned long start, end;       /* bytes, [start, end), guard included */
	/* free: the tree */
	unsigned long largest;          /* longest range of this subtree, bytes */
	struct vmap_area *left, *right;
	uint32_t priority;
	/* busy */
	uint8_t kind, node;             /* node: pool to return to, or VMAP_NO_NODE */
	uint32_t nr_pages;              /* mapped frames */
	uint32_t nr_mappings;           /* of the system, guard included */
	struct page **pages;            /* [nr_pages] */
	size_t requested;               /* bytes asked for */
	/* block of vm_map_ram: its CPU's block lock */
	uint32_t used, dirty;           /* pages handed out; pages given back */
	/* deferred, lazy, pooled, spare */
	struct vmap_area *next;
};

/* --- vmalloc_tree.c: caller holds the tree lock ------------------------------------ */

struct vmap_tree {
	struct vmap_area *root;
	unsigned long nr;               /* ranges */
};
void vmap_tree_insert(struct vmap_tree *t, struct vmap_area *a);
void vmap_tree_erase(struct vmap_tree *t, struct vmap_area *a);
/* The range of lowest address that holds @size bytes at a multiple of @align (a power of
 * two); NULL when there is none.  O(log n). */
struct vmap_area *vmap_tree_first_fit(const struct vmap_tree *t, unsigned long size,
				      unsigned long align);
/* The free ranges that end at @start and begin at @end; NULL when that is in use. */
void vmap_tree_neighbours(const struct vmap_tree *t, unsigned long start, unsigned long end,
			  struct vmap_area **before, struct vmap_area **after);
/* A changed length of @a: bring the maxima above it up to date. */
void vmap_tree_changed(struct vmap_tree *t, struct vmap_area *a);

/* --- vmalloc_pool.c ----------------------------------------------------------------- */

int vmap_space_init(struct gb_error *e) GB_MUST_CHECK;
void vmap_space_free(void);
/* Reserve @size bytes (pages, guard included).  NULL, reported unless @quiet: the address
 * space is exhausted even after a purge.  Process context. */
struct vmap_area *vmap_reserve(unsigned long size, unsigned long align, enum vmap_kind kind,
			       int quiet);
/* Name the area in owner[]: its first address finds it from now on. */
void vmap_publish(struct vmap_area *a);
/* Take the busy area that starts at @p away from everybody else; NULL: none does. */
struct vmap_area *vmap_claim(const void *p);
/* The busy area that starts at @p, or NULL.  Any context. */
struct vmap_area *vmap_find(const void *p);
/* The area is unmapped: its addresses wait for the purge. */
void vmap_release(struct vmap_area *a);
/* All that is lazy becomes free.  @decay_pools: pooled ranges too. */
void vmap_purge(int decay_pools);
unsigned long vmap_lazy_max(void);
unsigned long vmalloc_table_bytes(void);
/* Number of an address's page, below vmap_space_pages(). */
unsigned long vmap_page_index(unsigned long at);
unsigned long vmap_space_pages(void);
/* Blocks of vm_map_ram without users: vmap.c */
void vmap_block_purge(void);
void vmap_blocks_reset(void);

/* --- vmalloc_map.c --------------------------------------------------------------------- */

int vmap_mappings_init(struct gb_error *e) GB_MUST_CHECK;
void vmap_mappings_free(void);
void vmap_mappings_count(unsigned long *used, unsigned long *limit);
/* Map @n frames from @at on, one system call for each run of adjacent ones.  Counts its
 * mappings in a->nr_mappings.  Non-zero: nothing is mapped, reported unless @quiet. */
int vmap_map(struct vmap_area *a, unsigned long at, struct page *const *pages,
	     unsigned int n, int prot, int quiet) GB_MUST_CHECK;
/* The same for @bytes of another file. */
int vmap_map_file(struct vmap_area *a, int fd, off_t offset, size_t bytes, int quiet)
	GB_MUST_CHECK;
/* Addresses become inaccessible; the reservation stays. */
void vmap_unmap(unsigned long at, size_t bytes);
/* All of the area, and its mappings no longer count. */
void vmap_unmap_area(struct vmap_area *a);

/* --- vmalloc.c ---------------------------------------------------------------------------- */

/* Reports a call in a context that does not allow it; non-zero: refuse. */
int vmap_refuse(const char *function);
/* Free what interrupts left behind; process context.  Returns frames freed. */
unsigned long vmap_run_deferred(void);
void vmap_free_area(struct vmap_area *a);
void vmap_note_pages(long delta);
extern const struct mm_layer vmalloc_layer;
void ioremap_shutdown(void);

#endif
