/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Free ranges of addresses, as a treap: a search tree by address that is a heap by random
 * priority, so its depth is logarithmic whatever the order of insertions.  Each node knows
 * the longest range of its subtree; the search for the lowest range that is long enough
 * goes left wherever the left subtree has one, so it takes one path.
 *
 * Insertion, removal and change recurse along one path of about 2 log n nodes: some fifty
 * frames at a hundred thousand ranges.  No memory is allocated: the ranges are the nodes.
 *
 * kernel: mm/vmalloc.c, find_vmap_lowest_match and augment_tree_propagate_from;
 * kernel-model V3.
 */
#include "kernel/vmalloc.h"

static unsigned long length(const struct vmap_area *a)
{
	return a->end - a->start;
}

static unsigned long largest(const struct vmap_area *a)
{
	return a ? a->largest : 0;
}

static void update(struct vmap_area *a)
{
	unsigned long n = length(a);

	if (largest(a->left) > n)
		n = a->left->largest;
	if (largest(a->right) > n)
		n = a->right->largest;
	a->largest = n;
}

/* ------------------------------------------------------------------ shape */

/* @t in two: addresses below @at, and the rest. */
static void split(struct vmap_area *t, unsigned long at, struct vmap_area **low,
		  struct vmap_area **high)
{
	if (!t) {
		*low = *high = NULL;
		return;
	}
	if (t->start < at) {
		split(t->right, at, &t->right, high);
		*low = t;
	} else {
		split(t->left, at, low, &t->left);
		*high = t;
	}
	update(t);
}

/* Every address of @low is below every address of @high. */
static struct vmap_area *join(struct vmap_area *low, struct vmap_area *high)
{
	if (!low || !high)
		return low ? low : high;
	if (low->priority > high->priority) {
		low->right = join(low->right, high);
		update(low);
		return low;
	}
	high->left = join(low, high->left);
	update(high);
	return high;
}

static struct vmap_area *insert(struct vmap_area *t, struct vmap_area *a)
{
	if (!t || a->priority > t->priority) {
		split(t, a->start, &a->left, &a->right);
		update(a);
		return a;
	}
	if (a->start < t->start)
		t->left = insert(t->left, a);
	else
		t->right = insert(t->right, a);
	update(t);
	return t;
}

static struct vmap_area *erase(struct vmap_area *t, struct vmap_area *a)
{
	GB_BUG_ON(!t);
	if (t == a)
		return join(t->left, t->right);
	if (a->start < t->start)
		t->left = erase(t->left, a);
	else
		t->right = erase(t->right, a);
	update(t);
	return t;
}

static void refresh(struct vmap_area *t, const struct vmap_area *a)
{
	GB_BUG_ON(!t);
	if (t != a)
		refresh(a->start < t->start ? t->left : t->right, a);
	update(t);
}

void vmap_tree_insert(struct vmap_tree *t, struct vmap_area *a)
{
	t->root = insert(t->root, a);
	t->nr++;
}

void vmap_tree_erase(struct vmap_tree *t, struct vmap_area *a)
{
	t->root = erase(t->root, a);
	t->nr--;
}

void vmap_tree_changed(struct vmap_tree *t, struct vmap_area *a)
{
	refresh(t->root, a);
}

/* ------------------------------------------------------------------ search */

static int holds(const struct vmap_area *a, unsigned long size, unsigned long align)
{
	unsigned long at = (a->start + align - 1) & ~(align - 1);

	return at >= a->start && at <= a->end && a->end - at >= size;
}

/* Every range of @need bytes holds @size at the alignment, so no path is a dead end; what
 * fits only by luck of its own alignment is not looked for (neither does the kernel). */
static struct vmap_area *lowest(struct vmap_area *t, unsigned long need)
{
	while (largest(t) >= need) {
		if (largest(t->left) >= need)
			t = t->left;
		else if (length(t) >= need)
			return t;
		else
			t = t->right;
	}
	return NULL;
}

struct vmap_area *vmap_tree_first_fit(const struct vmap_tree *t, unsigned long size,
				      unsigned long align)
{
	unsigned long need = align > PAGE_SIZE ? size + align - PAGE_SIZE : size;
	struct vmap_area *a;

	if (need < size)
		return NULL; /* wraps: alignment 2^63 */
	a = lowest(t->root, need);
	GB_BUG_ON(a && !holds(a, size, align));
	return a;
}

void vmap_tree_neighbours(const struct vmap_tree *t, unsigned long start,
			  unsigned long end, struct vmap_area **before,
			  struct vmap_area **after)
{
	struct vmap_area *at = t->root;

	*before = *after = NULL;
	while (at) {
		if (at->start < start) {
			if (at->end == start)
				*before = at;
			at = at->right;
		} else {
			if (at->start == end)
				*after = at;
			at = at->left;
		}
	}
}
