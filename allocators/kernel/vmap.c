/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Mapping a caller's frames: vmap for areas of any size, vm_map_ram for many small ones
 * that live shortly.
 *
 * vm_map_ram carves up to 64 pages from a block of 4 MiB that its CPU owns, front to back;
 * parts that are given back are not handed out again: the block goes as a whole, when every
 * page of it has been used and given back, or when a purge finds one that nobody uses.
 * There are no guards between the parts.
 *
 * kernel: mm/vmalloc.c, vmap, vb_alloc, vb_free; kernel-model V14.
 */
#include "kernel/vmalloc.h"

#include <sys/mman.h>

#define BLOCK_PAGES 1024
#define BLOCK_BYTES (BLOCK_PAGES * PAGE_SIZE)
#define MAX_PART    64

static struct {
	raw_spinlock_t lock;
	struct vmap_area *list; /* lock: blocks with room, newest first */
} GB_ALIGNED_LINE cpu_blocks[GB_MAX_CPUS + 1];

/* ------------------------------------------------------------------ vmap */

static int page_prot(int prot)
{
	return prot ? prot : PROT_READ | PROT_WRITE;
}

static int check_count(const char *what, struct page **pages, unsigned int count)
{
	if (pages && count && count <= totalram_pages())
		return 1;
	kernel_warn("vmalloc-size", "%s error: %u pages", what, count);
	return 0;
}

/* Process context.  @prot: PROT_ bits, 0 = read and write.  With VM_MAP_PUT_PAGES the
 * frames and the array (kvmalloc memory) are vfree's to release. */
void *vmap(struct page **pages, unsigned int count, unsigned long flags, int prot)
{
	struct vmap_area *a;

	if (!mm_ready(__func__) || vmap_refuse("vmap") ||
	    !check_count("vmap", pages, count))
		return NULL;
	a = vmap_reserve((count + 1UL) << PAGE_SHIFT, PAGE_SIZE,
			 flags & VM_MAP_PUT_PAGES ? VMAP_PUT : VMAP_PAGES, 0);
	if (!a)
		return NULL;
	if (vmap_map(a, a->start, pages, count, page_prot(prot), 0)) {
		vmap_release(a);
		return NULL;
	}
	a->pages = flags & VM_MAP_PUT_PAGES ? pages : NULL;
	a->nr_pages = count;
	vmap_publish(a);
	return (void *)a->start;
}

/* ------------------------------------------------------------------ blocks */

static unsigned int this_cpu(void)
{
	return gb_self.id < 0 ? GB_MAX_CPUS : (unsigned int)gb_self.id;
}

static raw_spinlock_t *lock_of(unsigned int cpu)
{
	return &cpu_blocks[cpu].lock;
}

/* A place for @n pages in a block of this CPU. */
static struct vmap_area *carve(unsigned int n, unsigned long *at)
{
	unsigned int cpu = this_cpu();
	unsigned long flags = raw_spin_lock_irqsave(lock_of(cpu));
	struct vmap_area *b = cpu_blocks[cpu].list;

	while (b && b->used + n > BLOCK_PAGES)
		b = b->next;
	if (b) {
		*at = b->start + (unsigned long)b->used * PAGE_SIZE;
		b->used += n;
	}
	raw_spin_unlock_irqrestore(lock_of(cpu), flags);
	return b;
}

static int new_block(void)
{
	unsigned int cpu = this_cpu();
	struct vmap_area *b =
		vmap_reserve(BLOCK_BYTES + PAGE_SIZE, BLOCK_BYTES, VMAP_BLOCK, 0);
	unsigned long flags;

	if (!b)
		return -1;
	b->requested = cpu;
	vmap_publish(b);
	flags = raw_spin_lock_irqsave(lock_of(cpu));
	b->next = cpu_blocks[cpu].list;
	cpu_blocks[cpu].list = b;
	raw_spin_unlock_irqrestore(lock_of(cpu), flags);
	return 0;
}

static void unlink_block(unsigned int cpu, struct vmap_area *b)
{
	struct vmap_area **at = &cpu_blocks[cpu].list;

	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
}

static void free_block_area(struct vmap_area *b)
{
	GB_BUG_ON(vmap_claim((void *)b->start) != b);
	vmap_free_area(b);
}

/* Pages of a block come back; the last of them frees it. */
static void give_part(struct vmap_area *b, unsigned int n)
{
	unsigned int cpu = (unsigned int)b->requested;
	unsigned long flags = raw_spin_lock_irqsave(lock_of(cpu));
	int gone;

	b->dirty += n;
	gone = b->dirty == BLOCK_PAGES;
	if (gone)
		unlink_block(cpu, b);
	raw_spin_unlock_irqrestore(lock_of(cpu), flags);
	if (gone)
		free_block_area(b);
}

/* Used in part, and all of it given back; kernel: purge_fragmented_block. */
static struct vmap_area *idle_block(unsigned int cpu)
{
	unsigned long flags = raw_spin_lock_irqsave(lock_of(cpu));
	struct vmap_area *b = cpu_blocks[cpu].list;

	while (b && (!b->used || b->used != b->dirty))
		b = b->next;
	if (b)
		unlink_block(cpu, b);
	raw_spin_unlock_irqrestore(lock_of(cpu), flags);
	return b;
}

void vmap_block_purge(void)
{
	struct vmap_area *b;

	for (unsigned int cpu = 0; cpu <= GB_MAX_CPUS; cpu++)
		while (gb_load_relaxed(&cpu_blocks[cpu].list) && (b = idle_block(cpu)))
			free_block_area(b);
}

void vmap_blocks_reset(void)
{
	for (unsigned int cpu = 0; cpu <= GB_MAX_CPUS; cpu++)
		cpu_blocks[cpu].list = NULL;
}

/* ------------------------------------------------------------------ vm_map_ram */

static void *map_part(struct page **pages, unsigned int count)
{
	struct vmap_area *b;
	unsigned long at = 0;

	while (!(b = carve(count, &at)))
		if (new_block())
			return NULL;
	if (!vmap_map(b, at, pages, count, PROT_READ | PROT_WRITE, 0))
		return (void *)at;
	give_part(b, count);
	return NULL;
}

/* Process context.  NULL on failure. */
void *vm_map_ram(struct page **pages, unsigned int count, int node)
{
	(void)node;
	if (!mm_ready(__func__) || vmap_refuse("vm_map_ram") ||
	    !check_count("vm_map_ram", pages, count))
		return NULL;
	return count <= MAX_PART ? map_part(pages, count) : vmap(pages, count, VM_MAP, 0);
}

void vm_unmap_ram(const void *p, unsigned int count)
{
	struct vmap_area *a;

	if (!mm_ready(__func__) || vmap_refuse("vm_unmap_ram") || !count)
		return;
	if (count > MAX_PART) {
		vunmap(p);
		return;
	}
	a = vmap_find((void *)((unsigned long)p & ~(BLOCK_BYTES - 1)));
	if (!a || a->kind != VMAP_BLOCK || (unsigned long)p & (PAGE_SIZE - 1)) {
		kernel_bug("vm-unmap-ram",
			   "kernel BUG at mm/vmalloc.c: vm_unmap_ram() of %p", p);
		return;
	}
	vmap_unmap((unsigned long)p, (size_t)count << PAGE_SHIFT);
	give_part(a, count);
}
